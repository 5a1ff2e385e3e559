import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergePatch } from '../../src/kubernetes/merge-patch.ts';

describe('mergePatch', () => {
  test.each([
    ['a changed member', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 3 }],
    ['a new member', {}, { a: { b: 'c' } }, { a: { b: 'c' } }],
    ['a removed member', { a: 1, b: 2 }, { a: 1 }, { b: null }],
    ['a member set to undefined is a removed one', { a: 1 }, { a: undefined }, { a: null }],
    ['a removed member deep inside', { a: { b: 1, c: 2 } }, { a: { c: 2 } }, { a: { b: null } }],
    ['a list is one value', { a: [{ b: 1 }, { c: 2 }] }, { a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
    ['an object in place of a list', { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
    ['a list in place of an object', { a: { b: 1 } }, { a: [1] }, { a: [1] }],
    ['an emptied object', { a: { b: 1 } }, { a: {} }, { a: { b: null } }],
    ['an emptied list', { a: [1] }, { a: [] }, { a: [] }],
  ])('%s', (_, before, after, patch) => {
    expect(mergePatch(before, after)).toEqual(patch);
  });

  test.each([
    ['equal objects', { a: [{ b: 1, c: { d: 2 } }] }, { a: [{ c: { d: 2 }, b: 1 }] }],
    ['nothing and nothing', {}, {}],
    ['nothing and undefined', {}, { a: undefined }],
  ])('%s: no patch', (_, before, after) => {
    expect(mergePatch(before, after)).toBeUndefined();
  });

  test('applied as RFC 7386 says, it turns any status into any other', () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean());
    const { tree } = fc.letrec<{ tree: Record<string, unknown>; value: unknown }>((tie) => ({
      tree: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value')),
      value: fc.oneof({ depthSize: 'small' }, leaf, fc.array(leaf, { maxLength: 3 }), tie('tree')),
    }));
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        expect(applied(before, mergePatch(before, after) ?? {})).toEqual(after);
      }),
    );
  });
});

/** RFC 7386, section 2, word for word. */
function applied(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = applied(result[name], value);
  }
  return result;
}
