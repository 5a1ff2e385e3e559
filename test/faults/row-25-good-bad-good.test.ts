/** A good spec, one that AWS or the API server refuses, and the good one again: all is as it was at first. */
import { expect, vi } from 'vitest';
import type { Fault } from '../../dev/sagemaker/faults.ts';
import { cognitoMembers, oidcMembers } from '../support/specs.ts';
import { type Ending, endingOf, judgeQuiet } from './harness/judges.ts';
import { faultPoints, type Point } from './harness/points.ts';
import { settingsFor, useSharedSettings } from './harness/setting.ts';
import { createReady, DONE_WITHIN_MS, NAME, SPEC } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });

/** A spec that cannot be had. */
interface Bad {
  readonly title: string;
  /** What is merged into the good spec, and what takes it back. */
  readonly edit: Readonly<Record<string, unknown>>;
  readonly back: Readonly<Record<string, unknown>>;
  /** What AWS does meanwhile, where the emulator itself has no such rule. */
  readonly refused?: { readonly operation: string; readonly fault: Fault };
  /** Why Ready is False; left out, the API server refuses the edit. */
  readonly reason?: string;
  /** What AWS did of it all the same, and undoes afterwards. */
  readonly halfDone?: true;
}

const refusing = (operation: string, message: string) => ({
  operation,
  fault: { kind: 'error', code: 'ValidationException', message } satisfies Fault,
});
const members = { memberDefinitions: SPEC.memberDefinitions };

const BADS: readonly Bad[] = [
  {
    title: 'members of the other kind',
    edit: { memberDefinitions: cognitoMembers('labelers') },
    back: members,
    reason: 'InvalidRequest',
  },
  {
    title: 'a group that AWS does not know',
    edit: { memberDefinitions: oidcMembers('nobody') },
    back: members,
    refused: refusing('UpdateWorkteam', 'The group nobody does not exist.'),
    reason: 'InvalidRequest',
  },
  {
    title: 'a topic that AWS may not publish to',
    edit: { notificationConfiguration: { notificationTopicArn: 'arn:aws:sns:eu-west-1:999999999999:theirs' } },
    back: { notificationConfiguration: SPEC.notificationConfiguration },
    refused: refusing('UpdateWorkteam', 'The topic cannot be published to.'),
    reason: 'InvalidRequest',
  },
  {
    title: 'access settings that AWS does not take together',
    edit: { workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled' } } } },
    back: { workerAccessConfiguration: null },
    refused: refusing('UpdateWorkteam', 'Only one of SourceIp and VpcSourceIp may be given.'),
    reason: 'InvalidRequest',
  },
  {
    title: 'an update that is denied',
    edit: { description: 'Denied' },
    back: { description: SPEC.description },
    refused: { operation: 'UpdateWorkteam', fault: { kind: 'accessDenied' } },
    reason: 'AccessDenied',
  },
  {
    title: 'a tag that AWS refuses, after others were removed',
    edit: { tags: { removed: null, refused: 'yes' } },
    back: { tags: { removed: SPEC.tags?.removed, refused: null } },
    refused: refusing('AddTags', 'The tag key refused is not allowed.'),
    reason: 'InvalidRequest',
    halfDone: true,
  },
  {
    title: 'a tag that AWS refuses, after the members were changed',
    edit: { memberDefinitions: oidcMembers('c'), tags: { refused: 'yes' } },
    back: { ...members, tags: { refused: null } },
    refused: refusing('AddTags', 'The tag key refused is not allowed.'),
    reason: 'InvalidRequest',
    halfDone: true,
  },
  { title: 'another name', edit: { workteamName: 'another' }, back: {} },
  { title: 'a description of two lines', edit: { description: 'a\nb' }, back: {} },
  { title: "a tag of the operator's own", edit: { tags: { 'workteams.dev/owner': 'me' } }, back: {} },
];

const SAMPLE = ['members of the other kind', 'a tag that AWS refuses, after others were removed'];

const points = BADS.map(
  (bad): Point => ({
    title: bad.title,
    sampled: SAMPLE.includes(bad.title),
    play: async (note) => note.settled(await play(bad)),
  }),
);
const shared = useSharedSettings(settingsFor(points));

/** @returns how long it took from the good spec's return until it was Ready, in milliseconds */
async function play({ edit, back, refused, reason, halfDone }: Bad): Promise<number> {
  await using setting = shared.take();
  const { workteams, emulator, region, aws } = setting;
  await createReady(setting);
  const first = endingOf(setting);
  const rule =
    refused && emulator.control.addFault({ match: { region, operation: refused.operation }, fault: refused.fault });
  if (reason === undefined) await expect(workteams.edit(NAME, edit)).rejects.toThrow(/invalid/i);
  else {
    await workteams.edit(NAME, edit);
    await workteams.untilFailed(NAME, reason, DONE_WITHIN_MS);
  }
  const amid = endingOf(setting).teams;
  if (halfDone) expect(amid, 'what AWS did').not.toEqual(first.teams);
  else expect(amid).toEqual(first.teams);

  if (rule !== undefined) emulator.control.removeFault(rule);
  const began = performance.now();
  if (Object.keys(back).length > 0) await workteams.edit(NAME, back);
  await workteams.untilReady(NAME, DONE_WITHIN_MS);
  const settled = performance.now() - began;
  await judgeQuiet(setting);
  const last = endingOf(setting);
  expect(last.teams).toEqual(first.teams);
  expect(withoutGenerations(last)).toEqual(withoutGenerations(first));
  expect(aws.writes().map(({ operation }) => operation)).toHaveLength(halfDone ? 3 : 1);
  expect(setting.wrongs).toEqual([]);
  return settled;
}

/** The Workteam as it ended, whichever edit it was; of the first one, status and spec alike. */
function withoutGenerations({ objects }: Ending): unknown {
  return JSON.parse(
    JSON.stringify(objects, (key, value: unknown) =>
      key === 'generation' || key === 'observedGeneration' ? undefined : value,
    ),
  );
}

faultPoints(25, points, { concurrent: true });
