import type { Controller, Next } from '../controller/controller.ts';
import type { Change } from '../kubernetes/store.ts';
import type { NextLook } from '../workteam/next-look.ts';
import { awaitsSweeps } from '../workteam/nominate.ts';
import { effectiveName, FINALIZER, REQUESTED_AT_ANNOTATION, type Workteam } from '../workteam/schema.ts';

/** How a key is added to the queue. */
export interface Wish {
  readonly priority: 'high' | 'low';
  readonly resetBackoff: boolean;
}

/**
 * Whether a change of an object is a reason for a pass, and how urgent it is. A status or a finalizer of ours is none;
 * a new generation or a new requestedAt also cuts a backoff short. What a restart finds settled waits for the first sweep.
 */
export function wishFor({ type, object, previous, initial }: Change<Workteam>): Wish | undefined {
  if (type === 'deleted') return { priority: 'high', resetBackoff: true };
  if (type === 'added' || previous === undefined) {
    if (initial && awaitsSweeps(object)) return undefined;
    const judged = object.status?.observedGeneration === object.metadata.generation;
    return { priority: initial && judged ? 'low' : 'high', resetBackoff: true };
  }
  const differs = (read: (workteam: Workteam) => unknown): boolean => read(object) !== read(previous);
  const asked =
    differs(({ metadata }) => metadata.generation) ||
    differs(({ metadata }) => metadata.deletionTimestamp) ||
    differs(({ metadata }) => metadata.annotations?.[REQUESTED_AT_ANNOTATION]);
  if (asked) return { priority: 'high', resetBackoff: true };
  const lost = isFinalized(previous) && !isFinalized(object) && object.metadata.deletionTimestamp === undefined;
  return lost ? { priority: 'high', resetBackoff: false } : undefined;
}

function isFinalized({ metadata }: Workteam): boolean {
  return metadata.finalizers?.includes(FINALIZER) === true;
}

/** The Workteams that wait for `gone` to let go of a work team: those that were refused for its sake. */
export function waitingFor(gone: Workteam, all: readonly Workteam[]): Workteam[] {
  return all.filter(
    (workteam) =>
      effectiveName(workteam) === effectiveName(gone) &&
      workteam.metadata.uid !== gone.metadata.uid &&
      workteam.status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'NameConflict') === true,
  );
}

/** When the work queue is to bring a key back. A resync is spread by 10 % either way, so that many do not come at once. */
export function nextOf(next: NextLook, resyncMs: number, random: () => number): Next {
  switch (next.look) {
    case 'onChange':
    case 'atSweep':
    case 'atConfirmation':
      return { kind: 'wait' };
    case 'now':
      return { kind: 'after', ms: 0, priority: 'high' };
    case 'after':
      return { kind: 'after', ms: next.ms };
    case 'atResync':
      return { kind: 'after', ms: resyncMs * (0.9 + 0.2 * random()) };
    case 'backOff':
      return {
        kind: 'retry',
        base: next.baseMs,
        cap: next.capMs,
        ...(next.notBeforeMs !== undefined && { notBefore: next.notBeforeMs }),
        ...(next.atMostMs !== undefined && { atMost: next.atMostMs }),
      };
    default:
      return next satisfies never;
  }
}

/** Brings a change to the queue of its region: the object's own key, and those that waited for it to go. */
export function trigger(
  change: Change<Workteam>,
  controllerOf: (workteam: Workteam) => Controller<string>,
  all: () => readonly Workteam[],
): void {
  const wish = wishFor(change);
  if (wish !== undefined) controllerOf(change.object).add(change.key, wish);
  if (change.type !== 'deleted') return;
  for (const waiting of waitingFor(change.object, all())) {
    const { namespace, name } = waiting.metadata;
    controllerOf(waiting).add(`${namespace}/${name}`, { priority: 'high', resetBackoff: true });
  }
}
