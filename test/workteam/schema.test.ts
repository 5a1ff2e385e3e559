import { describe, expect, test } from 'vitest';
import { effectiveName, parseSpec } from '../../src/workteam/schema.ts';
import { specCases, specOf, validSpec } from './spec-cases.ts';

describe('parseSpec accepts', () => {
  test.each(specCases.filter(({ refused }) => refused === undefined))(
    '$row $title',
    ({ name = 'labelers', ...row }) => {
      expect(parseSpec(specOf(row), name)).toMatchObject({ ok: true });
    },
  );
});

describe('parseSpec refuses', () => {
  test.each(specCases.filter(({ refused }) => refused !== undefined))(
    '$row $title',
    ({ name = 'labelers', refused = [], ...row }) => {
      const parsed = parseSpec(specOf(row), name);
      const said = parsed.ok ? 'accepted' : parsed.problems.join('\n');
      for (const message of refused) expect(said).toContain(message);
    },
  );
});

describe('parseSpec', () => {
  test('returns the spec as it was written', () => {
    const spec = { ...validSpec, tags: { team: 'a' }, suspend: false };
    expect(parseSpec(spec, 'labelers')).toEqual({ ok: true, spec });
  });

  test('takes null for left out and drops what it does not know, as the API server does', () => {
    const spec = { ...validSpec, tags: { team: 'a', gone: null }, region: null, colour: 'red' };
    expect(parseSpec(spec, 'labelers')).toEqual({ ok: true, spec: { ...validSpec, tags: { team: 'a' } } });
  });

  test('leaves its argument alone', () => {
    const spec = Object.freeze({ ...validSpec, region: null });
    parseSpec(spec, 'labelers');
    expect(spec).toEqual({ ...validSpec, region: null });
  });

  test.each([undefined, null, 'text', 7, []])('answers %j with a problem', (value) => {
    expect(parseSpec(value, 'labelers')).toMatchObject({ ok: false, problems: [expect.stringMatching(/^spec: /)] });
  });
});

describe('the effective name', () => {
  test('is workteamName', () => {
    expect(effectiveName({ metadata: { name: 'a' }, spec: { workteamName: 'B' } })).toBe('B');
  });

  test('is metadata.name where workteamName is left out', () => {
    expect(effectiveName({ metadata: { name: 'a' }, spec: {} })).toBe('a');
  });
});

test('a tag called __proto__ is a tag like any other', () => {
  const spec = JSON.parse(
    '{"description":"d","memberDefinitions":[{"oidcMemberDefinition":{"groups":["g"]}}],"tags":{"__proto__":"a","b":"c"}}',
  );
  const parsed = parseSpec(spec, 'team');
  expect(parsed.ok && JSON.stringify(parsed.spec.tags)).toBe('{"__proto__":"a","b":"c"}');
});
