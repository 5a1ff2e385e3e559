/** What a user writes: the AWS API in camelCase, then four policies of ours. */
import * as z from 'zod';
import { matching, matchingByRule, prose, withRules } from './constraints.ts';
import { memberDefinitions } from './members.ts';
import { tags } from './tags.ts';

const notificationTopicArn = matching(
  { min: 1, max: 350 },
  {
    source: String.raw`^arn:aws[a-z\-]*:sns:[a-z0-9\-]*:[0-9]{12}:[a-zA-Z0-9_.-]*$`,
    message: 'write the ARN of an SNS topic, arn:aws:sns:REGION:ACCOUNT:NAME, or leave notificationConfiguration out',
  },
).describe(
  prose(`ARN of an Amazon SNS topic, for example arn:aws:sns:eu-west-1:111122223333:labelers. The topic's policy must
    allow sagemaker.amazonaws.com to publish to it. Left out, the team has no topic.`),
);

const notificationConfiguration = z.object({ notificationTopicArn: notificationTopicArn.exactOptional() }).describe(
  prose(`Where AWS announces that there is work for the team. Left out or empty, the team has no topic; a topic that
      was set before is removed. AWS subscribes workers to the topic only when it is set as the team is created: a topic
      that is set or changed later is accepted and subscribes nobody who is already on the team.`),
);

/** Where AWS announces work. */
export type NotificationConfiguration = z.infer<typeof notificationConfiguration>;

const toggle = () => z.enum(['Enabled', 'Disabled']);

const iamPolicyConstraints = withRules(
  z.object({
    sourceIp: toggle()
      .describe(
        prose(`Enabled: a task's files open only from the IP address from which the worker opened the task. Disabled: from
          any address. Left out, what AWS has stays.`),
      )
      .exactOptional(),
    vpcSourceIp: toggle()
      .describe(
        prose(`The same as sourceIp for workers who reach the worker portal through a VPC: the address is the private one
          inside the VPC. Left out, what AWS has stays.`),
      )
      .exactOptional(),
  }),
  [
    {
      rule: 'has(self.sourceIp) || has(self.vpcSourceIp)',
      message: 'set sourceIp or vpcSourceIp',
      holds: ({ sourceIp, vpcSourceIp }) => sourceIp !== undefined || vpcSourceIp !== undefined,
    },
    {
      rule: "!(has(self.sourceIp) && has(self.vpcSourceIp) && self.sourceIp == 'Enabled' && self.vpcSourceIp == 'Enabled')",
      message: 'only one of sourceIp and vpcSourceIp can be Enabled',
      holds: ({ sourceIp, vpcSourceIp }) => !(sourceIp === 'Enabled' && vpcSourceIp === 'Enabled'),
    },
  ],
).describe(
  prose(`Conditions that AWS adds to the policy behind the pre-signed URLs. Set sourceIp or vpcSourceIp; not both can be Enabled. AWS
    documents the two as alternatives, so it is safest to set one.`),
);

const workerAccessConfiguration = z
  .object({
    s3Presign: z
      .object({ iamPolicyConstraints })
      .describe('How the pre-signed Amazon S3 URLs are restricted through which workers open the files of a task.'),
  })
  .describe(
    prose(`From where workers may open the files of a task. Whatever is left out is AWS's choice: it is shown in
      status.workerAccessConfiguration, never counts as a difference, and taking a setting out of the spec later changes
      nothing in AWS.`),
  );

/** From where workers may open a task's files. */
export type WorkerAccessConfiguration = z.infer<typeof workerAccessConfiguration>;

/** What AWS takes for the name of a work team. */
const WORKTEAM_NAME = { min: 1, max: 63, source: '^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$' };
const workteamNamePattern = new RegExp(WORKTEAM_NAME.source, 'u');

/** Whether a work team can have this name. */
export function isWorkteamName(name: string): boolean {
  return name.length <= WORKTEAM_NAME.max && workteamNamePattern.test(name);
}

const workteamName = matching(
  { min: WORKTEAM_NAME.min, max: WORKTEAM_NAME.max },
  {
    source: WORKTEAM_NAME.source,
    message: 'write letters, digits and dashes, beginning and ending with a letter or a digit, for example labelers-eu',
  },
).describe(
  prose(`Name of the work team in AWS. Left out, it is metadata.name, which must then be a valid name of a work team
    itself: letters, digits and dashes, no dots. The name that results cannot change, because AWS cannot rename a work
    team; spelling out the same name later is allowed. For another name create a second Workteam and delete this one.`),
);

const workforceName = matching(
  { min: 1, max: 63 },
  {
    source: String.raw`^[a-zA-Z0-9]([a-zA-Z0-9\-]){0,62}$`,
    message: 'write letters, digits and dashes, beginning with a letter or a digit, for example private-crowd',
  },
).describe(
  prose(`Name of the private workforce that the team belongs to. Left out, AWS takes the account's private workforce in
    the region. It cannot change, because AWS fixes it when the team is created; where it was left out it may be set
    later, to the name that status.workforceArn ends in.`),
);

const region = matching(
  { min: 1, max: 32 },
  {
    source: '^[a-z]{2,8}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$',
    message: 'write an AWS region such as eu-west-1',
  },
).describe(
  prose(`AWS region of the work team, for example eu-west-1. Left out, it is the region that the operator runs with when
    it first sees this object; status.region keeps that choice. It cannot change; where it was left out it may be set
    later, to the region in status.region.`),
);

const description = matchingByRule(
  { min: 1, max: 200 },
  { source: String.raw`^[^\n\r\x85\p{Zl}\p{Zp}]+$`, message: 'must be one line, without line breaks' },
).describe(
  prose(`What the team is for, as AWS shows it: one line of 1 to 200 characters. Required, because AWS requires it; it
    can be changed and not be cleared.`),
);

const deletionPolicy = z.enum(['Delete', 'Retain']).describe(
  prose(`What happens to the work team in AWS when this object is deleted. Delete, which is meant when left out: the team
    is deleted, and AWS cannot bring it back. Retain: the operator takes its owner tag off and leaves the team as it is.
    Must be set when adoptionPolicy is IfUnowned or Always. A work team whose owner tag does not name this object is
    never deleted.`),
);

const adoptionPolicy = z.enum(['Never', 'IfUnowned', 'Always']).describe(
  prose(`What to do when AWS already has a work team of this name. Never, which is meant when left out: leave it alone and
    report NotOwned. IfUnowned: take it over if it carries no owner tag. Always: take it over from another owner as well,
    where the operator runs with --allow-takeover, but never from a Workteam that exists in this cluster. A team that is
    taken over is changed to match this spec: members who are not listed here are off the team.`),
);

const managementPolicy = z.enum(['Manage', 'Observe']).describe(
  prose(`Manage, which is meant when left out: the operator creates the work team and keeps it as this spec says. Observe:
    it never writes to AWS, whoever owns the team, and lists in status.drift what differs; deleting this object then
    leaves AWS untouched.`),
);

const suspend = z.boolean().describe(
  prose(`true: the operator touches nothing, neither in AWS nor to finish a deletion of this object, and Ready is Unknown
    with the reason Suspended. false or left out: it works as usual.`),
);

export const workteamSpec = withRules(
  z.object({
    workteamName: workteamName.exactOptional(),
    workforceName: workforceName.exactOptional(),
    region: region.exactOptional(),
    description,
    memberDefinitions,
    notificationConfiguration: notificationConfiguration.exactOptional(),
    workerAccessConfiguration: workerAccessConfiguration.exactOptional(),
    tags: tags.exactOptional(),
    deletionPolicy: deletionPolicy.exactOptional(),
    adoptionPolicy: adoptionPolicy.exactOptional(),
    managementPolicy: managementPolicy.exactOptional(),
    suspend: suspend.exactOptional(),
  }),
  [
    {
      rule: "!has(self.adoptionPolicy) || self.adoptionPolicy == 'Never' || has(self.deletionPolicy)",
      message:
        'with spec.adoptionPolicy, say what happens to the adopted work team when this object is deleted: set spec.deletionPolicy to Retain or Delete',
      fieldPath: '.deletionPolicy',
      holds: ({ adoptionPolicy, deletionPolicy }) =>
        adoptionPolicy === undefined || adoptionPolicy === 'Never' || deletionPolicy !== undefined,
    },
  ],
).describe(
  prose(`The work team as it should be in AWS. The operator creates it, repairs what is changed behind its back, and
    deletes it with this object, as the policies say. What is left out is not filled in here: the status shows what AWS
    made of it.`),
);

/** What a user writes. Everything but `description` and `memberDefinitions` may be left out. */
export type WorkteamSpec = z.infer<typeof workteamSpec>;
