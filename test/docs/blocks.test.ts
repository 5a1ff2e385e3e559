/** Every command, manifest and policy of the README and of docs is played by a test, or stands in the list of those that cannot be. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { blocksOf, isNotRun, pagesWithBlocks, tableUnder } from '../support/blocks.ts';

const unmarked = (cell = ''): string => cell.replaceAll('`', '');
const players = new Map(
  tableUnder('Who plays which page').map(([page, tests]) => [unmarked(page), unmarked(tests).split(', ')]),
);
const exceptions = tableUnder('What no test runs').map((row) => row.map(unmarked));

test('there are pages with blocks', () => {
  expect(pagesWithBlocks()).toEqual(expect.arrayContaining(['README.md', 'docs/guides/install.md']));
});

test.each(pagesWithBlocks())('%s is played by tests that read it', (page) => {
  const played = blocksOf(page).filter((block) => !isNotRun(block));
  if (played.length === 0) return;
  const tests = players.get(page) ?? [];
  expect(tests, `a row in docs/contributing.md for ${page}, which has ${played.length} blocks`).not.toEqual([]);
  expect(tests.filter((file) => !existsSync(file))).toEqual([]);
  const sources = tests.map((file) => readFileSync(file, 'utf8')).join();
  // Policies are compared wherever they stand.
  expect(sources).toContain(page);
});

test('no row is about what is not there', () => {
  const pages = pagesWithBlocks();
  expect([...players.keys()].filter((page) => !pages.includes(page))).toEqual([]);
  const idle = exceptions.filter(
    ([page = '', prefix = '']) =>
      !pages.includes(page) || !blocksOf(page).some(({ kind, text }) => kind === 'command' && text.startsWith(prefix)),
  );
  expect(idle).toEqual([]);
});

test('every exception says why', () => {
  expect(exceptions.filter(([, , why = '']) => why.length < 5)).toEqual([]);
});

test('every fence names its language, or shows output', () => {
  const kinds = new Set(pagesWithBlocks().flatMap((page) => blocksOf(page).map(({ kind }) => kind)));
  expect([...kinds].toSorted()).toEqual(['command', 'json', 'output', 'yaml']);
});
