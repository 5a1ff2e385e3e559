import { beforeEach, expect, test } from 'vitest';
import type { TeamSnapshot } from '../../../dev/sagemaker/control.ts';
import type { LedgerEntry } from '../../../dev/sagemaker/ledger.ts';
import { differences, Judge } from '../../../dev/soak/judge.ts';
import { OWNER_TAG_KEY } from '../../../src/workteam/schema.ts';

const KEY = 'eu-soak-1/team-1';
let judge: Judge;
let sequence = 0;

beforeEach(() => {
  judge = new Judge();
});

function hear(operation: string, more: Partial<LedgerEntry> = {}): void {
  judge.hear({
    sequence: ++sequence,
    time: '2030-01-01T00:00:00Z',
    account: '123456789012',
    region: 'eu-soak-1',
    operation,
    workteamName: 'team-1',
    parameters: {},
    outcome: 'ok',
    write: true,
    effective: true,
    requestId: '',
    outOfBand: false,
    fault: undefined,
    ...more,
  });
}
const console = (operation: string) => hear(operation, { outOfBand: true });

test('a team that is created, updated and deleted with its object is all right, twice over', () => {
  for (let life = 0; life < 2; life++) {
    judge.objectCreated(KEY);
    hear('CreateWorkteam');
    hear('UpdateWorkteam');
    judge.objectDeleted(KEY);
    hear('DeleteWorkteam');
  }
  expect(judge.objections).toEqual([]);
  expect(judge.writes).toBe(6);
});

test('a second create for one object is not', () => {
  judge.objectCreated(KEY);
  hear('CreateWorkteam');
  hear('CreateWorkteam');
  expect(judge.objections).toEqual([expect.stringContaining('eu-soak-1/team-1: created once more')]);
});

test('a team that somebody deleted may be created again, once', () => {
  judge.objectCreated(KEY);
  hear('CreateWorkteam');
  console('DeleteWorkteam');
  hear('CreateWorkteam');
  expect(judge.objections).toEqual([]);
  hear('CreateWorkteam');
  expect(judge.objections).toHaveLength(1);
});

test('to delete a team whose object nobody deleted is not all right', () => {
  judge.objectCreated(KEY);
  hear('CreateWorkteam');
  hear('DeleteWorkteam');
  expect(judge.objections).toEqual([expect.stringContaining('nobody had deleted the object')]);
});

test("neither is any write to somebody else's team, even where the object is being deleted", () => {
  judge.objectCreated(KEY);
  hear('CreateWorkteam');
  console('DeleteWorkteam');
  console('CreateWorkteam');
  hear('AddTags');
  judge.objectDeleted(KEY);
  hear('DeleteWorkteam');
  expect(judge.objections).toEqual([
    expect.stringContaining("wrote to somebody else's team (AddTags"),
    expect.stringContaining("wrote to somebody else's team (DeleteWorkteam"),
  ]);
});

test('calls that changed nothing are nothing', () => {
  hear('CreateWorkteam', { effective: false });
  expect(judge.writes).toBe(0);
  expect(judge.objections).toEqual([]);
});

const spec = {
  description: 'd',
  memberDefinitions: [{ oidcMemberDefinition: { groups: ['b', 'a'] } }],
  tags: { team: 'cats' },
};
const team = (name: string, more: Partial<TeamSnapshot['workteam']> = {}, tags: Record<string, string> = {}) => ({
  workteam: {
    WorkteamName: name,
    WorkteamArn: '',
    Description: 'd',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['a', 'b'] } }],
    ...more,
  } as TeamSnapshot['workteam'],
  tags: { [OWNER_TAG_KEY]: 'us', team: 'cats', ...tags },
});
const wanted = [{ name: 'one', spec }];

test('teams that are as their specs say differ in nothing', () => {
  expect(differences(wanted, [team('one')])).toEqual([]);
});

test.each([
  ['one is missing', []],
  ['one is not as its spec says', [team('one', { Description: 'other' })]],
  ['one is not as its spec says', [team('one', { MemberDefinitions: [] })]],
  ['one is not as its spec says', [team('one', {}, { foreign: 'x' })]],
  ['two is an orphan, of us', [team('one'), team('two')]],
])('%s', (told, found) => {
  expect(differences(wanted, found)).toEqual([told]);
});

test('a team without our tag is not as its spec says', () => {
  const { workteam } = team('one');
  expect(differences(wanted, [{ workteam, tags: { team: 'cats' } }])).toEqual(['one is not as its spec says']);
});
