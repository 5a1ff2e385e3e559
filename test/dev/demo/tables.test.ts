import { expect, test } from 'vitest';
import type { Team, Write } from '../../../dev/demo/facts.ts';
import { ledgerTable, membersTable, repairTable, replacementTable, teamsTable } from '../../../dev/demo/tables.ts';
import { type Table, tableLines } from '../../../dev/demo/text.ts';

/** Tones are shown as a letter in front, so that a test sees what a person sees: green, red. */
const lines = (table: Table) =>
  tableLines(table, 100, (tone, text) => (tone === 'good' || tone === 'bad' ? `${tone[0]}:${text}` : text)).slice(2);

const team = (name: string, members: string[]): Team => ({
  region: 'eu-west-1',
  name,
  kind: 'OIDC',
  members,
  description: '',
  tags: {},
});

test('members: regions and teams are named once', () => {
  const before = [team('blue', ['a'])];
  expect(lines(membersTable(before, [team('blue', ['a', 'b']), team('red', ['c'])]))).toEqual([
    'eu-west-1  blue       OIDC  a      on team  on team',
    '                            b      –        g:on team',
    'eu-west-1  red        OIDC  c      –        g:on team',
  ]);
});

test('replacement: who was dropped, who stayed, who joined', () => {
  expect(lines(replacementTable(['a', 'b'], ['b', 'c']))).toEqual([
    'a      on team  –        b:dropped',
    'b      on team  on team  stayed',
    'c      –        on team  g:joined',
  ]);
});

test('repair: what was changed, and what was mended', () => {
  expect(lines(repairTable(['a', 'b'], ['b', 'c'], ['a', 'b']))).toEqual([
    'a      on team  b:–        g:on team   g:brought back',
    'b      on team  on team  on team',
    'c      –        b:on team  g:–         g:taken off',
  ]);
});

test('repair: what was not mended is not called so', () => {
  expect(lines(repairTable(['a', 'b'], ['b', 'c'], ['b', 'c']))).toEqual([
    'a      on team  b:–        –',
    'b      on team  on team  on team',
    'c      –        b:on team  on team',
  ]);
});

test('teams: which are gone and which are not', () => {
  const all = [team('blue', ['a']), team('red', ['b', 'c'])];
  expect(lines(teamsTable(all, [team('red', [])]))).toEqual([
    'eu-west-1  blue       1 group   g:gone',
    'eu-west-1  red        2 groups  b:there',
  ]);
});

test('ledger: when, where, what, and who if it was not the operator; refusals stand out', () => {
  const began = new Date('2030-01-01T00:00:00.000Z');
  const write = (after: number, changes: Partial<Write>): Write => ({
    by: 'operator',
    time: new Date(began.getTime() + after),
    region: 'eu-west-1',
    operation: 'CreateWorkteam',
    team: 'blue',
    members: [],
    outcome: 'ok',
    ...changes,
  });
  const writes = [
    write(9_960, { members: ['a', 'b'] }),
    write(12_340, { by: 'console', operation: 'UpdateWorkteam', members: ['c'] }),
    write(13_000, { operation: 'AddTags' }),
    write(14_000, { operation: 'DeleteWorkteam', outcome: 'ValidationException' }),
  ];
  expect(lines(ledgerTable(writes, began))).toEqual([
    '10.0 s  eu-west-1  Create     blue       a, b',
    '12.3 s  eu-west-1  Update *   blue       c',
    '13.0 s  eu-west-1  AddTags    blue',
    '14.0 s  eu-west-1  Delete     blue       b:ValidationException',
  ]);
});
