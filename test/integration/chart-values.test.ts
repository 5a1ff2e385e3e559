/** What single values make of the chart, as Helm renders it; no cluster is asked. */
import { expect, test } from 'vitest';
import { goTool } from '../../dev/tools/go-tool.ts';
import { run } from '../support/execute.ts';
import { type Manifest, manifestsIn, theOne, useHelm } from '../support/helm.ts';

const helm = useHelm();

const CONFIRM = 'argocd.argoproj.io/sync-options';

/** What Argo CD asks a person before it deletes, when the whole Application is deleted: it leaves CRDs out. */
const askedFor = (manifests: readonly Manifest[]): string[] =>
  manifests
    .filter(({ kind }) => kind !== 'CustomResourceDefinition')
    .filter(({ metadata }) => metadata.annotations?.[CONFIRM]?.split(',').includes('Delete=confirm'))
    .map(({ kind }) => kind);

test('Argo CD asks before it deletes the operator, and before it prunes the CRD', async () => {
  const chart = await helm.template();
  const kustomize = manifestsIn(await run(await goTool('kustomize'), ['build', 'deploy/kustomize']));
  expect(askedFor(chart)).toEqual(['Deployment']);
  expect(askedFor(kustomize)).toEqual(['Namespace', 'Deployment']);
  for (const manifests of [chart, kustomize]) {
    const { annotations } = theOne(manifests, 'CustomResourceDefinition').metadata;
    expect(annotations?.[CONFIRM]).toBe('Prune=confirm,Delete=confirm');
  }
});
