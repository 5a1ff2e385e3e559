/**
 * Events of the watch that never arrive: what counts is what there is, not what was told of it. Dropped are single events while the
 * watch goes on, or all until it breaks.
 */
import { expect } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import { FINALIZER } from '../../src/workteam/schema.ts';
import { controlPlane } from '../support/control-plane.ts';
import { specWith } from '../support/specs.ts';
import type { Workteams } from '../support/workteams.ts';
import { judgeHandover } from './harness/handover.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';
import { COUNTED, useSettings } from './harness/setting.ts';
import { DONE_WITHIN_MS, NAME } from './harness/works.ts';

const cluster = controlPlane();
const { open } = useSettings();

const A = { description: 'Labels as in A' };
const B = { description: 'Labels as in B' };
const C = { description: 'Labels as in C' };

interface Missed {
  readonly title: string;
  readonly sampled?: boolean;
  /** What the operator hears of what happens; `nothing`: and then its watch breaks. */
  readonly hears: 'nothing' | ((line: string) => boolean);
  readonly happens: (workteams: Workteams) => Promise<unknown>;
  /** The last thing that happens, of which it hears. */
  readonly last?: (workteams: Workteams) => Promise<unknown>;
  /** What the team says in the end, and what was written to AWS from its creation on. */
  readonly ends: string;
  readonly writes: readonly string[];
}

const edit = (spec: object) => (workteams: Workteams) => workteams.edit(NAME, { ...spec });

/** Somebody takes off the finalizer by hand, deletes the Workteam, and creates another one of that name. */
async function recreate(workteams: Workteams): Promise<void> {
  const { uid } = workteams.get(NAME).metadata;
  const patch = JSON.stringify({ metadata: { finalizers: null } });
  await cluster.run(['patch', 'workteam', NAME, '-n', workteams.namespace, '--type=merge', '--patch', patch]);
  await cluster.run(['delete', 'workteam', NAME, '-n', workteams.namespace, '--wait=false']);
  await workteams.untilGone(NAME, DONE_WITHIN_MS);
  const { metadata } = await workteams.create(NAME, specWith(B));
  expect(metadata.uid).not.toBe(uid);
}

/** It is heard of events of those types only. */
const only =
  (...types: string[]) =>
  (line: string) =>
    types.some((type) => line.startsWith(`{"type":"${type}"`));

const says = (description: string) => (line: string) => line.includes(`"${description}"`);

const CASES: readonly Missed[] = [
  {
    title: 'an edit, until the watch breaks',
    sampled: true,
    hears: 'nothing',
    happens: edit(B),
    ends: B.description,
    writes: ['CreateWorkteam', 'UpdateWorkteam'],
  },
  {
    title: 'an edit, and the next one arrives',
    hears: says(C.description),
    happens: edit(B),
    last: edit(C),
    ends: C.description,
    writes: ['CreateWorkteam', 'UpdateWorkteam'],
  },
  {
    title: 'A→B→A, until the watch breaks',
    hears: 'nothing',
    happens: async (workteams) => {
      await edit(B)(workteams);
      await edit(A)(workteams);
    },
    ends: A.description,
    writes: ['CreateWorkteam'],
  },
  {
    title: 'A→B of A→B→A',
    hears: says(A.description),
    happens: edit(B),
    last: edit(A),
    ends: A.description,
    writes: ['CreateWorkteam'],
  },
  {
    title: 'delete and recreate in the gap, until the watch breaks',
    hears: 'nothing',
    happens: recreate,
    ends: B.description,
    writes: ['CreateWorkteam', 'UpdateWorkteam'],
  },
  {
    title: 'the deletion; the newcomer of that name arrives',
    hears: only('ADDED'),
    happens: recreate,
    ends: B.description,
    writes: ['CreateWorkteam', 'UpdateWorkteam'],
  },
  {
    title: 'the deletion and the newcomer; an edit of the newcomer arrives',
    hears: says(C.description),
    happens: recreate,
    last: edit(C),
    ends: C.description,
    writes: ['CreateWorkteam', 'UpdateWorkteam'],
  },
];

async function play({ hears, happens, last, ends, writes }: Missed, note: Note): Promise<void> {
  await using setting = await open();
  const { workteams, proxy, aws } = setting;
  await setting.start({ flags: COUNTED });
  await workteams.create(NAME, specWith(A));
  await workteams.untilReady(NAME, DONE_WITHIN_MS);
  for (const watch of proxy.watches) watch.lets = hears === 'nothing' ? () => false : hears;
  await happens(workteams);
  const began = systemClock.now();
  if (hears === 'nothing') for (const watch of proxy.watches) watch.reset();
  await last?.(workteams);
  await workteams.untilReady(NAME, DONE_WITHIN_MS);
  note.settled(systemClock.now() - began);
  expect(aws.team(NAME).workteam.Description).toBe(ends);
  expect(workteams.get(NAME).metadata.finalizers).toEqual([FINALIZER]);
  await judgeHandover(setting, writes);
}

/** The spec goes back to what it was while the operator writes what it was in between. */
async function backWhileWriting(note: Note): Promise<void> {
  await using setting = await open();
  const { workteams, aws } = setting;
  await setting.start({ flags: COUNTED });
  await workteams.create(NAME, specWith(A));
  await workteams.untilReady(NAME, DONE_WITHIN_MS);
  const back = setting.at({ side: 'AWS', call: 'UpdateWorkteam', nth: 1, when: 'before' }, async () => {
    await workteams.edit(NAME, A);
    return undefined;
  });
  await Promise.all([back, workteams.edit(NAME, B)]);
  const began = systemClock.now();
  await workteams.untilReady(NAME, DONE_WITHIN_MS);
  note.settled(systemClock.now() - began);
  expect(aws.team(NAME).workteam.Description).toBe(A.description);
  await judgeHandover(setting, ['CreateWorkteam', 'UpdateWorkteam', 'UpdateWorkteam']);
}

const points: readonly Point[] = [
  ...CASES.map((missed) => ({
    title: `missed: ${missed.title}`,
    sampled: missed.sampled ?? false,
    play: (note: Note) => play(missed, note),
  })),
  { title: 'A→B→A, the second while the first is written to AWS', play: backWhileWriting },
];

faultPoints(7, points, { concurrent: true });
