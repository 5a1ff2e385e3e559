/** What the operator is compared with: figures of another one, measured once; they are data, and no part of a run. */
import type { CondensedSeries } from '../../bench/condensed.ts';

export const BASELINE = 'in Go';

export const ABOUT_BASELINE =
  'an operator for the same resource written in Go with controller-runtime 0.25 and the AWS SDK for Go v2, measured on two cores with a fake AWS that answers in 50 ms';

const MB = 1e6;

/** By the number of Workteams; keys as in bench/rows.ts. */
const AFTER_50_MS: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  25: {
    firstCallMs: 250,
    allReadyMs: 1_100,
    newCalls: 3,
    newCpuMs: 5.8,
    editCalls: 3,
    editUpdateP50Ms: 104,
    editUpdateP95Ms: 105,
    editStatusP50Ms: 162,
    editStatusP95Ms: 166,
    restartCalls: 50,
    restartQuietMs: 1_000,
    idleCallsAnHour: 300,
    rssIdle: 43 * MB,
  },
  250: {
    firstCallMs: 250,
    allReadyMs: 10_600,
    newCalls: 3,
    newCpuMs: 5,
    editCalls: 3,
    editUpdateP50Ms: 103,
    editUpdateP95Ms: 104,
    editStatusP50Ms: 161,
    editStatusP95Ms: 164,
    restartCalls: 500,
    restartQuietMs: 6_800,
    idleCallsAnHour: 3_040,
    rssIdle: 48 * MB,
  },
  1000: {
    firstCallMs: 250,
    allReadyMs: 43_000,
    newCalls: 3,
    newCpuMs: 5.1,
    editCalls: 3,
    editUpdateP50Ms: 103,
    editUpdateP95Ms: 108,
    editStatusP50Ms: 165,
    editStatusP95Ms: 171,
    restartCalls: 2_000,
    restartQuietMs: 27_000,
    idleCallsAnHour: 12_040,
    rssIdle: 53 * MB,
  },
};

/** Where AWS answers at once. */
const AFTER_0_MS: typeof AFTER_50_MS = {
  25: { allReadyMs: 270 },
  250: { allReadyMs: 3_000 },
  1000: { allReadyMs: 17_700 },
};

const BY_LATENCY = new Map([
  [0, AFTER_0_MS],
  [50, AFTER_50_MS],
]);

/** A figure of it; undefined where it was not measured. */
export function baselineOf(key: string, latencyMs: number, n: number): number | undefined {
  return BY_LATENCY.get(latencyMs)?.[n]?.[key];
}

/** All of it, to be drawn beside a run. */
export function baselineSeries(): CondensedSeries[] {
  return [...BY_LATENCY].flatMap(([latencyMs, bySize]) =>
    Object.entries(bySize).map(([n, figures]) => ({
      subject: BASELINE,
      setting: { n: Number(n), latencyMs, regions: 1 },
      repeats: 1,
      figures: Object.fromEntries(
        Object.entries(figures).map(([key, value]) => [key, { median: value, lowest: value, highest: value }]),
      ),
    })),
  );
}
