import {
  CreateWorkteamCommand,
  type CreateWorkteamCommandInput,
  DeleteWorkteamCommand,
  DescribeWorkteamCommand,
  type MemberDefinition,
  type SageMakerClient,
  UpdateWorkteamCommand,
  type UpdateWorkteamCommandInput,
} from '@aws-sdk/client-sagemaker';

let teams = 0;

/** A work team name that no other test of the file uses. */
export function newName(): string {
  teams += 1;
  return `team-${teams}`;
}

export const oidc = (...groups: string[]): MemberDefinition => ({ OidcMemberDefinition: { Groups: groups } });

export const cognito = (group = 'labelers', rest: { UserPool?: string; ClientId?: string } = {}): MemberDefinition => ({
  CognitoMemberDefinition: { UserPool: 'eu-west-1_AbCdEfGhI', ClientId: '1a2b3c', UserGroup: group, ...rest },
});

/** A CreateWorkteam request for an OIDC team, good as it is. */
export function team(changes: Partial<CreateWorkteamCommandInput> = {}): CreateWorkteamCommandInput {
  return { WorkteamName: newName(), Description: 'A team', MemberDefinitions: [oidc('a')], ...changes };
}

/** The calls that make, show, change and remove a team, which is called blue unless told otherwise. */
export function callsOf(client: () => SageMakerClient) {
  return {
    create: (changes: Partial<CreateWorkteamCommandInput> = {}) =>
      client().send(new CreateWorkteamCommand(team({ WorkteamName: 'blue', ...changes }))),
    describeTeam: async (WorkteamName = 'blue') =>
      (await client().send(new DescribeWorkteamCommand({ WorkteamName }))).Workteam,
    update: async (changes: Partial<UpdateWorkteamCommandInput>) =>
      (await client().send(new UpdateWorkteamCommand({ WorkteamName: 'blue', ...changes }))).Workteam,
    remove: (WorkteamName = 'blue') => client().send(new DeleteWorkteamCommand({ WorkteamName })),
  };
}

/** How a call failed: the SDK's view of it. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

/** The error that the call ends in. @throws Error when it succeeds */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const answer = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(answer instanceof Error)) throw new Error('the call succeeded');
  const metadata = '$metadata' in answer ? (answer.$metadata as { httpStatusCode?: number }) : {};
  return { name: answer.name, message: answer.message, status: metadata.httpStatusCode };
}
