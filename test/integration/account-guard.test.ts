/** `--aws-account-id`: credentials of another account touch nothing, and it is said why. */
import { expect, test } from 'vitest';
import { useSwitchedCredentials } from '../support/credentials.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { type Aws, awsAt, operations } from '../support/ledger.ts';
import { type Operator, type OperatorOptions, useOperators } from '../support/operator.ts';
import { specWith } from '../support/specs.ts';
import { conditionsOf, PATIENCE_MS, SYNCED } from '../support/stage.ts';
import { conditionOf, useWorkteams, type Workteams } from '../support/workteams.ts';

const RIGHT = '111111111111';
const WRONG = '222222222222';

/** Longer than the first pause of what is blocked (15 to 30 s), and than a verdict of STS holds (30 s). */
const SECOND_TRY_MS = 70_000;

const REFUSED = ['Ready False CredentialsUnavailable', 'Reconciling True ProgressingWithRetry'];

const emulator = useEmulator();
const credentials = useSwitchedCredentials(emulator);
const operators = useOperators(credentials.emulator);
const { newNamespace } = useWorkteams();

/** An operator of its own for a test, with credentials of an account, and told to use only those of RIGHT. */
interface Guarded {
  readonly operator: Operator;
  readonly workteams: Workteams;
  readonly region: string;
  /** The accounts, as the emulator saw calls in them. */
  readonly right: Aws;
  readonly wrong: Aws;
}

async function guarded(account: string, region = emulator.newRegion()): Promise<Guarded> {
  const workteams = await newNamespace('account');
  const operator = await startInTurn({
    namespaces: [workteams.namespace],
    place: { region, account },
    flags: ['--aws-account-id', RIGHT, '--resync-interval', '1s'],
    until: 'listening',
  });
  return {
    operator,
    workteams,
    region,
    right: awsAt(emulator, { region, account: RIGHT }),
    wrong: awsAt(emulator, { region, account: WRONG }),
  };
}

let last: Promise<unknown> = Promise.resolve();

/** Operators that start at the same moment would write the same log. */
function startInTurn(options: OperatorOptions): Promise<Operator> {
  const operator = last.then(() => operators.start(options));
  last = operator.catch(() => {});
  return operator;
}

const untilReadyz = ({ operator }: Guarded, status: number) =>
  eventually(async () => (await operator.get('/readyz')).status === status, {
    what: `/readyz to answer ${status}`,
    within: SECOND_TRY_MS,
  });

const sageMakerCalls = (aws: Aws) => operations(aws.calls()).filter((operation) => operation !== 'GetCallerIdentity');

test.concurrent('the right account: STS is asked once', async () => {
  const there = await guarded(RIGHT);
  await untilReadyz(there, 200);
  await there.workteams.create('right', specWith());
  await there.workteams.untilReady('right', PATIENCE_MS);
  await there.workteams.edit('right', { description: 'Labels cats' });
  await there.workteams.untilReady('right', PATIENCE_MS);
  const asked = operations(there.right.calls()).filter((operation) => operation === 'GetCallerIdentity');
  expect(asked).toHaveLength(1);
});

test.concurrent('the wrong account: /readyz says why, and when it is right, before there is anything to do', async () => {
  const there = await guarded(WRONG);
  await untilReadyz(there, 503);
  const { body } = await eventually(
    async () => {
      const answer = await there.operator.get('/readyz');
      return answer.body.includes(WRONG) && answer;
    },
    { what: 'the account in /readyz' },
  );
  expect(body).toBe(
    `not ready, the AWS credentials cannot be used: they are of account ${WRONG}, and --aws-account-id says ${RIGHT}\n`,
  );
  credentials.switchTo(there.region, RIGHT);
  await untilReadyz(there, 200);
});

test.concurrent('the wrong account: no call but STS until the credentials are right, then Ready', async () => {
  const there = await guarded(WRONG);
  await there.workteams.create('guarded', specWith());
  const refused = await there.workteams.untilFailed('guarded', 'CredentialsUnavailable', PATIENCE_MS);
  expect(conditionsOf(refused)).toEqual(REFUSED);
  expect(conditionOf(refused, 'Ready')?.message).toContain(`account ${WRONG}, and --aws-account-id says ${RIGHT}`);
  await untilReadyz(there, 503);
  credentials.switchTo(there.region, RIGHT);
  const workteam = await there.workteams.untilReady('guarded', SECOND_TRY_MS);
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(there.right.has('guarded')).toBe(true);
  await untilReadyz(there, 200);
  expect(sageMakerCalls(there.wrong)).toEqual([]);
}, 100_000);

test.concurrent('credentials that are switched while it runs: nothing is touched in the other account', async () => {
  const there = await guarded(RIGHT);
  await there.workteams.create('switched', specWith());
  await there.workteams.untilReady('switched', PATIENCE_MS);
  await untilReadyz(there, 200);
  // As it would be in another stage of the same company: a team of that name, with that owner tag.
  there.wrong.console('CreateWorkteam', {
    WorkteamName: 'switched',
    Description: 'Theirs',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['theirs'] } }],
    Tags: Object.entries(there.right.team('switched').tags).map(([Key, Value]) => ({ Key, Value })),
  });
  credentials.switchTo(there.region, WRONG);
  await untilReadyz(there, 503);
  await there.workteams.edit('switched', { description: 'Labels cats' });
  const refused = await there.workteams.untilFailed('switched', 'CredentialsUnavailable', PATIENCE_MS);
  expect(conditionsOf(refused)).toEqual(REFUSED);
  expect(sageMakerCalls(there.wrong)).toEqual([]);

  credentials.switchTo(there.region, RIGHT);
  await untilReadyz(there, 200);
  await there.workteams.annotate('switched', { 'workteams.dev/requestedAt': 'credentials are right' });
  expect(conditionsOf(await there.workteams.untilReady('switched', PATIENCE_MS))).toEqual(SYNCED);
  expect(there.right.team('switched').workteam.Description).toBe('Labels cats');
  expect(there.wrong.team('switched').workteam.Description).toBe('Theirs');
  expect(sageMakerCalls(there.wrong)).toEqual([]);
}, 100_000);

test.concurrent('STS down: nothing is called on the strength of unknown credentials, until it answers', async () => {
  const region = emulator.newRegion();
  const sts = { operation: 'GetCallerIdentity', region };
  const down = emulator.control.addFault({ match: sts, fault: { kind: 'http5xx', status: 503 } });
  const there = await guarded(RIGHT, region);
  const { operator, workteams, right: aws } = there;
  await workteams.create('unknown', specWith());
  const refused = await workteams.untilFailed('unknown', 'CredentialsUnavailable', PATIENCE_MS);
  expect(conditionsOf(refused)).toEqual(REFUSED);
  await untilReadyz(there, 503);
  expect((await operator.get('/readyz')).body).toContain(`STS could not say whether they are of account ${RIGHT}`);
  expect(sageMakerCalls(aws)).toEqual([]);

  emulator.control.removeFault(down);
  await untilReadyz(there, 200);
  await workteams.annotate('unknown', { 'workteams.dev/requestedAt': 'STS is up' });
  expect(conditionsOf(await workteams.untilReady('unknown', PATIENCE_MS))).toEqual(SYNCED);
  // Once the account is known, STS may be down.
  emulator.control.addFault({ match: sts, fault: { kind: 'dropBefore' } });
  await workteams.edit('unknown', { description: 'Labels cats' });
  expect(conditionsOf(await workteams.untilReady('unknown', PATIENCE_MS))).toEqual(SYNCED);
}, 150_000);
