/** How the cost grows with the number of Workteams: one cluster that is filled step by step, measured after each. */
import { Bench, callsOf } from './bench.ts';
import { openCluster } from './cluster.ts';
import { startFakeAws } from './fake-aws.ts';
import { atRest, edits, type Figures, restart } from './measure.ts';
import type { Subject } from './subject.ts';
import { pause } from './waiting.ts';

/** As many as an account may have in a region. */
export const PER_REGION = 25;
/** The tags of each team are read at every sixth sweep. */
const INTERVALS = 6;
/** How many are new at once. More would be measuring the API server: each region has workers of its own. */
const NEW_AT_ONCE = 250;

/** In how many regions so many Workteams are. */
export function regionsOf(n: number): number {
  return Math.ceil(n / PER_REGION);
}

/** How Workteams are filled up and measured. */
export interface Growth {
  /** Ascending. */
  readonly sizes: readonly number[];
  readonly latencyMs: number;
  readonly rate: number;
  /** The file that the operator's output is appended to. */
  readonly log: string;
  /** Told of each step. */
  readonly tell: (text: string) => void;
  /** Given what was measured so far, after each size. */
  readonly onSize: (figures: readonly Figures[]) => void;
}

/** Measures at each size. */
export async function growth(subject: Subject, { sizes, latencyMs, rate, log, tell, onSize }: Growth): Promise<void> {
  await using aws = await startFakeAws();
  await using cluster = await openCluster();
  const conditions = { latencyMs, regionOf: (index: number) => Math.floor(index / PER_REGION), rate };
  await using bench = new Bench(subject, { aws, cluster, log }, conditions);
  const all: Figures[] = [];
  for (const n of sizes) {
    const began = performance.now();
    await fill(bench, n);
    tell(`N = ${n}: all Ready, after ${seconds(began)} s`);
    const figures = { ...(await startUp(bench)), ...(await atRest(bench)), ...(await edits(bench)) };
    tell(`N = ${n}: start, memory and edits measured, after ${seconds(began)} s; now the resyncs`);
    all.push({ ...figures, ...(await resyncs(bench, n)) });
    onSize(all);
    tell(`N = ${n}: done after ${seconds(began)} s`);
  }
}

/** The operator makes a work team for each one that is new; its process is not the one that is measured. */
async function fill(bench: Bench, n: number): Promise<void> {
  bench.start();
  for (let have = bench.size; have < n; have = bench.size) {
    const next = Math.min(n, have + NEW_AT_ONCE);
    await bench.growTo(next);
    await bench.untilReady(next);
  }
  await bench.quiet();
}

async function startUp(bench: Bench): Promise<Figures> {
  const figures = await restart(bench);
  return { ...figures, restartCpuMs: bench.running.cpuMs() };
}

/** What a resync costs with nothing to do: over resyncs that follow each other more closely. */
async function resyncs(bench: Bench, n: number): Promise<Figures> {
  const { aws } = bench;
  await bench.stop();
  const interval = Math.max(5, Math.round(n / 500));
  const { startedAt, cpuMs } = bench.start(`${interval}s`);
  await bench.firstCallAfter(startedAt);
  await bench.quiet();
  const [calls, lists, cpu] = [callsOf(aws), callsOf(aws, 'ListWorkteams'), cpuMs()];
  await pause(interval * INTERVALS * 1000);
  // Each region has its own rhythm, so that they are counted, each by its one page.
  const count = (callsOf(aws, 'ListWorkteams') - lists) / regionsOf(n);
  const figures = { sweepCalls: (callsOf(aws) - calls) / count, sweepCpuMs: (cpuMs() - cpu) / count };
  await bench.stop();
  return figures;
}

function seconds(began: number): string {
  return ((performance.now() - began) / 1000).toFixed(0);
}
