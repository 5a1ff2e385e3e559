/**
 * A Workteam is deleted and created again under its name, and an operator meets the view of before: the first one, being deleted.
 * The team of the second one lives.
 *
 * The read of the single object is what it is decided by, and cannot hang behind by itself: without a resourceVersion the API
 * server answers it from etcd, by a quorum. So lists and watches are frozen, and reads only where the list is not.
 */
import { expect } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { controlPlane } from '../support/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { specWith } from '../support/specs.ts';
import { freeze, type View } from './harness/frozen-view.ts';
import { judgeHandover } from './harness/handover.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';
import { COUNTED, type OwnSetting, type Setting, useSettings } from './harness/setting.ts';
import { DONE_WITHIN_MS, NAME } from './harness/works.ts';

const cluster = controlPlane();
const { open } = useSettings();

const FIRST = specWith({ description: 'The first' });
const SECOND = specWith({ description: 'The second' });
const THIRD = { description: 'The second, edited' };

/** What the API server has now. */
async function viewOf({ workteams }: Setting): Promise<View> {
  const kubeConfig = loadKubeConfig({ path: cluster.address.kubeconfig, env: {} });
  const transport = new Transport({ kubeConfig, version: 'test', clock: systemClock });
  try {
    const path = `/apis/workteams.dev/v1alpha1/namespaces/${workteams.namespace}/workteams`;
    return await transport.request<View>({ path });
  } finally {
    transport.close();
  }
}

/** @returns the view of the moment before the first team was deleted, when the second Workteam is Ready */
async function replaced(setting: OwnSetting): Promise<View> {
  const { workteams } = setting;
  await setting.start({ flags: COUNTED });
  await workteams.create(NAME, FIRST);
  await workteams.untilReady(NAME, DONE_WITHIN_MS);
  const view = Promise.withResolvers<View>();
  await Promise.all([
    setting.at({ side: 'AWS', call: 'DeleteWorkteam', nth: 1, when: 'before' }, async () => {
      view.resolve(viewOf(setting));
      await view.promise;
      return undefined;
    }),
    workteams.delete(NAME),
  ]);
  await workteams.untilGone(NAME, DONE_WITHIN_MS);
  await workteams.create(NAME, SECOND);
  await workteams.untilReady(NAME, DONE_WITHIN_MS);
  const frozen = await view.promise;
  expect(frozen.items[0]?.metadata.deletionTimestamp).toBeDefined();
  expect(frozen.items[0]?.metadata.finalizers).toHaveLength(1);
  return frozen;
}

/** Resolves when an operator has read the object live, twice, from now on: a pass was broken off, and another one begun. */
async function looksTwice(setting: Setting): Promise<void> {
  const before = setting.calls().kubernetes.length;
  const reads = () =>
    setting
      .calls()
      .kubernetes.slice(before)
      .filter((call) => call === 'the live read').length;
  await eventually(() => reads() >= 2, { what: 'two looks at the object itself', within: DONE_WITHIN_MS });
}

/** The team is the one it was; when the view is up to date again, an edit arrives, and all is quiet. */
async function lives(setting: OwnSetting, since: TeamDate, thaw: () => void, note: Note): Promise<void> {
  expect(dateOf(setting)).toEqual(since);
  const began = systemClock.now();
  thaw();
  await setting.workteams.edit(NAME, THIRD);
  await setting.workteams.untilReady(NAME, DONE_WITHIN_MS);
  note.settled(systemClock.now() - began);
  expect(dateOf(setting)).toEqual(since);
  expect(setting.aws.team(NAME).workteam.Description).toBe(THIRD.description);
  await judgeHandover(setting, ['CreateWorkteam', 'DeleteWorkteam', 'CreateWorkteam', 'UpdateWorkteam']);
}

type TeamDate = string | number | Date | undefined;

/** Tells a team from another one of its name. */
const dateOf = ({ aws }: Setting): TeamDate => aws.team(NAME).workteam.CreateDate;

function point(title: string, sampled: boolean, body: (setting: OwnSetting, note: Note) => Promise<void>): Point {
  const play = async (note: Note) => {
    await using setting = await open();
    await body(setting, note);
  };
  return { title, sampled, timeout: 300_000, play };
}

const points: readonly Point[] = [
  point('list and watch are of before, and an operator starts', true, async (setting, note) => {
    const view = await replaced(setting);
    const team = dateOf(setting);
    await (await setting.newest).kill();
    const { namespace } = setting.workteams;
    const thaw = freeze(setting.proxy, namespace, view, { lists: true, watches: true, reads: false });
    await setting.start({ flags: COUNTED });
    await looksTwice(setting);
    await lives(setting, team, thaw, note);
  }),
  point('a running operator has to list again, and gets the list of before', false, async (setting, note) => {
    const view = await replaced(setting);
    const team = dateOf(setting);
    const { namespace } = setting.workteams;
    const looked = looksTwice(setting);
    const thaw = freeze(setting.proxy, namespace, view, { lists: true, watches: true, reads: false });
    for (const watch of setting.proxy.watches) watch.reset();
    await looked;
    await lives(setting, team, thaw, note);
  }),
  point('the read of the single object is of before, an edit is waiting', false, async (setting, note) => {
    const view = await replaced(setting);
    const team = dateOf(setting);
    const { namespace } = setting.workteams;
    const thaw = freeze(setting.proxy, namespace, view, { lists: false, watches: false, reads: true });
    const looked = looksTwice(setting);
    await setting.workteams.edit(NAME, { description: 'Not to be written by a look at another object' });
    await looked;
    await lives(setting, team, thaw, note);
  }),
  point('the watch stops at the deletion, and what follows comes late', false, async (setting, note) => {
    const { workteams, proxy, aws } = setting;
    await setting.start({ flags: COUNTED });
    await workteams.create(NAME, FIRST);
    await workteams.untilReady(NAME, DONE_WITHIN_MS);
    const stopped = setting.at({ side: 'AWS', call: 'DeleteWorkteam', nth: 1, when: 'before' }, async () => {
      for (const watch of proxy.watches) watch.hold();
      return undefined;
    });
    await Promise.all([stopped, workteams.delete(NAME)]);
    await workteams.untilGone(NAME, DONE_WITHIN_MS);
    await workteams.create(NAME, SECOND);
    expect(aws.has(NAME)).toBe(false);
    const began = systemClock.now();
    for (const watch of proxy.watches) watch.release();
    await workteams.untilReady(NAME, DONE_WITHIN_MS);
    note.settled(systemClock.now() - began);
    await judgeHandover(setting, ['CreateWorkteam', 'DeleteWorkteam', 'CreateWorkteam']);
  }),
];

faultPoints(6, points, { concurrent: true });
