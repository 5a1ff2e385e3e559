/** Whether the operator came to rest, wrote only good statuses on the way, and broke nothing off but for its surroundings. */
import { KubernetesError } from '../../src/kubernetes/errors.ts';
import { canonicalJson } from '../../src/workteam/json.ts';
import { OWNER_TAG_KEY, type Workteam } from '../../src/workteam/schema.ts';
import { problemsOf } from '../support/kstatus.ts';
import type { Written } from '../support/world/api-server.ts';
import type { World } from '../support/world.ts';
import { type Life, ownerOf } from './history.ts';
import { keyOf, readyReason } from './judge-end.ts';
import { said } from './judge-writes.ts';
import { lateReadsMs, operatorsWrites, ownersBefore, PASS_MS, teamOf } from './past.ts';
import { literal } from './show.ts';

/** Over the last three resyncs, nothing is written; refused writes of a Workteam that says so may be tried again. */
export function judgeRest({ world, settledAt, askedAt, ...life }: Life): string[] {
  const stirs = world.happenings.flatMap((happening): string[] => {
    if (happening.at <= settledAt || happening.at >= askedAt) return [];
    if (happening.kind !== 'written' || isThrottle(happening.written, world)) return [];
    const { key, what } = happening.written;
    return [`${key}: ${what} written at ${happening.at / 1000} s, after everything had settled`];
  });
  const writes = operatorsWrites({ world, settledAt, askedAt, ...life })
    .filter(({ call }) => call.at > settledAt && call.entry.outcome === 'ok')
    .map(({ call }) => `${said(call)}: after everything had settled`);
  return [...stirs, ...writes];
}

/** Where AWS takes fewer calls than a sweep leads to, a settled Workteam may fail for a moment: only `failingSince` tells. */
function isThrottle({ what, before, after }: Written, { control }: World): boolean {
  const conditions = (object: Workteam | undefined) => canonicalJson(object?.status?.conditions);
  return what === 'status' && control.switches().requestsPerSecond > 0 && conditions(before) === conditions(after);
}

/** Every status that was written is a good one, and says of nobody's team that it is ours, or the other way round. */
export function judgeStatuses(life: Life): string[] {
  return life.world.happenings.flatMap((happening, index): string[] => {
    if (happening.kind !== 'written' || happening.written.what !== 'status') return [];
    const { key, before, after } = happening.written;
    if (before === undefined || after?.status === undefined) return [`${key}: a status of nothing`];
    const problems = [...problemsOf(before, after.status), ...backwards(before, after), ...slander(life, index, after)];
    return problems.map(
      (problem) => `${key}: status at ${happening.at / 1000} s: ${problem}: ${literal(after.status)}`,
    );
  });
}

function backwards(before: Workteam, after: Workteam): string[] {
  const { generation } = after.metadata;
  const [was, is] = [before.status?.observedGeneration ?? -1, after.status?.observedGeneration ?? -1];
  const ahead = (after.status?.conditions ?? []).filter(
    ({ observedGeneration = 0 }) => observedGeneration > generation,
  );
  return [
    ...(is < was ? ['observedGeneration went back'] : []),
    ...(is > generation || ahead.length > 0 ? ['it speaks of a generation that is not there yet'] : []),
  ];
}

/** What a status says of the owner, against what could be known of it. */
function slander(life: Life, index: number, object: Workteam): string[] {
  // A first failure changes nothing in what is said of a team that was settled.
  if (object.status?.failingSince !== undefined) return [];
  const reason = readyReason(object);
  const owners = ownersBefore(life, index, teamOf(object), PASS_MS + lateReadsMs(life, /To.*Ms$/));
  const ours = ownerOf(keyOf(object));
  const others = [...owners].filter((owner) => owner !== ours);
  if (reason === 'Synced' && !owners.has(ours)) return [`it belongs to ${others.join(' or ')}`];
  if (reason !== 'NotOwned' && reason !== 'NameConflict') return [];
  const known = madeHere(life, index, object) || others.every((owner) => owner === 'absent');
  return known && isOlder(life, index, object) ? ['it is ours'] : [];
}

/** Whether the object is older than its team: a younger one has to take a team without a tag for somebody else's. */
function isOlder({ world }: Life, index: number, object: Workteam): boolean {
  const happening = world.happenings[index];
  const team = happening?.kind === 'written' ? happening.teams.get(teamOf(object)) : undefined;
  const madeAt = (team?.workteam.CreateDate ?? 0) * 1000;
  return madeAt >= Date.parse(object.metadata.creationTimestamp);
}

/** Whether the team is one that this very process has made, and knows that it has, and nobody has taken since. */
function madeHere({ world }: Life, index: number, object: Workteam): boolean {
  for (const happening of world.happenings.slice(0, index).toReversed()) {
    if (happening.kind === 'started') return false;
    if (happening.kind !== 'call' || happening.team !== teamOf(object) || !happening.entry.effective) continue;
    if (happening.after.get(happening.team)?.tags[OWNER_TAG_KEY] !== ownerOf(keyOf(object))) return false;
    const { operation, outOfBand, fault } = happening.entry;
    if (operation === 'CreateWorkteam') return !outOfBand && fault === undefined;
  }
  return false;
}

/** A pass is broken off by trouble with the Kubernetes API, and by nothing else. */
export function judgePasses({ world }: Life): string[] {
  return world.happenings.flatMap((happening): string[] => {
    if (happening.kind !== 'brokenOff') return [];
    const { error, key, at } = happening;
    const expected = error instanceof KubernetesError && error.status !== 422;
    return expected
      ? []
      : [`${key}: a pass broke off at ${at / 1000} s: ${error instanceof Error ? error.stack : error}`];
  });
}
