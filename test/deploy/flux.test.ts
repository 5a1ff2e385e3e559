/** The example for Flux, by its shape: Flux's own CRDs are not here. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

/** A duration as Flux takes it. */
const duration = z.string().regex(/^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/);

/** The fields of kustomize.toolkit.fluxcd.io/v1 that the example uses, as Flux documents them; anything else is a mistake. */
const Kustomization = z.strictObject({
  apiVersion: z.literal('kustomize.toolkit.fluxcd.io/v1'),
  kind: z.literal('Kustomization'),
  metadata: z.strictObject({ name: z.string(), namespace: z.string() }),
  spec: z.strictObject({
    sourceRef: z.strictObject({ kind: z.enum(['GitRepository', 'OCIRepository', 'Bucket']), name: z.string() }),
    path: z.string().startsWith('./'),
    interval: duration,
    retryInterval: duration,
    timeout: duration,
    prune: z.boolean(),
    wait: z.literal(true).optional(),
    targetNamespace: z.string().max(63).optional(),
    deletionPolicy: z.enum(['MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan']).optional(),
    dependsOn: z.array(z.strictObject({ name: z.string() })).optional(),
    healthChecks: z
      .array(
        z.strictObject({
          apiVersion: z.string(),
          kind: z.string(),
          name: z.string(),
          namespace: z.string().optional(),
        }),
      )
      .optional(),
  }),
});

const load = async (path: string) => parseAllDocuments(await readFile(path, 'utf8')).map((document) => document.toJS());

const [operator, workteams] = z
  .tuple([Kustomization, Kustomization])
  .parse(await load('deploy/examples/flux/kustomizations.yaml'));

describe('the example for Flux', () => {
  test('waits for the operator that deploy/kustomize installs, and never prunes it', async () => {
    const [deployment] = await load('deploy/kustomize/deployment.yaml');
    const [crd] = await load('crds/workteams.workteams.dev.yaml');
    expect(operator.spec.healthChecks).toEqual([
      { apiVersion: crd.apiVersion, kind: crd.kind, name: crd.metadata.name },
      {
        apiVersion: deployment.apiVersion,
        kind: deployment.kind,
        name: deployment.metadata.name,
        namespace: deployment.metadata.namespace,
      },
    ]);
    expect(operator.spec.prune).toBe(false);
  });

  test('applies Workteams after it and waits for all of them, with an end', () => {
    expect(workteams.spec.dependsOn).toEqual([{ name: operator.metadata.name }]);
    // With `wait`, Flux ignores health checks.
    expect(workteams.spec).toMatchObject({ wait: true, timeout: '5m', prune: true });
    expect(workteams.spec.healthChecks).toBeUndefined();
  });
});
