/** Whether nothing was asked of AWS twice: a write that it acknowledged is made again only when something undid it. */
import { isDeepStrictEqual } from 'node:util';
import { OWNER_TAG_KEY, REQUESTED_AT_ANNOTATION, type Workteam } from '../../src/workteam/schema.ts';
import type { Written } from '../support/world/api-server.ts';
import type { Happening } from '../support/world.ts';
import type { Life } from './history.ts';
import { ownerTagIn, type Request, said } from './judge-writes.ts';
import { type Called, lateReadsMs, operatorsWrites, teamOf } from './past.ts';

/** Every request that was repeated without a reason, as a sentence. */
export function judgeRepeats(life: Life): string[] {
  const done = new Map<string, { call: Called; index: number }>();
  const problems: string[] = [];
  for (const { call, index } of operatorsWrites(life)) {
    const { operation, parameters, outcome } = call.entry;
    // A second create is one too many whatever else it asks for, and whatever the service answers.
    const asked = isCreate(call) ? ownerTagIn(parameters as Request) : parameters;
    const request = JSON.stringify([operation, call.team, asked]);
    const first = done.get(request);
    if (first !== undefined && (isCreate(call) || outcome === 'ok') && !isExcused(life, first, index))
      problems.push(`${said(call)}: the same as ${said(first.call)}`);
    if (isDone(call)) done.set(request, { call, index });
  }
  return problems;
}

const isCreate = ({ entry }: Called) => entry.operation === 'CreateWorkteam';

/** Whether a write is not to be made again: it was done, or it is a create of a name that is taken, and now it is to look. */
function isDone(call: Called): boolean {
  const { operation, parameters, outcome, effective, fault } = call.entry;
  // A release is not remembered: where its object's finalizer could not be taken off, and tags are late, it is made again.
  if (operation === 'DeleteTags' && isDeepStrictEqual((parameters as Request).TagKeys, [OWNER_TAG_KEY])) return false;
  // Of a create whose answer was lost, too, it has to find out before the next.
  if (isCreate(call)) return effective || isTaken(call) || (outcome === 'ok' && fault === undefined);
  // A delete that says "Success: false" was refused.
  return outcome === 'ok' && fault === undefined && (operation !== 'DeleteWorkteam' || effective);
}

const isTaken = ({ entry }: Called) => entry.outcome === 'ResourceInUse' && entry.fault === undefined;

/** Whether something since the first request may have undone it or made the operator forget it, or asks for it anew. */
function isExcused(life: Life, first: { call: Called; index: number }, second: number): boolean {
  // What somebody did before the first request may be shown after it.
  const since = first.call.at - lateReadsMs(life, /To.*Ms$/);
  return life.world.happenings
    .slice(0, second)
    .some((happening, index) =>
      index > first.index
        ? excuses(happening, first.call)
        : happening.at >= since && happening.kind === 'call' && isConsoles(happening, first.call),
    );
}

/** Whether this, after the first request, is a reason for the second. */
function excuses(happening: Happening, first: Called): boolean {
  switch (happening.kind) {
    case 'started':
      return true;
    case 'call':
      return isConsoles(happening, first) || undoes(happening, first) || isLook(happening, first);
    case 'written':
      return asksAnew(happening.written, first);
    default:
      return false;
  }
}

function isConsoles({ entry, team }: Called, first: Called): boolean {
  return entry.outOfBand && entry.effective && team === first.team;
}

/** Whether it is a look at a team that a create has found there. */
function isLook({ entry, team }: Called, first: Called): boolean {
  return isTaken(first) && entry.operation === 'DescribeWorkteam' && team === first.team;
}

/** Writes of one kind undo each other, and a team that was created anew has nothing of what was asked of the one before. */
function undoes({ entry, team }: Called, first: Called): boolean {
  if (team !== first.team || !entry.effective) return false;
  return kindOf(entry.operation) === kindOf(first.entry.operation) || entry.operation === 'CreateWorkteam';
}

function kindOf(operation: string): string {
  return operation === 'AddTags' || operation === 'DeleteTags' ? 'tags' : 'team';
}

/** Another Workteam asks for a team of its own; where AWS did not do as asked, a new generation may try again. */
function asksAnew({ what, before, after }: Written, first: Called): boolean {
  if (isCreate(first)) return what === 'created';
  if (isKept(first) || after === undefined || before === undefined || teamOf(after) !== first.team) return false;
  const requestedAt = ({ metadata }: Workteam) => metadata.annotations?.[REQUESTED_AT_ANNOTATION];
  return before.metadata.generation !== after.metadata.generation || requestedAt(before) !== requestedAt(after);
}

/** Whether AWS did what an update asked for. */
function isKept({ entry, team, after }: Called): boolean {
  if (entry.operation !== 'UpdateWorkteam') return true;
  const { NotificationConfiguration: asked, MemberDefinitions: members = [] } = entry.parameters as Request;
  const kept = after.get(team)?.workteam;
  const topic = asked?.NotificationTopicArn;
  const cognito = (all: readonly object[]) => all.some((member) => 'CognitoMemberDefinition' in member);
  return (
    (asked === undefined || topic === kept?.NotificationConfiguration?.NotificationTopicArn) &&
    cognito(members) === cognito(kept?.MemberDefinitions ?? [])
  );
}
