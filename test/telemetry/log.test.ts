import { beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '../../src/telemetry/log.ts';

let lines: string[];
beforeEach(() => {
  lines = [];
});
const logAt = (level: string) => createLog(level, { write: (line) => lines.push(line) });
const only = () => {
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
};

describe('a line', () => {
  test('is one JSON object: level, time, fields, message, in that order, and nothing else', () => {
    const before = new Date().toISOString();
    logAt('info').info({ workteam: 'vision/blue', generation: 3 }, 'wrote to AWS');
    const line = only();
    expect(Object.keys(line)).toEqual(['level', 'time', 'workteam', 'generation', 'msg']);
    expect(line).toMatchObject({ level: 'info', workteam: 'vision/blue', generation: 3, msg: 'wrote to AWS' });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(String(line.time) >= before).toBe(true);
    expect(lines[0]).toMatch(/^[^\n]*\n$/);
  });

  test('stays one line whatever is in it', () => {
    logAt('info').info({ detail: 'two\nlines "and" more\u2028' }, 'message');
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(only()).toMatchObject({ detail: 'two\nlines "and" more\u2028' });
  });

  test.each(['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const)('%s is a word', (level) => {
    logAt('trace')[level]({}, 'message');
    expect(only().level).toBe(level);
  });

  test('carries the fields of its child', () => {
    logAt('info').child({ reconcileId: 'r1' }).warn({ reason: 'Throttled' }, 'pass failed');
    expect(only()).toMatchObject({ level: 'warn', reconcileId: 'r1', reason: 'Throttled', msg: 'pass failed' });
  });

  test('shows an error with its message, its stack and what caused it', () => {
    const error = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'E' });
    logAt('info').warn({ err: error }, 'watch interrupted');
    expect(only().err).toMatchObject({
      type: 'Error',
      code: 'E',
      message: expect.stringContaining('outer'),
      stack: expect.stringContaining('inner'),
    });
  });
});

test('what is below the level is not written', () => {
  const log = logAt('warn');
  log.debug({}, 'no');
  log.info({}, 'no');
  log.warn({}, 'yes');
  log.error({}, 'yes');
  expect(lines).toHaveLength(2);
});
