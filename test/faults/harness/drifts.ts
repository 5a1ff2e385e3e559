/** Every way in which somebody can change a work team behind the operator's back, as data. */
import type { WorkteamSpec } from '../../../src/workteam/schema.ts';
import { OWNER_TAG_KEY } from '../../../src/workteam/schema.ts';
import { oidcMembers, specWith } from '../../support/specs.ts';
import type { Setting } from './setting.ts';
import { NAME } from './works.ts';

/** What kind of change it is: the policies decide by that. */
export type Kind =
  /** A field or a tag is not what the spec says: `field` as the status names it. */
  | { readonly is: 'difference'; readonly field: string }
  /** What the spec does not speak of. */
  | { readonly is: 'no difference' }
  | { readonly is: 'owner removed' }
  | { readonly is: 'owner replaced'; readonly reason: 'NotOwned' | 'NameConflict' }
  | { readonly is: 'deleted' };

export interface Drift {
  /** `a tag is changed`. */
  readonly title: string;
  readonly kind: Kind;
  /** What the Workteam says, where it matters. */
  readonly spec?: WorkteamSpec;
  readonly happens: (setting: Setting) => Promise<unknown>;
}

const topic = (name: string) => `arn:aws:sns:eu-west-1:111122223333:${name}`;

/** Every field that can drift, and two tags. */
export const WHOLE_SPEC = specWith({
  memberDefinitions: oidcMembers('a', 'b'),
  notificationConfiguration: { notificationTopicArn: topic('work') },
  workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled' } } },
  tags: { team: 'perception', 'cost-center': '4711' },
});

/** A living Workteam, which does nothing. */
export const HOLDER = 'holder';

const arnOf = ({ aws }: Setting) => aws.team(NAME).workteam.WorkteamArn;

const update = (title: string, field: string | undefined, changes: object): Drift => ({
  title,
  kind: field === undefined ? { is: 'no difference' } : { is: 'difference', field },
  happens: async ({ aws }) => aws.console('UpdateWorkteam', { WorkteamName: NAME, ...changes }),
});

const addTag = (title: string, kind: Kind, key: string, value: string): Drift => ({
  title,
  kind,
  happens: async (setting) =>
    setting.aws.console('AddTags', { ResourceArn: arnOf(setting), Tags: [{ Key: key, Value: value }] }),
});

const removeTag = (title: string, kind: Kind, key: string): Drift => ({
  title,
  kind,
  happens: async (setting) => setting.aws.console('DeleteTags', { ResourceArn: arnOf(setting), TagKeys: [key] }),
});

const groups = (...Groups: string[]) => ({ OidcMemberDefinition: { Groups } });
const access = (constraints: object) => ({
  WorkerAccessConfiguration: { S3Presign: { IamPolicyConstraints: constraints } },
});
const TOPIC = 'notificationConfiguration.notificationTopicArn';
const ACCESS = 'workerAccessConfiguration.s3Presign.iamPolicyConstraints';

/** Writes an owner tag like ours, for another Workteam of this cluster and namespace. */
const ownedBy = (title: string, name: string, reason: 'NotOwned' | 'NameConflict'): Drift => ({
  title,
  kind: { is: 'owner replaced', reason },
  async happens(setting) {
    const [cluster = '', namespace = ''] = setting.aws.team(NAME).tags[OWNER_TAG_KEY]?.split('/') ?? [];
    const value = `${cluster}/${namespace}/${name}`;
    if (name === HOLDER) await setting.workteams.create(HOLDER, specWith({ suspend: true }));
    setting.aws.console('AddTags', { ResourceArn: arnOf(setting), Tags: [{ Key: OWNER_TAG_KEY, Value: value }] });
  },
});

export const DRIFTS: readonly Drift[] = [
  update('another description', 'description', { Description: 'Somebody else was here' }),
  update('a group is added', 'memberDefinitions', { MemberDefinitions: [groups('a', 'b', 'intruder')] }),
  update('a group is removed', 'memberDefinitions', { MemberDefinitions: [groups('b')] }),
  update('all groups are replaced', 'memberDefinitions', { MemberDefinitions: [groups('x', 'y')] }),
  update('another topic', TOPIC, { NotificationConfiguration: { NotificationTopicArn: topic('other') } }),
  update('no topic', TOPIC, { NotificationConfiguration: {} }),
  {
    ...update('a topic where none should be', TOPIC, {
      NotificationConfiguration: { NotificationTopicArn: topic('other') },
    }),
    spec: specWith({ memberDefinitions: oidcMembers('a', 'b'), tags: { team: 'perception' } }),
  },
  update('files open from anywhere', `${ACCESS}.sourceIp`, access({ SourceIp: 'Disabled' })),
  addTag('a tag is added', { is: 'difference', field: 'tags.intruder' }, 'intruder', ''),
  addTag('a tag is changed', { is: 'difference', field: 'tags.team' }, 'team', 'other'),
  removeTag('a tag is removed', { is: 'difference', field: 'tags.cost-center' }, 'cost-center'),
  update('groups in another order, in two definitions', undefined, {
    MemberDefinitions: [groups('b'), groups('a')],
  }),
  addTag('an ignored tag is added', { is: 'no difference' }, 'billing', '1'),
  removeTag('the owner tag is removed', { is: 'owner removed' }, OWNER_TAG_KEY),
  addTag(
    "the owner tag is another cluster's",
    { is: 'owner replaced', reason: 'NotOwned' },
    OWNER_TAG_KEY,
    'elsewhere/default/team',
  ),
  ownedBy('the owner tag names a Workteam that is not there', 'nobody', 'NotOwned'),
  ownedBy('the owner tag names another Workteam', HOLDER, 'NameConflict'),
  {
    title: 'the team is deleted',
    kind: { is: 'deleted' },
    happens: async ({ aws }) => aws.console('DeleteWorkteam', { WorkteamName: NAME }),
  },
];
