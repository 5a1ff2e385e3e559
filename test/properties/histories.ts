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

const objectName: fc.Arbitrary<ObjectName> = fc.constantFrom('blue', 'blue', 'azure', 'red');
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
  { weight: 9, arbitrary: oidc },
  { weight: 1, arbitrary: groups.map((all) => cognitoMembers(...all)) },
);
const constraints = fc
  .record({ sourceIp: enabled, vpcSourceIp: enabled }, { requiredKeys: [], noNullPrototype: true })
  .filter(({ sourceIp, vpcSourceIp }) => sourceIp !== undefined || vpcSourceIp !== undefined)
  .filter(({ sourceIp, vpcSourceIp }) => sourceIp !== 'Enabled' || vpcSourceIp !== 'Enabled');
const access = constraints.map((iamPolicyConstraints) => ({ s3Presign: { iamPolicyConstraints } }));
const tags = fc.dictionary(fc.constantFrom('team', 'cost'), fc.constantFrom('1', '2'), { noNullPrototype: true });

/** A field and a value for it; `policies` says whether the policies are among the fields. */
function field(policies: boolean): fc.Arbitrary<Partial<Spec>> {
  const one = <K extends keyof Spec>(name: K, value: fc.Arbitrary<Spec[K]>, weight: number) => ({
    weight,
    arbitrary: value.map((chosen): Partial<Spec> => ({ [name]: chosen })),
  });
  return fc.oneof(
    one('description', description, 4),
    one('memberDefinitions', members, 5),
    one(
      'notificationConfiguration',
      topic.map((notificationTopicArn) => ({ notificationTopicArn })),
      2,
    ),
    one('workerAccessConfiguration', access, 2),
    one('tags', tags, 4),
    one('deletionPolicy', fc.constantFrom('Delete', 'Retain'), policies ? 2 : 0),
    one('adoptionPolicy', fc.constantFrom('Never', 'IfUnowned', 'Always'), policies ? 4 : 0),
    one('managementPolicy', fc.constantFrom('Manage', 'Observe'), policies ? 2 : 0),
    one('suspend', fc.boolean(), policies ? 2 : 0),
  );
}

const spec: fc.Arbitrary<Spec> = fc
  .tuple(fc.constantFrom('one', 'two'), oidc, fc.array(field(true), { maxLength: 3 }))
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
const moment = fc.constantFrom('before' as const, 'after' as const);
const downMs = fc.constantFrom(0, 500, 3_000, 20_000);
const operation = fc.constantFrom('CreateWorkteam', 'UpdateWorkteam', 'DeleteWorkteam', 'AddTags', 'DeleteTags');

const usersDeed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 7, arbitrary: fc.record({ do: fc.constant('create' as const), name: objectName, spec }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('edit' as const), name: objectName, set: field(true) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leaveOut' as const), name: objectName, field: leftOut }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), name: objectName }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('touch' as const), name: objectName }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('ask' as const), name: objectName }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('console' as const), team: teamName, deed: consoleDeed }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jobs' as const), team: teamName, pending: fc.constantFrom(0, 1) }),
  },
);

const mishap: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('fault' as const), nth, fault }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      nth: fc.constantFrom(1, 1, 2),
      operation,
      fault,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('mislead' as const),
      nth: fc.constantFrom(1, 1, 2),
      times: fc.constantFrom(1, 2, 5),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('break' as const), nth, when: moment }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('kill' as const), nth, when: moment, downMs }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const), downMs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('silence' as const), ms: fc.constantFrom(1_000, 20_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('quota' as const), left: fc.constantFrom(0, 1) }) },
);

/** From "in the same moment" over "in the middle of the pass" and "before reads are up to date" to "at the next sweep". */
const anyPause = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 600 }) },
  { weight: 4, arbitrary: fc.integer({ min: 600, max: 15_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 15_000, max: 60_000 }) },
  { weight: 1, arbitrary: fc.constant(RESYNC_MS * 1.1) },
);

const stepOf = (deed: fc.Arbitrary<Deed>, pause: fc.Arbitrary<number>): fc.Arbitrary<Step> =>
  fc.tuple(deed, pause).map(([what, pause]) => ({ ...what, pause }));

/** Every switch at random; those that stay where they are by default are left out. */
export const anySwitches: fc.Arbitrary<Partial<Switches>> = fc
  .tuple(
    ...Object.entries(positions).map(([name, positions]) =>
      fc.constantFrom<unknown>(...positions).map((position) => ({ name, position, moved: position !== positions[0] })),
    ),
  )
  .map((all) => Object.fromEntries(all.filter(({ moved }) => moved).map(({ name, position }) => [name, position])));

const seed = fc.nat({ max: 999_999 });

/** A Workteam, and then whatever comes. */
function begun(pause: fc.Arbitrary<number>, step: fc.Arbitrary<Step>, maxLength: number): fc.Arbitrary<Step[]> {
  const create = fc.record({ do: fc.constant('create' as const), name: objectName, spec });
  return fc
    .tuple(stepOf(create, pause), fc.array(step, { maxLength, size: 'max' }))
    .map(([first, rest]) => [first, ...rest]);
}

/** Anything, at any time, under any answer to the open questions; half of them under the default answers. */
export const wildHistories: fc.Arbitrary<History> = fc.record({
  seed,
  switches: fc.oneof(fc.constant({}), anySwitches),
  allowTakeover: fc.boolean(),
  steps: begun(
    anyPause,
    fc.oneof(
      { weight: 3, arbitrary: stepOf(usersDeed, anyPause) },
      { weight: 1, arbitrary: stepOf(mishap, fc.oneof(fc.constant(0), anyPause)) },
    ),
    20,
  ),
});
