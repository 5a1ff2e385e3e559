/** Random edits of a spec, and what must be in SageMaker after them, written straight from the spec. */
import fc from 'fast-check';
import type { TeamSnapshot } from '../../dev/sagemaker/control.ts';
import { OWNER_TAG_KEY, type Workteam, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { cognitoMembers } from '../support/specs.ts';

/** The kind of identities in a region's one workforce. */
export type Kind = 'oidc' | 'cognito';

/** One edit: fields to set, and fields to leave out from now on. */
export interface Edit {
  readonly set?: Partial<WorkteamSpec>;
  readonly leaveOut?: keyof WorkteamSpec;
  /** Spells out what AWS fixed at creation; allowed at any time, and the only values that are. */
  readonly spellOut?: 'workteamName' | 'workforceName' | 'region';
}

/** The spec after an edit of the given object. */
export function edited(spec: WorkteamSpec, edit: Edit, workteam: Workteam): WorkteamSpec {
  const next = { ...spec, ...edit.set };
  if (edit.leaveOut !== undefined) delete next[edit.leaveOut];
  switch (edit.spellOut) {
    case undefined:
      return next;
    case 'workteamName':
      return { ...next, workteamName: workteam.metadata.name };
    case 'workforceName':
      return { ...next, workforceName: workteam.status?.workforceArn?.split('/').at(-1) ?? '' };
    case 'region':
      return { ...next, region: workteam.status?.region ?? '' };
    default:
      return edit.spellOut satisfies never;
  }
}

/** 1 to 5 edits. Whoever ends suspended would never get there, so a last edit lets it go on. */
export function editsOf(kind: Kind): fc.Arbitrary<Edit[]> {
  return fc.array(edit(kind), { minLength: 1, maxLength: 5 }).map((edits) => {
    const suspends = edits.findLast(({ set, leaveOut }) => set?.suspend !== undefined || leaveOut === 'suspend');
    return suspends?.set?.suspend === true ? [...edits, { leaveOut: 'suspend' }] : edits;
  });
}

const group = fc.constantFrom(
  'a',
  'b',
  'c',
  'd',
  'blue',
  'red.1',
  'x/y:z',
  'équipe',
  '日本',
  '👷',
  '"quoted"',
  '<&>',
  '=+@',
);
const description = fc.array(group, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '));
const topic = fc.constantFrom('one', 'two').map((name) => `arn:aws:sns:eu-west-1:111122223333:${name}`);
const tagText = fc.constantFrom('team', 'Team', 'cost-center', 'a:b', 'ключ', 'x y', 'e@f', '0', '4711', '日本');
const toggle = fc.constantFrom('Enabled' as const, 'Disabled' as const);

/** Each group once, cut into one to three definitions. */
const oidc = fc
  .tuple(fc.uniqueArray(group, { minLength: 1, maxLength: 10 }), fc.integer({ min: 1, max: 3 }))
  .map(([groups, count]) => {
    const size = Math.ceil(groups.length / count);
    const starts = groups.flatMap((_, index) => (index % size === 0 ? [index] : []));
    return starts.map((start) => ({ oidcMemberDefinition: { groups: groups.slice(start, start + size) } }));
  });
const cognito = fc.uniqueArray(group, { minLength: 1, maxLength: 10 }).map((groups) => cognitoMembers(...groups));
const members: Record<Kind, fc.Arbitrary<WorkteamSpec['memberDefinitions']>> = { oidc, cognito };

const access = fc
  .record({ sourceIp: toggle, vpcSourceIp: toggle }, { requiredKeys: [], noNullPrototype: true })
  .filter(({ sourceIp, vpcSourceIp }) => sourceIp !== undefined || vpcSourceIp !== undefined)
  .filter(({ sourceIp, vpcSourceIp }) => sourceIp !== 'Enabled' || vpcSourceIp !== 'Enabled')
  .map((iamPolicyConstraints) => ({ s3Presign: { iamPolicyConstraints } }));

function edit(kind: Kind): fc.Arbitrary<Edit> {
  const set = <K extends keyof WorkteamSpec>(field: K, value: fc.Arbitrary<WorkteamSpec[K]>, weight = 2) => ({
    weight,
    arbitrary: value.map((chosen): Edit => ({ set: { [field]: chosen } })),
  });
  const tags = fc.dictionary(tagText, fc.oneof(tagText, fc.constant('')), { maxKeys: 6, noNullPrototype: true });
  const notification = fc.oneof(
    topic.map((notificationTopicArn) => ({ notificationTopicArn })),
    fc.constant({}),
  );
  const optional = [
    'notificationConfiguration',
    'workerAccessConfiguration',
    'tags',
    'suspend',
    'deletionPolicy',
    'adoptionPolicy',
    'managementPolicy',
  ] as const;
  return fc.oneof(
    set('memberDefinitions', members[kind], 6),
    set('description', description, 3),
    set('notificationConfiguration', notification),
    set('workerAccessConfiguration', access),
    set('tags', tags, 4),
    set('suspend', fc.boolean(), 1),
    set('deletionPolicy', fc.constant('Delete'), 1),
    set('adoptionPolicy', fc.constant('Never'), 1),
    set('managementPolicy', fc.constant('Manage'), 1),
    { weight: 3, arbitrary: fc.constantFrom(...optional).map((leaveOut): Edit => ({ leaveOut })) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('workteamName' as const, 'workforceName' as const, 'region' as const)
        .map((spellOut): Edit => ({ spellOut })),
    },
  );
}

/** In what a team is not what the spec says; empty when it is. `owner` is what its owner tag has to be. */
export function deviations(spec: WorkteamSpec, { workteam, tags }: TeamSnapshot, owner: string): string[] {
  const found: string[] = [];
  const compare = (what: string, wanted: unknown, actual: unknown): void => {
    const [w, a] = [JSON.stringify(wanted), JSON.stringify(actual)];
    if (w !== a) found.push(`${what} is ${a}, not ${w}`);
  };
  compare('Description', spec.description, workteam.Description);
  compare(
    'the OIDC groups',
    spec.memberDefinitions.flatMap((member) => member.oidcMemberDefinition?.groups ?? []).toSorted(),
    workteam.MemberDefinitions.flatMap((member) => member.OidcMemberDefinition?.Groups ?? []).toSorted(),
  );
  compare(
    'the Cognito members',
    spec.memberDefinitions
      .flatMap(({ cognitoMemberDefinition: member }) => (member ? [Object.values(member).toSorted()] : []))
      .toSorted(byText),
    workteam.MemberDefinitions.flatMap(({ CognitoMemberDefinition: member }) =>
      member ? [Object.values(member).toSorted()] : [],
    ).toSorted(byText),
  );
  compare(
    'the topic',
    spec.notificationConfiguration?.notificationTopicArn,
    workteam.NotificationConfiguration?.NotificationTopicArn,
  );
  // What the spec leaves out is the server's choice; what the server does not mention is not enabled.
  const wanted = spec.workerAccessConfiguration?.s3Presign.iamPolicyConstraints;
  const actual = workteam.WorkerAccessConfiguration?.S3Presign?.IamPolicyConstraints;
  if (wanted?.sourceIp) compare('SourceIp', wanted.sourceIp, actual?.SourceIp ?? 'Disabled');
  if (wanted?.vpcSourceIp) compare('VpcSourceIp', wanted.vpcSourceIp, actual?.VpcSourceIp ?? 'Disabled');
  const sorted = (all: Readonly<Record<string, string>>) => Object.entries(all).toSorted(byText);
  compare('the tags', sorted({ ...spec.tags, [OWNER_TAG_KEY]: owner }), sorted(tags));
  return found;
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
