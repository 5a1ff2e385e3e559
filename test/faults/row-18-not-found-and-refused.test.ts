/**
 * What a delete may come to, and how "no such work team" may be worded: the finalizer stays for as long as a team of ours is there,
 * and goes when there is none.
 */
import { expect, vi } from 'vitest';
import type { Fault } from '../../dev/sagemaker/faults.ts';
import { switchTable } from '../../dev/sagemaker/switches.ts';
import { FINALIZER, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { inTime } from '../support/eventually.ts';
import { operations } from '../support/ledger.ts';
import { specWith } from '../support/specs.ts';
import { PATIENCE_MS, type Scene, type Stage, useStage } from '../support/stage.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';

vi.setConfig({ maxConcurrency: 30, testTimeout: 240_000 });

/** The longest pause after a refusal, twice; and 30 s in which an absence may be a late read. */
const HEALED_WITHIN_MS = 120_000;

const TEXTS = Object.keys(switchTable.notFoundText.choices) as (keyof typeof switchTable.notFoundText.choices)[];
const MISSING = Object.keys(
  switchTable.listTagsOnMissing.choices,
) as (keyof typeof switchTable.listTagsOnMissing.choices)[];

/** One stage for each text about a missing team; the first of them also have one answer each of the calls about its tags. */
const stages = TEXTS.map((notFoundText, index) => {
  const missing = MISSING[index];
  const switches = {
    notFoundText,
    deleteInUse: 'successFalse' as const,
    ...(missing !== undefined && { listTagsOnMissing: missing }),
  };
  const stage = useStage({ prefix: 'not-found', resync: '5s', emulator: { switches } });
  return { notFoundText, missing, stage };
});

let named = 0;

/** A Workteam that is settled, in a region of its own. */
async function settled(stage: Stage, spec: Partial<WorkteamSpec> = {}): Promise<{ scene: Scene; name: string }> {
  const scene = stage.newScene();
  const name = `deleted-${named++}`;
  await scene.createReady(name, specWith({ tags: { removed: 'soon' }, ...spec }));
  return { scene, name };
}

/** Somebody deletes the team at the moment before the operator's next call of that name acts. Resolves when that has happened. */
function goneBefore(operation: string, { scene, name }: { scene: Scene; name: string }): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  scene.control.beforeActing({ region: scene.region, operation, nth: 1 }, async () => {
    scene.aws.console('DeleteWorkteam', { WorkteamName: name });
    resolve();
    return undefined;
  });
  return inTime(promise, { what: `a call of ${operation}`, within: HEALED_WITHIN_MS });
}

/** The object goes, and nobody's team was deleted by the operator but ours, once. */
async function expectReleased(
  stage: Stage,
  { scene, name }: { scene: Scene; name: string },
  deletes: number,
  note: Note,
) {
  const began = performance.now();
  await stage.workteams.untilGone(name, HEALED_WITHIN_MS);
  note.settled(performance.now() - began);
  expect(scene.aws.has(name)).toBe(false);
  expect(operations(scene.aws.writes()).filter((operation) => operation === 'DeleteWorkteam')).toHaveLength(deletes);
}

/** It is there again, as the spec says. */
async function expectRecreated(stage: Stage, { scene, name }: { scene: Scene; name: string }, note: Note) {
  const began = performance.now();
  const isBack = () =>
    operations(scene.aws.writes()).filter((operation) => operation === 'CreateWorkteam').length === 2;
  await stage.workteams.until(name, isBack, { what: 'a second create', within: HEALED_WITHIN_MS });
  await stage.workteams.untilReady(name, HEALED_WITHIN_MS);
  note.settled(performance.now() - began);
  expect(scene.aws.team(name).workteam.Description).toBe(stage.workteams.get(name).spec.description);
  expect(stage.workteams.get(name).metadata.finalizers).toContain(FINALIZER);
}

const EDIT = { description: 'Edited', tags: { removed: null, added: 'too' } };

/** The team is gone, and an operation is the first to hear of it. */
const heardBy: Readonly<Record<string, (stage: Stage, note: Note) => Promise<void>>> = {
  'Describe, of a Workteam that is being deleted': async (stage, note) => {
    const it = await settled(stage);
    it.scene.aws.console('DeleteWorkteam', { WorkteamName: it.name });
    await stage.workteams.delete(it.name);
    await expectReleased(stage, it, 0, note);
  },
  Describe: async (stage, note) => {
    const it = await settled(stage);
    it.scene.aws.console('DeleteWorkteam', { WorkteamName: it.name });
    await stage.workteams.edit(it.name, EDIT);
    await expectRecreated(stage, it, note);
  },
  Update: async (stage, note) => {
    const it = await settled(stage);
    const gone = goneBefore('UpdateWorkteam', it);
    await stage.workteams.edit(it.name, EDIT);
    await gone;
    await expectRecreated(stage, it, note);
  },
  Delete: async (stage, note) => {
    const it = await settled(stage);
    const gone = goneBefore('DeleteWorkteam', it);
    await stage.workteams.delete(it.name);
    await gone;
    await expectReleased(stage, it, 0, note);
  },
};

/** The same for the calls about tags. */
const heardByTags: Readonly<Record<string, (stage: Stage, note: Note) => Promise<void>>> = {
  ...Object.fromEntries(
    ['ListTags', 'DeleteTags', 'AddTags'].map((operation) => [
      operation,
      async (stage: Stage, note: Note) => {
        const it = await settled(stage);
        const gone = goneBefore(operation, it);
        await stage.workteams.edit(it.name, EDIT);
        await gone;
        await expectRecreated(stage, it, note);
      },
    ]),
  ),
  ...Object.fromEntries(
    ['ListTags', 'DeleteTags'].map((operation) => [
      `${operation}, of a Workteam that is being deleted`,
      async (stage: Stage, note: Note) => {
        const it = await settled(stage, { deletionPolicy: 'Retain' });
        const gone = goneBefore(operation, it);
        await stage.workteams.delete(it.name);
        await gone;
        await expectReleased(stage, it, 0, note);
      },
    ]),
  ),
};

/** A delete that is not carried out, and what is said meanwhile. */
const refusals: readonly { readonly title: string; readonly fault: Fault; readonly reason: string }[] = [
  {
    title: 'a ValidationException that speaks of the team',
    fault: error('ValidationException', 'The work team is used by a labeling job.'),
    reason: 'DeletionBlocked',
  },
  {
    title: 'a ValidationException that does not',
    fault: error('ValidationException', 'A labeling job is under way.'),
    reason: 'DeletionBlocked',
  },
  { title: 'ResourceInUse', fault: error('ResourceInUse', 'It is in use.'), reason: 'DeletionBlocked' },
  { title: 'ConflictException', fault: error('ConflictException', 'It is in use.'), reason: 'DeletionBlocked' },
  { title: 'ResourceLimitExceeded', fault: error('ResourceLimitExceeded', 'Too many.'), reason: 'QuotaExceeded' },
  {
    title: 'ResourceNotFound, which is not how a missing team is told',
    fault: error('ResourceNotFound', 'The work team does not exist.'),
    reason: 'InvalidRequest',
  },
  {
    title: 'AccessDenied that speaks of a team that does not exist',
    fault: error('AccessDeniedException', 'The work team does not exist.'),
    reason: 'AccessDenied',
  },
  { title: 'a page of HTML with status 404', fault: { kind: 'nonJson', status: 404 }, reason: 'Unavailable' },
  { title: 'HTTP 500', fault: { kind: 'http5xx' }, reason: 'Unavailable' },
  { title: 'a connection that breaks before', fault: { kind: 'dropBefore' }, reason: 'Unavailable' },
];

/** Answers to a Describe that say nothing about whether the team is there. */
const lookalikes: readonly { readonly title: string; readonly fault: Fault; readonly reason: string }[] = [
  {
    title: 'a ValidationException about something else',
    fault: error('ValidationException', 'The workforce private does not exist.'),
    reason: 'InvalidRequest',
  },
  ...refusals
    .slice(5)
    .filter(({ title }) => title !== 'HTTP 500')
    .map((refusal) => refusal),
];

function error(code: string, message: string): Fault {
  return { kind: 'error', code, message };
}

/** While the answers are so, the team and the finalizer stay; then both go. */
async function keptUntilHealed(stage: Stage, operation: string, fault: Fault, reason: string, note: Note) {
  const it = await settled(stage);
  const { scene, name } = it;
  const id = scene.control.addFault({ match: { region: scene.region, operation }, fault });
  await stage.workteams.delete(name);
  const failed = await stage.workteams.untilFailed(name, reason, PATIENCE_MS);
  expect(failed.metadata.finalizers).toContain(FINALIZER);
  expect(scene.aws.has(name)).toBe(true);
  scene.control.removeFault(id);
  await expectReleased(stage, it, 1, note);
}

async function successFalse(stage: Stage, note: Note): Promise<void> {
  const it = await settled(stage);
  const { scene, name } = it;
  const job = { JobReferenceCode: 'job-1', LabelCounters: { PendingHuman: 3 } };
  scene.control.putLabelingJob({ region: scene.region }, name, job);
  await stage.workteams.delete(name);
  const failed = await stage.workteams.untilFailed(name, 'DeletionBlocked', PATIENCE_MS);
  expect(failed.metadata.finalizers).toContain(FINALIZER);
  expect(scene.aws.has(name)).toBe(true);
  scene.control.putLabelingJob({ region: scene.region }, name, { ...job, LabelCounters: { PendingHuman: 0 } });
  await expectReleased(stage, it, 1, note);
}

/** The delete acts, and its answer is lost. */
async function answerLost(stage: Stage, fault: Fault, note: Note): Promise<void> {
  const it = await settled(stage);
  const { region, control } = it.scene;
  control.addFault({ match: { region, operation: 'DeleteWorkteam', times: 1 }, fault });
  await stage.workteams.delete(it.name);
  await expectReleased(stage, it, 1, note);
}

const losses: readonly Fault[] = [
  { kind: 'dropAfter' },
  { kind: 'http5xx', acts: true },
  { kind: 'nonJson', acts: true },
  { kind: 'hang', acts: true },
];

const points: Point[] = stages.flatMap(({ notFoundText, missing, stage }, index) => [
  ...Object.entries(heardBy).map(([operation, play]) => ({
    title: `no such team, worded "${notFoundText}", heard by ${operation}`,
    sampled: index === 0 && operation === 'Delete',
    play: (note: Note) => play(stage, note),
  })),
  ...(missing === undefined
    ? []
    : Object.entries(heardByTags).map(([operation, play]) => ({
        title: `no such team, told as "${missing}", heard by ${operation}`,
        play: (note: Note) => play(stage, note),
      }))),
  ...(index > 0 ? [] : aboutDeletes(stage)),
]);

function aboutDeletes(stage: Stage): Point[] {
  return [
    { title: 'a delete answered with Success: false', play: (note) => successFalse(stage, note) },
    ...refusals.map(({ title, fault, reason }) => ({
      title: `a delete answered with ${title}`,
      sampled: title === 'HTTP 500',
      play: (note: Note) => keptUntilHealed(stage, 'DeleteWorkteam', fault, reason, note),
    })),
    ...lookalikes.map(({ title, fault, reason }) => ({
      title: `a look before a delete, answered with ${title}`,
      play: (note: Note) => keptUntilHealed(stage, 'DescribeWorkteam', fault, reason, note),
    })),
    ...losses.map((fault) => ({
      title: `a delete that acts, and its answer is lost (${fault.kind})`,
      sampled: fault.kind === 'dropAfter',
      play: (note: Note) => answerLost(stage, fault, note),
    })),
  ];
}

faultPoints(18, points, { concurrent: true });
