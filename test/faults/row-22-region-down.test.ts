/** One region hangs, throttles, refuses or breaks connections: an edit in another one arrives as quickly as before. */
import { expect, vi } from 'vitest';
import type { Fault } from '../../dev/sagemaker/faults.ts';
import { eventually, inTime } from '../support/eventually.ts';
import { specWith } from '../support/specs.ts';
import { PATIENCE_MS, type Scene, useStage } from '../support/stage.ts';
import { faultPoints, type Note } from './harness/points.ts';

vi.setConfig({ testTimeout: 300_000 });

const stage = useStage({ prefix: 'regions', resync: '5s' });

/** More than there are workers. */
const TROUBLED = 15;
/** How often an edit's way is measured, and how much slower the middle one may be on a busy machine. */
const EDITS = 9;
const SLOWER = { times: 4, ms: 1_500 };
/** The longest of the first pauses after a refusal, twice. */
const HEALED_WITHIN_MS = 150_000;

const troubles: Readonly<Record<string, Fault>> = {
  'never answers': { kind: 'hang' },
  throttles: { kind: 'throttle' },
  'refuses everything': { kind: 'accessDenied' },
  'answers with errors': { kind: 'http5xx' },
  'breaks connections': { kind: 'dropBefore' },
};

let played = 0;

async function whileOneIsTroubled(fault: Fault, note: Note): Promise<void> {
  const { workteams } = stage;
  const [troubled, well] = [stage.newScene(), stage.newScene()];
  const point = played++;
  const names = Array.from({ length: TROUBLED }, (_, index) => `troubled-${point}-${index}`);
  const name = `well-${point}`;
  await well.createReady(name, specWith());
  await Promise.all(names.map((other) => troubled.createReady(other, specWith())));
  const before = await editsTake(well, name);

  const { control, region } = troubled;
  const id = control.addFault({ match: { region }, fault });
  const met = () => troubled.aws.calls().filter((call) => call.fault !== undefined).length;
  await Promise.all(names.map((other) => workteams.edit(other, { description: 'Edited' })));
  const news = names.slice(0, 5).map((other) => `new-${other}`);
  for (const other of news) await troubled.create(other, specWith());
  await eventually(() => met() > 4, { what: 'calls that meet the fault', within: PATIENCE_MS });
  const during = await editsTake(well, name);
  note.plan({ beforeMs: before, duringMs: during });
  expect(middle(during)).toBeLessThan(Math.max(middle(before) * SLOWER.times, middle(before) + SLOWER.ms));

  control.removeFault(id);
  const began = performance.now();
  for (const other of [...names, ...news]) await workteams.untilReady(other, HEALED_WITHIN_MS);
  note.settled(performance.now() - began);
  for (const other of names) expect(troubled.aws.team(other).workteam.Description).toBe('Edited');
}

/** How long it takes from each of some edits to its UpdateWorkteam, in milliseconds. */
async function editsTake({ control, region }: Scene, name: string): Promise<number[]> {
  const took: number[] = [];
  for (let edit = 0; edit < EDITS; edit++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = control.onEntry((entry) => {
      if (entry.region === region && entry.operation === 'UpdateWorkteam') resolve();
    });
    const began = performance.now();
    await stage.workteams.edit(name, { description: `Edited at ${began}` });
    await inTime(promise, { what: 'an edit to reach AWS', within: PATIENCE_MS }).finally(stop);
    took.push(Math.round(performance.now() - began));
    await stage.workteams.untilReady(name, PATIENCE_MS);
  }
  return took;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

faultPoints(
  22,
  Object.entries(troubles).map(([what, fault]) => ({
    title: `one region ${what}`,
    sampled: fault.kind === 'hang',
    play: (note) => whileOneIsTroubled(fault, note),
  })),
);
