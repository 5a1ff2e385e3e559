/** What presigned URLs are bound to: the worker's address, or the VPC's. */
import { expect, test } from 'vitest';
import type { TeamSnapshot } from '../../../dev/sagemaker/control.ts';
import type { WorkteamSpec } from '../../../src/workteam/schema.ts';
import { specWith } from '../../support/specs.ts';
import { conditionsOf, SYNCED, useStage } from '../../support/stage.ts';

type Constraints = NonNullable<WorkteamSpec['workerAccessConfiguration']>['s3Presign']['iamPolicyConstraints'];

const access = (iamPolicyConstraints: Constraints) => ({
  workerAccessConfiguration: { s3Presign: { iamPolicyConstraints } },
});
const constraintsOf = ({ workteam }: TeamSnapshot) =>
  workteam.WorkerAccessConfiguration?.S3Presign?.IamPolicyConstraints;

const stage = useStage({ prefix: 'access' });

/** A service that fills in what is left out, takes one of the two only, and has a choice of its own. */
const choosing = useStage({
  prefix: 'access-own',
  emulator: { switches: { untouchedAccess: 'sourceIp', partialAccess: 'disabled', bothAccessFields: 'refused' } },
});

test.concurrent('sourceIp: Enabled, then Disabled', async () => {
  const scene = stage.newScene();
  await scene.createReady('source', specWith(access({ sourceIp: 'Enabled' })));
  expect(constraintsOf(scene.aws.team('source'))).toEqual({ SourceIp: 'Enabled' });
  const workteam = await scene.editReady('source', access({ sourceIp: 'Disabled' }));
  expect(constraintsOf(scene.aws.team('source'))).toEqual({ SourceIp: 'Disabled' });
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent('vpcSourceIp: Enabled, then Disabled, then left out, which is no difference', async () => {
  const scene = stage.newScene();
  await scene.createReady('vpc', specWith(access({ vpcSourceIp: 'Enabled' })));
  expect(constraintsOf(scene.aws.team('vpc'))).toEqual({ VpcSourceIp: 'Enabled' });
  await scene.editReady('vpc', access({ vpcSourceIp: 'Disabled' }));
  expect(constraintsOf(scene.aws.team('vpc'))).toEqual({ VpcSourceIp: 'Disabled' });
  const workteam = await scene.editReady('vpc', { workerAccessConfiguration: null });
  expect(constraintsOf(scene.aws.team('vpc'))).toEqual({ VpcSourceIp: 'Disabled' });
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent("the service's own choice is shown and left alone", async () => {
  const scene = choosing.newScene();
  const { status } = await scene.createReady('untouched', specWith());
  const iamPolicyConstraints = { sourceIp: 'Enabled', vpcSourceIp: 'Disabled' };
  expect(status?.workerAccessConfiguration).toEqual({ s3Presign: { iamPolicyConstraints } });
  expect(scene.attempts()).toEqual(['CreateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent('from sourceIp to vpcSourceIp in one update', async () => {
  const scene = choosing.newScene();
  await scene.createReady('moved', specWith(access({ sourceIp: 'Enabled' })));
  const workteam = await scene.editReady('moved', {
    workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: null, vpcSourceIp: 'Enabled' } } },
  });
  const iamPolicyConstraints = { sourceIp: 'Disabled', vpcSourceIp: 'Enabled' };
  expect(workteam.status?.workerAccessConfiguration).toEqual({ s3Presign: { iamPolicyConstraints } });
  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
});
