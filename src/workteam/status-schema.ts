/** What the operator reports of a Workteam. */
import * as z from 'zod';
import { list, text } from './constraints.ts';

const instant = () => z.string().meta({ format: 'date-time' });
const generation = () => z.int().meta({ format: 'int64' });

export const condition = z.object({
  type: text({ max: 316 }),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: text({ min: 1, max: 1024 }),
  message: text({ max: 32768 }),
  lastTransitionTime: instant(),
  observedGeneration: generation().meta({ minimum: 0 }).exactOptional(),
});

/** A condition as Kubernetes' API conventions define it. */
export type Condition = z.infer<typeof condition>;

export const driftEntry = z.object({
  field: text({ max: 256 }),
  desired: text({ max: 1024 }).exactOptional(),
  observed: text({ max: 1024 }).exactOptional(),
});

/** One difference between the spec and the work team in AWS. */
export type DriftEntry = z.infer<typeof driftEntry>;

const observedAccess = z.object({
  s3Presign: z
    .object({
      iamPolicyConstraints: z
        .object({
          sourceIp: text({ max: 32 }).exactOptional(),
          vpcSourceIp: text({ max: 32 }).exactOptional(),
        })
        .exactOptional(),
    })
    .exactOptional(),
});

export const workteamStatus = z.object({
  observedGeneration: generation().exactOptional(),
  failingSince: instant().exactOptional(),
  workteamName: text({ max: 63 }).exactOptional(),
  workteamArn: text({ max: 256 }).exactOptional(),
  workforceArn: text({ max: 256 }).exactOptional(),
  subDomain: text({ max: 1024 }).exactOptional(),
  region: text({ max: 32 }).exactOptional(),
  createDate: instant().exactOptional(),
  lastUpdatedDate: instant().exactOptional(),
  lastHandledReconcileAt: text({ max: 256 }).exactOptional(),
  productListingIds: list(text({ max: 256 }), { max: 100, type: 'atomic' }).exactOptional(),
  workerAccessConfiguration: observedAccess.exactOptional(),
  drift: list(driftEntry, { max: 100, type: { key: 'field' } }).exactOptional(),
  conditions: list(condition, { max: 8, type: { key: 'type' } }).exactOptional(),
});

export type WorkteamStatus = z.infer<typeof workteamStatus>;
