/** What `plan` reads from AWS: one list for a region with many teams, and the tags of those that matter. It never writes. */
import type { Call, Clock, WorkteamService } from '../ports.ts';
import { AwsError } from '../workteam/aws-error.ts';
import { kindOf } from '../workteam/failure.ts';
import type { ObservedWorkteam } from '../workteam/observed.ts';
import type { TeamState } from '../workteam/preview.ts';

/** Where more work teams than this are asked for, one list is cheaper than looking at each. */
const LOOK_AT_EACH = 5;

/** How many calls a region has under way at a time; their pace is the limiter's. */
const AT_A_TIME = 8;

/** How often a call is made that AWS throttles or does not answer, and the first pause between, in milliseconds; it doubles. */
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 500;

/** The reads of the AWS side, and time. */
export interface Reading {
  readonly aws: Pick<WorkteamService, 'describe' | 'list' | 'listTags'>;
  readonly clock: Pick<Clock, 'setTimeout'> & { sleep(ms: number, signal: AbortSignal): Promise<void> };
  readonly signal: AbortSignal;
  /** Told of each answer, for the progress. */
  readonly onRead: (what: 'region' | 'team') => void;
}

/** What is to be read of a region. */
export interface Wanted {
  readonly region: string;
  readonly names: readonly string[];
  /** Read all teams of the region, whatever their names. */
  readonly all: boolean;
}

/** Work teams by their names, each as it is. */
export type Teams = ReadonlyMap<string, TeamState>;

/** Reads the wanted teams of a region; those that do not exist are not in the answer. Throws AwsError, or the signal's reason. */
export async function readRegion(reading: Reading, { region, names, all }: Wanted): Promise<Teams> {
  const call: Call = { region, priority: 'high', signal: reading.signal };
  const listed = all || names.length > LOOK_AT_EACH;
  const known = new Map<string, ObservedWorkteam>();
  if (listed) {
    const teams = await patiently(reading, () => reading.aws.list(call));
    for (const team of teams) known.set(team.workteamName, team);
  }
  const wanted = all ? [...new Set([...known.keys(), ...names])] : names;
  const states = new Map<string, TeamState>();
  await each(wanted, AT_A_TIME, async (name) => {
    const team = await readTeam(reading, call, name, listed ? (known.get(name) ?? 'absent') : undefined);
    if (team !== undefined) states.set(name, team);
    reading.onRead('team');
  });
  reading.onRead('region');
  return states;
}

async function readTeam(
  reading: Reading,
  call: Call,
  name: string,
  listed: ObservedWorkteam | 'absent' | undefined,
): Promise<TeamState | undefined> {
  if (listed === 'absent') return undefined;
  // A list that leaves out the date may leave out more.
  const whole = listed?.createDate === undefined ? undefined : listed;
  const team = whole ?? (await patiently(reading, () => reading.aws.describe(call, name))).team;
  if (team === 'absent') return undefined;
  return { team, tags: await patiently(reading, () => reading.aws.listTags(call, team.workteamArn)) };
}

/** Tries again what heals by waiting. */
async function patiently<T>({ clock, signal }: Reading, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AwsError) || kindOf(error.failure) !== 'transient' || attempt === ATTEMPTS) throw error;
      const { failure } = error;
      const asked = 'retryAfterMs' in failure ? (failure.retryAfterMs ?? 0) : 0;
      await clock.sleep(Math.max(asked, FIRST_PAUSE_MS * 2 ** (attempt - 1)), signal);
    }
  }
}

/** Works on all items, so many at a time; the first error ends it, when nothing is under way any more. */
async function each<T>(items: readonly T[], atATime: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  let broken = false;
  const worker = async () => {
    for (const item of waiting) {
      if (broken) return;
      await work(item).catch((error: unknown) => {
        broken = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: atATime }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
