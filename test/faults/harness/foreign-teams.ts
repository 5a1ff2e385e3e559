/** Work teams that are somebody else's, and what a Workteam that wants one comes to. */
import { OWNER_TAG_KEY, type WorkteamSpec } from '../../../src/workteam/schema.ts';
import { controlPlane } from '../../support/control-plane.ts';
import { type Aws, awsAt } from '../../support/ledger.ts';
import { specWith } from '../../support/specs.ts';
import { conditionOf, type Workteams } from '../../support/workteams.ts';
import type { Setting } from './setting.ts';

export const POLICIES = ['Never', 'IfUnowned', 'Always'] as const;
export const OWNERS = [
  'nobody',
  'another cluster',
  'another object, which is gone',
  'another object, which is there',
  'an owner tag that nobody of ours wrote',
] as const;

export type Policy = (typeof POLICIES)[number];
export type Owner = (typeof OWNERS)[number];

/** The name of every team here. */
export const TEAM = 'Wanted';

/** Whether a Workteam may take the team, by its policy and by what the operator is allowed. */
export function mayTake(owner: Owner, policy: Policy, allowTakeover: boolean): boolean {
  if (owner === 'another object, which is there' || policy === 'Never') return false;
  return owner === 'nobody' || (policy === 'Always' && allowTakeover);
}

/** What is said of a team that may not be taken. */
export function reasonFor(owner: Owner): 'NameConflict' | 'NotOwned' {
  return owner === 'another object, which is there' ? 'NameConflict' : 'NotOwned';
}

/** The UID that the operator goes by where it is told no other cluster id. */
export function clusterId(): Promise<string> {
  return controlPlane().run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
}

/** A team that somebody else made, and what a Workteam says of it. */
export interface ForeignTeam {
  readonly says: string;
}

type Where = Pick<Setting, 'workteams' | 'emulator' | 'region'>;

/** The other object that an owner tag names, where it is there: suspended, and alive all the same. */
export async function createOwner(
  { workteams, region }: Pick<Where, 'workteams' | 'region'>,
  owner: Owner,
  name: string,
) {
  if (owner !== 'another object, which is there') return;
  await workteams.create(name, specWith({ region, workteamName: TEAM, suspend: true }));
}

/** Makes the team as another tool would, an hour ago or just now. */
export function makeForeign(
  { workteams, emulator, region }: Where,
  owner: Owner,
  { cluster, other, old }: { readonly cluster: string; readonly other: string; readonly old: boolean },
): ForeignTeam {
  const { tag, says } = tagOf(owner, workteams, cluster, other);
  const tags = { madeBy: 'hand', ...(tag !== undefined && { [OWNER_TAG_KEY]: tag }) };
  awsAt(emulator, { region }).console('CreateWorkteam', {
    WorkteamName: TEAM,
    Description: 'Theirs',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['theirs'] } }],
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
  const CreateDate = Math.floor(Date.now() / 1000) - 3_600;
  if (old) emulator.control.editTeam({ region }, TEAM, { CreateDate });
  return { says };
}

function tagOf(owner: Owner, { namespace }: Workteams, cluster: string, other: string): { tag?: string; says: string } {
  const theirs = 'another-cluster/default/labelers';
  const sibling = `${cluster}/${namespace}/${other}`;
  switch (owner) {
    case 'nobody':
      return { says: 'it has no owner tag' };
    case 'another cluster':
      return { tag: theirs, says: `is owned by ${theirs}` };
    case 'another object, which is gone':
      return { tag: sibling, says: `is owned by ${sibling}` };
    case 'another object, which is there':
      return { tag: sibling, says: `belongs to Workteam ${namespace}/${other}` };
    case 'an owner tag that nobody of ours wrote':
      return { tag: 'whatever', says: 'is owned by whatever' };
    default:
      return owner satisfies never;
  }
}

/** The spec of a Workteam that wants the team, and wants it otherwise than it is. */
export function wanting(adoptionPolicy: Policy, more: Partial<WorkteamSpec> = {}): WorkteamSpec {
  return specWith({ workteamName: TEAM, tags: { team: 'ours' }, adoptionPolicy, deletionPolicy: 'Retain', ...more });
}

/** What Ready says of the Workteam. */
export function readyMessage(workteams: Workteams, name: string): string {
  return conditionOf(workteams.get(name), 'Ready')?.message ?? '';
}

/** The writes that were tried, besides the create by which it was found that the name is taken, and one that never arrived. */
export function attemptsOn(aws: Aws): string[] {
  const harmless = ['ResourceInUse', 'none'];
  return aws
    .calls()
    .filter(({ write, operation, outcome }) => write && !(operation === 'CreateWorkteam' && harmless.includes(outcome)))
    .map(({ operation }) => operation);
}
