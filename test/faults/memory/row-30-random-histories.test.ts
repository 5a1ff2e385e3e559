/**
 * Histories of edits, drifts, faults and restarts at random, under positions of all switches at random, and what holds after
 * each. They are the same ones every time; `HISTORIES=1000 HISTORIES_SEED=7` lives through more and others. What fails is
 * shrunk and printed as text that can be pasted into `rarities.ts`; its plan file has the environment that lives through it
 * again.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import { wildHistories } from '../../properties/histories.ts';
import { type History, live } from '../../properties/history.ts';
import { judge } from '../../properties/judge.ts';
import { rarities } from '../../properties/rarities.ts';
import { shown, story } from '../../properties/show.ts';
import { faultPoints, type Note, type Point } from '../harness/points.ts';

/** About a tenth of a second each. */
const RUNS = Number(process.env.HISTORIES ?? 150);
const SEED = Number(process.env.HISTORIES_SEED ?? 20_261_122);
const PATH = process.env.HISTORIES_PATH;

const rare = Object.entries(rarities).map(
  ([title, history]): Point => ({
    title,
    play: async (note) => {
      note.plan({ history });
      expect(await live(history, judge)).toEqual([]);
    },
  }),
);

const random: Point = {
  title: 'histories at random',
  timeout: 60_000 + RUNS * 5_000,
  play: async (note: Note) => {
    const property = fc.asyncProperty(wildHistories, async (history) => {
      expect(await live(history, judge)).toEqual([]);
    });
    const { counterexample, counterexamplePath } = await fc.check(property, {
      seed: SEED,
      numRuns: RUNS,
      ...(PATH !== undefined && { path: PATH }),
    });
    note.counted(RUNS);
    if (counterexample === null) return;
    const environment = { HISTORIES: `${RUNS}`, HISTORIES_SEED: `${SEED}`, HISTORIES_PATH: counterexamplePath ?? '' };
    note.plan({ environment, history: counterexample[0] });
    throw new Error(`seed ${SEED}, path ${counterexamplePath}\n${await toldOf(counterexample[0])}`);
  },
};

faultPoints(30, [...rare, random], { world: 'memory' });

/** The smallest history that fails, what is wrong with it, and what happened. */
async function toldOf(history: History): Promise<string> {
  return live(history, (life) => {
    const happened = life.world.happenings.filter(({ at }) => at <= life.settledAt);
    return [shown(history), ...judge(life), story(happened)].join('\n');
  });
}
