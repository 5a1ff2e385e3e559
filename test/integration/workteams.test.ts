import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/controller/clock.ts';
import { isConflict, isForbidden, isInvalid } from '../../src/kubernetes/errors.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { Workteams } from '../../src/kubernetes/workteams.ts';
import { FINALIZER, type Workteam, type WorkteamStatus } from '../../src/workteam/schema.ts';
import { controlPlane } from '../support/control-plane.ts';

const plane = controlPlane();
let namespace: string;
let transport: Transport;
let workteams: Workteams;

beforeAll(async () => {
  namespace = await plane.createNamespace('workteams');
  transport = connected(plane.address.kubeconfig);
  workteams = new Workteams(transport);
});
afterAll(() => transport.close());

function connected(kubeconfig: string): Transport {
  const kubeConfig = loadKubeConfig({ path: kubeconfig, env: {} });
  return new Transport({ kubeConfig, version: 'test', clock: systemClock });
}

const spec = { description: 'Labelers', memberDefinitions: [{ oidcMemberDefinition: { groups: ['a'] } }] };

async function create(name: string): Promise<Workteam> {
  const manifest = { apiVersion: 'workteams.dev/v1alpha1', kind: 'Workteam', metadata: { name, namespace }, spec };
  await plane.run(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
  return await live(name);
}

async function live(name: string): Promise<Workteam> {
  const workteam = await workteams.readLive(`${namespace}/${name}`);
  if (workteam === undefined) throw new Error(`there is no ${name}`);
  return workteam;
}

const condition = (type: string, status: 'True' | 'False') => ({
  type,
  status,
  reason: 'Because',
  message: 'as the test asked',
  lastTransitionTime: '2030-01-01T00:00:00Z',
});

describe('reading', () => {
  test('gives the object as it is, without ballast, and undefined where there is none', async () => {
    const workteam = await create('read');
    expect(workteam).toMatchObject({ kind: 'Workteam', spec, status: { observedGeneration: -1 } });
    expect(workteam.metadata).not.toHaveProperty('managedFields');
    expect(workteam.metadata.annotations ?? {}).toEqual({});
    expect(await workteams.readLive(`${namespace}/none`)).toBeUndefined();
  });

  test('exists: yes, no, and yes to whoever may not know', async () => {
    await create('there');
    expect(await workteams.exists(namespace, 'there')).toBe(true);
    expect(await workteams.exists(namespace, 'none')).toBe(false);
    await plane.run(['create', 'serviceaccount', 'nobody', '-n', namespace]);
    const token = await plane.tokenFor(namespace, 'nobody');
    const nobody = connected(await plane.writeKubeconfig({ token }));
    try {
      expect(await new Workteams(nobody).exists(namespace, 'none')).toBe(true);
      expect(await new Workteams(nobody).readLive(`${namespace}/none`).catch(isForbidden)).toBe(true);
    } finally {
      nobody.close();
    }
  });

  test('which cluster this is, and that the CRD stays', async () => {
    const uid = await plane.run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
    expect(await workteams.clusterUid()).toBe(uid);
    expect(await workteams.crdIsTerminating()).toBe(false);
  });
});

describe('finalizers', () => {
  test('are replaced, and the object goes with the last one', async () => {
    const created = await create('finalized');
    const held = await workteams.patchFinalizers(created, [FINALIZER]);
    expect(held.metadata.finalizers).toEqual([FINALIZER]);
    await plane.run(['delete', 'workteam', 'finalized', '-n', namespace, '--wait=false']);
    const deleting = await live('finalized');
    expect(deleting.metadata.deletionTimestamp).toBeDefined();
    await workteams.patchFinalizers(deleting, []);
    expect(await workteams.exists(namespace, 'finalized')).toBe(false);
  });

  test("never overwrite somebody else's", async () => {
    const created = await create('shared');
    const other = { metadata: { finalizers: ['example.org/other'] } };
    await plane.run(['patch', 'workteam', 'shared', '-n', namespace, '--type=merge', '-p', JSON.stringify(other)]);
    expect(await workteams.patchFinalizers(created, [FINALIZER]).catch(isConflict)).toBe(true);
    expect((await live('shared')).metadata.finalizers).toEqual(['example.org/other']);
    await workteams.patchFinalizers(await live('shared'), []);
  });

  test('are not put on another object that has taken the name', async () => {
    const first = await create('again');
    await plane.run(['delete', 'workteam', 'again', '-n', namespace]);
    const second = await create('again');
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(await workteams.patchFinalizers(first, [FINALIZER]).catch(isConflict)).toBe(true);
    expect(await workteams.patchStatus(first, { observedGeneration: 1 }).catch(isConflict)).toBe(true);
    // Versions that are the same by accident, as after a restored backup: the UID still protects.
    const { resourceVersion } = second.metadata;
    const disguised = { ...first, metadata: { ...first.metadata, resourceVersion } };
    expect(await workteams.patchFinalizers(disguised, [FINALIZER]).catch(isInvalid)).toBe(true);
    expect((await live('again')).metadata.finalizers).toBeUndefined();
  });

  test('of an object that is gone', async () => {
    const gone = await create('gone');
    await plane.run(['delete', 'workteam', 'gone', '-n', namespace]);
    await expect(workteams.patchFinalizers(gone, [FINALIZER])).rejects.toMatchObject({ status: 404 });
  });
});

describe('status', () => {
  test('becomes what it should be, to the field: what is left out goes', async () => {
    const created = await create('status');
    const first: WorkteamStatus = {
      observedGeneration: 1,
      workteamName: 'status',
      failingSince: '2030-01-01T00:00:00Z',
      conditions: [condition('Ready', 'False'), condition('Reconciling', 'True')],
      drift: [{ field: 'description', desired: '"a"', observed: '"b"' }],
    };
    const one = await workteams.patchStatus(created, first);
    expect(one.status).toEqual(first);
    const second: WorkteamStatus = {
      observedGeneration: 1,
      workteamName: 'status',
      conditions: [condition('Ready', 'True')],
    };
    const two = await workteams.patchStatus(one, second);
    expect(two.status).toEqual(second);
    expect(await live('status')).toEqual(two);
    expect(two.metadata.generation).toBe(created.metadata.generation);
  });

  test('that is equal already is not written', async () => {
    const created = await create('equal');
    const written = await workteams.patchStatus(created, { observedGeneration: 1 });
    expect(await workteams.patchStatus(written, { observedGeneration: 1 })).toBe(written);
    expect((await live('equal')).metadata.resourceVersion).toBe(written.metadata.resourceVersion);
  });

  test('is not written over a change', async () => {
    const created = await create('changed');
    await plane.run(['annotate', 'workteam', 'changed', '-n', namespace, 'note=1']);
    expect(await workteams.patchStatus(created, { observedGeneration: 1 }).catch(isConflict)).toBe(true);
    expect((await live('changed')).status).toEqual({ observedGeneration: -1 });
  });
});
