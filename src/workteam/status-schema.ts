/** What the operator reports of a Workteam. */
import * as z from 'zod';
import { list, prose, text } from './constraints.ts';

const instant = () => z.string().meta({ format: 'date-time' });
const generation = () => z.int().meta({ format: 'int64' });

export const condition = z.object({
  type: text({ max: 316 }).describe(
    prose(`Ready is always there once the operator has seen the object. Reconciling and Stalled are there only while they
      are True, never both; Drifted only under managementPolicy Observe.`),
  ),
  status: z.enum(['True', 'False', 'Unknown']).describe('True, False or Unknown.'),
  reason: text({ min: 1, max: 1024 }).describe('One word for programs, for example Synced, NotOwned or AccessDenied.'),
  message: text({ max: 32768 }).describe(
    'What is the matter and what to do, for people. The same outcome has the same words.',
  ),
  lastTransitionTime: instant().describe('When status last changed; a new reason or message alone does not move it.'),
  observedGeneration: generation()
    .meta({ minimum: 0 })
    .describe('The metadata.generation that this condition speaks of.')
    .exactOptional(),
});

/** A condition as Kubernetes' API conventions define it. */
export type Condition = z.infer<typeof condition>;

const driftEntry = z.object({
  field: text({ max: 256 }).describe(
    'Path of the field below spec, for example description, memberDefinitions or tags.team.',
  ),
  desired: text({ max: 1024 })
    .describe(
      'What the spec says, as compact JSON with sorted keys, cut at 1,024 characters. Absent if it says nothing.',
    )
    .exactOptional(),
  observed: text({ max: 1024 })
    .describe('What AWS has, written the same way. Absent if it has nothing.')
    .exactOptional(),
});

/** One difference between the spec and the work team in AWS. */
export type DriftEntry = z.infer<typeof driftEntry>;

const observedAccess = z
  .object({
    s3Presign: z
      .object({
        iamPolicyConstraints: z
          .object({
            sourceIp: text({ max: 32 }).describe("AWS's value for sourceIp.").exactOptional(),
            vpcSourceIp: text({ max: 32 }).describe("AWS's value for vpcSourceIp.").exactOptional(),
          })
          .describe('Conditions that AWS adds to the policy behind the pre-signed URLs.')
          .exactOptional(),
      })
      .describe('How the pre-signed Amazon S3 URLs are restricted through which workers open the files of a task.')
      .exactOptional(),
  })
  .describe('From where workers may open the files of a task: what AWS has, whether or not the spec asks for it.');

export const workteamStatus = z
  .object({
    observedGeneration: generation()
      .describe('The metadata.generation that the conditions speak of; -1 until the operator has seen the object.')
      .exactOptional(),
    conditions: list(condition, { max: 8, type: { key: 'type' } })
      .describe(
        'Ready, and while it applies Reconciling, Stalled or Drifted. Wait with: kubectl wait --for=condition=Ready',
      )
      .exactOptional(),
    workteamName: text({ max: 63 }).describe('Name of the work team in AWS.').exactOptional(),
    workteamArn: text({ max: 256 })
      .describe('ARN of the work team; labeling jobs and human loops name the team by it.')
      .exactOptional(),
    workforceArn: text({ max: 256 })
      .describe("ARN of the private workforce that the team belongs to; its last part is the workforce's name.")
      .exactOptional(),
    subDomain: text({ max: 1024 }).describe('Host of the portal where the workers sign in.').exactOptional(),
    region: text({ max: 32 })
      .describe('AWS region of the work team: spec.region, or the one that the operator ran with. Once here, it stays.')
      .exactOptional(),
    productListingIds: list(text({ max: 256 }), { max: 100, type: 'atomic' })
      .describe('AWS Marketplace listings of the work team, where there are any.')
      .exactOptional(),
    createDate: instant().describe('When AWS created the work team.').exactOptional(),
    lastUpdatedDate: instant().describe('When the work team last changed in AWS.').exactOptional(),
    workerAccessConfiguration: observedAccess.exactOptional(),
    drift: list(driftEntry, { max: 100, type: { key: 'field' } })
      .describe('What differs between the spec and AWS, one entry for each field. Absent while nothing does.')
      .exactOptional(),
    failingSince: instant()
      .describe('Since when passes over the present spec have failed. Absent while they do not.')
      .exactOptional(),
    lastHandledReconcileAt: text({ max: 256 })
      .describe(
        prose(`The workteams.dev/requestedAt annotation (its first 256 characters) that the latest pass answered. Any new
          value of the annotation asks for a pass now; when it appears here, that pass has ended.`),
      )
      .exactOptional(),
  })
  .describe('What the operator last saw and did. Written only when it changes.');

/** What the operator reports. */
export type WorkteamStatus = z.infer<typeof workteamStatus>;
