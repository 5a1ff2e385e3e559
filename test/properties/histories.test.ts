/**
 * Histories of edits, drifts, faults and restarts at random, under positions of all switches at random, and what holds after
 * each. They are the same ones every time; `HISTORIES=1000 HISTORIES_SEED=7` lives through more and others. What fails is shrunk and printed as text that can be pasted into
 * `rarities.ts`, with the `HISTORIES_SEED` and `HISTORIES_PATH` that, given in the environment, live through it again.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wildHistories } from './histories.ts';
import { type History, live } from './history.ts';
import { judge } from './judge.ts';
import { rarities } from './rarities.ts';
import { shown, story } from './show.ts';

/** About a tenth of a second each. */
const RUNS = Number(process.env.HISTORIES ?? 150);
const SEED = Number(process.env.HISTORIES_SEED ?? 20_261_122);
const PATH = process.env.HISTORIES_PATH;

describe('rarities', () => {
  test.each(Object.entries(rarities))('%s', async (_name, history) => {
    expect(await live(history, judge)).toEqual([]);
  });
});

test(`${RUNS} histories of seed ${SEED} end well`, { timeout: 60_000 + RUNS * 5_000 }, async () => {
  const property = fc.asyncProperty(wildHistories, async (history) => {
    expect(await live(history, judge)).toEqual([]);
  });
  const { counterexample, counterexamplePath } = await fc.check(property, {
    seed: SEED,
    numRuns: RUNS,
    ...(PATH !== undefined && { path: PATH }),
  });
  if (counterexample === null) return;
  throw new Error(`HISTORIES_SEED=${SEED} HISTORIES_PATH=${counterexamplePath}\n${await toldOf(counterexample[0])}`);
});

/** The smallest history that fails, what is wrong with it, and what happened. */
async function toldOf(history: History): Promise<string> {
  return live(history, (life) => {
    const happened = life.world.happenings.filter(({ at }) => at <= life.settledAt);
    return [shown(history), ...judge(life), story(happened)].join('\n');
  });
}
