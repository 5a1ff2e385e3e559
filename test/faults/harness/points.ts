/**
 * Fault points as tests. Every point is named and counted; `npm run test:faults` (FAULTS=all) runs each of them, `npm test` the
 * fixed sample. A point that fails leaves a plan file, which `npm run faults -- --replay FILE` runs again.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, type TestContext, test } from 'vitest';
import { isRecorded, recordedTests } from './recorded.ts';
import { ROWS, type RowNumber } from './rows.ts';

/** One place where a fault strikes, and the run that shows what comes of it. */
export interface Point {
  /** Unlike any other of its row; says which fault strikes where: `an edit, killed before UpdateWorkteam`. */
  readonly title: string;
  /** Whether `npm test` runs it too; of a list in which none is, the first. */
  readonly sampled?: boolean;
  /** How long the test may take, in milliseconds; left out, the project's own limit. */
  readonly timeout?: number;
  /** Plays it and judges it. @throws when a judge objects */
  readonly play: (note: Note) => Promise<void>;
}

/** What a point tells the report. */
export interface Note {
  /** From the moment the faults stopped until the end state was reached, in milliseconds. */
  settled(ms: number): void;
  /** How many points were played in this one test, where they are too many and too quick to be tests of their own; else one. */
  counted(points: number): void;
  /** What a replay needs besides the test's name, such as a seed; kept in the plan file. */
  plan(details: Record<string, unknown>): void;
}

/** What a test leaves for the report, in its `meta`. */
export interface FaultMeta {
  readonly row: RowNumber;
  /** Against real processes, or in memory. */
  readonly world: World;
  points: number;
  settledMs?: number;
  plan?: Record<string, unknown>;
}

export type World = 'processes' | 'memory';

declare module 'vitest' {
  interface TaskMeta {
    fault?: FaultMeta;
  }
}

/** A failing point, so that it can be played again. */
export interface PlanFile {
  readonly row: RowNumber;
  readonly fault: string;
  /** The test file, from the root of the project, and the full name of the test in it. */
  readonly file: string;
  readonly test: string;
  readonly details: Record<string, unknown>;
}

export interface PointsOptions {
  readonly world?: World;
  /** Play the points of the list side by side; for those that mostly wait. */
  readonly concurrent?: boolean;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PLANS = 'test-results/faults';

/** Whether every point runs, or the sample. */
export const EVERY_POINT = process.env.FAULTS === 'all';

/** Registers the points of a row as tests: all of them, or the sample; those in memory always all. */
export function faultPoints(row: RowNumber, points: readonly Point[], options: PointsOptions = {}): void {
  const { world = 'processes', concurrent = false } = options;
  const titles = new Set(points.map(({ title }) => title));
  if (titles.size !== points.length) throw new Error(`Two points of row ${row} have the same title.`);
  const sample = points.filter(({ sampled }) => sampled);
  const chosen = EVERY_POINT || world === 'memory' ? points : sample.length > 0 ? sample : points.slice(0, 1);
  describe(`row ${row}: ${ROWS[row].fault}`, () => {
    const register = concurrent ? test.concurrent : test;
    for (const point of chosen) {
      register(point.title, point.timeout === undefined ? {} : { timeout: point.timeout }, (context) =>
        play(row, world, point, context),
      );
    }
    if (isRecorded && !EVERY_POINT) countOnce(row);
  });
  registered.set(row, (registered.get(row) ?? 0) + points.length);
}

/** Of this test file, which has these modules to itself: how many points of a row it has, and the rows that are compared. */
const registered = new Map<RowNumber, number>();
const compared = new Set<RowNumber>();

/** A page that tells of other points than there are is worse than none. */
function countOnce(row: RowNumber): void {
  if (compared.has(row)) return;
  compared.add(row);
  test('has as many points as docs/reliability.md tells of (else: npm run test:faults, npm run faults:report)', ({
    task,
  }) => {
    expect(registered.get(row)).toBe(recordedTests(row, relative(ROOT, task.file.filepath)));
  });
}

async function play(row: RowNumber, world: World, point: Point, { task, onTestFailed }: TestContext): Promise<void> {
  const meta: FaultMeta = { row, world, points: 1 };
  task.meta.fault = meta;
  onTestFailed(() => {
    const plan: PlanFile = {
      row,
      fault: point.title,
      file: relative(ROOT, task.file.filepath),
      test: task.fullTestName,
      details: meta.plan ?? {},
    };
    console.log(`To play it again: npm run faults -- --replay ${keep(plan)}`);
  });
  await point.play({
    settled: (ms) => {
      meta.settledMs = Math.round(ms);
    },
    counted: (points) => {
      meta.points = points;
    },
    plan: (details) => {
      meta.plan = details;
    },
  });
}

/** @returns the path of the plan file, from the root of the project */
function keep(plan: PlanFile): string {
  const slug = plan.fault
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 100);
  const path = `${PLANS}/row-${String(plan.row).padStart(2, '0')}-${slug}.json`;
  mkdirSync(`${ROOT}${PLANS}`, { recursive: true });
  writeFileSync(`${ROOT}${path}`, `${JSON.stringify(plan, null, 2)}\n`);
  return path;
}
