import { describe, expect, test } from 'vitest';
import {
  actualTeam,
  fates,
  readiness,
  summary,
  teamLine,
  WorkteamObject,
  wantedTeam,
  writesIn,
} from '../../../dev/demo/facts.ts';
import type { LedgerEntry } from '../../../dev/sagemaker/ledger.ts';

const object = (changes: { spec?: object; status?: object; generation?: number } = {}): WorkteamObject =>
  WorkteamObject.parse({
    metadata: { name: 'blue', namespace: 'default', generation: changes.generation ?? 1 },
    spec: {
      region: 'eu-west-1',
      description: 'Blue',
      memberDefinitions: [{ oidcMemberDefinition: { groups: ['b', 'a'] } }],
      ...changes.spec,
    },
    status: {
      observedGeneration: 1,
      conditions: [{ type: 'Ready', status: 'True', reason: 'Synced', observedGeneration: 1 }],
      ...changes.status,
    },
  });

const OWNER = { 'workteams.dev/owner': 'cluster/default/blue' };
const snapshot = (workteam: object = {}, tags: Record<string, string> = OWNER) => ({
  workteam: {
    WorkteamName: 'blue',
    WorkteamArn: 'arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/blue',
    Description: 'Blue',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a'] } }, { OidcMemberDefinition: { Groups: ['b'] } }],
    ...workteam,
  },
  tags,
});

describe('a Workteam', () => {
  test('is ready for the spec it has', () => {
    expect(readiness(object())).toBe('blue: Ready True (Synced)');
  });

  test('is not ready for a newer spec, by its status or by its condition', () => {
    expect(readiness(object({ generation: 2 }))).toBe('blue: Ready True (Synced), of an older spec');
    const status = { observedGeneration: 2 };
    expect(readiness(object({ generation: 2, status }))).toBe('blue: Ready True (Synced), of an older spec');
  });

  test('that nobody has looked at yet is not ready', () => {
    const status = { observedGeneration: -1, conditions: undefined };
    expect(readiness(object({ status }))).toBe('blue: not looked at yet');
  });
});

describe('a team as a spec wants it equals the team in AWS', () => {
  const wanted = (spec = {}) => teamLine(wantedTeam(object({ spec }), 'cluster'));
  const actual = (workteam = {}, tags: Record<string, string> = OWNER, region = 'eu-west-1') =>
    teamLine(actualTeam(region, snapshot(workteam, tags)));

  test('whatever the order of groups, and however they are spread over definitions', () => {
    expect(wanted()).toBe('eu-west-1 blue: OIDC a, b; "Blue"; workteams.dev/owner=cluster/default/blue');
    expect(actual()).toBe(wanted());
  });

  test('under the name that the spec gives it', () => {
    expect(wanted({ workteamName: 'Blue-EU' })).toBe(actual({ WorkteamName: 'Blue-EU' }));
  });

  test('with Cognito members, by their user groups', () => {
    const cognitoMemberDefinition = { userPool: 'p_1', clientId: 'c', userGroup: 'a' };
    const member = { UserPool: 'p_1', ClientId: 'c', UserGroup: 'a' };
    const inAws = actual({ MemberDefinitions: [{ CognitoMemberDefinition: member }] });
    expect(wanted({ memberDefinitions: [{ cognitoMemberDefinition }] })).toBe(inAws);
    expect(inAws).toContain('Cognito a;');
  });

  test('with the tags of the spec besides the owner tag', () => {
    expect(wanted({ tags: { team: 'x' } })).toBe(actual({}, { team: 'x', ...OWNER }));
  });

  test.each([
    ['a group is missing', {}, { MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a'] } }] }],
    ['a group is too many', {}, { MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a', 'b', 'c'] } }] }],
    ['the description is another', {}, { Description: 'Red' }],
    ['a tag is missing', { tags: { team: 'x' } }, {}],
  ])('but not when %s', (_, spec, workteam) => {
    expect(actual(workteam)).not.toBe(wanted(spec));
  });

  test('but not in another region, nor with another owner', () => {
    expect(actual({}, OWNER, 'us-east-1')).not.toBe(wanted());
    expect(actual({}, { 'workteams.dev/owner': 'cluster/default/red' })).not.toBe(wanted());
  });
});

test('groups come in the order in which they were and then came', () => {
  expect(fates(['x', 'y'], ['z', 'y'])).toEqual([
    { group: 'x', before: true, after: false },
    { group: 'y', before: true, after: true },
    { group: 'z', before: false, after: true },
  ]);
});

test('writes are told from reads, the console from the operator, refusals from what was done', () => {
  const call = (entry: Partial<LedgerEntry>): LedgerEntry => ({
    sequence: 1,
    time: '2030-01-01T00:00:00.000Z',
    account: '123456789012',
    region: 'eu-west-1',
    operation: 'UpdateWorkteam',
    workteamName: 'blue',
    parameters: { WorkteamName: 'blue' },
    outcome: 'ok',
    write: true,
    effective: true,
    requestId: '1',
    outOfBand: false,
    fault: undefined,
    ...entry,
  });
  const writes = writesIn([
    call({ operation: 'DescribeWorkteam', write: false }),
    call({ parameters: { MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['b', 'a'] } }] } }),
    call({ outOfBand: true }),
    call({ operation: 'DeleteWorkteam', outcome: 'ValidationException', effective: false }),
  ]);
  expect(writes.map(({ members }) => members)).toEqual([['a', 'b'], [], []]);
  expect(summary(writes)).toEqual([
    'console UpdateWorkteam eu-west-1 blue ok',
    'operator DeleteWorkteam eu-west-1 blue ValidationException',
    'operator UpdateWorkteam eu-west-1 blue (a, b) ok',
  ]);
});
