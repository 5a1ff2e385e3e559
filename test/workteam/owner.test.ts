import { describe, expect, test } from 'vitest';
import { ownershipOf, ownerTag, ownerText, parseOwnerTag } from '../../src/workteam/owner.ts';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import { FOREIGN, OURS, SELF, SIBLING } from '../support/workteam-fixture.ts';

const tagged = (value: string) => ({ [OWNER_TAG_KEY]: value, team: 'vision' });

describe('the owner tag', () => {
  test('is of the contract', () => {
    expect(OWNER_TAG_KEY).toBe('workteams.dev/owner');
    expect(ownerTag({ clusterId: 'c', namespace: 'n', name: 'w' })).toBe('c/n/w');
  });

  test('is read back', () => {
    expect(parseOwnerTag(ownerTag(SELF))).toEqual(SELF);
  });

  test('fits a tag value at its longest', () => {
    const longest = { clusterId: 'c'.repeat(63), namespace: 'n'.repeat(63), name: 'w'.repeat(63) };
    expect(ownerTag(longest).length).toBeLessThanOrEqual(256);
    expect(parseOwnerTag(ownerTag(longest))).toEqual(longest);
  });

  test.each([
    '',
    'a',
    'a/b',
    'a/b/',
    '/b/c',
    'a//c',
    'a/b/c/',
    'a/b/c/d',
    'a/../c',
    'a/b/..',
    'a/b/C',
    'a/b/c ',
    'a/ b/c',
  ])('%j is none that we could write', (value) => {
    expect(parseOwnerTag(value)).toBeUndefined();
  });
});

describe('a work team', () => {
  test.each([
    ['ours', 'our own tag', tagged(OURS)],
    ['unowned', 'no owner tag', { team: 'vision' }],
    ['unowned', 'no tag', {}],
    ['sibling', 'another name of this cluster', tagged(SIBLING)],
    ['sibling', 'another namespace of this cluster', tagged('cluster-1/speech/labelers')],
    ['foreign', 'another cluster', tagged(FOREIGN)],
    ['foreign', 'something unreadable', tagged('somebody')],
    ['foreign', 'nothing', tagged('')],
    ['foreign', 'our tag in other letters', tagged(OURS.toUpperCase())],
    ['foreign', 'our tag and a space', tagged(`${OURS} `)],
    ['foreign', 'our tag and more', tagged(`${OURS}/x`)],
  ])('is %s by %s', (kind, _, tags) => {
    expect(ownershipOf(tags, SELF).kind).toBe(kind);
  });

  test('of another Workteam names it', () => {
    expect(ownershipOf(tagged(SIBLING), SELF)).toEqual({ kind: 'sibling', owner: { ...SELF, name: 'other' } });
  });

  test.each([
    [tagged(OURS), undefined],
    [{}, undefined],
    [tagged(SIBLING), SIBLING],
    [tagged(FOREIGN), FOREIGN],
  ])('%j names %s as its owner in messages', (tags, text) => {
    expect(ownerText(ownershipOf(tags, SELF))).toBe(text);
  });
});
