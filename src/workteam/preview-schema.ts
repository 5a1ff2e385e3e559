/** What `plan -o json` prints. The page docs/reference/plan-output.md is made from it, and scripts may rely on it. */
import * as z from 'zod';

const texts = z.record(z.string(), z.string());
const name = z.string().describe('Name of the work team in AWS.');

const members = z
  .array(
    z.object({
      cognitoMemberDefinition: z
        .object({ userPool: z.string(), userGroup: z.string(), clientId: z.string() })
        .exactOptional(),
      oidcMemberDefinition: z.object({ groups: z.array(z.string()) }).exactOptional(),
    }),
  )
  .describe('The whole list, as it is sent.');

const toggle = z.enum(['Enabled', 'Disabled']);
const access = z.object({
  s3Presign: z.object({
    iamPolicyConstraints: z.object({ sourceIp: toggle.exactOptional(), vpcSourceIp: toggle.exactOptional() }),
  }),
});

const action = z
  .discriminatedUnion('do', [
    z.object({
      do: z.literal('create').describe('CreateWorkteam.'),
      request: z.object({
        workteamName: name,
        workforceName: z.string().exactOptional(),
        description: z.string(),
        memberDefinitions: members,
        notificationTopicArn: z.string().exactOptional(),
        workerAccessConfiguration: access.exactOptional(),
        tags: texts.describe('The owner tag is among them.'),
      }),
    }),
    z.object({
      do: z.literal('update').describe('UpdateWorkteam.'),
      request: z.object({
        workteamName: name,
        description: z.string(),
        memberDefinitions: members,
        notificationTopicArn: z.string().nullable().exactOptional().describe('null takes the topic away.'),
        workerAccessConfiguration: access.exactOptional(),
      }),
    }),
    z.object({ do: z.literal('removeTags').describe('DeleteTags.'), keys: z.array(z.string()) }),
    z.object({ do: z.literal('addTags').describe('AddTags.'), tags: texts }),
    z.object({
      do: z.literal('adopt').describe('AddTags with the owner tag, which takes the team over.'),
      ownerTag: z.string(),
      from: z.string().exactOptional().describe('The owner tag that it replaces.'),
    }),
    z.object({ do: z.literal('release').describe('DeleteTags of the owner tag, which lets the team go.') }),
    z.object({ do: z.literal('delete').describe('DeleteWorkteam. It cannot be undone.'), workteamName: name }),
  ])
  .describe('One write to AWS.');

const difference = z.object({
  field: z.string().describe('Path in the spec: `description`, `tags.team`.'),
  desired: z.unknown().exactOptional().describe('Left out: it goes.'),
  observed: z.unknown().exactOptional().describe('Left out: AWS has nothing there.'),
});

/** What deleting a Workteam would do to its work team. */
const onDelete = z
  .enum(['deleted', 'retained', 'untouched', 'held'])
  .describe(
    'What deleting this Workteam, once it is applied, would do to the work team: `deleted` (irrevocably), `retained` (only the owner tag goes), `untouched`, or `held` (nothing, for as long as it is suspended).',
  );

const where = {
  namespace: z.string(),
  name: z.string(),
  region: z.string(),
  workteamName: name,
};

const entry = z
  .object({
    ...where,
    file: z.string(),
    line: z.int(),
    result: z
      .enum(['create', 'adopt', 'update', 'tags', 'delete', 'release', 'nothing', 'observed', 'suspended', 'refused'])
      .describe(
        'The most that happens: `adopt` may come with an update, `update` with tags. `delete` and `release`: the cluster is deleting this Workteam. `observed`: differences are told and nothing is written. `refused`: see reason and message.',
      ),
    reason: z.string().exactOptional().describe('Reason of the condition Ready, when it is refused: `NotOwned`.'),
    message: z.string().describe('The sentence that the condition Ready would have in the end.'),
    actions: z.array(action).describe('All writes to AWS, in their order.'),
    differences: z.array(difference).describe('What those writes repair; of an observed team, what differs.'),
    members: z
      .object({ joins: z.array(z.string()), leaves: z.array(z.string()) })
      .exactOptional()
      .describe('Groups that get access and groups that lose it, where the members change.'),
    onDelete,
  })
  .describe('One Workteam of the manifests.');

const pruned = z
  .object({
    ...where,
    result: z
      .enum(['delete', 'release', 'nothing', 'unknown'])
      .describe('What would become of the work team: `release` keeps it and takes its owner tag off.'),
    message: z.string(),
  })
  .describe('A work team whose Workteam is in no manifest: what deleting that would do.');

const problem = z.object({
  file: z.string().exactOptional(),
  line: z.int().exactOptional().describe('From 1.'),
  message: z.string(),
});

/** The whole report. */
export const planReport = z.object({
  version: z.literal(1).describe('Of this format. Fields may be added without a new number.'),
  result: z
    .enum(['nothing', 'changes', 'error'])
    .describe('Exit code 0, 2 or 1. `error`: something could not be planned, or is refused.'),
  clusterId: z
    .string()
    .nullable()
    .describe(
      'The cluster in owner tags. null: not known, and a tag that names the namespace and name in any cluster counts as ours.',
    ),
  workteams: z.array(entry).describe('In the order of namespace and name.'),
  prune: z.array(pruned).exactOptional().describe('With --prune, in the order of region and work team.'),
  passedOver: z.int().describe('How many objects in the manifests are no Workteams.'),
  problems: z.array(problem).describe('What keeps manifests from being planned.'),
  notes: z.array(z.string()).describe('What a reader should know of how this was found out.'),
});

export type PlanReport = z.infer<typeof planReport>;
export type PlanEntry = z.infer<typeof entry>;
export type PlanAction = z.infer<typeof action>;
export type PrunedEntry = z.infer<typeof pruned>;
