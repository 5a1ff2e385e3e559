/** Between the SDK's shapes and the core's. Whatever AWS may leave out may be missing here without harm. */
import type {
  WorkerAccessConfiguration as AwsAccess,
  MemberDefinition as AwsMemberDefinition,
  Workteam as AwsWorkteam,
  CreateWorkteamCommandInput,
  Tag,
  UpdateWorkteamCommandInput,
} from '@aws-sdk/client-sagemaker';
import type { ObservedWorkteam, Tags } from '../workteam/observed.ts';
import type { MemberDefinition, WorkerAccessConfiguration } from '../workteam/schema.ts';
import type { CreateRequest, UpdateRequest } from '../workteam/step.ts';

/** The input of CreateWorkteam. */
export function createInput(request: CreateRequest): CreateWorkteamCommandInput {
  const { notificationTopicArn: topic, workerAccessConfiguration: access, workforceName } = request;
  return {
    WorkteamName: request.workteamName,
    ...(workforceName !== undefined && { WorkforceName: workforceName }),
    Description: request.description,
    MemberDefinitions: request.memberDefinitions.map(memberInput),
    ...(topic !== undefined && { NotificationConfiguration: { NotificationTopicArn: topic } }),
    ...(access !== undefined && { WorkerAccessConfiguration: accessInput(access) }),
    Tags: tagsInput(request.tags),
  };
}

/** The input of UpdateWorkteam. A topic is removed by an empty NotificationConfiguration; an empty ARN breaks its pattern. */
export function updateInput(request: UpdateRequest): UpdateWorkteamCommandInput {
  const { notificationTopicArn: topic, workerAccessConfiguration: access } = request;
  return {
    WorkteamName: request.workteamName,
    Description: request.description,
    MemberDefinitions: request.memberDefinitions.map(memberInput),
    ...(topic !== undefined && { NotificationConfiguration: topic === null ? {} : { NotificationTopicArn: topic } }),
    ...(access !== undefined && { WorkerAccessConfiguration: accessInput(access) }),
  };
}

/** Tags as AWS takes them. */
export function tagsInput(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags as AWS returned them, by key. */
export function observedTags(tags: readonly Tag[]): Tags {
  return Object.fromEntries(tags.flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
}

/** A work team as AWS returned it. */
export function observedWorkteam(team: AwsWorkteam): ObservedWorkteam {
  const topic = team.NotificationConfiguration?.NotificationTopicArn;
  return {
    workteamName: team.WorkteamName ?? '',
    workteamArn: team.WorkteamArn ?? '',
    description: team.Description ?? '',
    memberDefinitions: (team.MemberDefinitions ?? []).map(observedMember),
    ...(team.WorkforceArn !== undefined && { workforceArn: team.WorkforceArn }),
    ...(team.SubDomain !== undefined && { subDomain: team.SubDomain }),
    ...(team.ProductListingIds !== undefined && { productListingIds: team.ProductListingIds }),
    ...(team.CreateDate !== undefined && { createDate: wholeSeconds(team.CreateDate) }),
    ...(team.LastUpdatedDate !== undefined && { lastUpdatedDate: wholeSeconds(team.LastUpdatedDate) }),
    ...(topic !== undefined && topic !== '' && { notificationTopicArn: topic }),
    ...observedAccess(team.WorkerAccessConfiguration),
  };
}

function observedAccess(access: AwsAccess | undefined): Pick<ObservedWorkteam, 'workerAccessConfiguration'> {
  const constraints = access?.S3Presign?.IamPolicyConstraints;
  const sourceIp = constraints?.SourceIp;
  const vpcSourceIp = constraints?.VpcSourceIp;
  if (sourceIp === undefined && vpcSourceIp === undefined) return {};
  const iamPolicyConstraints = {
    ...(sourceIp !== undefined && { sourceIp }),
    ...(vpcSourceIp !== undefined && { vpcSourceIp }),
  };
  return { workerAccessConfiguration: { s3Presign: { iamPolicyConstraints } } };
}

function observedMember({
  CognitoMemberDefinition: cognito,
  OidcMemberDefinition: oidc,
}: AwsMemberDefinition): MemberDefinition {
  return {
    ...(cognito !== undefined && {
      cognitoMemberDefinition: {
        userPool: cognito.UserPool ?? '',
        userGroup: cognito.UserGroup ?? '',
        clientId: cognito.ClientId ?? '',
      },
    }),
    ...(oidc !== undefined && { oidcMemberDefinition: { groups: oidc.Groups ?? [] } }),
  };
}

function memberInput({
  cognitoMemberDefinition: cognito,
  oidcMemberDefinition: oidc,
}: MemberDefinition): AwsMemberDefinition {
  return {
    ...(cognito !== undefined && {
      CognitoMemberDefinition: { UserPool: cognito.userPool, UserGroup: cognito.userGroup, ClientId: cognito.clientId },
    }),
    ...(oidc !== undefined && { OidcMemberDefinition: { Groups: oidc.groups } }),
  };
}

function accessInput(access: WorkerAccessConfiguration): AwsAccess {
  const { sourceIp, vpcSourceIp } = access.s3Presign.iamPolicyConstraints;
  const constraints = {
    ...(sourceIp !== undefined && { SourceIp: sourceIp }),
    ...(vpcSourceIp !== undefined && { VpcSourceIp: vpcSourceIp }),
  };
  return { S3Presign: { IamPolicyConstraints: constraints } };
}

/** As Kubernetes writes times: RFC 3339 in whole seconds. AWS sends fractions, and `toISOString` would keep them. */
function wholeSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
