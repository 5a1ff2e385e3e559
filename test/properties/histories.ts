/** Histories at random. Values come from small pools, so that things meet. */
import fc from 'fast-check';
import type { Fault } from '../../dev/sagemaker/faults.ts';
import type { Switches } from '../../dev/sagemaker/switches.ts';
import { cognitoMembers } from '../support/specs.ts';
import { RESYNC_MS } from '../support/world.ts';
import type { ConsoleDeed, Deed, History, ObjectName, Spec, Step, TeamName } from './history.ts';
import { positions } from './positions.ts';

type Members = Spec['memberDefinitions'];

const TOPICS = ['one', 'two'].map((name) => `arn:aws:sns:eu-west-1:111122223333:${name}`);
/** 200 code points, and twice as many UTF-16 units. */
const LONG = '👷'.repeat(200);

const objectName: fc.Arbitrary<ObjectName> = fc.constantFrom('blue', 'blue', 'blue', 'azure', 'red');
const teamName: fc.Arbitrary<TeamName> = fc.constantFrom('blue', 'blue', 'Red');
const topic = fc.constantFrom(...TOPICS);
const enabled = fc.constantFrom('Enabled' as const, 'Disabled' as const);
const description = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('one', 'two', 'three') },
  { weight: 1, arbitrary: fc.constant(LONG) },
);
const groups = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 });
const oidc: fc.Arbitrary<Members> = fc.oneof(
  groups.map((all) => [{ oidcMemberDefinition: { groups: all } }]),
  groups.map((all) => all.map((group) => ({ oidcMemberDefinition: { groups: [group] } }))),
);
const members = fc.oneof(
  { weight: 19, arbitrary: oidc },
  { weight: 1, arbitrary: groups.map((all) => cognitoMembers(...all)) },
);
const constraints = fc
  .record({ sourceIp: enabled, vpcSourceIp: enabled }, { requiredKeys: [], noNullPrototype: true })
  .filter(({ sourceIp, vpcSourceIp }) => sourceIp !== undefined || vpcSourceIp !== undefined)
  .filter(({ sourceIp, vpcSourceIp }) => sourceIp !== 'Enabled' || vpcSourceIp !== 'Enabled');
const access = constraints.map((iamPolicyConstraints) => ({ s3Presign: { iamPolicyConstraints } }));
const tags = fc.dictionary(fc.constantFrom('team', 'cost'), fc.constantFrom('1', '2'), { noNullPrototype: true });

function one<K extends keyof Spec>(name: K, weight: number, value: fc.Arbitrary<Spec[K]>) {
  return { weight, arbitrary: value.map((chosen): Partial<Spec> => ({ [name]: chosen })) };
}

/** A field and a value for it. */
const field = fc.oneof(
  one('description', 4, description),
  one('memberDefinitions', 5, members),
  one(
    'notificationConfiguration',
    3,
    topic.map((notificationTopicArn) => ({ notificationTopicArn })),
  ),
  one('workerAccessConfiguration', 3, access),
  one('tags', 6, tags),
  one('deletionPolicy', 2, fc.constantFrom('Delete', 'Retain')),
  one('adoptionPolicy', 4, fc.constantFrom('Never', 'IfUnowned', 'Always')),
  one('managementPolicy', 2, fc.constantFrom('Manage', 'Manage', 'Observe')),
  one('suspend', 2, fc.constantFrom(true, false, false)),
);

const spec: fc.Arbitrary<Spec> = fc
  .tuple(fc.constantFrom('one', 'two'), oidc, fc.array(field, { maxLength: 3 }))
  .map(([text, memberDefinitions, more]) => Object.assign({ description: text, memberDefinitions }, ...more));

const leftOut = fc.constantFrom<keyof Spec>(
  'notificationConfiguration',
  'workerAccessConfiguration',
  'tags',
  'deletionPolicy',
  'adoptionPolicy',
  'managementPolicy',
  'suspend',
);

const consoleDeed: fc.Arbitrary<ConsoleDeed> = fc.oneof(
  fc.record({ make: fc.constantFrom('unowned', 'foreign') }),
  fc.record({ describe: fc.constantFrom('one', 'by hand') }),
  fc.record({ groups: fc.constantFrom(['a'], ['x'], ['a', 'x']) }),
  fc.record({ topic: fc.constantFrom('', ...TOPICS) }),
  fc.record({ access: constraints }),
  fc.record({ tag: fc.constantFrom('team', 'other'), value: fc.constantFrom('1', 'by hand') }),
  fc.record({ untag: fc.constantFrom('team', 'cost') }),
  fc.record({ owner: fc.constantFrom('none', 'foreign') }),
  fc.record({ gone: fc.constant(true as const) }),
);

const fault: fc.Arbitrary<Fault> = fc.constantFrom<Fault>(
  { kind: 'throttle' },
  { kind: 'http5xx' },
  { kind: 'http5xx', acts: true },
  { kind: 'nonJson' },
  { kind: 'nonJson', acts: true },
  { kind: 'dropBefore' },
  { kind: 'dropAfter' },
  { kind: 'hang' },
  { kind: 'hang', acts: true },
  { kind: 'accessDenied' },
  { kind: 'expiredToken' },
);

/** One of the next calls; the first more often than the tenth. */
const nth = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 12 }));
const first = fc.constantFrom(1, 1, 2);
const when = fc.constantFrom('before' as const, 'after' as const);
const downMs = fc.constantFrom(0, 500, 3_000, 20_000);
const operation = fc.constantFrom(
  'CreateWorkteam',
  'CreateWorkteam',
  'UpdateWorkteam',
  'DeleteWorkteam',
  'AddTags',
  'DeleteTags',
);

type Arbitraries<T> = { readonly [M in keyof T]: fc.Arbitrary<T[M]> };

/** A deed of that kind, which has these members. */
function deed<D extends Deed['do']>(
  weight: number,
  kind: D,
  members: Arbitraries<Omit<Extract<Deed, { do: D }>, 'do'>>,
) {
  const made: fc.Arbitrary<unknown> = fc.record({ do: fc.constant(kind), ...members }, { noNullPrototype: true });
  return { weight, arbitrary: made as fc.Arbitrary<Deed> }; // of each member what its type says
}

const usersDeed = fc.oneof(
  deed(3, 'apply', { name: objectName, spec }),
  deed(12, 'edit', { name: objectName, set: field }),
  deed(3, 'leaveOut', { name: objectName, field: leftOut }),
  deed(3, 'delete', { name: objectName }),
  deed(1, 'hold', { name: objectName }),
  deed(1, 'strip', { name: objectName }),
  deed(1, 'touch', { name: objectName }),
  deed(1, 'ask', { name: objectName }),
  deed(7, 'console', { team: teamName, deed: consoleDeed }),
  deed(1, 'jobs', { team: teamName, pending: fc.constantFrom(0, 1) }),
);

const mishap = fc.oneof(
  deed(3, 'fault', { nth, fault }),
  deed(6, 'fault', { nth: first, operation, fault }),
  deed(4, 'mislead', { nth: first, times: fc.constantFrom(1, 2, 5) }),
  deed(2, 'break', { nth, when }),
  deed(4, 'kill', { nth, when, downMs }),
  deed(2, 'restart', { downMs }),
  deed(1, 'silence', { ms: fc.constantFrom(1_000, 20_000) }),
  deed(1, 'quota', { left: fc.constantFrom(0, 1) }),
);

/** From "in the same moment" over "in the middle of the pass" and "before reads are up to date" to "at the next sweep". */
const pause = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 600 }) },
  { weight: 9, arbitrary: fc.integer({ min: 600, max: 15_000 }) },
  { weight: 7, arbitrary: fc.integer({ min: 15_000, max: 60_000 }) },
  { weight: 3, arbitrary: fc.constant(RESYNC_MS * 1.1) },
  { weight: 1, arbitrary: fc.constant(RESYNC_MS * 7) },
);

const step = (what: fc.Arbitrary<Deed>, until: fc.Arbitrary<number>): fc.Arbitrary<Step> =>
  fc.tuple(what, until).map(([done, waited]) => ({ ...done, pause: waited }));

/** Every switch at random; those that stay where they are by default are left out. */
const anySwitches: fc.Arbitrary<Partial<Switches>> = fc
  .tuple(
    ...Object.entries(positions).map(([name, [usual, ...others]]) =>
      fc.constantFrom(usual, ...others).map((position) => (position === usual ? [] : [[name, position]])),
    ),
  )
  .map((moved) => Object.fromEntries(moved.flat()));

const soon = step(mishap, fc.constant(0));
const begins = fc.tuple(
  fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.tuple(soon) }),
  fc.tuple(step(deed(1, 'apply', { name: objectName, spec }).arbitrary, pause)),
);
const goesOn = fc.oneof(
  { weight: 3, arbitrary: step(usersDeed, pause) },
  { weight: 1, arbitrary: fc.oneof(soon, step(mishap, pause)) },
);

/** Anything, at any time, under any answer to the open questions; a third of them under the default answers. */
export const wildHistories: fc.Arbitrary<History> = fc.record({
  seed: fc.nat({ max: 999_999 }),
  switches: fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: anySwitches }),
  allowTakeover: fc.boolean(),
  crowded: fc.boolean(),
  steps: fc
    .tuple(begins, fc.array(goesOn, { maxLength: 30, size: 'max' }))
    .map(([begun, rest]) => [...begun.flat(), ...rest]),
});
