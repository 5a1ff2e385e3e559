/**
 * What a Workteam is. The CRD is generated from this file, and `parseSpec` checks the same rules in process.
 */
import * as z from 'zod';
import { prose, type Rule, withRules } from './constraints.ts';
import { type WorkteamSpec, workteamSpec } from './spec.ts';
import { type WorkteamStatus, workteamStatus } from './status-schema.ts';

export type { CognitoMemberDefinition, MemberDefinition, OidcMemberDefinition } from './members.ts';
export type { NotificationConfiguration, WorkerAccessConfiguration, WorkteamSpec } from './spec.ts';
export { isWorkteamName, workteamSpec } from './spec.ts';
export type { Condition, DriftEntry, WorkteamStatus } from './status-schema.ts';
export { condition, workteamStatus } from './status-schema.ts';
export { OWN_TAG_PREFIX } from './tags.ts';

export const GROUP = 'workteams.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;
export const KIND = 'Workteam';
export const PLURAL = 'workteams';
export const FINALIZER = 'workteams.dev/finalizer';
/** Any new value asks for a pass now. */
export const REQUESTED_AT_ANNOTATION = 'workteams.dev/requestedAt';
/** The AWS tag that says whose a work team is: `<cluster-id>/<namespace>/<name>`. */
export const OWNER_TAG_KEY = 'workteams.dev/owner';

/** The part of Kubernetes' metadata that this program reads. */
export interface ObjectMeta {
  name: string;
  namespace: string;
  uid: string;
  generation: number;
  resourceVersion: string;
  creationTimestamp: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
}

/** An object of ours as the API server stores it. */
export interface Workteam {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: WorkteamSpec;
  status?: WorkteamStatus;
}

/** The work team's name in AWS; fixed once the object exists. */
export function effectiveName(workteam: { metadata: { name: string }; spec: { workteamName?: string } }): string {
  return workteam.spec.workteamName ?? workteam.metadata.name;
}

const object = z.object({
  metadata: z.object({ name: z.string() }),
  spec: workteamSpec,
  status: workteamStatus.exactOptional(),
});

/** What an edit of a stored object must leave as it is. */
const editRules: readonly Rule<z.output<typeof object>>[] = [
  {
    rule: '(has(self.spec.workteamName) ? self.spec.workteamName : self.metadata.name) == (has(oldSelf.spec.workteamName) ? oldSelf.spec.workteamName : oldSelf.metadata.name)',
    keeps: (next, stored) => effectiveName(next) === effectiveName(stored),
    message:
      'spec.workteamName cannot change (left out, it is metadata.name): a work team cannot be renamed in AWS. Create a second Workteam and delete this one',
    fieldPath: '.spec.workteamName',
  },
  {
    rule: 'has(oldSelf.spec.region) ? (has(self.spec.region) && self.spec.region == oldSelf.spec.region) : (!has(self.spec.region) || (has(oldSelf.status) && has(oldSelf.status.region) && self.spec.region == oldSelf.status.region))',
    keeps: ({ spec: { region } }, { spec, status }) =>
      spec.region === undefined ? region === undefined || region === status?.region : region === spec.region,
    message:
      'spec.region cannot change (left out, it is the region in status.region): create a second Workteam for the other region',
    fieldPath: '.spec.region',
  },
  {
    rule: "has(oldSelf.spec.workforceName) ? (has(self.spec.workforceName) && self.spec.workforceName == oldSelf.spec.workforceName) : (!has(self.spec.workforceName) || (has(oldSelf.status) && has(oldSelf.status.workforceArn) && oldSelf.status.workforceArn.endsWith('/' + self.spec.workforceName)))",
    keeps: ({ spec: { workforceName: name } }, { spec, status }) =>
      spec.workforceName === undefined
        ? name === undefined || status?.workforceArn?.endsWith(`/${name}`) === true
        : name === spec.workforceName,
    message: 'spec.workforceName cannot change: AWS fixes it when the work team is created',
    fieldPath: '.spec.workforceName',
  },
];

/** The rules between spec, status and name. Those about the name look at creation only: a stored object must stay editable. */
export const workteam = withRules(object, [
  {
    rule: 'oldSelf.hasValue() || self.metadata.name.size() <= 63',
    optionalOldSelf: true,
    message:
      'metadata.name must be at most 63 characters long (it is part of the owner tag); put a shorter name there, the AWS name goes into spec.workteamName',
    holds: ({ metadata }) => metadata.name.length <= 63,
  },
  {
    rule: "oldSelf.hasValue() || has(self.spec.workteamName) || self.metadata.name.matches('^[a-z0-9](-*[a-z0-9]){0,62}$')",
    optionalOldSelf: true,
    message:
      'metadata.name is not a valid work team name (letters, digits and single dashes between them, no dots): set spec.workteamName',
    fieldPath: '.spec.workteamName',
    holds: ({ metadata, spec }) =>
      spec.workteamName !== undefined || /^[a-z0-9](-*[a-z0-9]){0,62}$/.test(metadata.name),
  },
  ...editRules,
]).describe(
  prose(`A private work team of Amazon SageMaker: the people who label data and review predictions, kept in AWS as spec
    says. metadata.name has at most 63 characters and is the team's name in AWS unless spec.workteamName says otherwise.
    A new value of the annotation workteams.dev/requestedAt asks the operator to look now.`),
);

/** A spec that may be acted on, or every reason why not, each as `<path>: <what to write>`. */
export type ParsedSpec = { ok: true; spec: WorkteamSpec } | { ok: false; problems: string[] };

/** One reason why the API server would refuse an object: where, from the object's root, and what to write. */
export interface SpecProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * Checks everything that the API server would check on create, with its messages: for manifests that no API server
 * has seen, and for objects stored before the schema was as it is now. As there, null in a field means left out and
 * unknown fields are dropped.
 */
export function parseSpec(value: unknown, name: string): ParsedSpec {
  const checked = checkSpec(value, name);
  return checked.ok ? checked : { ok: false, problems: [...new Set(checked.problems.map(problemText))] };
}

/** The same, with the problems as data: for whoever knows where in a file each path stands. */
export function checkSpec(
  value: unknown,
  name: string,
): { ok: true; spec: WorkteamSpec } | { ok: false; problems: SpecProblem[] } {
  const parsed = workteam.safeParse(withoutNulls({ metadata: { name }, spec: value }), { error: describeIssue });
  if (parsed.success) return { ok: true, spec: { ...parsed.data.spec, ...everyTag(value) } };
  const path = (steps: readonly PropertyKey[]) => steps.map((step) => (typeof step === 'number' ? step : String(step)));
  return {
    ok: false,
    problems: parsed.error.issues.map((issue) => ({ path: path(issue.path), message: issue.message })),
  };
}

/** Why the API server would refuse to make `stored` what `next` is, as far as `checkSpec` cannot know. */
export function checkEdit(next: Edited, stored: Edited): SpecProblem[] {
  return editRules
    .filter(({ keeps }) => keeps !== undefined && !keeps(next, stored))
    .map(({ message, fieldPath = '' }) => ({ path: fieldPath.split('.').slice(1), message }));
}

/** The part of a Workteam that rules about edits look at. */
type Edited = Pick<Workteam, 'metadata' | 'spec' | 'status'>;

/** A problem in one line: `spec.memberDefinitions[0]: what to write`. */
export function problemText({ path, message }: SpecProblem): string {
  const where = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return where === '' ? message : `${where.slice(1)}: ${message}`;
}

/** The tags as they are written. zod leaves out a key called `__proto__`, which the API server and AWS take like any other. */
function everyTag(spec: unknown): Pick<WorkteamSpec, 'tags'> {
  const written = (spec as { tags?: unknown } | null)?.tags;
  if (typeof written !== 'object' || written === null) return {};
  const tags = Object.entries(written).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return { tags: Object.fromEntries(tags) };
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'Required value' : `Invalid value: must be of type ${issue.expected}`;
    case 'invalid_value':
      return `Unsupported value: supported values: ${issue.values.map((option) => JSON.stringify(option)).join(', ')}`;
    default:
      return undefined;
  }
}
