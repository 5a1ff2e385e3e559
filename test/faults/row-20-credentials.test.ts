/** The operator may not do something, or has no credentials that AWS takes: it says which it is, waits, and heals by itself. */
import { expect, vi } from 'vitest';
import type { Fault } from '../../dev/sagemaker/faults.ts';
import type { Workteam } from '../../src/workteam/schema.ts';
import { useSwitchedCredentials } from '../support/credentials.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { type Aws, awsAt, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { specWith } from '../support/specs.ts';
import { conditionsOf, PATIENCE_MS, type Scene, SYNCED, useStage } from '../support/stage.ts';
import { conditionOf, useWorkteams, type Workteams } from '../support/workteams.ts';
import { faultPoints, type Note, type Point } from './harness/points.ts';
import { firstToken, type Mood, useWebIdentity, type WebIdentity } from './harness/web-identity.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 240_000 });

/** The first pause after a refusal is 15 to 30 s, and a verdict on an account holds for 30 s. */
const HEALED_WITHIN_MS = 100_000;
/** What tells a slow retry from a quick one; the clocks of two processes lie between. */
const SLOW_MS = 14_000;

const stage = useStage({ prefix: 'denied', resync: '5s' });

const BEFORE = specWith({ tags: { removed: 'soon' } });
const EDIT = { description: 'Edited', tags: { removed: null, added: 'too' } };
const EDITED = ['DescribeWorkteam', 'ListTags', 'UpdateWorkteam', 'DeleteTags', 'AddTags'] as const;

interface Trouble {
  readonly title: string;
  readonly fault: Fault;
  readonly reason: string;
  readonly message: (operation: string) => string;
}

const troubles: readonly Trouble[] = [
  {
    title: 'AccessDenied',
    fault: { kind: 'accessDenied' },
    reason: 'AccessDenied',
    message: (operation) => `AWS denies the operator ${operation}. Allow sagemaker:${operation}`,
  },
  {
    title: 'an expired token',
    fault: { kind: 'expiredToken' },
    reason: 'CredentialsUnavailable',
    message: () => 'The operator has no usable AWS credentials (ExpiredTokenException).',
  },
];

let named = 0;

/** `operation`: the one that is refused; left out, all are. `first`: the one that meets it. */
async function refused(trouble: Trouble, first: string, operation: string | undefined, note: Note): Promise<void> {
  const scene = stage.newScene();
  const { workteams } = stage;
  const name = `denied-${named++}`;
  if (first !== 'CreateWorkteam') await scene.createReady(name, BEFORE);
  const { region, control } = scene;
  const id = control.addFault({
    match: { region, ...(operation !== undefined && { operation }) },
    fault: trouble.fault,
  });
  if (first === 'CreateWorkteam') await scene.create(name, BEFORE);
  else if (first === 'DeleteWorkteam') await workteams.delete(name);
  else await workteams.edit(name, EDIT);
  const failed = await workteams.untilFailed(name, trouble.reason, PATIENCE_MS);
  expect(conditionOf(failed, 'Ready')?.message).toContain(trouble.message(first));
  expect(conditionOf(failed, 'Stalled')).toBeUndefined();
  control.removeFault(id);
  const began = performance.now();
  if (first === 'DeleteWorkteam') await workteams.untilGone(name, HEALED_WITHIN_MS);
  else expect(conditionsOf(await workteams.untilReady(name, HEALED_WITHIN_MS))).toEqual(SYNCED);
  note.settled(performance.now() - began);
  expectSlow(scene, name);
}

/** What was refused was not tried again for a while. */
function expectSlow({ aws }: Scene, name: string): void {
  const calls = aws.calls(name);
  const last = calls.findLastIndex(({ fault }) => fault !== undefined);
  const refusal = calls[last];
  const next = calls.slice(last + 1).find(({ operation }) => operation === refusal?.operation);
  const pause = Date.parse(next?.time ?? '') - Date.parse(refusal?.time ?? '');
  expect(pause, 'the pause after a refusal').toBeGreaterThan(SLOW_MS);
}

/** A list that is refused hinders no work; what it would have shown is found when it is allowed again. */
async function listRefused({ fault }: Trouble, note: Note): Promise<void> {
  const scene = stage.newScene();
  const { region, control, aws } = scene;
  const name = `unlisted-${named++}`;
  const id = control.addFault({ match: { region, operation: 'ListWorkteams' }, fault });
  await scene.createReady(name, BEFORE);
  await scene.editReady(name, EDIT);
  aws.console('UpdateWorkteam', { WorkteamName: name, Description: 'Changed by hand' });
  await eventually(() => aws.calls().filter((call) => call.operation === 'ListWorkteams').length > 2, {
    what: 'lists that are refused',
    within: PATIENCE_MS,
  });
  expect(conditionsOf(stage.workteams.get(name))).toEqual(SYNCED);
  control.removeFault(id);
  const began = performance.now();
  await eventually(() => aws.team(name).workteam.Description === EDIT.description, {
    what: 'what was changed by hand to be repaired',
    within: HEALED_WITHIN_MS,
  });
  note.settled(performance.now() - began);
}

const refusals = troubles.flatMap((trouble): Point[] => [
  ...['CreateWorkteam', ...EDITED, 'DeleteWorkteam'].map((operation) => ({
    title: `${trouble.title} on ${operation}`,
    play: (note: Note) => refused(trouble, operation, operation, note),
  })),
  { title: `${trouble.title} on ListWorkteams`, sampled: true, play: (note) => listRefused(trouble, note) },
  ...['CreateWorkteam', 'DescribeWorkteam'].map((first) => ({
    title: `${trouble.title} on everything, met by ${first}`,
    play: (note: Note) => refused(trouble, first, undefined, note),
  })),
]);

const RIGHT = '111111111111';
const emulator = useEmulator();
const guarded = useOperators(useSwitchedCredentials(emulator).emulator);
const web = useWebIdentity(emulator);
const withTokens = useOperators(web.emulator);
const { newNamespace } = useWorkteams();

const outages: readonly Fault[] = [
  { kind: 'http5xx', status: 503 },
  { kind: 'dropBefore' },
  { kind: 'hang' },
  { kind: 'throttle' },
  { kind: 'accessDenied' },
];

const readyzIs = (operator: Operator, status: number) =>
  eventually(async () => (await operator.get('/readyz')).status === status, {
    what: `/readyz to answer ${status}`,
    within: HEALED_WITHIN_MS,
  });

/** With --aws-account-id nothing is called on the strength of credentials whose account is not known. */
async function stsDown(fault: Fault, note: Note): Promise<void> {
  const region = emulator.newRegion();
  const sts = { operation: 'GetCallerIdentity', region };
  const down = emulator.control.addFault({ match: sts, fault });
  const workteams = await newNamespace('sts');
  await using operator = await guarded.start({
    namespaces: [workteams.namespace],
    place: { region, account: RIGHT },
    flags: ['--aws-account-id', RIGHT],
    until: 'listening',
  });
  const aws = awsAt(emulator, { region, account: RIGHT });
  await workteams.create('unknown', specWith());
  await workteams.untilFailed('unknown', 'CredentialsUnavailable', PATIENCE_MS);
  await readyzIs(operator, 503);
  expect((await operator.get('/readyz')).body).toContain(`STS could not say whether they are of account ${RIGHT}`);
  expect(sageMakerCalls(aws)).toEqual([]);
  emulator.control.removeFault(down);
  const began = performance.now();
  expect(conditionsOf(await workteams.untilReady('unknown', HEALED_WITHIN_MS))).toEqual(SYNCED);
  note.settled(performance.now() - began);
  await readyzIs(operator, 200);
  // Once the account is known, STS may be down.
  emulator.control.addFault({ match: sts, fault });
  await workteams.edit('unknown', { description: 'Edited' });
  expect(conditionsOf(await workteams.untilReady('unknown', PATIENCE_MS))).toEqual(SYNCED);
}

const sageMakerCalls = (aws: Aws) => operations(aws.calls()).filter((operation) => operation !== 'GetCallerIdentity');

interface Irsa extends AsyncDisposable {
  readonly region: string;
  readonly workteams: Workteams;
}

/** An operator with a token file, and a Workteam that it has settled. */
async function irsa(): Promise<Irsa> {
  const region = emulator.newRegion();
  const workteams = await newNamespace('irsa');
  const operator = await withTokens.start({ namespaces: [workteams.namespace], place: { region } });
  await workteams.create('ours', specWith());
  await workteams.untilReady('ours', PATIENCE_MS);
  expect(new Set(web.used(region))).toEqual(new Set([firstToken(region)]));
  return { region, workteams, [Symbol.asyncDispose]: () => operator.kill() };
}

let looks = 0;

/** Has the Workteam looked at, and waits until that is over. */
async function lookedAt(workteams: Workteams): Promise<void> {
  const look = `look ${looks++}`;
  await workteams.annotate('ours', { 'workteams.dev/requestedAt': look });
  const ended = ({ status }: Workteam) => status?.lastHandledReconcileAt === look;
  await workteams.until('ours', ended, { what: 'a pass to end', within: HEALED_WITHIN_MS });
}

/** The old token ends as the new one begins, and nobody notices. */
async function rotated(note: Note): Promise<void> {
  await using it = await irsa();
  const { region, workteams } = it;
  web.writeToken(region, `${region} second`);
  web.accept(region, `${region} second`);
  const began = performance.now();
  while (!web.used(region).includes(`${region} second`)) await lookedAt(workteams);
  await workteams.edit('ours', { description: 'Edited' });
  await workteams.untilReady('ours', PATIENCE_MS);
  note.settled(performance.now() - began);
  const reasons = new Set(workteams.history('ours').map(({ workteam }) => conditionOf(workteam, 'Ready')?.reason));
  expect(reasons).not.toContain('CredentialsUnavailable');
}

/** What is wrong with the token or with STS for a while. */
const lapses: Readonly<
  Record<string, { begin: (web: WebIdentity, region: string) => void; end: (web: WebIdentity, region: string) => void }>
> = {
  'a token that is expired until the file is rotated': {
    begin: ({ accept }, region) => accept(region, `${region} second`),
    end: ({ writeToken }, region) => writeToken(region, `${region} second`),
  },
  'a token file that is gone for a while': {
    begin: ({ removeToken }, region) => removeToken(region),
    end: ({ writeToken }, region) => writeToken(region, firstToken(region)),
  },
  'a token file that is empty for a while': {
    begin: ({ writeToken }, region) => writeToken(region, ''),
    end: ({ writeToken }, region) => writeToken(region, firstToken(region)),
  },
  ...Object.fromEntries(
    (['is down', 'never answers', 'throttles', 'denies', 'breaks connections'] satisfies Mood[]).map((mood) => [
      `a token file, and an STS that ${mood}`,
      {
        begin: ({ setMood }: WebIdentity, region: string) => setMood(region, mood),
        end: ({ setMood }: WebIdentity, region: string) => setMood(region, 'answers'),
      },
    ]),
  ),
};

async function lapsed({ begin, end }: NonNullable<(typeof lapses)[string]>, note: Note): Promise<void> {
  await using it = await irsa();
  const { region, workteams } = it;
  begin(web, region);
  // Credentials that are good for another moment are used up first.
  do await lookedAt(workteams);
  while (conditionOf(workteams.get('ours'), 'Ready')?.reason !== 'CredentialsUnavailable');
  await workteams.edit('ours', { description: 'Edited' });
  await workteams.untilFailed('ours', 'CredentialsUnavailable', PATIENCE_MS);
  const { used } = web;
  const before = used(region).length;
  end(web, region);
  const began = performance.now();
  await workteams.untilReady('ours', HEALED_WITHIN_MS);
  note.settled(performance.now() - began);
  expect(used(region).length).toBeGreaterThan(before);
  expect(awsAt(emulator, { region }).team('ours').workteam.Description).toBe('Edited');
}

faultPoints(
  20,
  [
    ...refusals,
    ...outages.map((fault) => ({
      title: `--aws-account-id, and STS is down (${fault.kind})`,
      play: (note: Note) => stsDown(fault, note),
    })),
    { title: 'a token file that is rotated in time', sampled: true, play: rotated },
    ...Object.entries(lapses).map(([title, lapse]) => ({ title, play: (note: Note) => lapsed(lapse, note) })),
  ],
  { concurrent: true },
);
