/**
 * Histories of edits, drifts, faults and restarts at random, lived through in an emulated world, and what holds after each.
 * `WORLD_RUNS=1000` lives through more of them, `WORLD_SEED=4711` through those of that seed again. What fails is shrunk
 * and printed as text that can be pasted into `regressions.ts`.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wildHistories } from './histories.ts';
import { type History, live } from './history.ts';
import { judge } from './judge.ts';
import { regressions } from './regressions.ts';
import { shown, story } from './show.ts';

const RUNS = Number(process.env.WORLD_RUNS ?? 40);
const SEED = Number(process.env.WORLD_SEED ?? Math.trunc(Math.random() * 2 ** 31));

describe('what went wrong once', () => {
  for (const [name, history] of Object.entries(regressions)) {
    test(name, async () => {
      expect(await live(history, judge)).toEqual([]);
    });
  }
});

test('every history ends well', { timeout: 60_000 + RUNS * 10_000 }, async () => {
  const property = fc.asyncProperty(wildHistories, async (history) => {
    expect(await live(history, judge)).toEqual([]);
  });
  const { counterexample } = await fc.check(property, { seed: SEED, numRuns: RUNS });
  if (counterexample !== null) throw new Error(await toldOf(counterexample[0]));
});

/** The smallest history that fails, what is wrong with it, and what happened. */
async function toldOf(history: History): Promise<string> {
  return live(history, (life) => {
    const happened = story(life.world.happenings.filter(({ at }) => at <= life.settledAt));
    return [`WORLD_SEED=${SEED} found:`, shown(history), ...judge(life), happened].join('\n');
  });
}
