/** The strings, numbers and enumerations of the service model, with their constraints as the model writes them. */

export type Shape =
  | { type: 'string'; min?: number; max?: number; pattern?: string; enum?: readonly string[] }
  | { type: 'integer'; min?: number; max?: number }
  | { type: 'timestamp' | 'boolean' }
  | { type: 'list'; member: string; min?: number; max?: number }
  | { type: 'structure'; required?: readonly string[]; members: Readonly<Record<string, string>> };

export const scalars = {
  WorkteamName: { type: 'string', min: 1, max: 63, pattern: '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}' },
  WorkforceName: { type: 'string', min: 1, max: 63, pattern: '[a-zA-Z0-9]([a-zA-Z0-9\\-]){0,62}' },
  LabelingJobName: { type: 'string', min: 1, max: 63, pattern: '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}' },
  CognitoUserPool: { type: 'string', min: 1, max: 55, pattern: '[\\w-]+_[0-9a-zA-Z]+' },
  CognitoUserGroup: { type: 'string', min: 1, max: 128, pattern: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+' },
  ClientId: { type: 'string', min: 1, max: 1024, pattern: '[ -~]+' },
  Group: { type: 'string', min: 1, max: 63, pattern: '[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+' },
  String200: { type: 'string', min: 1, max: 200, pattern: '.+' },
  NotificationTopicArn: {
    type: 'string',
    pattern: 'arn:aws[a-z\\-]*:sns:[a-z0-9\\-]*:[0-9]{12}:[a-zA-Z0-9_.-]*',
  },
  EnabledOrDisabled: { type: 'string', enum: ['Enabled', 'Disabled'] },
  TagKey: { type: 'string', min: 1, max: 128, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' },
  TagValue: { type: 'string', min: 0, max: 256, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' },
  ResourceArn: { type: 'string', min: 0, max: 256, pattern: 'arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+' },
  WorkteamArn: {
    type: 'string',
    min: 0,
    max: 256,
    pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:workteam/.*',
  },
  WorkforceArn: {
    type: 'string',
    min: 0,
    max: 256,
    pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:workforce/.*',
  },
  AccountId: { type: 'string', min: 12, max: 12, pattern: '\\d+' },
  JobReferenceCode: { type: 'string', min: 1, pattern: '.+' },
  JobReferenceCodeContains: { type: 'string', min: 1, max: 255, pattern: '.+' },
  OidcEndpoint: { type: 'string', min: 0, max: 500, pattern: 'https://\\S+' },
  NextToken: { type: 'string', min: 0, max: 8192, pattern: '.*' },
  String: { type: 'string' },
  ListWorkteamsSortByOptions: { type: 'string', enum: ['Name', 'CreateDate'] },
  ListWorkforcesSortByOptions: { type: 'string', enum: ['Name', 'CreateDate'] },
  ListLabelingJobsForWorkteamSortByOptions: { type: 'string', enum: ['CreationTime'] },
  SortOrder: { type: 'string', enum: ['Ascending', 'Descending'] },
  WorkforceStatus: { type: 'string', enum: ['Initializing', 'Updating', 'Deleting', 'Failed', 'Active'] },
  MaxResults: { type: 'integer', min: 1, max: 100 },
  ListTagsMaxResults: { type: 'integer', min: 50 },
  NumberOfHumanWorkersPerDataObject: { type: 'integer', min: 1, max: 9 },
  LabelCounter: { type: 'integer', min: 0 },
  Timestamp: { type: 'timestamp' },
  Success: { type: 'boolean' },
} as const satisfies Record<string, Shape>;
