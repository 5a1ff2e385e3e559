/** Edits of a stored Workteam: what may change and what may not. Only the API server has both versions. */
import { validSpec } from '../workteam/spec-cases.ts';

/** One edit. Specs are laid over a valid one; undefined takes a field away. */
export interface Transition {
  row: string;
  title: string;
  name?: string;
  before: Record<string, unknown>;
  status?: Record<string, unknown>;
  after: Record<string, unknown>;
  /** Left out, the edit is accepted. */
  refused?: string;
}

const NAME = 'spec.workteamName cannot change (left out, it is metadata.name)';
const REGION = 'spec.region cannot change (left out, it is the region in status.region)';
const WORKFORCE = 'spec.workforceName cannot change: AWS fixes it when the work team is created';

const inRegion = { region: 'eu-west-1' };
const inWorkforce = { workforceArn: 'arn:aws:sagemaker:eu-west-1:111122223333:workforce/private-crowd' };

const ofName: Transition[] = [
  { title: 'stays', before: { workteamName: 'A' }, after: { workteamName: 'A', description: 'new' } },
  { title: 'changes', before: { workteamName: 'A' }, after: { workteamName: 'B' }, refused: NAME },
  { title: 'changes in case', before: { workteamName: 'A' }, after: { workteamName: 'a' }, refused: NAME },
  { title: 'is spelled out later', name: 'labelers', before: {}, after: { workteamName: 'labelers' } },
  { title: 'is set to another name later', name: 'labelers', before: {}, after: { workteamName: 'x' }, refused: NAME },
  { title: 'is taken out, being metadata.name', name: 'labelers', before: { workteamName: 'labelers' }, after: {} },
  {
    title: 'is taken out, being another name',
    name: 'labelers',
    before: { workteamName: 'x' },
    after: {},
    refused: NAME,
  },
].map((edit) => ({ row: 'workteamName', ...edit }));

const ofRegion: Transition[] = [
  { title: 'stays', before: inRegion, after: { ...inRegion, description: 'new' } },
  { title: 'stays left out', before: {}, after: { description: 'new' } },
  { title: 'changes', before: inRegion, after: { region: 'eu-west-2' }, refused: REGION },
  {
    title: "changes to the status's",
    before: inRegion,
    status: { region: 'eu-west-2' },
    after: { region: 'eu-west-2' },
    refused: REGION,
  },
  { title: 'is taken out', before: inRegion, status: inRegion, after: {}, refused: REGION },
  { title: 'is set later, no status yet', before: {}, after: inRegion, refused: REGION },
  {
    title: 'is set later, a status without region',
    before: {},
    status: { observedGeneration: 1 },
    after: inRegion,
    refused: REGION,
  },
  { title: "is set later to the status's", before: {}, status: inRegion, after: inRegion },
  { title: 'is set later to another', before: {}, status: inRegion, after: { region: 'eu-west-2' }, refused: REGION },
].map((edit) => ({ row: 'region', ...edit }));

const crowd = { workforceName: 'private-crowd' };
const ofWorkforce: Transition[] = [
  { title: 'stays', before: crowd, after: { ...crowd, description: 'new' } },
  { title: 'stays left out', before: {}, after: { description: 'new' } },
  { title: 'changes', before: crowd, after: { workforceName: 'other' }, refused: WORKFORCE },
  { title: 'is taken out', before: crowd, status: inWorkforce, after: {}, refused: WORKFORCE },
  { title: 'is set later, no status yet', before: {}, after: crowd, refused: WORKFORCE },
  { title: "is set later to the status's", before: {}, status: inWorkforce, after: crowd },
  {
    title: "is set later to the end of the status's",
    before: {},
    status: inWorkforce,
    after: { workforceName: 'crowd' },
    refused: WORKFORCE,
  },
  {
    title: 'is set later to another',
    before: {},
    status: inWorkforce,
    after: { workforceName: 'other' },
    refused: WORKFORCE,
  },
].map((edit) => ({ row: 'workforceName', ...edit }));

const cognito = [{ cognitoMemberDefinition: { userPool: 'p_1', userGroup: 'g', clientId: 'c' } }];
const everything = {
  notificationConfiguration: { notificationTopicArn: 'arn:aws:sns:eu-west-1:111122223333:labelers' },
  workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Enabled' } } },
  tags: { team: 'a' },
  deletionPolicy: 'Retain',
  adoptionPolicy: 'IfUnowned',
  managementPolicy: 'Observe',
  suspend: true,
};

const ofTheRest: Transition[] = [
  { row: 'description', title: 'changes', before: {}, after: { description: 'new' } },
  {
    row: 'description',
    title: 'is taken out',
    before: {},
    after: { description: undefined },
    refused: 'spec.description: Required value',
  },
  {
    row: 'memberDefinitions',
    title: 'changes',
    before: {},
    after: { memberDefinitions: [{ oidcMemberDefinition: { groups: ['other'] } }] },
  },
  { row: 'memberDefinitions', title: 'changes its kind', before: {}, after: { memberDefinitions: cognito } },
  {
    row: 'memberDefinitions',
    title: 'gets a second kind',
    before: {},
    after: { memberDefinitions: [...validSpec.memberDefinitions, ...cognito] },
    refused: 'all members must be of one kind',
  },
  { row: 'every other field', title: 'is set later', before: {}, after: everything },
  { row: 'every other field', title: 'is taken out', before: everything, after: {} },
  {
    row: 'deletionPolicy',
    title: 'is taken out where adoption needs it',
    before: everything,
    after: { ...everything, deletionPolicy: undefined },
    refused: 'set spec.deletionPolicy to Retain or Delete',
  },
];

export const transitions: readonly Transition[] = [...ofName, ...ofRegion, ...ofWorkforce, ...ofTheRest];
