/**
 * Objects as malformed as an API server can store them, from a time when the schema took anything: none of them stops the work
 * on the others, and each can be deleted. On a control plane of its own, because the CRD is everybody's.
 */
import { beforeAll, expect, vi } from 'vitest';
import { FINALIZER, KIND } from '../../src/workteam/schema.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { useOwnControlPlane } from '../support/own-control-plane.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { PATIENCE_MS } from '../support/stage.ts';
import { faultPoints } from './harness/points.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const CRD = 'crds/workteams.workteams.dev.yaml';
const REGION = 'eu-poison-1';
const LONG = 'x'.repeat(10_000);
const GOOD = specWith();

/** What stands in the object besides its name. */
interface Poison {
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly metadata?: object;
}

const deep = (levels: number): unknown => (levels === 0 ? 'bottom' : { deeper: deep(levels - 1) });
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const specs: Readonly<Record<string, unknown>> = {
  'an empty spec': {},
  'a text for a spec': 'spec',
  'a list for a spec': [GOOD],
  'a number for a spec': 42,
  'no members': { description: 'No members' },
  'a text for members': { ...GOOD, memberDefinitions: 'labelers' },
  'an object for members': { ...GOOD, memberDefinitions: { oidcMemberDefinition: { groups: ['a'] } } },
  'null among the members': { ...GOOD, memberDefinitions: [null, 7, []] },
  'members without groups': { ...GOOD, memberDefinitions: [{ oidcMemberDefinition: {} }, {}] },
  'a text for groups': { ...GOOD, memberDefinitions: [{ oidcMemberDefinition: { groups: 'labelers' } }] },
  'ten thousand groups': { ...GOOD, memberDefinitions: oidcMembers(...many(10_000, (index) => `group-${index}`)) },
  'a group of 10,000 characters': { ...GOOD, memberDefinitions: oidcMembers(LONG) },
  'a description of 10,000 characters': { ...GOOD, description: LONG },
  'a number for a description': { ...GOOD, description: 7 },
  'a list for tags': { ...GOOD, tags: ['a', 'b'] },
  'numbers for tags': { ...GOOD, tags: { a: 1, b: null, c: { d: 'e' } } },
  'ten thousand tags': { ...GOOD, tags: Object.fromEntries(many(10_000, (index) => [`key-${index}`, 'value'])) },
  'a tag of 10,000 characters': { ...GOOD, tags: { a: LONG } },
  'a tag called __proto__': { ...GOOD, tags: JSON.parse('{"__proto__": "a", "constructor": "b", "toString": "c"}') },
  'a name of 10,000 characters': { ...GOOD, workteamName: LONG },
  'an empty name': { ...GOOD, workteamName: '' },
  'a number for a name': { ...GOOD, workteamName: 7 },
  'an object for a name': { ...GOOD, workteamName: { a: 'b' } },
  'a path for a name': { ...GOOD, workteamName: '../../etc/passwd' },
  'a region of 10,000 characters': { ...GOOD, region: LONG },
  'an empty region': { ...GOOD, region: '' },
  'a host for a region': { ...GOOD, region: 'example.com/?a=' },
  'a number for a region': { ...GOOD, region: 7 },
  'an object for a region': { ...GOOD, region: { a: 'b' } },
  'a list for a topic': { ...GOOD, notificationConfiguration: ['a'] },
  'a text for access': { ...GOOD, workerAccessConfiguration: 'Enabled' },
  'unknown policies': { ...GOOD, deletionPolicy: 'Explode', adoptionPolicy: 'Steal', managementPolicy: 'Guess' },
  'objects for policies': { ...GOOD, deletionPolicy: {}, adoptionPolicy: [], managementPolicy: 7 },
  'a text for suspend': { ...GOOD, suspend: 'no' },
  'a thousand levels': { ...GOOD, extra: deep(1_000) },
  'a megabyte of what nobody knows': { ...GOOD, extra: 'x'.repeat(1_000_000) },
};

const statuses: Readonly<Record<string, unknown>> = {
  'a text for conditions': { conditions: 'Ready' },
  'null among the conditions': { conditions: [null, 7, {}] },
  'a condition without a type': { conditions: [{ status: 'True' }] },
  'ten thousand conditions': { conditions: many(10_000, (index) => ({ type: `Type${index}`, status: 'True' })) },
  'an object for a region in the status': { region: { a: 'b' } },
  'numbers for texts': { workteamArn: 7, workforceArn: 7, failingSince: 7, lastHandledReconcileAt: 7, region: 7 },
  'a date that is none': { failingSince: 'yesterday', createDate: 'never' },
  'a text for drift': { drift: 'much', observedGeneration: 'one' },
};

const poisons: Readonly<Record<string, Poison>> = {
  'no spec': {},
  ...Object.fromEntries(Object.entries(specs).map(([title, spec]) => [title, { spec }])),
  ...Object.fromEntries(Object.entries(statuses).map(([title, status]) => [title, { spec: GOOD, status }])),
  'an annotation of 200,000 characters': { spec: GOOD, metadata: { annotations: { note: LONG.repeat(20) } } },
  'a request of 10,000 characters': {
    spec: GOOD,
    metadata: { annotations: { 'workteams.dev/requestedAt': LONG } },
  },
  'our finalizer and an empty spec': { spec: {}, metadata: { finalizers: [FINALIZER] } },
};

const plane = useOwnControlPlane();
const emulator = useEmulator({ quota: 1_000 });
const operators = useOperators(emulator);
const aws = awsAt(emulator, { region: REGION });
const names = new Map(Object.keys(poisons).map((title, index) => [title, `poison-${index}`]));
let operator: Operator;

beforeAll(async () => {
  await loosen();
  const items = Object.entries(poisons).map(([title, { metadata, ...rest }]) => ({
    apiVersion: 'workteams.dev/v1alpha1',
    kind: KIND,
    metadata: { name: names.get(title), namespace: 'default', ...metadata },
    ...rest,
  }));
  const list = { apiVersion: 'v1', kind: 'List', items };
  await plane.run(['create', '--validate=false', '-f', '-'], { input: JSON.stringify(list) });
  const reported = items.filter(({ status }) => status !== undefined);
  const replace = ['replace', '--subresource=status', '--validate=false', '-f', '-'];
  await plane.run(replace, { input: JSON.stringify({ ...list, items: reported }) });
  await plane.run(['apply', '--server-side', '--force-conflicts', '-f', CRD]);
  await plane.run(['create', '-f', '-'], { input: JSON.stringify(workteam('well', GOOD)) });
  operator = await operators.start({
    namespaces: [],
    place: { region: REGION },
    kubeconfig: plane.operatorKubeconfig,
    flags: ['--resync-interval', '2s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
  });
  await plane.run(['wait', '--for=condition=Ready', 'workteam/well', '--timeout=60s']);
});

function workteam(name: string, spec: unknown) {
  return { apiVersion: 'workteams.dev/v1alpha1', kind: KIND, metadata: { name, namespace: 'default' }, spec };
}

/** The schema takes anything from now on. */
async function loosen(): Promise<void> {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const patch = [{ op: 'replace', path: '/spec/versions/0/schema/openAPIV3Schema', value: anything }];
  await plane.run(['patch', 'crd', 'workteams.workteams.dev', '--type=json', '--patch', JSON.stringify(patch)]);
  const input = JSON.stringify(workteam('trial', 'anything'));
  const taken = async () =>
    (await plane.kubectl(['create', '--dry-run=server', '--validate=false', '-f', '-'], { input })).code === 0;
  await eventually(taken, { what: 'the schema to take anything', within: PATIENCE_MS });
}

/** An edit of another object, a change made by hand to its team, and the end of this one. */
async function othersGoOn(title: string): Promise<void> {
  const name = names.get(title) ?? '';
  const description = `Beside ${title}`.slice(0, 200);
  await plane.run(['patch', 'workteam', 'well', '--type=merge', '--patch', JSON.stringify({ spec: { description } })]);
  const described = () => aws.team('well').workteam.Description === description;
  await eventually(described, { what: 'an edit of another object to arrive', within: PATIENCE_MS });
  // Found by the sweep that looks at all objects of a region.
  const Groups = [`by-hand-${name}`];
  aws.console('UpdateWorkteam', { WorkteamName: 'well', MemberDefinitions: [{ OidcMemberDefinition: { Groups } }] });
  const repaired = () => !JSON.stringify(aws.team('well').workteam.MemberDefinitions).includes('by-hand');
  await eventually(repaired, { what: 'what was changed by hand to be repaired', within: PATIENCE_MS });
  await plane.run(['delete', 'workteam', name, '--timeout=60s']);
  expect((await operator.get('/livez')).status).toBe(200);
  expect(operator.log().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
}

faultPoints(
  22,
  Object.keys(poisons).map((title) => ({
    title: `an object with ${title}`,
    sampled: title === 'no spec' || title === 'ten thousand groups',
    play: () => othersGoOn(title),
  })),
);
