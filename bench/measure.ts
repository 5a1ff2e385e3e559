/** What is measured for the table, one function a group of rows. */
import { Bench, callsOf, type EditPlan, type EditTimes, writesOf } from './bench.ts';
import { openCluster } from './cluster.ts';
import { startFakeAws } from './fake-aws.ts';
import { percentile } from './statistics.ts';
import { isPaced, type Subject, USUAL_RESYNC } from './subject.ts';
import { machineAtRest, pause } from './waiting.ts';

/** How many Workteams, how slow an AWS, spread over how many regions. */
export interface Setting {
  readonly n: number;
  readonly latencyMs: number;
  readonly regions: number;
}

/** Every figure of one run; milliseconds, bytes or counts. */
export type Figures = Readonly<Record<string, number>>;

/** AWS calls a second that the operator may make in each region. */
export interface Rates {
  readonly usual: number;
  /** Of the storm that is held to a pace. */
  readonly storm: number;
}

const EDITS = 40;
/** A machine that is not at rest by then has other work to do, and is measured as it is. */
const REST_WITHIN_MS = 30_000;
/** Fewer: each waits for its turn. */
const PACED_EDITS = 20;
/** DescribeWorkteam, ListTags, UpdateWorkteam. */
const CALLS_OF_AN_EDIT = 3;
const RESYNCS_AN_HOUR = 6;
/** The tags of each team are read at every sixth sweep. */
const IDLE_INTERVALS = 6;

/** What can be left out, because nothing else builds on it. In this order: nothing comes after a storm. */
export const OPTIONAL = ['edits', 'rss', 'restart', 'idle', 'storm', 'paced'] as const;
export type Optional = (typeof OPTIONAL)[number];

/**
 * From one edit to the next in a storm under a pace, in milliseconds: the calls of the edits take half of the pace. Each
 * comes at another moment of the time that a call's turn takes.
 */
export function spacing(rate: number, index: number): number {
  return ((2 * CALLS_OF_AN_EDIT + (index % PACED_EDITS) / PACED_EDITS) / rate) * 1000;
}

/** @param log the file that the operator's output is appended to */
export async function measure(
  subject: Subject,
  { n, latencyMs, regions }: Setting,
  options: { readonly log: string; readonly wanted: readonly Optional[]; readonly rates: Rates },
): Promise<Figures> {
  const { log, wanted, rates } = options;
  await using aws = await startFakeAws();
  await using cluster = await openCluster();
  const conditions = { latencyMs, regionOf: (index: number) => index % regions, rate: rates.usual };
  await using bench = new Bench(subject, { aws, cluster, log }, conditions);
  const measures: Record<Optional, () => Promise<Figures>> = {
    edits: () => edits(bench),
    rss: () => atRest(bench),
    restart: () => restart(bench),
    idle: () => idle(bench, n),
    storm: () => storm(bench),
    paced: async () => (isPaced(subject) ? pacedStorm(bench, rates.storm) : {}),
  };
  let figures = { ...(await firstCall(bench)), ...(await allReady(bench, n)) };
  for (const name of OPTIONAL) if (wanted.includes(name)) figures = { ...figures, ...(await measures[name]()) };
  return figures;
}

/** From the start of the process to its first AWS call, with one object waiting; it runs on. */
async function firstCall(bench: Bench): Promise<Figures> {
  await bench.growTo(1);
  await machineAtRest(REST_WITHIN_MS);
  const { startedAt } = bench.start();
  const first = await bench.firstCallAfter(startedAt);
  await bench.untilReady(1);
  await bench.quiet();
  return { firstCallMs: first - startedAt };
}

/** From the first apply until all are Ready, and what that costs. */
async function allReady(bench: Bench, n: number): Promise<Figures> {
  const { aws, cluster, running } = bench;
  const [cpu, calls, events] = [running.cpuMs(), callsOf(aws), await cluster.events()];
  const began = performance.now();
  const ready = bench.untilReady(n + 1);
  const names = await bench.growTo(n + 1);
  await ready;
  const ended = performance.now();
  await bench.quiet();
  const writes = names.reduce((sum, name) => sum + (cluster.writes.get(name) ?? 0), 0);
  return {
    allReadyMs: ended - began,
    newCalls: (callsOf(aws) - calls) / n,
    newWrites: writes / n,
    newEvents: ((await cluster.events()) - events) / n,
    newCpuMs: (running.cpuMs() - cpu) / n,
  };
}

/** From an edit to the UpdateWorkteam that carries it, and to the status that says so; one edit after the other. */
export async function edits(bench: Bench): Promise<Figures> {
  const { aws, cluster } = bench;
  const [calls, writes] = [callsOf(aws), writesOf(cluster)];
  const times = await bench.edits({ count: EDITS });
  await bench.quiet();
  return {
    ...percentiles('edit', times),
    editAnswerP50Ms: percentile(times.answers, 50),
    editCalls: (callsOf(aws) - calls) / EDITS,
    // Each edit is a write, too.
    editWrites: (writesOf(cluster) - writes) / EDITS - 1,
  };
}

export async function atRest(bench: Bench): Promise<Figures> {
  await bench.rest();
  return { rssIdle: bench.running.rss() };
}

/** A restart with everything in sync: which calls, and when the last of them. The process runs on. */
export async function restart(bench: Bench): Promise<Figures> {
  const { aws } = bench;
  await bench.stop();
  const [calls, tags] = [callsOf(aws), callsOf(aws, 'ListTags')];
  const { startedAt } = bench.start();
  await bench.firstCallAfter(startedAt);
  await bench.quiet();
  return {
    restartCalls: callsOf(aws) - calls,
    restartTagCalls: callsOf(aws, 'ListTags') - tags,
    restartQuietMs: aws.lastCallAt - startedAt,
  };
}

/** AWS calls an hour with nothing to do: counted over resyncs that follow each other more closely. */
async function idle(bench: Bench, n: number): Promise<Figures> {
  const { aws } = bench;
  await bench.stop();
  const seconds = Math.max(5, Math.round(n / 50));
  const { startedAt } = bench.start(`${seconds}s`);
  await bench.firstCallAfter(startedAt);
  await bench.quiet();
  const [calls, tags] = [callsOf(aws), callsOf(aws, 'ListTags')];
  await pause(seconds * IDLE_INTERVALS * 1000);
  const anHour = (count: number) => (count / IDLE_INTERVALS) * RESYNCS_AN_HOUR;
  return {
    idleCallsAnHour: anHour(callsOf(aws) - calls),
    idleTagCallsAnHour: anHour(callsOf(aws, 'ListTags') - tags),
  };
}

/** Edits while a fresh process puts right every team: all of them were changed behind its back. */
async function storm(bench: Bench): Promise<Figures> {
  return stormed(bench, 'storm', { count: EDITS });
}

/** The same where the operator is held to a pace, and the storm takes minutes; it is not waited for. */
async function pacedStorm(bench: Bench, rate: number): Promise<Figures> {
  return stormed(bench, 'paced', { count: PACED_EDITS, everyMs: (index) => spacing(rate, index) }, rate);
}

async function stormed(bench: Bench, name: string, plan: EditPlan, rate?: number): Promise<Figures> {
  const { aws } = bench;
  await bench.stop();
  aws.driftAll();
  const { startedAt } = bench.start(USUAL_RESYNC, rate);
  await bench.firstCallAfter(startedAt);
  const times = await bench.edits({ ...plan, going: () => aws.drifted() > 0 });
  await bench.stop();
  return { ...percentiles(name, times), [`${name}Edits`]: times.updates.length };
}

/** None where there were no edits. */
function percentiles(name: string, { updates, statuses }: EditTimes): Figures {
  if (updates.length === 0) return {};
  return {
    [`${name}UpdateP50Ms`]: percentile(updates, 50),
    [`${name}UpdateP95Ms`]: percentile(updates, 95),
    [`${name}StatusP50Ms`]: percentile(statuses, 50),
    [`${name}StatusP95Ms`]: percentile(statuses, 95),
  };
}
