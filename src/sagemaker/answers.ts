/**
 * What an answer of AWS must look like before anything is decided by it. The SDK takes the service at its word: `{}` would be a
 * work team that does not exist, and a number a description. Whoever stands between us and AWS may answer anything.
 */
import type { Tag, Workteam } from '@aws-sdk/client-sagemaker';
import * as z from 'zod';
import { AwsError } from '../workteam/aws-error.ts';

/** The service model's bound of ARNs, and the status's. */
const arn = z.string().min(1).max(256);

const cognito = z.object({ UserPool: z.string(), UserGroup: z.string(), ClientId: z.string() });
const oidc = z.object({ Groups: z.array(z.string()).optional() });

/** A member of a kind that we do not know has neither. */
const member = z.object({ CognitoMemberDefinition: cognito.optional(), OidcMemberDefinition: oidc.optional() });

const constraints = z.object({ SourceIp: z.string().optional(), VpcSourceIp: z.string().optional() });

/** The four members that the model requires, and the optional ones. */
const workteam = z.object({
  WorkteamName: z.string().min(1),
  WorkteamArn: arn,
  Description: z.string(),
  MemberDefinitions: z.array(member),
  WorkforceArn: arn.optional(),
  SubDomain: z.string().optional(),
  ProductListingIds: z.array(z.string()).optional(),
  CreateDate: z.date().optional(),
  LastUpdatedDate: z.date().optional(),
  NotificationConfiguration: z.object({ NotificationTopicArn: z.string().optional() }).optional(),
  WorkerAccessConfiguration: z
    .object({ S3Presign: z.object({ IamPolicyConstraints: constraints.optional() }).optional() })
    .optional(),
});

const tag = z.object({ Key: z.string().min(1), Value: z.string().optional() });

/** What came back from a call. */
export interface Answer {
  readonly operation: string;
  readonly requestId: string | undefined;
}

/** The work team of an answer about the one of that name. @throws AwsError Unavailable when it is none, or another's */
export function teamIn(answer: Answer, value: unknown, name: string): Workteam {
  const read = workteam.safeParse(value);
  if (!read.success) throw unusable(answer, read.error, 'Workteam');
  // AWS may tell names apart by their case, or not; then it answers with the first spelling.
  if (read.data.WorkteamName.toLowerCase() === name.toLowerCase()) return value as Workteam; // as just read
  throw unusable(answer, undefined, 'Workteam', 'WorkteamName');
}

/** Those work teams of a page that can be read: what is missing from a sweep is described. @throws AwsError when it is no page */
export function teamsIn(answer: Answer, value: unknown): Workteam[] {
  const page = z.array(z.unknown()).safeParse(value);
  if (!page.success) throw unusable(answer, page.error, 'Workteams');
  return page.data.filter((item): item is Workteam => workteam.safeParse(item).success);
}

/**
 * The tags of a page; none where the service leaves the list out.
 * @throws AwsError when any of them cannot be read, or when it was not the service that left the list out
 */
export function tagsIn(answer: Answer, value: unknown): Tag[] {
  // An answer of AWS's carries a request id, and one of a proxy or a portal in between does not.
  if (value === undefined && answer.requestId !== undefined) return [];
  const read = z.array(tag).safeParse(value);
  if (!read.success) throw unusable(answer, read.error, 'Tags');
  return value as Tag[]; // as just read
}

/** The token for the next page, where there is one. @throws AwsError when it is no text */
export function tokenIn(answer: Answer, value: unknown): string | undefined {
  const read = z.string().optional().safeParse(value);
  if (!read.success) throw unusable(answer, read.error, 'NextToken');
  return read.data === '' ? undefined : read.data;
}

/** An answer came, so a write may have acted; what it says is not known. The message names the first thing that is wrong. */
function unusable({ operation, requestId }: Answer, cause: z.ZodError | undefined, ...path: string[]): AwsError {
  const [issue] = cause?.issues ?? [];
  const member = [...path, ...(issue?.path ?? [])].map(String).join('.');
  const detail = `an answer without a usable ${member}`;
  return new AwsError({
    operation,
    failure: { reason: 'Unavailable', operation, detail },
    effect: 'unknown',
    requestId,
    cause,
  });
}
