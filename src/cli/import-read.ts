/** Finds work teams in AWS: the teams of many regions at once, each as it is now, with its tags. Reads, and nothing else. */
import type { Clock } from '../controller/clock.ts';
import type { Call, WorkteamService } from '../ports.ts';
import { AwsError } from '../workteam/aws-error.ts';
import type { Failure } from '../workteam/failure.ts';
import type { FoundWorkteam } from '../workteam/manifest.ts';
import type { Tags } from '../workteam/observed.ts';

/** Which work teams are wanted; with neither, all. */
export interface Wanted {
  /** Names, or beginnings of names with `*` at the end: one of them has to match. */
  readonly names: readonly string[];
  /** `KEY` or `KEY=VALUE`: all of them have to hold. */
  readonly tags: readonly string[];
}

/** What could not be read: a region, or one work team in it. */
export interface Unread {
  readonly region: string;
  readonly workteamName?: string;
  readonly failure: Failure;
}

/** How far it has come. */
export interface Count {
  regions: number;
  regionsListed: number;
  workteams: number;
  workteamsRead: number;
  /** What AWS is being asked for again, and why; empty when all is well. */
  trouble: string;
}

/** What reading needs. */
export interface Reading {
  readonly aws: Pick<WorkteamService, 'list' | 'describe' | 'listTags'>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly signal: AbortSignal;
  /** Kept up to date while it goes on. */
  readonly count: Count;
}

/** What was found. */
export interface Findings {
  readonly found: readonly FoundWorkteam[];
  readonly unread: readonly Unread[];
  /** Names that were asked for and that no work team has; empty while a region could not be read. */
  readonly missing: readonly string[];
}

/** How many work teams of a region are read at a time; the pace is kept by the region's token bucket. */
const AT_A_TIME = 4;

/** Nothing done yet. */
export function newCount(): Count {
  return { regions: 0, regionsListed: 0, workteams: 0, workteamsRead: 0, trouble: '' };
}

/**
 * Reads all wanted work teams of the regions. What fails is told in `unread`, and the rest is read nevertheless. Rejects with
 * the signal's reason when that aborts.
 */
export async function readWorkteams(regions: readonly string[], wanted: Wanted, reading: Reading): Promise<Findings> {
  const found: FoundWorkteam[] = [];
  const unread: Unread[] = [];
  const named = new Set<string>();
  reading.count.regions = regions.length;
  await Promise.all(
    regions.map(async (region) => {
      const names = await attempt(reading, region, (call) => reading.aws.list(call));
      reading.count.regionsListed += 1;
      if ('failure' in names) return void unread.push({ region, failure: names.failure });
      // What is created or deleted between two pages may put a team on both.
      const listed = new Set(names.value.map(({ workteamName }) => workteamName));
      const matching = [...listed].filter((name) => isNamed(name, wanted.names));
      for (const name of matching) named.add(name);
      reading.count.workteams += matching.length;
      await eachOf(matching, AT_A_TIME, async (workteamName) => {
        const read = await attempt(reading, region, (call) => readOne(reading, call, workteamName, wanted.tags));
        reading.count.workteamsRead += 1;
        if ('failure' in read) unread.push({ region, workteamName, failure: read.failure });
        else if (read.value !== undefined) found.push(read.value);
      });
    }),
  );
  const isMissing = (name: string) => !name.endsWith('*') && !named.has(name);
  const regionFailed = unread.some(({ workteamName }) => workteamName === undefined);
  return { found, unread, missing: regionFailed ? [] : wanted.names.filter(isMissing) };
}

/**
 * One work team with its tags, if these are wanted. A list may leave out what Describe shows. A team that is gone by now is
 * none of those that exist.
 */
async function readOne(
  { aws }: Reading,
  call: Call,
  workteamName: string,
  wantedTags: readonly string[],
): Promise<FoundWorkteam | undefined> {
  const { team } = await aws.describe(call, workteamName);
  if (team === 'absent') return undefined;
  const tags = await aws.listTags(call, team.workteamArn);
  return wantedTags.every((wanted) => isTagged(tags, wanted)) ? { region: call.region, team, tags } : undefined;
}

function isNamed(name: string, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true;
  return wanted.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each));
}

/** A key may hold `=` itself: `a=b` is the tag `a` with the value `b`, or a tag `a=b` with any. */
function isTagged(tags: Tags, wanted: string): boolean {
  if (Object.hasOwn(tags, wanted)) return true;
  return Object.entries(tags).some(([key, value]) => `${key}=${value}` === wanted);
}

/** For how long what may heal by itself is asked again, in milliseconds. */
const PATIENCE_MS = { Throttled: 120_000, Unavailable: 15_000 };

/** The first pause and the longest before it is asked again, in milliseconds; each doubles the one before. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

/** Asks, and asks again while AWS throttles or gives no usable answer; the last failure, when time is up. */
async function attempt<T>(
  { clock, signal, count }: Reading,
  region: string,
  ask: (call: Call) => Promise<T>,
): Promise<{ value: T } | { failure: Failure }> {
  const began = clock.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return { value: await ask({ region, priority: 'low', signal }) };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { failure } = error;
      if (failure.reason !== 'Throttled' && failure.reason !== 'Unavailable') return { failure };
      const wait = Math.max(pause, failure.retryAfterMs ?? 0);
      if (clock.now() + wait - began > PATIENCE_MS[failure.reason]) return { failure };
      count.trouble = `${failure.reason} in ${region}, trying again`;
      await clock.sleep(wait, signal);
      count.trouble = '';
    }
  }
}

/** Does something with each, so many at a time. */
async function eachOf<T>(items: readonly T[], atATime: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}
