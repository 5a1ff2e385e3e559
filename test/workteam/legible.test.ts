/** Whatever an API server can have stored can be read, and what was wrong with it stays wrong. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { initialFacts, regionOf } from '../../src/workteam/facts.ts';
import { legible, type Stored } from '../../src/workteam/legible.ts';
import { awaitsSweeps, isNominated } from '../../src/workteam/nominate.ts';
import { plan } from '../../src/workteam/plan.ts';
import { report } from '../../src/workteam/status.ts';
import { aWorkteam } from '../support/workteam-fixture.ts';

const { workteam, settings } = aWorkteam().finalized().inSync().facts;
const stored = (spec: unknown, status?: unknown): Stored => ({ ...workteam, spec, status });

test('an object that is in order stays the same object', () => {
  expect(legible(workteam)).toBe(workteam);
});

describe('a spec', () => {
  test.each([undefined, null, 'text', 7, []])('%j becomes an invalid one by which no team is deleted', (spec) => {
    const read = legible(stored(spec));
    expect(read.spec).toEqual({ deletionPolicy: 'Retain' });
    expect(initialFacts(read, settings, { uid: 'uid-1' }, 0).spec.ok).toBe(false);
  });

  test.each(['region', 'workteamName'])('with a %s that is no text is invalid, and no other is made of it', (key) => {
    for (const value of [7, { a: 'b' }, null, []]) {
      const read = legible(stored({ ...workteam.spec, [key]: value }));
      expect(initialFacts(read, settings, { uid: 'uid-1' }, 0).spec.ok).toBe(false);
    }
  });

  test.each(['', 'example.com/?a=', 'x'.repeat(10_000)])(
    'with the region %j is looked for in the operator’s own',
    (region) => {
      expect(regionOf(legible(stored({ ...workteam.spec, region })), settings)).toBe(settings.region);
    },
  );
});

describe('a status', () => {
  test('loses what breaks the schema of today, and keeps the rest', () => {
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'Synced',
      message: '',
      lastTransitionTime: '2030-01-01T00:00:00Z',
    };
    const status = { conditions: [null, ready, { type: 7 }], region: 7, workteamName: 'kept', drift: 'much' };
    expect(legible(stored(workteam.spec, status)).status).toEqual({ conditions: [ready], workteamName: 'kept' });
  });

  test.each(['text', 7, []])('%j becomes none', (status) => {
    expect(legible(stored(workteam.spec, status))).not.toHaveProperty('status');
  });
});

test('whatever it is, it can be planned for, reported on and compared with a sweep', () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const fields = (...names: string[]) =>
    fc.record(Object.fromEntries(names.map((name) => [name, json])), { requiredKeys: [] });
  const spec = fc.oneof(
    json,
    fields('region', 'workteamName', 'description', 'memberDefinitions', 'tags', 'suspend', 'managementPolicy'),
  );
  const status = fc.oneof(
    json,
    fields('conditions', 'region', 'drift', 'failingSince', 'observedGeneration', 'workteamArn'),
  );
  fc.assert(
    fc.property(spec, status, fc.boolean(), (someSpec, someStatus, deleting) => {
      const read = legible(stored(someSpec, someStatus));
      const deletionTimestamp = deleting ? { deletionTimestamp: '2030-01-01T00:00:00Z' } : {};
      const object = { ...read, metadata: { ...read.metadata, ...deletionTimestamp } };
      const facts = initialFacts(object, settings, { uid: 'uid-1' }, 0);
      plan(facts);
      plan({ ...facts, team: 'absent', live: true, crdTerminating: false });
      awaitsSweeps(object);
      isNominated(object, undefined, undefined, 0);
      const failure = { reason: 'InvalidSpec', problems: ['it is'] } as const;
      report(object, { kind: 'failed', failure }, regionOf(object, settings), new Date(0));
    }),
  );
});
