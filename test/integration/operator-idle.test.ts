/** An untouched cluster is a quiet one. */
import { beforeAll, expect, test } from 'vitest';
import type { WorkteamSpec } from '../../src/workteam/schema.ts';
import { operatorWrites } from '../support/audit.ts';
import { controlPlane } from '../support/control-plane.ts';
import { allowLeaseIn } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { useWorkteams, type Workteams } from '../support/workteams.ts';

/** As many as an account may have in a region. */
const TEAMS = 25;
const RESYNCS = 3;

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

const place = { region: 'eu-idle-1' };
const aws = awsAt(emulator, place);
const names = Array.from({ length: TEAMS }, (_, index) => `idle-${index}`);
let workteams: Workteams;

/** Specs that a careless comparison would find different from what AWS shows. */
const delicate: readonly Partial<WorkteamSpec>[] = [
  {},
  { memberDefinitions: [...oidcMembers('z', 'a'), ...oidcMembers('m')] },
  { notificationConfiguration: {} },
  { notificationConfiguration: { notificationTopicArn: 'arn:aws:sns:eu-west-1:111122223333:work' } },
  { workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Disabled' } } } },
  { tags: {} },
  { tags: { z: '', a: '1', 'cost-center': '4711' } },
  { suspend: false, managementPolicy: 'Manage', deletionPolicy: 'Delete', adoptionPolicy: 'Never' },
];

beforeAll(async () => {
  workteams = await newNamespace('idle');
  const { namespace } = workteams;
  await allowLeaseIn(cluster, namespace);
  emulator.control.setup({ ...place, quota: TEAMS });
  // What nobody knows of AWS, answered in the ways that look most like a difference.
  emulator.control.setSwitches({ memberOrder: 'shuffled', noTopicShownAs: 'emptyTopic', untouchedAccess: 'disabled' });
  await operators.start({
    namespaces: [namespace],
    place,
    leaseNamespace: namespace,
    flags: ['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
  });
  await Promise.all(names.map((name, index) => workteams.create(name, specWith(delicate[index % delicate.length]))));
  await Promise.all(names.map((name) => workteams.untilReady(name)));
});

/** A resync is a ListWorkteams for all teams together; the tags of each one are read now and then. */
function resyncs(since: number): { sweeps: number; readings: number } {
  const calls = aws.calls().slice(since);
  const count = (wanted: string, name?: string) =>
    calls.filter(({ operation, workteamName }) => operation === wanted && workteamName === name).length;
  return { sweeps: count('ListWorkteams'), readings: Math.min(...names.map((name) => count('ListTags', name))) };
}

test(`${TEAMS} untouched Workteams cause no write but the Lease's over ${RESYNCS} resyncs, on either side`, async () => {
  const { namespace } = workteams;
  const versions = () => names.map((name) => workteams.get(name).metadata.resourceVersion);
  const before = {
    kubernetes: await operatorWrites(cluster, namespace),
    versions: versions(),
    aws: aws.calls().length,
  };
  const enough = () => {
    const { sweeps, readings } = resyncs(before.aws);
    return sweeps >= RESYNCS && readings >= 1;
  };
  await eventually(enough, {
    what: `${RESYNCS} resyncs and a reading of each team's tags`,
    within: 40_000,
  });

  const calls = aws.calls().slice(before.aws);
  expect(calls.filter(({ write }) => write)).toEqual([]);
  expect(versions()).toEqual(before.versions);
  const since = (await operatorWrites(cluster, namespace)).slice(before.kubernetes.length);
  expect(since.filter(({ resource }) => resource !== 'leases')).toEqual([]);
  expect(since).toContainEqual(expect.objectContaining({ resource: 'leases', verb: 'update', code: 200 }));
});
