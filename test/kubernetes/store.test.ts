import { beforeEach, describe, expect, test } from 'vitest';
import { type Change, ObjectStore } from '../../src/kubernetes/store.ts';

const item = (name: string, uid: string, resourceVersion: string, namespace = 'ns') => ({
  metadata: { name, namespace, uid, resourceVersion },
});
type Item = ReturnType<typeof item>;

let changes: Change<Item>[];
let store: ObjectStore<Item>;
beforeEach(() => {
  changes = [];
  store = new ObjectStore((change) => changes.push(change));
});

/** What was announced, as `type key uid@version`. */
function announced(): string[] {
  return changes
    .splice(0)
    .map(({ type, key, object: { metadata } }) => `${type} ${key} ${metadata.uid}@${metadata.resourceVersion}`);
}

describe('a full list', () => {
  test('announces what is new, what differs and what is gone, and nothing else', () => {
    store.replace([item('same', 'u1', '1'), item('edited', 'u2', '2'), item('gone', 'u3', '3')], { initial: true });
    expect(changes.every(({ initial }) => initial)).toBe(true);
    expect(announced()).toEqual(['added ns/same u1@1', 'added ns/edited u2@2', 'added ns/gone u3@3']);

    store.replace([item('same', 'u1', '1'), item('edited', 'u2', '9'), item('new', 'u4', '8')], { initial: false });
    expect(changes.some(({ initial }) => initial)).toBe(false);
    expect(changes[0]).toMatchObject({ type: 'updated', previous: item('edited', 'u2', '2') });
    expect(announced()).toEqual(['updated ns/edited u2@9', 'added ns/new u4@8', 'deleted ns/gone u3@3']);
    expect(store.list()).toHaveLength(3);
    expect(store.get('ns/gone')).toBeUndefined();
  });

  test('of one namespace leaves the others alone', () => {
    store.replace([item('a', 'u1', '1', 'one')], { namespace: 'one', initial: true });
    store.replace([item('a', 'u2', '2', 'two')], { namespace: 'two', initial: true });
    store.replace([], { namespace: 'one', initial: false });
    expect(announced().at(-1)).toBe('deleted one/a u1@1');
    expect(store.list()).toEqual([item('a', 'u2', '2', 'two')]);
  });

  test('is believed even where it is older: a restored backup', () => {
    store.replace([item('a', 'u1', '500')], { initial: true });
    store.replace([item('a', 'u1', '100')], { initial: false });
    expect(store.get('ns/a')).toEqual(item('a', 'u1', '100'));
    expect(announced()).toEqual(['added ns/a u1@500', 'updated ns/a u1@100']);
  });
});

describe('an object is its UID', () => {
  beforeEach(() => {
    store.replace([item('a', 'old', '1')], { initial: true });
    announced();
  });

  test('deleted and made again in a gap: a list shows another UID', () => {
    store.replace([item('a', 'new', '5')], { initial: false });
    expect(announced()).toEqual(['deleted ns/a old@1', 'added ns/a new@5']);
  });

  test('a watch event carries another UID', () => {
    store.set(item('a', 'new', '5'));
    expect(announced()).toEqual(['deleted ns/a old@1', 'added ns/a new@5']);
  });

  test('the end of an earlier object does not touch the one that has its name now', () => {
    store.set(item('a', 'new', '5'));
    announced();
    store.delete(item('a', 'old', '4'));
    expect(announced()).toEqual([]);
    expect(store.get('ns/a')).toEqual(item('a', 'new', '5'));
  });
});

describe('watch events', () => {
  beforeEach(() => {
    store.replace([item('a', 'u1', '10')], { initial: true });
    announced();
  });

  test('are announced with what was there before', () => {
    store.set(item('a', 'u1', '11'));
    expect(changes).toEqual([
      { type: 'updated', key: 'ns/a', object: item('a', 'u1', '11'), previous: item('a', 'u1', '10'), initial: false },
    ]);
  });

  test('that are older than, or the same as, what is known say nothing', () => {
    for (const version of ['9', '10']) store.set(item('a', 'u1', version));
    expect(announced()).toEqual([]);
    expect(store.get('ns/a')).toEqual(item('a', 'u1', '10'));
  });

  test('compare versions as numbers, also where they exceed what a double holds', () => {
    store.set(item('a', 'u1', '90071992547409930'));
    store.set(item('a', 'u1', '90071992547409931'));
    store.set(item('a', 'u1', '90071992547409930'));
    expect(store.get('ns/a')).toEqual(item('a', 'u1', '90071992547409931'));
  });

  test('are believed where versions are not numbers', () => {
    store.set(item('a', 'u1', 'abc'));
    store.set(item('a', 'u1', 'abb'));
    expect(announced()).toEqual(['updated ns/a u1@abc', 'updated ns/a u1@abb']);
  });

  test('a deletion is announced with the object as it was last', () => {
    store.delete(item('a', 'u1', '12'));
    expect(announced()).toEqual(['deleted ns/a u1@12']);
    expect(store.list()).toEqual([]);
  });
});

describe('the answer to our own write', () => {
  beforeEach(() => {
    store.replace([item('a', 'u1', '10')], { initial: true });
    announced();
  });

  test('is what the next look sees, and its watch event is no news', () => {
    store.observe(item('a', 'u1', '11'));
    expect(store.get('ns/a')).toEqual(item('a', 'u1', '11'));
    store.set(item('a', 'u1', '11'));
    expect(announced()).toEqual([]);
    store.set(item('a', 'u1', '12'));
    expect(announced()).toEqual(['updated ns/a u1@12']);
  });

  test.each([
    ['something newer is known', item('a', 'u1', '9')],
    ['another object has the name', item('a', 'u0', '99')],
    ['it was never seen', item('b', 'u7', '99')],
    ['versions cannot be compared', item('a', 'u1', 'x')],
  ])('is ignored where %s', (_, answer) => {
    store.observe(answer);
    expect(store.list()).toEqual([item('a', 'u1', '10')]);
    expect(announced()).toEqual([]);
  });

  test('is known from then on, by its identity and its version', () => {
    store.set(item('a', 'u1', '10'));
    store.observe(item('a', 'u1', '11'));
    expect(store.knows(item('a', 'u1', '11'))).toBe(true);
    const others = [item('a', 'u1', '10'), item('a', 'u1', '12'), item('a', 'u2', '11'), item('b', 'u1', '11')];
    expect(others.filter((other) => store.knows(other))).toEqual([]);
  });

  test('is ignored where the object is gone already', () => {
    store.delete(item('a', 'u1', '12'));
    store.observe(item('a', 'u1', '11'));
    expect(store.list()).toEqual([]);
  });
});
