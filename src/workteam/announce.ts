/**
 * What happened in a pass and is worth an event: pure. Events are about transitions, so nothing is announced for a pass that
 * only found things as they were, nor for a failure that the status told of already.
 */
import type { Difference } from './compare.ts';
import { FAILURE_REASONS } from './conditions.ts';
import { kindOfReason } from './failure.ts';
import { cut } from './json.ts';
import { recreatedMessage } from './messages.ts';
import { type Condition, effectiveName, type MemberDefinition, type Workteam } from './schema.ts';
import { isSettled } from './status.ts';
import type { Action } from './step.ts';

/** One thing that happened, told once. */
export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  readonly reason: AnnouncementReason;
  /** What the operator was doing: the word behind the verb, as events.k8s.io/v1 asks for. */
  readonly action: 'Create' | 'Update' | 'Adopt' | 'Delete' | 'Release' | 'Reconcile';
  /** In the past tense, naming the thing; at most 1,024 bytes. */
  readonly message: string;
  /** The spec's paths that it is about, where it is about any. */
  readonly fields?: readonly string[];
}

/** Every reason that an event can have. */
export type AnnouncementReason =
  | 'Created'
  | 'Updated'
  | 'Adopted'
  | 'DriftRepaired'
  | 'Deleted'
  | 'Released'
  | 'Recreated'
  | 'Refused'
  | 'Failed'
  | 'TopicWillNotSubscribeExistingWorkers';

/** What the writes of a pass over `before` came to; `done` are those that AWS acknowledged, in their order. */
export function announceWrites(before: Workteam, done: readonly Action[]): Announcement[] {
  const team = `work team "${effectiveName(before)}"`;
  const announcements: Announcement[] = [];
  const differences: Difference[] = [];
  for (const action of done) {
    switch (action.do) {
      case 'create':
        announcements.push(created(before, team));
        break;
      case 'adopt':
        announcements.push(adopted(team, action.from));
        break;
      case 'delete':
        announcements.push({ type: 'Normal', reason: 'Deleted', action: 'Delete', message: `Deleted ${team}.` });
        break;
      case 'update':
      case 'removeTags':
      case 'addTags':
        differences.push(...action.differences);
        break;
      case 'release':
        // Told when the finalizer goes: until then the Workteam has not let go.
        break;
      default:
        action satisfies never;
    }
  }
  if (differences.length > 0) announcements.push(changed(before, team, differences));
  if (differences.some(setsTopic)) announcements.push(topicWarning(team));
  return announcements;
}

/** What is new about a status: a failure that the one before did not tell of. */
export function announceFailure(before: Workteam, after: Workteam): Announcement[] {
  const [was, is] = [readyOf(before), readyOf(after)];
  if (is?.status !== 'False' || (was?.status === 'False' && was.reason === is.reason)) return [];
  const failure = FAILURE_REASONS.find((known) => known === is.reason);
  if (failure === undefined) return [];
  const reason = kindOfReason(failure) === 'terminal' ? 'Refused' : 'Failed';
  return [{ type: 'Warning', reason, action: 'Reconcile', message: `${is.reason}: ${is.message}` }];
}

function created(before: Workteam, team: string): Announcement {
  if (before.status?.workteamArn === undefined) {
    return { type: 'Normal', reason: 'Created', action: 'Create', message: `Created ${team}.` };
  }
  return { type: 'Warning', reason: 'Recreated', action: 'Create', message: recreatedMessage(effectiveName(before)) };
}

function adopted(team: string, from: string | undefined): Announcement {
  const source = from === undefined ? 'it had no owner' : `it was owned by ${from}`;
  return { type: 'Normal', reason: 'Adopted', action: 'Adopt', message: `Took ${team} over; ${source}.` };
}

/** In a generation that was settled before, a difference is drift; else it is what the edit asked for. */
function changed(before: Workteam, team: string, differences: readonly Difference[]): Announcement {
  const what = differences.map(describe).join(', ');
  const fields = differences.map(({ field }) => field);
  return isSettled(before)
    ? {
        type: 'Normal',
        reason: 'DriftRepaired',
        action: 'Update',
        message: `Put ${team} back to the spec: ${what}.`,
        fields,
      }
    : { type: 'Normal', reason: 'Updated', action: 'Update', message: `Updated ${team}: ${what}.`, fields };
}

function setsTopic({ field, desired }: Difference): boolean {
  return field === 'notificationConfiguration.notificationTopicArn' && desired !== undefined;
}

function topicWarning(team: string): Announcement {
  const message = `AWS subscribes workers to a topic only when they join: whoever is on ${team} already gets no message from the topic that was set now.`;
  return { type: 'Warning', reason: 'TopicWillNotSubscribeExistingWorkers', action: 'Update', message };
}

/** A difference in a few words; of members, who joins (+) and who leaves (-). */
function describe(difference: Difference): string {
  const { field } = difference;
  if (field !== 'memberDefinitions') return field;
  const { joins, leaves } = memberChanges(difference);
  const names = [...joins.map((name) => `+${name}`), ...leaves.map((name) => `-${name}`)];
  return names.length === 0 ? field : cut(`${field} (${names.join(', ')})`, 700);
}

/**
 * Of a difference of `memberDefinitions`, the groups that come and those that go. A group of the same name in another user
 * pool, or of the other kind, is other people: then the pool is named too.
 */
export function memberChanges({ desired, observed }: Pick<Difference, 'desired' | 'observed'>): {
  joins: string[];
  leaves: string[];
} {
  const [wanted, had] = [groupsOf(desired), groupsOf(observed)];
  const joins = wanted.filter(({ id }) => !had.some((group) => group.id === id));
  const leaves = had.filter(({ id }) => !wanted.some((group) => group.id === id));
  const named = (groups: readonly Group[], others: readonly Group[]) =>
    groups.map(({ id, name }) => (others.some((other) => other.name === name) ? id : name));
  return { joins: named(joins, leaves), leaves: named(leaves, joins) };
}

/** A group of people: its name, and what tells it from groups of that name elsewhere. */
interface Group {
  readonly id: string;
  readonly name: string;
}

/** The groups of canonical members; see `canonicalMembers`. */
function groupsOf(members: Difference['desired']): Group[] {
  const list = Array.isArray(members) ? (members as readonly MemberDefinition[]) : [];
  return list.flatMap(({ cognitoMemberDefinition: cognito, oidcMemberDefinition: oidc }) => [
    ...(cognito === undefined ? [] : [{ id: `${cognito.userPool}/${cognito.userGroup}`, name: cognito.userGroup }]),
    ...(oidc?.groups ?? []).map((name) => ({ id: `oidc/${name}`, name })),
  ]);
}

function readyOf({ status }: Workteam): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}
