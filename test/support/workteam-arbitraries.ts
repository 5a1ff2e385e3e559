/**
 * Whatever a Workteam, its work team, an operator's memory and a pass can be, for property tests. Values come from small
 * pools, so that things that ought to be compared are often equal.
 */
import fc from 'fast-check';
import { type Facts, initialFacts } from '../../src/workteam/facts.ts';
import type { Failure } from '../../src/workteam/failure.ts';
import { canonicalJson } from '../../src/workteam/json.ts';
import { fingerprint, type Memory } from '../../src/workteam/memory.ts';
import type { ObservedWorkteam, Tags } from '../../src/workteam/observed.ts';
import {
  FINALIZER,
  type MemberDefinition,
  OWNER_TAG_KEY,
  REQUESTED_AT_ANNOTATION,
  type Workteam,
  type WorkteamSpec,
  type WorkteamStatus,
} from '../../src/workteam/schema.ts';
import {
  ARN,
  BORN,
  CREATED,
  FOREIGN,
  INVALID_SPEC,
  LONG_AFTER,
  NOW,
  OURS,
  REGION,
  readyCondition,
  SETTINGS,
  SIBLING,
  SOON_AFTER,
  SPEC,
  teamLike,
  WORKFORCE_ARN,
  workteamOf,
} from './workteam-fixture.ts';

/** All of an arbitrary record's members may be missing, and none is ever `undefined`. */
const optional: { requiredKeys: [] } = { requiredKeys: [] };

/** True once in ten times; or all but once. */
const rarely = fc.nat({ max: 9 }).map((number) => number === 0);
const mostly = rarely.map((rare) => !rare);

const TOPICS = ['a', 'b'].map((name) => `arn:aws:sns:${REGION}:111122223333:${name}`);
const description = fc.constantFrom('Labels street scenes', 'Labels faces', 'ändert 🚗');

const cognito = (userGroup: string): MemberDefinition => ({
  cognitoMemberDefinition: { userPool: 'eu-west-1_aB3', userGroup, clientId: 'client' },
});
const oidc = (groups: string[]): MemberDefinition => ({ oidcMemberDefinition: { groups } });
const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 });

/** One kind of member; OIDC groups in one definition or spread over several. */
export const members: fc.Arbitrary<MemberDefinition[]> = fc.oneof(
  names.map((groups) => [oidc(groups)]),
  names.map((groups) => groups.map((group) => oidc([group]))),
  names.map((groups) => groups.map(cognito)),
);

const toggles = fc.constantFrom<{ sourceIp?: 'Enabled' | 'Disabled'; vpcSourceIp?: 'Enabled' | 'Disabled' }>(
  { sourceIp: 'Enabled' },
  { sourceIp: 'Disabled' },
  { vpcSourceIp: 'Enabled' },
  { sourceIp: 'Disabled', vpcSourceIp: 'Enabled' },
);
const access = toggles.map((iamPolicyConstraints) => ({ s3Presign: { iamPolicyConstraints } }));

const tagKey = fc.constantFrom('cost', 'team', 'constructor', '__proto__', 'aws:x', 'workteams.dev/x', 'ignored/x');
const userTagKey = fc.constantFrom('cost', 'team', 'constructor', 'ignored/x');
const tagValue = fc.constantFrom('', '1', '2');

const ownTags = fc
  .uniqueArray(fc.tuple(userTagKey, tagValue), { maxLength: 3, selector: ([key]) => key })
  .map((entries): Tags => Object.fromEntries(entries));

/** The part of a spec that AWS keeps. */
export const content: fc.Arbitrary<WorkteamSpec> = fc.record(
  {
    description,
    memberDefinitions: members,
    notificationConfiguration: fc.record({ notificationTopicArn: fc.constantFrom(...TOPICS) }, optional),
    workerAccessConfiguration: access,
    tags: ownTags,
  },
  { requiredKeys: ['description', 'memberDefinitions'] },
);

const policies = fc
  .record(
    {
      workforceName: fc.constantFrom('private-crowd', 'another'),
      deletionPolicy: fc.constantFrom('Delete' as const, 'Retain' as const),
      adoptionPolicy: fc.constantFrom('Never' as const, 'IfUnowned' as const, 'Always' as const),
      managementPolicy: rarely.map((rare) => (rare ? ('Observe' as const) : ('Manage' as const))),
      suspend: rarely,
    },
    optional,
  )
  .map((chosen) => ({
    ...chosen,
    ...(chosen.adoptionPolicy && { deletionPolicy: chosen.deletionPolicy ?? 'Retain' }),
  }));

/** A spec that the API server accepts; now and then one that it accepted once. */
export const anySpec: fc.Arbitrary<WorkteamSpec> = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(content, policies).map(([what, how]) => ({ ...what, ...how })) },
  { weight: 1, arbitrary: policies.map((how) => ({ ...INVALID_SPEC, ...how })) },
);

/** A work team as AWS may show it. */
export const team: fc.Arbitrary<ObservedWorkteam> = fc.record(
  {
    workteamName: fc.constant('labelers'),
    workteamArn: fc.constant(ARN),
    description: fc.oneof(fc.constant(SPEC.description), description),
    memberDefinitions: fc.oneof(fc.constant(SPEC.memberDefinitions), members),
    workforceArn: fc.constantFrom(WORKFORCE_ARN, WORKFORCE_ARN.replace('private-crowd', 'another')),
    notificationTopicArn: fc.constantFrom(...TOPICS),
    workerAccessConfiguration: access,
    createDate: fc.constantFrom('2029-01-01T00:00:00Z', BORN, CREATED),
    lastUpdatedDate: fc.constant(CREATED),
    subDomain: fc.constant('labeling.example'),
    productListingIds: fc.constantFrom([], ['listing']),
  },
  { requiredKeys: ['workteamName', 'workteamArn', 'description', 'memberDefinitions'] },
);

const owner = fc.constantFrom(undefined, OURS, OURS, OURS, SIBLING, FOREIGN, '', 'junk', 'a/b/c/d');

/** Tags as AWS may show them, with any owner or none. */
export const tags: fc.Arbitrary<Tags> = fc
  .tuple(fc.uniqueArray(fc.tuple(tagKey, tagValue), { maxLength: 3, selector: ([key]) => key }), owner)
  .map(([entries, value]) => ({
    ...Object.fromEntries(entries),
    ...(value !== undefined && { [OWNER_TAG_KEY]: value }),
  }));

const past = fc.constantFrom(0, 1, 14_999, 15_000, 29_999, 30_000, 15 * 60_000 - 1, 15 * 60_000).map((ms) => NOW - ms);
const word = fc.constantFrom('{"generation":1}', '{"generation":2}');

const something: fc.Arbitrary<Memory> = fc.record(
  {
    uid: fc.constant('uid-1'),
    createSentAt: past,
    nameTaken: fc.boolean(),
    adoptedAt: past,
    adoptionUnseen: fc.constant(true as const),
    ownedOn: word,
    deletedAt: past,
    seen: fc.boolean(),
    absentAt: past,
    wroteTeam: fc.record({ at: past, before: fc.array(team.map(fingerprint), { maxLength: 2 }), team }),
    wroteTags: fc.record({ at: past, before: fc.array(tags.map(canonicalJson), { maxLength: 2 }), tags }),
  },
  { requiredKeys: ['uid'] },
);

/** What an operator may remember of the Workteam; one time in two, nothing. */
export const memory: fc.Arbitrary<Memory> = fc.oneof(fc.constant<Memory>({ uid: 'uid-1' }), something);

/** One failure of each reason. */
export const FAILURES: readonly Failure[] = [
  { reason: 'Throttled', operation: 'DescribeWorkteam' },
  { reason: 'Throttled', operation: 'DescribeWorkteam', retryAfterMs: 7_000 },
  { reason: 'Unavailable', operation: 'ListTags', detail: 'HTTP 503' },
  { reason: 'CredentialsUnavailable', detail: 'CredentialsProviderError' },
  { reason: 'AccessDenied', operation: 'UpdateWorkteam', permission: 'sagemaker:UpdateWorkteam' },
  { reason: 'QuotaExceeded', operation: 'CreateWorkteam', detail: 'The limit is reached.' },
  { reason: 'InvalidRequest', operation: 'CreateWorkteam', detail: 'The user group does not exist.' },
  { reason: 'NotConverging', fields: ['description', 'tags.cost'] },
  { reason: 'DeletionBlocked', detail: 'It is in use.' },
  { reason: 'NotOwned', policy: 'Never' },
  { reason: 'NotOwned', policy: 'Always', owner: FOREIGN },
  { reason: 'NameConflict', holder: 'vision/other' },
  { reason: 'ImmutableField', field: 'workforceName', desired: '"a"', observed: '"b"' },
  { reason: 'InvalidSpec', problems: ['spec.description: Required value'] },
];
export const failure = fc.constantFrom(...FAILURES);

const status: fc.Arbitrary<WorkteamStatus> = fc.record(
  {
    observedGeneration: fc.constantFrom(-1, 1, 2),
    workteamArn: fc.constant(ARN),
    lastHandledReconcileAt: fc.constantFrom('one', 'two'),
    conditions: fc
      .tuple(
        fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
        fc.constantFrom('Synced', 'NotOwned', 'NameConflict', 'Observed', 'Unavailable', 'Progressing'),
        fc.constantFrom(1, 2),
      )
      .map(([value, reason, generation]) => [readyCondition(value, reason, generation)]),
  },
  optional,
);

/** A Workteam in any moment of its life. */
export const workteam: fc.Arbitrary<Workteam> = fc
  .record({
    spec: anySpec,
    status: fc.option(status, { nil: undefined }),
    generation: fc.constantFrom(1, 2),
    deleting: fc.boolean(),
    finalized: mostly,
    requestedAt: fc.constantFrom(undefined, 'one', 'two'),
  })
  .map(({ spec, status: said, generation, deleting, finalized, requestedAt }) => {
    const { metadata, ...rest } = workteamOf(spec, said);
    const about = {
      ...metadata,
      generation,
      ...(deleting && { deletionTimestamp: CREATED }),
      ...(finalized && { finalizers: [FINALIZER] }),
      ...(requestedAt !== undefined && { annotations: { [REQUESTED_AT_ANNOTATION]: requestedAt } }),
    };
    // The pools know nothing of the fixture's spec: what is left out there stays left out.
    return { ...rest, metadata: about, spec };
  });

/** What a pass can look at. */
const sights = {
  live: mostly,
  crdTerminating: rarely,
  team: fc.oneof(fc.constantFrom('absent' as const, 'asSpecified' as const), team),
  tags,
  answeredAt: fc.constantFrom(SOON_AFTER, LONG_AFTER),
};
const sibling = fc.constantFrom({}, { siblingExists: true }, { siblingExists: false });

/** What a pass may have done or heard. */
const marks = fc.record(
  {
    heard: fc.boolean(),
    inLastSweep: fc.boolean(),
    createRefused: failure,
    updateRefused: failure,
    deleteRefused: failure,
    tagsWritten: fc.boolean(),
    released: fc.boolean(),
    adopted: fc.boolean(),
    created: fc.boolean(),
  },
  optional,
);

/** What a pass may know, sensible or not: a plan has an answer to everything. */
export const facts: fc.Arbitrary<Facts> = fc
  .record({
    workteam,
    memory,
    settings: fc.record({
      readOnly: rarely,
      allowTakeover: fc.boolean(),
      ignoreTagKeys: fc.constantFrom([], ['ignored/*'], ['*']),
    }),
    seen: fc.oneof({ weight: 2, arbitrary: fc.record(sights) }, { weight: 1, arbitrary: fc.record(sights, optional) }),
    sibling,
    marked: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: marks }),
  })
  .map(
    ({
      workteam: object,
      memory: remembered,
      settings,
      seen: { team: seenTeam, ...seen },
      sibling: holder,
      marked,
    }) => ({
      ...initialFacts(object, { ...SETTINGS, ...settings }, remembered, NOW),
      ...seen,
      ...holder,
      ...(seenTeam !== undefined && { team: seenTeam === 'asSpecified' ? teamLike(object.spec) : seenTeam }),
      ...marked,
    }),
  );
