/** Work teams of every sort that a Workteam can describe, as requests of CreateWorkteam. The same number is the same team. */

/** As many as a region may have by default. */
export const TEAMS_A_REGION = 25;

const NAMES = ['Labelers', 'street-scenes', 'A', '0', 'x--y', `${'Long-'.repeat(12)}end`, 'labelers-2', 'lidar'];
const DESCRIPTIONS = [
  'Labels street scenes',
  'Ändert 🚗 und „zitiert“',
  '  spaces  ',
  'yes',
  '# no comment: really',
  '"quoted" \'twice\' \\n',
  'tab\tand bell\u0007 and \u007f',
  '注釈チーム',
  '🚗'.repeat(200),
  '- a: {b}',
];
const GROUPS = ['labelers', 'Ärzte', 'yes', '0123', 'a:b', '#1', '€uro', 'x'.repeat(63), '「組」', '*&!|>'];
const TAG_KEYS = ['team', 'cost center', 'y', 'Größe', 'a:b/c=d+e-f@g', '__proto__', 'constructor', '4711', ' '];

/** A team of that kind of members; each number differs from all others in some way, and its name is its own in the region. */
export function variedTeam(kind: 'Oidc' | 'Cognito', region: string, number: number) {
  const topic = { NotificationTopicArn: `arn:aws:sns:${region}:123456789012:topic_${number}.x` };
  const access = accessOf(number);
  return {
    WorkteamName: number < NAMES.length ? NAMES[number] : `Team-${number}`,
    Description: pick(DESCRIPTIONS, number),
    MemberDefinitions: kind === 'Oidc' ? oidc(number) : cognito(number),
    ...(number % 3 !== 0 && { NotificationConfiguration: topic }),
    ...(Object.keys(access).length > 0 && {
      WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints: access } },
    }),
    Tags: tagsOf(number),
  };
}

function pick<T>(from: readonly T[], number: number): T {
  const chosen = from[number % from.length];
  if (chosen === undefined) throw new Error('there is nothing to pick from');
  return chosen;
}

/** 1 to 10 groups; in one definition, or one each. */
function oidc(number: number) {
  const groups = GROUPS.slice(0, (number % GROUPS.length) + 1).toReversed();
  if (number % 4 !== 0) return [{ OidcMemberDefinition: { Groups: groups } }];
  return groups.map((group) => ({ OidcMemberDefinition: { Groups: [group] } }));
}

/** 1 to 10 user groups. */
function cognito(number: number) {
  const pool = { UserPool: 'eu-west-1_aB3xYz789', ClientId: '4h57 "abc" : #' };
  const groups = GROUPS.slice(0, (number % GROUPS.length) + 1).toReversed();
  return groups.map((UserGroup) => ({ CognitoMemberDefinition: { ...pool, UserGroup } }));
}

function accessOf(number: number) {
  return pick(
    [
      {},
      { SourceIp: 'Enabled' },
      { VpcSourceIp: 'Enabled' },
      { SourceIp: 'Disabled' },
      { VpcSourceIp: 'Disabled' },
      { SourceIp: 'Enabled', VpcSourceIp: 'Disabled' },
      { SourceIp: 'Disabled', VpcSourceIp: 'Enabled' },
      { SourceIp: 'Disabled', VpcSourceIp: 'Disabled' },
    ],
    number,
  );
}

/** None to 45; and 49, of which four are to be ignored (`c7n:`) and none more could be had beside an owner tag. */
function tagsOf(number: number) {
  const count = number % 5 === 4 ? 45 : (number * 2) % 12;
  const ignored = number % 5 === 4 ? ['c7n:1', 'c7n:2', 'c7n:3', 'c7n:4'] : [];
  const keys = Array.from({ length: count }, (_, index) => TAG_KEYS[index] ?? `key-${index}`);
  return [...keys, ...ignored]
    .toReversed()
    .map((Key, index) => ({ Key, Value: index % 3 === 0 ? '' : `${Key} =/+@ ${index}` }));
}
