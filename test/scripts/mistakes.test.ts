import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MISTAKES, withMistake } from '../../scripts/mistakes/list.ts';
import { firstFailure } from '../../scripts/mistakes/suite.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the list of mistakes', () => {
  test('has thirty and more, each of another name', () => {
    const names = new Set(MISTAKES.map(({ name }) => name));
    expect(names.size).toBe(MISTAKES.length);
    expect(names.size).toBeGreaterThanOrEqual(30);
  });

  test.each(MISTAKES)('$name fits the sources as they are, and names tests that exist', (mistake) => {
    const source = readFileSync(join(ROOT, mistake.file), 'utf8');
    expect(withMistake(source, mistake)).not.toBe(source);
    for (const file of [...mistake.quick, ...(mistake.slow ?? [])])
      expect(existsSync(join(ROOT, file)), file).toBe(true);
  });
});

describe('a mistake that does not fit any more', () => {
  const mistake = { name: 'x', what: '', file: 'src/x.ts', search: 'a', replace: 'b', quick: [] };

  test.each([
    ['b', 0],
    ['a a', 2],
  ])('%j', (source, times) => {
    expect(() => withMistake(source, mistake)).toThrow(`x does not fit src/x.ts any more: its text occurs ${times}`);
  });
});

describe('what failed first', () => {
  const file = (status: string, message: string, ...tests: string[]) => ({
    name: '/copy/test/a.test.ts',
    status,
    message,
    assertionResults: tests.map((fullName) => ({ status: fullName === 'bad' ? 'failed' : 'passed', fullName })),
  });

  test('a test, by its file and name', () => {
    expect(firstFailure({ testResults: [file('failed', '', 'good', 'bad')] }, '/copy')).toBe('test/a.test.ts: bad');
  });

  test('a file that could not be loaded, by what it said', () => {
    expect(firstFailure({ testResults: [file('failed', 'SyntaxError\n  at x')] }, '/copy')).toBe(
      'test/a.test.ts: SyntaxError',
    );
  });

  test('not a file that was interrupted when that test had failed', () => {
    const testResults = [{ ...file('failed', ''), name: '/copy/test/b.test.ts' }, file('failed', '', 'bad')];
    expect(firstFailure({ testResults }, '/copy')).toBe('test/a.test.ts: bad');
  });

  test('nothing', () => {
    expect(firstFailure({ testResults: [file('passed', '', 'good')] }, '/copy')).toBeUndefined();
  });
});
