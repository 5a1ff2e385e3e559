/**
 * What no public text settles about the service, each as a switch with its plausible answers. The
 * operator must behave well under every one of them; the default is the most plausible.
 */
import type { LengthUnit } from './validate.ts';

interface Choice<C extends string> {
  readonly question: string;
  /** Every choice with what it does. */
  readonly choices: Readonly<Record<C, string>>;
  readonly byDefault: NoInfer<C>;
}

interface Quantity {
  readonly question: string;
  readonly unit: string;
  readonly byDefault: number;
}

const choice = <C extends string>(question: string, byDefault: NoInfer<C>, choices: Record<C, string>): Choice<C> => ({
  question,
  choices,
  byDefault,
});

const quantity = (question: string, unit: string, byDefault: number): Quantity => ({ question, unit, byDefault });

export const switchTable = {
  notFoundText: choice(
    'What does Describe, Update and Delete say about a missing team, after "The work team"?',
    'name',
    {
      name: 'The work team NAME does not exist',
      arn: 'The work team ARN cannot be found',
      bare: 'The work team was not found',
      later: 'a sentence in front of "The work team"',
      multiline: 'the name between quotes, and a second line',
    },
  ),
  listTagsOnMissing: choice('What do ListTags, AddTags and DeleteTags answer for a missing team?', 'validation', {
    validation: 'ValidationException with a text of its own (what ListTags answers for a deleted app)',
    sameAsDescribe: 'ValidationException with "The work team ...", as Describe',
    resourceNotFound: 'ResourceNotFound',
    empty: 'success: ListTags has no tags, the writes do nothing',
  }),
  deleteInUse: choice('What does Delete answer while a labeling job has work pending for the team?', 'validation', {
    validation: 'ValidationException, the team stays',
    resourceInUse: 'ResourceInUse, the team stays',
    successFalse: 'HTTP 200 with Success: false, the team stays',
    allowed: 'the team is deleted',
  }),
  resourceInUseCovers: choice('When does Create answer ResourceInUse?', 'everyRepeat', {
    everyRepeat: 'whenever a team of that name exists',
    differentRequest: 'only when the team differs from the request; an identical create answers the ARN again',
  }),
  resourceInUseText: choice('How is ResourceInUse worded?', 'name', {
    name: 'Work team NAME already exists',
    arn: 'The ARN is named',
    bare: 'no name at all',
  }),
  nameHeldAfterDeleteMs: quantity('For how long after a delete is the name still ResourceInUse?', 'ms', 0),
  quotaCheck: choice('At the quota, what does Create with an existing name answer?', 'afterName', {
    afterName: 'ResourceInUse',
    beforeName: 'ResourceLimitExceeded',
  }),
  requestsPerSecond: quantity(
    'How many requests a second does an account have in a region?',
    'requests/s, 0 = no limit',
    0,
  ),
  requestBurst: quantity('How many requests at once, when none came for a while?', 'requests', 20),
  listOptionalMembers: choice('Does ListWorkteams carry the optional members of a team?', 'included', {
    included: 'all that Describe shows',
    leftOut: 'only WorkteamName, MemberDefinitions, WorkteamArn and Description',
  }),
  names: choice(
    'Are the names of work teams case-sensitive? To be moved before the first team is made.',
    'caseSensitive',
    {
      caseSensitive: 'Blue and blue are two teams',
      caseInsensitive: 'Blue and blue are one team; it keeps its first spelling',
      lowerCaseArn: 'one team, and its ARN is in lower case',
    },
  ),
  groupsOverDefinitions: choice('May several OIDC definitions hold more than 10 groups together?', 'accepted', {
    accepted: 'yes',
    refused: 'ValidationException',
  }),
  updateToOtherKind: choice('What does an update from Cognito to OIDC members (or back) answer?', 'refused', {
    refused: 'ValidationException',
    accepted: 'the members are replaced, whatever the kind of the workforce',
    ignored: 'success, and the members stay as they were',
  }),
  workforceKind: choice('Must members be of the kind of the one workforce in the region?', 'enforced', {
    enforced: 'yes, else ValidationException; the first team decides the kind if nothing else did',
    ignored: 'no',
  }),
  memberOrder: choice('In which order do members and groups come back?', 'kept', {
    kept: 'as they were sent',
    sorted: 'sorted',
    shuffled: 'in another order in every answer',
    merged: 'as sent, but all OIDC definitions in one',
  }),
  emptyNotification: choice('Does an update with NotificationConfiguration {} remove the topic?', 'clears', {
    clears: 'yes',
    ignored: 'no, the topic stays',
  }),
  noTopicShownAs: choice('How is a team without a topic shown?', 'absent', {
    absent: 'without NotificationConfiguration',
    empty: 'NotificationConfiguration {}',
    emptyTopic: 'NotificationConfiguration with an empty NotificationTopicArn',
  }),
  untouchedAccess: choice('How is a WorkerAccessConfiguration shown that nobody ever set?', 'absent', {
    absent: 'not at all',
    empty: 'WorkerAccessConfiguration {}',
    emptyConstraints: 'with empty IamPolicyConstraints',
    disabled: 'SourceIp and VpcSourceIp both Disabled',
    sourceIp: 'SourceIp Enabled, VpcSourceIp Disabled',
  }),
  partialAccess: choice('What becomes of the field that a WorkerAccessConfiguration leaves out?', 'leftOut', {
    leftOut: 'it stays out',
    disabled: 'it is shown as Disabled',
  }),
  bothAccessFields: choice('May SourceIp and VpcSourceIp be given together?', 'accepted', {
    accepted: 'yes, as the model says',
    refused: 'ValidationException',
  }),
  lengthUnit: choice<LengthUnit>('What do length constraints count?', 'codePoints', {
    codePoints: 'Unicode code points, as the model language defines',
    utf16Units: "UTF-16 units, as Java's String.length()",
  }),
  errorTypePrefix: choice('Does __type of an error carry a prefix?', 'none', {
    none: 'ValidationException',
    namespace: 'com.amazonaws.sagemaker#ValidationException',
  }),
  errorMessageKey: choice('What is the member of an error that has the text?', 'message', {
    message: 'message',
    Message: 'Message',
  }),
  workteamsPerPage: quantity(
    'How many teams does ListWorkteams answer at most, whatever MaxResults says?',
    'teams',
    100,
  ),
  tagsPerPage: quantity('How many tags does ListTags answer at most, whatever MaxResults says?', 'tags', 50),
  nextTokenLifetimeMs: quantity('For how long is a NextToken good?', 'ms', 24 * 60 * 60 * 1000),
  createToDescribeMs: quantity('How late does Describe see a create?', 'ms', 0),
  createToListMs: quantity('How late does ListWorkteams see a create?', 'ms', 0),
  createToListTagsMs: quantity('How late does ListTags see that a created team exists?', 'ms', 0),
  updateToDescribeMs: quantity('How late does Describe see an update?', 'ms', 0),
  updateToListMs: quantity('How late does ListWorkteams see an update?', 'ms', 0),
  tagsToListTagsMs: quantity('How late does ListTags see tags, also those that came with the create?', 'ms', 0),
  deleteToDescribeMs: quantity('How late does Describe see a delete?', 'ms', 0),
  deleteToListMs: quantity('How late does ListWorkteams see a delete?', 'ms', 0),
  deleteToListTagsMs: quantity('How late does ListTags see a delete?', 'ms', 0),
} as const;

type Table = typeof switchTable;
export type SwitchName = keyof Table;

/** The position of every switch. */
export type Switches = {
  readonly [N in SwitchName]: Table[N] extends Choice<infer C> ? C : number;
};

export function defaultSwitches(): Switches {
  const defaults = Object.entries(switchTable).map(([name, { byDefault }]) => [name, byDefault]);
  return Object.fromEntries(defaults) as Switches; // every name of the table, with a value of its kind
}

/**
 * The switches with some of them moved.
 * @throws Error with one sentence that says which names or values there are
 */
export function moveSwitches(current: Switches, changes: Readonly<Record<string, unknown>>): Switches {
  for (const [name, value] of Object.entries(changes)) checkSwitch(name, value);
  return { ...current, ...changes };
}

function checkSwitch(name: string, value: unknown): void {
  const table: Readonly<Record<string, Choice<string> | Quantity>> = switchTable;
  const known = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!known) throw new Error(`there is no switch ${name}; there are: ${Object.keys(switchTable).join(', ')}`);
  if ('unit' in known) {
    if (typeof value === 'number' && value >= 0) return;
    throw new Error(`the switch ${name} takes a number of ${known.unit}, not ${JSON.stringify(value)}`);
  }
  if (typeof value === 'string' && Object.hasOwn(known.choices, value)) return;
  const choices = Object.keys(known.choices).join(', ');
  throw new Error(`the switch ${name} takes one of ${choices}, not ${JSON.stringify(value)}`);
}
