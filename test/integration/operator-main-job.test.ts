/** The main job, as a user does it: manifests in, work teams in SageMaker, and out again. */
import { beforeAll, describe, expect, test } from 'vitest';
import { operatorWrites } from '../support/audit.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { awsAt, groupsOf, operations, userGroupsOf } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { isReady, useWorkteams, type Workteams } from '../support/workteams.ts';

/** How long an example may take from its creation to Ready, in milliseconds. */
const READY_WITHIN_MS = 2_000;

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

/** A new namespace and an operator for it alone. */
async function setUp(region: string) {
  const workteams = await newNamespace('main-job');
  const { namespace } = workteams;
  const operator = await operators.start({ namespaces: [namespace], place: { region } });
  const kubectl = (...args: string[]) => cluster.run([...args, '--namespace', namespace]);
  return { workteams, operator, kubectl };
}

describe('deploy/examples', () => {
  const europe = awsAt(emulator, { region: 'eu-west-1' });
  const america = awsAt(emulator, { region: 'us-east-1' });
  let workteams: Workteams;
  let kubectl: (...args: string[]) => Promise<string>;
  const names = ['invoices', 'lidar', 'street-scenes'];

  beforeAll(async () => {
    ({ workteams, kubectl } = await setUp('eu-west-1'));
  });

  test('kubectl apply: each is Ready within 2 s of its creation, and kubectl wait returns', async () => {
    await kubectl('apply', '-f', 'deploy/examples/');
    const waited = await kubectl('wait', '--for=condition=Ready', 'workteam', '--all', '--timeout=20s');
    expect(waited.trim().split('\n').toSorted()).toEqual(
      names.map((name) => `workteam.workteams.dev/${name} condition met`),
    );
    for (const name of names) {
      await workteams.untilReady(name);
      const took = readyAfter(workteams, name);
      console.log(`${name}: Ready ${took.toFixed(0)} ms after its creation`);
      expect(took).toBeLessThan(READY_WITHIN_MS);
    }
  });

  test('the work teams are what the manifests say', () => {
    expect(groupsOf(europe.team('street-scenes'))).toEqual(['street-labelers', 'street-reviewers']);
    expect(userGroupsOf(america.team('Invoices-US'))).toEqual(['accountants', 'invoice-reviewers']);
    expect(europe.team('lidar')).toMatchObject({
      workteam: {
        NotificationConfiguration: { NotificationTopicArn: 'arn:aws:sns:eu-west-1:111122223333:lidar-work' },
        WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints: { SourceIp: 'Enabled' } } },
      },
      tags: { team: 'perception', 'cost-center': '4711' },
    });
  });

  test('kubectl get workteams shows the columns', async () => {
    expect(await kubectl('get', 'workteams')).toMatch(
      new RegExp(
        [
          '^NAME +READY +REASON +WORK TEAM +AGE',
          'invoices +True +Synced +Invoices-US +\\d+s',
          'lidar +True +Synced +lidar +\\d+s',
          'street-scenes +True +Synced +street-scenes +\\d+s\n$',
        ].join('\n'),
      ),
    );
    const arn = 'arn:aws:sagemaker:us-east-1:123456789012:workteam/private-crowd/Invoices-US';
    expect(await kubectl('get', 'wt', 'invoices', '-o', 'wide')).toMatch(
      new RegExp(
        `^NAME +READY +REASON +WORK TEAM +AGE +ARN +REGION\ninvoices +True +Synced +Invoices-US +\\d+s +${arn} +us-east-1\n$`,
      ),
    );
  });

  test('applying them again changes nothing, on either side', async () => {
    const before = { europe: europe.writes(), america: america.writes(), versions: versionsOf(workteams, names) };
    const applied = await kubectl('apply', '-f', 'deploy/examples/');
    expect(applied.match(/unchanged/g)).toHaveLength(names.length);
    expect({ europe: europe.writes(), america: america.writes(), versions: versionsOf(workteams, names) }).toEqual(
      before,
    );
  });

  test('kubectl delete removes the work teams and returns', async () => {
    await kubectl('delete', '-f', 'deploy/examples/', '--timeout=20s');
    expect(await kubectl('get', 'workteams', '-o', 'name')).toBe('');
    const left = ['eu-west-1', 'us-east-1'].flatMap((region) => emulator.control.teams({ region }));
    expect(left).toEqual([]);
  });
});

describe('how often it asks and writes', () => {
  const place = { region: 'eu-count-1' };
  const aws = awsAt(emulator, place);
  let workteams: Workteams;

  beforeAll(async () => {
    ({ workteams } = await setUp(place.region));
  });

  /** Besides its events. */
  const kubernetesWrites = async () => {
    const writes = await operatorWrites(cluster, workteams.namespace);
    return writes
      .filter(({ resource }) => resource !== 'events')
      .map(({ verb, resource, name, subresource = '', code }) => `${verb} ${resource}/${name}/${subresource} ${code}`);
  };

  test('a new object: two calls to AWS, two writes to Kubernetes besides the event', async () => {
    await workteams.create('counted', specWith());
    await workteams.untilReady('counted');
    expect(operations(aws.calls())).toEqual(['CreateWorkteam', 'DescribeWorkteam']);
    expect(await kubernetesWrites()).toEqual(['patch workteams/counted/ 200', 'patch workteams/counted/status 200']);
  });

  test('an edit: three calls to AWS, one write to Kubernetes besides the event', async () => {
    const [callsBefore, writesBefore] = [aws.calls().length, (await kubernetesWrites()).length];
    await workteams.edit('counted', { memberDefinitions: oidcMembers('others') });
    await workteams.untilReady('counted');
    const calls = operations(aws.calls().slice(callsBefore));
    expect(calls.slice(0, 2).toSorted()).toEqual(['DescribeWorkteam', 'ListTags']);
    expect(calls.slice(2)).toEqual(['UpdateWorkteam']);
    expect((await kubernetesWrites()).slice(writesBefore)).toEqual(['patch workteams/counted/status 200']);
  });

  test('a deletion: four calls to AWS, one write to Kubernetes besides the event', async () => {
    const [callsBefore, writesBefore] = [aws.calls().length, (await kubernetesWrites()).length];
    await workteams.delete('counted');
    await workteams.untilGone('counted');
    const calls = operations(aws.calls().slice(callsBefore));
    expect(calls.slice(0, 2).toSorted()).toEqual(['DescribeWorkteam', 'ListTags']);
    expect(calls.slice(2)).toEqual(['DeleteWorkteam', 'DescribeWorkteam']);
    expect((await kubernetesWrites()).slice(writesBefore)).toEqual(['patch workteams/counted/ 200']);
  });
});

/** From its creation to when its status said Ready, as a watch saw them, in milliseconds. */
function readyAfter(workteams: Workteams, name: string): number {
  const sights = workteams.history(name);
  const ready = sights.find(({ workteam }) => isReady(workteam));
  return (ready?.at ?? Number.NaN) - (sights[0]?.at ?? Number.NaN);
}

function versionsOf(workteams: Workteams, names: readonly string[]): string[] {
  return names.map((name) => workteams.get(name).metadata.resourceVersion);
}
