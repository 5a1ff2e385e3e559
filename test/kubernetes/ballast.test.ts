import { expect, test } from 'vitest';
import { withoutBallast } from '../../src/kubernetes/ballast.ts';

const identity = { name: 'a', uid: 'u', resourceVersion: '1' };

test('drops managed fields and the copy of the manifest, and keeps every other annotation', () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'kept' };
  const object = { metadata: { ...identity, managedFields: [{ manager: 'kubectl' }], annotations }, spec: { a: 1 } };
  expect(withoutBallast(object)).toEqual({ metadata: { ...identity, annotations: { mine: 'kept' } }, spec: { a: 1 } });
});

test('leaves an object without either as it is', () => {
  expect(withoutBallast({ metadata: identity })).toEqual({ metadata: identity });
});
