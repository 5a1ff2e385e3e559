/** The operator dies when it has the finalizer and no team yet, and a foreign team of that name appears: it is not adopted. */
import { beforeAll, expect, vi } from 'vitest';
import { inTime } from '../support/eventually.ts';
import { FINALIZER_WRITE, type Moment, titleOf } from './harness/calls.ts';
import {
  attemptsOn,
  clusterId,
  createOwner,
  makeForeign,
  mayTake,
  OWNERS,
  type Owner,
  POLICIES,
  type Policy,
  readyMessage,
  reasonFor,
  TEAM,
  wanting,
} from './harness/foreign-teams.ts';
import { faultPoints } from './harness/points.ts';
import { useSettings } from './harness/setting.ts';
import { DONE_WITHIN_MS, NAME } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 13, testTimeout: 240_000 });

const settings = useSettings();
let cluster = '';
beforeAll(async () => {
  cluster = await clusterId();
});

/** Between the finalizer and the create. */
const moments: readonly Moment[] = [
  { side: 'Kubernetes', call: FINALIZER_WRITE, nth: 1, when: 'after' },
  { side: 'AWS', call: 'CreateWorkteam', nth: 1, when: 'before' },
];
const OTHER = 'other';

const cases = moments.flatMap((moment) =>
  OWNERS.flatMap((owner) =>
    POLICIES.filter((policy) => !mayTake(owner, policy, false)).map((policy) => ({ moment, owner, policy })),
  ),
);

faultPoints(
  5,
  cases.map(({ moment, owner, policy }) => ({
    title: `killed ${titleOf(moment)}, then a team of ${owner}, wanted under ${policy}`,
    sampled: moment.when === 'after' && owner === 'another cluster' && policy === 'IfUnowned',
    play: async (note) => note.settled(await play(moment, owner, policy)),
  })),
  { concurrent: true },
);

/** @returns how long it took from the second start to the verdict, in milliseconds */
async function play(moment: Moment, owner: Owner, policy: Policy): Promise<number> {
  await using setting = await settings.open();
  const { workteams, aws } = setting;
  await setting.start();
  await createOwner(setting, owner, OTHER);
  const killed = setting.at(moment, async () => {
    await (await setting.newest).kill();
    return 'drop';
  });
  await workteams.create(NAME, wanting(policy));
  await inTime(killed, { what: 'the operator to be killed', within: DONE_WITHIN_MS });
  const { says } = makeForeign(setting, owner, { cluster, other: OTHER, old: false });
  const before = aws.team(TEAM);
  const began = performance.now();
  await setting.start();
  // What is so young may have an owner tag that does not show yet: that is waited for.
  await workteams.untilFailed(NAME, reasonFor(owner), DONE_WITHIN_MS);
  const settled = performance.now() - began;
  expect(readyMessage(workteams, NAME)).toContain(says);
  await workteams.delete(NAME);
  await workteams.untilGone(NAME, DONE_WITHIN_MS);
  expect(aws.team(TEAM)).toEqual(before);
  expect(attemptsOn(aws)).toEqual([]);
  expect(setting.wrongs).toEqual([]);
  return settled;
}
