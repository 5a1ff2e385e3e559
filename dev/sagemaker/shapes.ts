/**
 * The part of the service model `sagemaker-2017-07-24` that the emulator speaks, in the model's own
 * names and words: every shape that can be reached from a supported request, and the structures
 * of the answers. Validation (validate.ts) and the TypeScript types (below) are derived from it.
 * Tests compare it with the SDK's exported schemas and with the model inside the AWS CLI.
 */
import { type Shape, scalars } from './scalars.ts';

const requests = {
  CreateWorkteamRequest: {
    type: 'structure',
    required: ['WorkteamName', 'MemberDefinitions', 'Description'],
    members: {
      WorkteamName: 'WorkteamName',
      WorkforceName: 'WorkforceName',
      MemberDefinitions: 'MemberDefinitions',
      Description: 'String200',
      NotificationConfiguration: 'NotificationConfiguration',
      WorkerAccessConfiguration: 'WorkerAccessConfiguration',
      Tags: 'TagList',
    },
  },
  DescribeWorkteamRequest: {
    type: 'structure',
    required: ['WorkteamName'],
    members: { WorkteamName: 'WorkteamName' },
  },
  ListWorkteamsRequest: {
    type: 'structure',
    members: {
      SortBy: 'ListWorkteamsSortByOptions',
      SortOrder: 'SortOrder',
      NameContains: 'WorkteamName',
      NextToken: 'NextToken',
      MaxResults: 'MaxResults',
    },
  },
  UpdateWorkteamRequest: {
    type: 'structure',
    required: ['WorkteamName'],
    members: {
      WorkteamName: 'WorkteamName',
      MemberDefinitions: 'MemberDefinitions',
      Description: 'String200',
      NotificationConfiguration: 'NotificationConfiguration',
      WorkerAccessConfiguration: 'WorkerAccessConfiguration',
    },
  },
  DeleteWorkteamRequest: {
    type: 'structure',
    required: ['WorkteamName'],
    members: { WorkteamName: 'WorkteamName' },
  },
  AddTagsInput: {
    type: 'structure',
    required: ['ResourceArn', 'Tags'],
    members: { ResourceArn: 'ResourceArn', Tags: 'TagList' },
  },
  DeleteTagsInput: {
    type: 'structure',
    required: ['ResourceArn', 'TagKeys'],
    members: { ResourceArn: 'ResourceArn', TagKeys: 'TagKeyList' },
  },
  ListTagsInput: {
    type: 'structure',
    required: ['ResourceArn'],
    members: { ResourceArn: 'ResourceArn', NextToken: 'NextToken', MaxResults: 'ListTagsMaxResults' },
  },
  ListLabelingJobsForWorkteamRequest: {
    type: 'structure',
    required: ['WorkteamArn'],
    members: {
      WorkteamArn: 'WorkteamArn',
      MaxResults: 'MaxResults',
      NextToken: 'NextToken',
      CreationTimeAfter: 'Timestamp',
      CreationTimeBefore: 'Timestamp',
      JobReferenceCodeContains: 'JobReferenceCodeContains',
      SortBy: 'ListLabelingJobsForWorkteamSortByOptions',
      SortOrder: 'SortOrder',
    },
  },
  ListWorkforcesRequest: {
    type: 'structure',
    members: {
      SortBy: 'ListWorkforcesSortByOptions',
      SortOrder: 'SortOrder',
      NameContains: 'WorkforceName',
      NextToken: 'NextToken',
      MaxResults: 'MaxResults',
    },
  },
  DescribeWorkforceRequest: {
    type: 'structure',
    required: ['WorkforceName'],
    members: { WorkforceName: 'WorkforceName' },
  },
} as const satisfies Record<string, Shape>;

const responses = {
  CreateWorkteamResponse: { type: 'structure', members: { WorkteamArn: 'WorkteamArn' } },
  DescribeWorkteamResponse: { type: 'structure', required: ['Workteam'], members: { Workteam: 'Workteam' } },
  ListWorkteamsResponse: {
    type: 'structure',
    required: ['Workteams'],
    members: { Workteams: 'Workteams', NextToken: 'NextToken' },
  },
  UpdateWorkteamResponse: { type: 'structure', required: ['Workteam'], members: { Workteam: 'Workteam' } },
  DeleteWorkteamResponse: { type: 'structure', required: ['Success'], members: { Success: 'Success' } },
  AddTagsOutput: { type: 'structure', members: { Tags: 'TagList' } },
  DeleteTagsOutput: { type: 'structure', members: {} },
  ListTagsOutput: { type: 'structure', members: { Tags: 'TagList', NextToken: 'NextToken' } },
  ListLabelingJobsForWorkteamResponse: {
    type: 'structure',
    required: ['LabelingJobSummaryList'],
    members: { LabelingJobSummaryList: 'LabelingJobForWorkteamSummaryList', NextToken: 'NextToken' },
  },
  ListWorkforcesResponse: {
    type: 'structure',
    required: ['Workforces'],
    members: { Workforces: 'Workforces', NextToken: 'NextToken' },
  },
  DescribeWorkforceResponse: { type: 'structure', required: ['Workforce'], members: { Workforce: 'Workforce' } },
} as const satisfies Record<string, Shape>;

const structures = {
  Workteam: {
    type: 'structure',
    required: ['WorkteamName', 'MemberDefinitions', 'WorkteamArn', 'Description'],
    members: {
      WorkteamName: 'WorkteamName',
      MemberDefinitions: 'MemberDefinitions',
      WorkteamArn: 'WorkteamArn',
      WorkforceArn: 'WorkforceArn',
      ProductListingIds: 'ProductListings',
      Description: 'String200',
      SubDomain: 'String',
      CreateDate: 'Timestamp',
      LastUpdatedDate: 'Timestamp',
      NotificationConfiguration: 'NotificationConfiguration',
      WorkerAccessConfiguration: 'WorkerAccessConfiguration',
    },
  },
  MemberDefinition: {
    type: 'structure',
    members: {
      CognitoMemberDefinition: 'CognitoMemberDefinition',
      OidcMemberDefinition: 'OidcMemberDefinition',
    },
  },
  CognitoMemberDefinition: {
    type: 'structure',
    required: ['UserPool', 'UserGroup', 'ClientId'],
    members: { UserPool: 'CognitoUserPool', UserGroup: 'CognitoUserGroup', ClientId: 'ClientId' },
  },
  OidcMemberDefinition: { type: 'structure', members: { Groups: 'Groups' } },
  NotificationConfiguration: {
    type: 'structure',
    members: { NotificationTopicArn: 'NotificationTopicArn' },
  },
  WorkerAccessConfiguration: { type: 'structure', members: { S3Presign: 'S3Presign' } },
  S3Presign: { type: 'structure', members: { IamPolicyConstraints: 'IamPolicyConstraints' } },
  IamPolicyConstraints: {
    type: 'structure',
    members: { SourceIp: 'EnabledOrDisabled', VpcSourceIp: 'EnabledOrDisabled' },
  },
  Tag: { type: 'structure', required: ['Key', 'Value'], members: { Key: 'TagKey', Value: 'TagValue' } },
  LabelingJobForWorkteamSummary: {
    type: 'structure',
    required: ['JobReferenceCode', 'WorkRequesterAccountId', 'CreationTime'],
    members: {
      LabelingJobName: 'LabelingJobName',
      JobReferenceCode: 'JobReferenceCode',
      WorkRequesterAccountId: 'AccountId',
      CreationTime: 'Timestamp',
      LabelCounters: 'LabelCountersForWorkteam',
      NumberOfHumanWorkersPerDataObject: 'NumberOfHumanWorkersPerDataObject',
    },
  },
  LabelCountersForWorkteam: {
    type: 'structure',
    members: { HumanLabeled: 'LabelCounter', PendingHuman: 'LabelCounter', Total: 'LabelCounter' },
  },
  /** Answers carry what a workforce of a kind needs; network and status details are not emulated. */
  Workforce: {
    type: 'structure',
    required: ['WorkforceName', 'WorkforceArn'],
    members: {
      WorkforceName: 'WorkforceName',
      WorkforceArn: 'WorkforceArn',
      LastUpdatedDate: 'Timestamp',
      SubDomain: 'String',
      CognitoConfig: 'CognitoConfig',
      OidcConfig: 'OidcConfigForResponse',
      CreateDate: 'Timestamp',
      Status: 'WorkforceStatus',
    },
  },
  CognitoConfig: {
    type: 'structure',
    required: ['UserPool', 'ClientId'],
    members: { UserPool: 'CognitoUserPool', ClientId: 'ClientId' },
  },
  OidcConfigForResponse: { type: 'structure', members: { ClientId: 'ClientId', Issuer: 'OidcEndpoint' } },
} as const satisfies Record<string, Shape>;

const lists = {
  MemberDefinitions: { type: 'list', member: 'MemberDefinition', min: 1, max: 10 },
  Groups: { type: 'list', member: 'Group', min: 1, max: 10 },
  TagList: { type: 'list', member: 'Tag', min: 0, max: 50 },
  TagKeyList: { type: 'list', member: 'TagKey', min: 1, max: 50 },
  Workteams: { type: 'list', member: 'Workteam' },
  Workforces: { type: 'list', member: 'Workforce' },
  ProductListings: { type: 'list', member: 'String' },
  LabelingJobForWorkteamSummaryList: { type: 'list', member: 'LabelingJobForWorkteamSummary' },
} as const satisfies Record<string, Shape>;

export const shapes = { ...requests, ...responses, ...structures, ...lists, ...scalars };

type Shapes = typeof shapes;
export type ShapeName = keyof Shapes;
export type RequestName = keyof typeof requests;
export type ResponseName = keyof typeof responses;

type Named<N> = N extends ShapeName ? TypeOf<N> : never;
type Structure<M, R> = { readonly [K in keyof M as K extends R ? K : never]: Named<M[K]> } & {
  readonly [K in keyof M as K extends R ? never : K]?: Named<M[K]>;
};

/** The TypeScript type of a value of a shape, as it travels in JSON; timestamps are epoch seconds. */
export type TypeOf<N extends ShapeName> = Shapes[N] extends { type: 'string'; enum: readonly (infer E)[] }
  ? E
  : Shapes[N] extends { type: 'string' }
    ? string
    : Shapes[N] extends { type: 'integer' | 'timestamp' }
      ? number
      : Shapes[N] extends { type: 'boolean' }
        ? boolean
        : Shapes[N] extends { type: 'list'; member: infer M }
          ? readonly Named<M>[]
          : Shapes[N] extends { type: 'structure'; members: infer M; required: readonly (infer R)[] }
            ? Structure<M, R>
            : Shapes[N] extends { type: 'structure'; members: infer M }
              ? Structure<M, never>
              : never;

export type Workteam = TypeOf<'Workteam'>;
export type MemberDefinition = TypeOf<'MemberDefinition'>;
export type LabelingJobSummary = TypeOf<'LabelingJobForWorkteamSummary'>;
export type Tag = TypeOf<'Tag'>;
