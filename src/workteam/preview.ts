/**
 * What the operator would do about Workteams, without doing it: pure. Every step comes from `plan`, and what a pass knows
 * afterwards from `learn`; what is made up here is an AWS that does as it is told and shows it at once.
 */
import { type Facts, initialFacts, type Settings } from './facts.ts';
import { afterLook, afterWrite } from './learn.ts';
import { type Memory, VISIBLE_WITHIN_MS } from './memory.ts';
import type { ObservedWorkteam, Tags } from './observed.ts';
import type { Owner } from './owner.ts';
import { plan } from './plan.ts';
import { FINALIZER, OWNER_TAG_KEY, type Workteam } from './schema.ts';
import type { Action, Outcome, Step, UpdateRequest } from './step.ts';

/** What AWS has under the name of a Workteam's team. */
export interface TeamState {
  readonly team: ObservedWorkteam | 'absent';
  readonly tags: Tags;
}

/** What there is to know before a preview. */
export interface PreviewInput {
  /** The object as the API server would have it. */
  readonly workteam: Workteam;
  readonly settings: Settings;
  readonly seen: TeamState;
  /** Whether another Workteam of this cluster exists. */
  readonly exists: (owner: Owner) => boolean;
}

/** What would happen. */
export interface Preview {
  /** The writes to AWS, in their order, of as many passes as it takes. */
  readonly actions: readonly Action[];
  /** How the last pass would end; `gone` when the object would not be there any more. */
  readonly outcome: Outcome | { readonly kind: 'gone' };
  /** What AWS would have then, and the object. */
  readonly after: TeamState;
  readonly workteam: Workteam;
}

/** More passes and steps than any Workteam needs; the longest way (take over, then repair) takes three passes. */
const MOST_PASSES = 10;
const MOST_STEPS = 20;

/** A pass under way, or between two. */
interface Course {
  readonly workteam: Workteam;
  readonly memory: Memory;
  readonly now: number;
  readonly seen: TeamState;
  readonly actions: readonly Action[];
}

/** Where a step leads: on within the pass, to a next one, or to the end. */
type Turn =
  | { readonly on: Facts; readonly course: Course }
  | { readonly next: Course }
  | { readonly end: Preview['outcome']; readonly course: Course };

/** Follows the plan, pass after pass, until nothing is left to do. */
export function preview({ workteam, settings, seen, exists }: PreviewInput): Preview {
  let course: Course = { workteam, memory: { uid: workteam.metadata.uid }, now: 0, seen, actions: [] };
  for (let passes = 0; passes < MOST_PASSES; passes++) {
    const turn = pass(course, settings, exists);
    if ('end' in turn) {
      const { actions, seen: after, workteam: object } = turn.course;
      return { actions, outcome: turn.end, after, workteam: object };
    }
    course = turn.next;
  }
  throw new Error(`the plan of ${workteam.metadata.name} comes to no end, which is a bug`);
}

/** What would happen if the object were deleted, by `kubectl delete` or because it is not in Git any more. */
export function previewDeletion(input: PreviewInput, at: string): Preview {
  const { metadata } = input.workteam;
  return preview({ ...input, workteam: { ...input.workteam, metadata: { ...metadata, deletionTimestamp: at } } });
}

function pass(initial: Course, settings: Settings, exists: PreviewInput['exists']): Exclude<Turn, { on: Facts }> {
  const { workteam, memory, now, seen } = initial;
  // As after a sweep, which shows what is there: a name that is taken is looked at, not tried.
  let facts: Facts = { ...initialFacts(workteam, settings, memory, now), inLastSweep: seen.team !== 'absent' };
  let course = initial;
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const turn = take(plan(facts), facts, course, exists);
    if (!('on' in turn)) return turn;
    facts = turn.on;
    course = { ...turn.course, memory: facts.memory };
  }
  throw new Error(
    `a pass over ${workteam.metadata.name} took more than ${MOST_STEPS} steps, which is a bug in the plan`,
  );
}

function take(step: Step, facts: Facts, course: Course, exists: PreviewInput['exists']): Turn {
  const { workteam, seen, now } = course;
  switch (step.step) {
    case 'look': {
      const { object, crd, team, tags } = step.look;
      const shown = {
        ...(object && { live: true }),
        ...(crd && { crdTerminating: false }),
        ...(team && { team: seen.team }),
        ...(tags && seen.team !== 'absent' && { tags: seen.tags }),
      };
      return { on: afterLook(facts, shown, now), course };
    }
    case 'lookForSibling':
      return { on: { ...facts, siblingExists: exists(step.owner) }, course };
    case 'act':
      return act(step.actions, facts, course);
    case 'addFinalizer':
      return { next: { ...course, workteam: withFinalizers(workteam, [FINALIZER]) } };
    case 'removeFinalizer':
      return workteam.metadata.deletionTimestamp === undefined
        ? { next: { ...course, workteam: withFinalizers(workteam, []) } }
        : { end: { kind: 'gone' }, course };
    case 'end': {
      const { outcome } = step;
      if (outcome.kind !== 'acting') return { end: outcome, course };
      return { next: { ...course, now: now + (outcome.againMs ?? VISIBLE_WITHIN_MS) } };
    }
    default:
      return step satisfies never;
  }
}

function act(actions: readonly Action[], initial: Facts, before: Course): Turn {
  let facts = initial;
  let course = before;
  for (const action of actions) {
    const seen = written(course.seen, action);
    const answer = action.do === 'update' && seen.team !== 'absent' ? seen.team : undefined;
    facts = afterWrite(facts, action, answer, course.now);
    course = { ...course, seen, actions: [...course.actions, action] };
  }
  return { on: facts, course };
}

/** Other finalizers than ours decide nothing. */
function withFinalizers(workteam: Workteam, finalizers: string[]): Workteam {
  return { ...workteam, metadata: { ...workteam.metadata, finalizers } };
}

/** What AWS has after a write. */
function written({ team, tags }: TeamState, action: Action): TeamState {
  switch (action.do) {
    case 'create': {
      const { request } = action;
      const { workforceName: _name, tags: given, ...content } = request;
      return { team: { ...content, workteamArn: `workteam/${request.workteamName}` }, tags: given };
    }
    case 'update':
      return { team: team === 'absent' ? team : updated(team, action.request), tags };
    case 'removeTags':
      return { team, tags: without(tags, action.keys) };
    case 'addTags':
      return { team, tags: { ...tags, ...action.tags } };
    case 'adopt':
      return { team, tags: { ...tags, [OWNER_TAG_KEY]: action.ownerTag } };
    case 'release':
      return { team, tags: without(tags, [OWNER_TAG_KEY]) };
    case 'delete':
      return { team: 'absent', tags: {} };
    default:
      return action satisfies never;
  }
}

function updated(team: ObservedWorkteam, request: UpdateRequest): ObservedWorkteam {
  const { notificationTopicArn: had, ...rest } = team;
  const { notificationTopicArn: asked, ...content } = request;
  const topic = asked === undefined ? had : asked;
  return { ...rest, ...content, ...(typeof topic === 'string' && { notificationTopicArn: topic }) };
}

function without(tags: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}
