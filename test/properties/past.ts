/** What was true a moment ago: whoever acts on what was read may be that late, and cannot know better. */
import { effectiveName, OWNER_TAG_KEY, type Workteam } from '../../src/workteam/schema.ts';
import { type Happening, STALE_MS, WATCH_LAG_MS } from '../support/world.ts';
import type { Life } from './history.ts';

/** From the first look of a pass to its last write: six calls of at most 300 ms. */
export const PASS_MS = 2_000;

/** The key in `Teams` of the team that a Workteam is about. */
export const teamOf = (workteam: Workteam) => effectiveName(workteam).toLowerCase();

export type Called = Extract<Happening, { kind: 'call' }>;

/** Every call of the operator that is to change something, with its place in what happened. */
export function operatorsWrites(life: Life): { readonly call: Called; readonly index: number }[] {
  return life.world.happenings.flatMap((call, index) =>
    call.kind === 'call' && call.entry.write && !call.entry.outOfBand ? [{ call, index }] : [],
  );
}

/** Every owner tag that the team had in the `ms` before that: `undefined` for none, `absent` for no team. */
export function ownersBefore(life: Life, index: number, team: string, ms: number): Set<string | undefined> {
  const { happenings } = life.world;
  const until = happenings[index]?.at ?? 0;
  const owners = new Set<string | undefined>();
  for (let i = index; i >= 0; i--) {
    const happening = happenings[i];
    if (happening === undefined || happening.at < until - ms) break;
    const teams = happening.kind === 'call' ? happening.before : happening.kind === 'written' && happening.teams;
    if (!teams) continue;
    const snapshot = teams.get(team);
    owners.add(snapshot === undefined ? 'absent' : snapshot.tags[OWNER_TAG_KEY]);
  }
  return owners;
}

/** Every version of every Workteam about that team that there was in the `ms` before that. */
export function objectsBefore(life: Life, index: number, team: string, ms: number): Workteam[] {
  const { happenings } = life.world;
  const until = happenings[index]?.at ?? 0;
  const found = new Set<Workteam>();
  for (let i = index; i >= 0; i--) {
    const happening = happenings[i];
    if (happening?.kind !== 'written') continue;
    for (const object of happening.objects) if (teamOf(object) === team) found.add(object);
    if (happening.at < until - ms) break;
  }
  return [...found];
}

/** How late a read of this history may be, at most, when it decides anything: reads of that kind, or of any. */
export function lateReadsMs({ history: { switches, steps } }: Life, kind: RegExp): number {
  const delays = Object.entries(switches).flatMap(([name, value]) =>
    kind.test(name) && typeof value === 'number' ? [value] : [],
  );
  return Math.max(0, ...delays, ...steps.map((step) => (step.do === 'mislead' ? STALE_MS : 0)));
}

/** How late the watch of this history is, at most. */
export function lateWatchMs({ history: { steps } }: Life): number {
  return Math.max(WATCH_LAG_MS, ...steps.map((step) => (step.do === 'silence' ? step.ms + WATCH_LAG_MS : 0)));
}
