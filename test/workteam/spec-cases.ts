/**
 * The spec table as cases, at and past each bound. The same rows run against `parseSpec` and against the API server,
 * so that the two cannot drift apart.
 */

/** One manifest to create. */
export interface SpecCase {
  /** The row of the spec table. */
  row: string;
  /** What is special about it, as the end of a sentence. */
  title: string;
  /** Laid over a valid spec; undefined takes a field away. */
  spec: Record<string, unknown>;
  name?: string;
  /** Left out, the manifest is accepted; else both answer with each of these. */
  refused?: readonly string[];
}

export const validSpec = {
  description: 'Labels street scenes',
  memberDefinitions: [{ oidcMemberDefinition: { groups: ['labelers'] } }],
};

/** The spec that a case describes. */
export function specOf(row: Pick<SpecCase, 'spec'>): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...validSpec, ...row.spec }).filter(([, value]) => value !== undefined));
}

const NAME = 'write letters, digits and dashes, beginning and ending with a letter or a digit, for example labelers-eu';
const WORKFORCE = 'write letters, digits and dashes, beginning with a letter or a digit, for example private-crowd';
const REGION = 'write an AWS region such as eu-west-1';
const ONE_LINE = 'must be one line, without line breaks';
const ONE_OF = 'set exactly one of cognitoMemberDefinition and oidcMemberDefinition';
const ONE_KIND = 'all members must be of one kind: either cognitoMemberDefinition or oidcMemberDefinition';
const GROUP = 'write the group as your identity provider spells it, without spaces';
const TEN_GROUPS = 'a work team has at most 10 OIDC groups, counted over all memberDefinitions';
const GROUP_ONCE = 'each OIDC group may be named in one memberDefinition only';
const SAME_POOL = 'all cognitoMemberDefinitions must have the same userPool and clientId';
const USER_GROUP_ONCE = 'each Cognito userGroup may be named once';
const POOL = 'write the pool id, for example eu-west-1_aB3xYz, not its name or ARN';
const USER_GROUP = 'write the name of the user group, without spaces';
const CLIENT = 'write the app client id: printable ASCII only';
const TOPIC = 'write the ARN of an SNS topic, arn:aws:sns:REGION:ACCOUNT:NAME, or leave notificationConfiguration out';
const ONE_ADDRESS = 'set sourceIp or vpcSourceIp';
const NOT_BOTH = 'only one of sourceIp and vpcSourceIp can be Enabled';
const KEY_LENGTH = 'tag keys have 1 to 128 characters';
const KEY_CHARACTERS = 'tag keys may contain letters, digits, spaces and _ . : / = + - @';
const VALUE_CHARACTERS = 'tag values may contain letters, digits, spaces and _ . : / = + - @';
const AWS_KEY = 'tag keys that start with aws: belong to AWS';
const OWN_KEY = 'tag keys that start with workteams.dev/ belong to the operator';
const LONG_NAME = 'metadata.name must be at most 63 characters long';
const DOTTED_NAME = 'metadata.name is not a valid work team name';
const SAY_DELETION = 'set spec.deletionPolicy to Retain or Delete';

/** Beyond the Basic Multilingual Plane: one character to the API server, two units to JavaScript. */
const ASTRAL_LETTER = '𝒜';
const EMOJI = '🚗';

/** The API server calls them bytes and counts code points, as we do. */
const tooLong = (field: string, max: number) => `${field}: Too long: may not be more than ${max} `;
const tooMany = (field: string, max: number) => [`${field}: Too many: `, `must have at most ${max} items`] as const;

const groups = (...names: string[]) => ({ oidcMemberDefinition: { groups: names } });
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `group-${i + from}`);
const cognito = (over: Record<string, unknown> = {}) => ({
  cognitoMemberDefinition: Object.fromEntries(
    Object.entries({ userPool: 'eu-west-1_aB3xYz', userGroup: 'labelers', clientId: '4h57', ...over }).filter(
      ([, value]) => value !== undefined,
    ),
  ),
});
const access = (iamPolicyConstraints: Record<string, unknown>) => ({ s3Presign: { iamPolicyConstraints } });
const topic = (notificationTopicArn: string) => ({ notificationTopicArn });
const manyTags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, 'value']));

/** Rows that differ in one field of the spec only. */
function field(
  name: string,
  rows: readonly (readonly [title: string, value: unknown, ...refused: string[]])[],
): SpecCase[] {
  return rows.map(([title, value, ...refused]) => ({
    row: name,
    title,
    spec: { [name]: value },
    ...(refused.length > 0 && { refused }),
  }));
}

const names: SpecCase[] = [
  { row: 'metadata.name', title: 'of 63 characters', spec: {}, name: 'n'.repeat(63) },
  {
    row: 'metadata.name',
    title: 'of 64 characters',
    spec: { workteamName: 'team' },
    name: 'n'.repeat(64),
    refused: [LONG_NAME],
  },
  {
    row: 'metadata.name',
    title: 'with a dot, workteamName left out',
    spec: {},
    name: 'labelers.eu',
    refused: [DOTTED_NAME],
  },
  {
    row: 'metadata.name',
    title: 'with a dot, workteamName set',
    spec: { workteamName: 'labelers-eu' },
    name: 'labelers.eu',
  },
  { row: 'metadata.name', title: 'with two dashes in a row', spec: {}, name: 'labelers--eu' },
  ...field('workteamName', [
    ['left out', undefined],
    ['of one character', 'a'],
    ['of 63 characters', 'A'.repeat(63)],
    ['with capitals and several dashes', 'Labelers--EU-1'],
    ['of 64 characters', 'A'.repeat(64), tooLong('spec.workteamName', 63)],
    ['empty', '', NAME],
    ['beginning with a dash', '-labelers', NAME],
    ['ending with a dash', 'labelers-', NAME],
    ['with an underscore', 'labelers_eu', NAME],
    ['with a dot', 'labelers.eu', NAME],
    ['with an umlaut', 'prüfer', NAME],
    ['with a line break at the end', 'labelers\n', NAME],
    ['that is a number', 7, 'spec.workteamName', 'must be of type string'],
  ]),
  ...field('workforceName', [
    ['left out', undefined],
    ['of 63 characters', 'w'.repeat(63)],
    ['ending with a dash', 'private-crowd-'],
    ['of 64 characters', 'w'.repeat(64), tooLong('spec.workforceName', 63)],
    ['empty', '', WORKFORCE],
    ['beginning with a dash', '-crowd', WORKFORCE],
    ['with an underscore', 'private_crowd', WORKFORCE],
  ]),
];

const regions = field('region', [
  ['left out', undefined],
  ...['eu-west-1', 'us-gov-west-1', 'ap-southeast-2', 'us-isob-east-1', 'eusc-de-east-1', 'cn-northwest-1'].map(
    (region) => [region, region] as const,
  ),
  ['empty', '', REGION],
  ['without a number', 'eu-west', REGION],
  ['in capitals', 'EU-WEST-1', REGION],
  ['that is an availability zone', 'eu-west-1a', REGION],
  ['of 32 characters', 'abcdefgh-abcdefghijkl-abcdefgh-1'],
  ['of 33 characters', 'abcdefgh-abcdefghijkl-abcdefghi-1', tooLong('spec.region', 32)],
]);

const descriptions = field('description', [
  ['of one character', 'x'],
  ['of 200 characters', 'x'.repeat(200)],
  ['of 200 emoji', EMOJI.repeat(200)],
  ['with a tab and a no-break space', 'a\tb\u00a0c'],
  ['left out', undefined, 'spec.description: Required value'],
  ['null', null, 'spec.description: Required value'],
  ['empty', '', ONE_LINE],
  ['of 201 characters', 'x'.repeat(201), tooLong('spec.description', 200)],
  ['of 201 emoji', EMOJI.repeat(201), tooLong('spec.description', 200)],
  ['with a line feed', 'one\ntwo', ONE_LINE],
  ['with a line feed at the end', 'one\n', ONE_LINE],
  ['with a carriage return', 'one\rtwo', ONE_LINE],
  ['with a next line (U+0085)', 'one\u0085two', ONE_LINE],
  ['with a line separator (U+2028)', 'one\u2028two', ONE_LINE],
  ['with a paragraph separator (U+2029)', 'one\u2029two', ONE_LINE],
  ['that is a list', ['one'], 'spec.description', 'must be of type string'],
]);

const members = field('memberDefinitions', [
  ['left out', undefined, 'spec.memberDefinitions: Required value'],
  ['null', null, 'spec.memberDefinitions: Required value'],
  ['empty', [], 'spec.memberDefinitions', 'should have at least 1 items'],
  ['of 10 definitions', numbered(10).map((name) => groups(name))],
  ['of 11 definitions', numbered(11).map((name) => groups(name)), ...tooMany('spec.memberDefinitions', 10)],
  ['that is no list', 'labelers', 'spec.memberDefinitions', 'must be of type array'],
  ['with a definition of no kind', [{}], ONE_OF],
  ['with a definition of both kinds', [{ ...cognito(), ...groups('a') }], ONE_OF],
  ['of two kinds', [cognito(), groups('a')], ONE_KIND],
  ['with a null definition', [null], 'spec.memberDefinitions[0]', 'must be of type object'],
]);

const cognitoMembers = field('memberDefinitions', [
  ['of two Cognito groups in one pool', [cognito(), cognito({ userGroup: 'reviewers' })]],
  ['of ten Cognito groups', numbered(10).map((userGroup) => cognito({ userGroup }))],
  ['of two user pools', [cognito(), cognito({ userGroup: 'b', userPool: 'eu-west-1_other' })], SAME_POOL],
  ['of two app clients', [cognito(), cognito({ userGroup: 'b', clientId: 'other' })], SAME_POOL],
  ['with a Cognito group twice', [cognito(), cognito()], USER_GROUP_ONCE],
  [
    'without userPool',
    [cognito({ userPool: undefined })],
    'spec.memberDefinitions[0].cognitoMemberDefinition.userPool: Required value',
  ],
  [
    'without userGroup',
    [cognito({ userGroup: undefined })],
    'spec.memberDefinitions[0].cognitoMemberDefinition.userGroup: Required value',
  ],
  [
    'without clientId',
    [cognito({ clientId: undefined })],
    'spec.memberDefinitions[0].cognitoMemberDefinition.clientId: Required value',
  ],
  ['with a userPool of 55 characters', [cognito({ userPool: `${'p'.repeat(53)}_1` })]],
  [
    'with a userPool of 56 characters',
    [cognito({ userPool: `${'p'.repeat(54)}_1` })],
    tooLong('spec.memberDefinitions[0].cognitoMemberDefinition.userPool', 55),
  ],
  ["with a userPool's name", [cognito({ userPool: 'labelers' })], POOL],
  ["with a userPool's ARN", [cognito({ userPool: 'arn:aws:cognito-idp:a:1:userpool/a_b' })], POOL],
  ['with a userPool outside ASCII', [cognito({ userPool: 'é_1' })], POOL],
  ['with an empty userPool', [cognito({ userPool: '' })], POOL],
  ['with a userGroup of 128 characters outside the BMP', [cognito({ userGroup: ASTRAL_LETTER.repeat(128) })]],
  [
    'with a userGroup of 129 characters',
    [cognito({ userGroup: 'g'.repeat(129) })],
    tooLong('spec.memberDefinitions[0].cognitoMemberDefinition.userGroup', 128),
  ],
  ['with a userGroup with a space', [cognito({ userGroup: 'my group' })], USER_GROUP],
  ['with an empty userGroup', [cognito({ userGroup: '' })], USER_GROUP],
  ['with a clientId of 1024 characters', [cognito({ clientId: '~'.repeat(1024) })]],
  [
    'with a clientId of 1025 characters',
    [cognito({ clientId: '~'.repeat(1025) })],
    tooLong('spec.memberDefinitions[0].cognitoMemberDefinition.clientId', 1024),
  ],
  ['with a clientId outside ASCII', [cognito({ clientId: 'clé' })], CLIENT],
  ['with an empty clientId', [cognito({ clientId: '' })], CLIENT],
]);

const oidcMembers = field('memberDefinitions', [
  ['of 10 groups', [groups(...numbered(10))]],
  [
    'of 11 groups in one definition',
    [groups(...numbered(11))],
    ...tooMany('spec.memberDefinitions[0].oidcMemberDefinition.groups', 10),
  ],
  ['of 10 groups over two definitions', [groups(...numbered(5)), groups(...numbered(5, 5))]],
  ['of 11 groups over two definitions', [groups(...numbered(6)), groups(...numbered(5, 6))], TEN_GROUPS],
  [
    'with a group twice in one definition',
    [groups('a', 'b', 'a')],
    'spec.memberDefinitions[0].oidcMemberDefinition.groups[2]: Duplicate value',
  ],
  ['with a group in two definitions', [groups('a', 'b'), groups('c', 'a')], GROUP_ONCE],
  ['with groups that differ in case', [groups('Labelers', 'labelers')]],
  [
    'without groups',
    [{ oidcMemberDefinition: {} }],
    'spec.memberDefinitions[0].oidcMemberDefinition.groups: Required value',
  ],
  [
    'with no group in the list',
    [groups()],
    'spec.memberDefinitions[0].oidcMemberDefinition.groups',
    'should have at least 1 items',
  ],
  ['with a group of 63 characters outside the BMP', [groups(ASTRAL_LETTER.repeat(63))]],
  [
    'with a group of 64 characters',
    [groups('g'.repeat(64))],
    tooLong('spec.memberDefinitions[0].oidcMemberDefinition.groups[0]', 63),
  ],
  ['with a group of symbols, marks and punctuation', [groups('a/b:c=d+e@f.g-h_i', '€', 'e\u0301', '💡')]],
  ['with a group with a space', [groups('street labelers')], GROUP],
  ['with a group with a no-break space', [groups('street\u00a0labelers')], GROUP],
  ['with a group with a control character', [groups('a\u0007b')], GROUP],
  ['with an empty group', [groups('')], GROUP],
  ['with a group that is null', [{ oidcMemberDefinition: { groups: [null] } }], 'groups[0]', 'must be of type string'],
]);

const notifications = field('notificationConfiguration', [
  ['empty', {}],
  ['null', null],
  ['with a topic', topic('arn:aws:sns:eu-west-1:111122223333:labelers')],
  ['with a FIFO topic in another partition', topic('arn:aws-us-gov:sns:us-gov-west-1:111122223333:labelers.fifo')],
  ['with a topic of 350 characters', topic(`arn:aws:sns:a:111122223333:${'t'.repeat(323)}`)],
  [
    'with a topic of 351 characters',
    topic(`arn:aws:sns:a:111122223333:${'t'.repeat(324)}`),
    tooLong('spec.notificationConfiguration.notificationTopicArn', 350),
  ],
  ['with an empty topic', topic(''), TOPIC],
  ['with a queue', topic('arn:aws:sqs:eu-west-1:111122223333:labelers'), TOPIC],
  ['with an account of 11 digits', topic('arn:aws:sns:eu-west-1:11112222333:labelers'), TOPIC],
]);

const workerAccess = field('workerAccessConfiguration', [
  ['with sourceIp', access({ sourceIp: 'Enabled' })],
  ['with vpcSourceIp', access({ vpcSourceIp: 'Enabled' })],
  ['with both, one Enabled', access({ sourceIp: 'Enabled', vpcSourceIp: 'Disabled' })],
  ['with both Disabled', access({ sourceIp: 'Disabled', vpcSourceIp: 'Disabled' })],
  ['with both Enabled', access({ sourceIp: 'Enabled', vpcSourceIp: 'Enabled' }), NOT_BOTH],
  ['with neither', access({}), ONE_ADDRESS],
  [
    'with sourceIp in lower case',
    access({ sourceIp: 'enabled' }),
    'sourceIp: Unsupported value',
    'supported values: "Enabled", "Disabled"',
  ],
  [
    'with vpcSourceIp in lower case',
    access({ vpcSourceIp: 'enabled' }),
    'vpcSourceIp: Unsupported value',
    'supported values: "Enabled", "Disabled"',
  ],
  ['empty', {}, 'spec.workerAccessConfiguration.s3Presign: Required value'],
  [
    'without iamPolicyConstraints',
    { s3Presign: {} },
    'spec.workerAccessConfiguration.s3Presign.iamPolicyConstraints: Required value',
  ],
]);

const tags = field('tags', [
  ['empty', {}],
  ['null', null],
  ['of 45', manyTags(45)],
  ['of 46', manyTags(46), ...tooMany('spec.tags', 45)],
  ['with letters, spaces and signs', { 'Kostenstelle Süd/é_.:/=+-@': '東京 1_.:/=+-@' }],
  ['with a value that is null', { team: null }],
  ['with an empty value', { team: '' }],
  ['with a key of 128 characters outside the BMP', { [ASTRAL_LETTER.repeat(128)]: 'v' }],
  ['with a key of 129 characters', { ['k'.repeat(129)]: 'v' }, KEY_LENGTH],
  ['with an empty key', { '': 'v' }, KEY_LENGTH],
  ['with a key with an exclamation mark', { 'key!': 'v' }, KEY_CHARACTERS],
  ['with a value of 256 characters outside the BMP', { team: ASTRAL_LETTER.repeat(256) }],
  ['with a value of 257 characters', { team: 'v'.repeat(257) }, tooLong('spec.tags.team', 256)],
  ['with a value with an exclamation mark', { team: 'a!' }, VALUE_CHARACTERS],
  ['with a value with an emoji', { team: EMOJI }, VALUE_CHARACTERS],
  ['with a value that is a number', { team: 7 }, 'spec.tags.team', 'must be of type string'],
  ['with a key of AWS', { 'aws:team': 'v' }, AWS_KEY],
  ['with a key of AWS in capitals', { 'AWS:team': 'v' }, AWS_KEY],
  ['with a key of AWS in mixed case', { 'aWs:team': 'v' }, AWS_KEY],
  ['with a key that only begins like that of AWS', { 'aws-team': 'v', team: 'aws:x' }],
  ["with the operator's owner key", { 'workteams.dev/owner': 'v' }, OWN_KEY],
  ["with another key of the operator's", { 'workteams.dev/': 'v' }, OWN_KEY],
  ["with a key that only begins like the operator's", { 'workteams.dev': 'v', 'a/workteams.dev/b': 'v' }],
]);

const policies: SpecCase[] = [
  ...field('deletionPolicy', [
    ['Delete', 'Delete'],
    ['Retain', 'Retain'],
    ['of another word', 'Orphan', 'spec.deletionPolicy: Unsupported value', 'supported values: "Delete", "Retain"'],
  ]),
  ...field('adoptionPolicy', [
    ['Never', 'Never'],
    ['IfUnowned without deletionPolicy', 'IfUnowned', SAY_DELETION],
    ['Always without deletionPolicy', 'Always', SAY_DELETION],
    [
      'of another word',
      'Sometimes',
      'spec.adoptionPolicy: Unsupported value',
      'supported values: "Never", "IfUnowned", "Always"',
    ],
  ]),
  {
    row: 'adoptionPolicy',
    title: 'IfUnowned with deletionPolicy',
    spec: { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' },
  },
  {
    row: 'adoptionPolicy',
    title: 'Always with deletionPolicy',
    spec: { adoptionPolicy: 'Always', deletionPolicy: 'Delete' },
  },
  ...field('managementPolicy', [
    ['Manage', 'Manage'],
    ['Observe', 'Observe'],
    ['of another word', 'Watch', 'spec.managementPolicy: Unsupported value', 'supported values: "Manage", "Observe"'],
  ]),
  ...field('suspend', [
    ['true', true],
    ['false', false],
    ['null', null],
    ['a string', 'true', 'spec.suspend', 'must be of type boolean'],
  ]),
  {
    row: 'spec',
    title: 'with several mistakes: all are told',
    spec: { description: 'one\ntwo', region: 'Frankfurt', tags: { 'aws:a': '!' } },
    refused: [ONE_LINE, REGION, AWS_KEY, VALUE_CHARACTERS],
  },
];

export const specCases: readonly SpecCase[] = [
  ...names,
  ...regions,
  ...descriptions,
  ...members,
  ...cognitoMembers,
  ...oidcMembers,
  ...notifications,
  ...workerAccess,
  ...tags,
  ...policies,
];
