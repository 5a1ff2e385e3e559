import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyOf, manifestNames, type Named } from '../../src/workteam/manifest-names.ts';
import { isWorkteamName } from '../../src/workteam/schema.ts';

const EU = 'eu-west-1';
const US = 'us-east-1';
const team = (workteamName: string, region = EU): Named => ({ region, workteamName });
const named = (...teams: Named[]) => teams.map((each) => manifestNames(teams).get(keyOf(each)));

test.each<[string, Named[], (string | RegExp)[]]>([
  ['its own', [team('labelers')], ['labelers']],
  ['in lower case', [team('Labelers-EU')], ['labelers-eu']],
  ['with the region, where two regions have it', [team('a'), team('a', US)], ['a-eu-west-1', 'a-us-east-1']],
  ['with the region, where only letter case differs', [team('A'), team('a', US)], ['a-eu-west-1', 'a-us-east-1']],
  [
    'with a number, where one region has both spellings',
    [team('A'), team('a')],
    [/^a-eu-west-1-[0-9a-f]{8}$/, /^a-eu-west-1-[0-9a-f]{8}$/],
  ],
  [
    'with a number, where the name with the region is a team itself',
    [team('a'), team('a', US), team('a-us-east-1')],
    ['a-eu-west-1', /^a-us-east-1-[0-9a-f]{8}$/, 'a-us-east-1'],
  ],
  [
    'cut, where it would be too long',
    [team('x'.repeat(63)), team('x'.repeat(63), US)],
    [`${'x'.repeat(53)}-eu-west-1`, `${'x'.repeat(53)}-us-east-1`],
  ],
  [
    'without a dash left at the cut',
    [team(`${'x'.repeat(50)}---y`), team(`${'x'.repeat(50)}---y`, US)],
    [/x-eu/, /x-us/],
  ],
])('%s', (_, teams, expected) => {
  const names = named(...teams);
  for (const [index, name] of names.entries()) expect(name).toEqual(expect.stringMatching(pattern(expected[index])));
});

function pattern(expected: string | RegExp | undefined): RegExp {
  return expected instanceof RegExp ? expected : new RegExp(`^${expected}$`);
}

test('whatever the teams: valid, no two alike, and the same in any order', () => {
  const name = fc.constantFrom(
    'a',
    'A',
    'b',
    'B',
    'a-eu-west-1',
    'A-EU-west-1',
    'x'.repeat(63),
    'X'.repeat(63),
    `${'x'.repeat(52)}-y`,
  );
  const teams = fc.uniqueArray(fc.record({ workteamName: name, region: fc.constantFrom(EU, US, 'ap-southeast-2') }), {
    selector: keyOf,
  });
  fc.assert(
    fc.property(teams, (all) => {
      const names = manifestNames(all);
      expect(new Set(names.values()).size).toBe(all.length);
      for (const each of names.values()) expect(isWorkteamName(each) && each === each.toLowerCase()).toBe(true);
      expect(manifestNames(all.toReversed())).toEqual(names);
    }),
  );
});
