import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { readSources } from '../../src/cli/manifest-files.ts';
import { readManifests } from '../../src/cli/manifests.ts';

/** What is in one file. */
const read = (text: string, namespace = 'default') => readManifests([{ file: 'a.yaml', text }], namespace);

/** A Workteam in seven lines; what a test adds comes after them, in the spec. */
const team = (name = 'labelers', ...more: string[]) =>
  [
    'apiVersion: workteams.dev/v1alpha1',
    'kind: Workteam',
    `metadata: { name: ${name} }`,
    'spec:',
    '  description: Labels street scenes',
    '  memberDefinitions:',
    '    - oidcMemberDefinition: { groups: [labelers] }',
    ...more.map((line) => `  ${line}`),
    '',
  ].join('\n');

describe('what is read', () => {
  test('Workteams, of as many documents as there are, each with its line', () => {
    const { manifests, problems, passedOver } = read(`# two\n---\n${team('a')}---\n${team('b')}---\n`);
    expect(problems).toEqual([]);
    expect(passedOver).toBe(0);
    expect(manifests.map(({ name, line, namespace }) => [name, line, namespace])).toEqual([
      ['a', 3, 'default'],
      ['b', 11, 'default'],
    ]);
    expect(manifests[0]?.spec).toEqual({
      description: 'Labels street scenes',
      memberDefinitions: [{ oidcMemberDefinition: { groups: ['labelers'] } }],
    });
  });

  test('their namespace, and the annotations that are texts', () => {
    const text = team().replace('{ name: labelers }', '{ name: x, namespace: vision, annotations: { a: b } }');
    expect(read(text, 'other').manifests).toMatchObject([{ namespace: 'vision', annotations: { a: 'b' } }]);
    expect(read(text.replace('vision', '""'), 'other').manifests).toMatchObject([{ namespace: 'other' }]);
    expect(read(team(), 'other').manifests).toMatchObject([{ namespace: 'other', annotations: {} }]);
  });

  test('the items of a List, and JSON', () => {
    const item = JSON.parse('{"apiVersion":"workteams.dev/v1alpha1","kind":"Workteam","metadata":{"name":"x"}}');
    const spec = { description: 'd', memberDefinitions: [{ oidcMemberDefinition: { groups: ['g'] } }] };
    const list = { apiVersion: 'v1', kind: 'List', items: [{ kind: 'ConfigMap' }, { ...item, spec }] };
    expect(read(JSON.stringify(list))).toMatchObject({ manifests: [{ name: 'x', line: 1 }], passedOver: 1 });
  });

  test.for<[string, string]>([
    ['of another kind', 'apiVersion: v1\nkind: Secret\n'],
    ['of another group', 'apiVersion: other.dev/v1\nkind: Workteam\n'],
    ['that are no objects at all', '- just\n- a list\n'],
    ['that are a text', 'text\n'],
    ['of another kind, however many aliases it has', `kind: X\na: &a [1]\nb: [${'*a, '.repeat(500)}]\n`],
  ])('documents %s are passed over and counted', ([, text]) => {
    expect(read(text)).toEqual({ manifests: [], problems: [], passedOver: 1 });
  });

  test('booleans and dates as kubectl takes them', () => {
    expect(read(team('x', 'suspend: yes', 'tags: { since: 2026-01-01 }')).manifests).toMatchObject([
      { spec: { suspend: true, tags: { since: '2026-01-01' } } },
    ]);
    expect(read(team('x', 'tags: { answer: no }')).problems).toEqual([
      { file: 'a.yaml', line: 8, message: 'spec.tags.answer: Invalid value: must be of type string' },
    ]);
  });

  test('<< merges, and an alias stands for what it names', () => {
    const text = team('x', 'tags: &t { a: b }').concat('---\n', team('z', 'tags: { <<: { c: d } }'));
    expect(read(text).manifests.map(({ spec }) => spec.tags)).toEqual([{ a: 'b' }, { c: 'd' }]);
  });
});

describe('what the API server would refuse is told with its message and its line', () => {
  test.for<[string, string, number, string]>([
    ['a missing field', team().replace(/ {2}description.*\n/, ''), 4, 'spec.description: Required value'],
    [
      'a rule of CEL',
      team().replace('[labelers]', '[labelers, labelers]'),
      7,
      'spec.memberDefinitions[0].oidcMemberDefinition.groups[1]: Duplicate value',
    ],
    ['a pattern', team('x', 'region: Europe'), 8, 'spec.region: write an AWS region such as eu-west-1'],
    [
      'a policy that needs another',
      team('x', 'adoptionPolicy: Always'),
      4,
      'spec.deletionPolicy: with spec.adoptionPolicy, say what happens to the adopted work team when this object is deleted: set spec.deletionPolicy to Retain or Delete',
    ],
    ['a field that there is not', team('x', 'tag: {}'), 8, 'spec.tag: unknown field'],
    [
      'a version that there is not',
      team().replace('v1alpha1', 'v2'),
      1,
      'apiVersion: Unsupported value: supported values: "workteams.dev/v1alpha1"',
    ],
    [
      'no name',
      team().replace('{ name: labelers }', '{}'),
      3,
      'metadata.name: Required value: a name that is generated later cannot be planned for',
    ],
    [
      'a name that no object can have',
      team('Labelers'),
      3,
      "metadata.name: Invalid value: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    ],
    [
      'no spec',
      'apiVersion: workteams.dev/v1alpha1\nkind: Workteam\nmetadata: { name: x }\n',
      1,
      'spec: Required value',
    ],
  ])('%s', ([, text, line, message]) => {
    const { manifests, problems } = read(text);
    expect(manifests).toEqual([]);
    expect(problems).toContainEqual({ file: 'a.yaml', line, message });
  });

  test('all problems of one Workteam, and none of the next', () => {
    const text = team('x', 'region: Europe', 'suspend: perhaps').concat('---\n', team('z'));
    const { manifests, problems } = read(text);
    expect(problems.map(({ line }) => line)).toEqual([8, 9]);
    expect(manifests.map(({ name }) => name)).toEqual(['z']);
  });

  test('a Workteam that is written twice', () => {
    const sources = ['a.yaml', 'b.yaml'].map((file) => ({ file, text: team() }));
    expect(readManifests(sources, 'default')).toMatchObject({
      manifests: [{ file: 'a.yaml' }],
      problems: [{ file: 'b.yaml', line: 1, message: 'Workteam default/labelers is written in a.yaml:1 already' }],
    });
  });
});

describe('hostile YAML ends in one message with its line', () => {
  const mergeBomb = (): string => {
    const levels = Array.from({ length: 20 }, (_, level) => {
      const twice = level === 0 ? '{ x: y }' : `*a${level - 1}, *a${level - 1}`;
      return `  a${level}: &a${level} { <<: [${twice}] }`;
    });
    return team('x', 'tags:', ...levels);
  };
  const bomb = (): string => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const nine = Array.from({ length: 9 }, () => (level === 0 ? 'x' : `*a${level - 1}`));
      return `a${level}: &a${level} [${nine.join(', ')}]`;
    });
    return team('x', 'tags:', ...levels.map((line) => `  ${line}`));
  };

  test('an alias bomb', () => {
    const began = performance.now();
    expect(read(bomb())).toEqual({
      manifests: [],
      problems: [{ file: 'a.yaml', line: 1, message: 'follows more than 100 aliases: write out what they stand for' }],
      passedOver: 0,
    });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test.for<[string, string, number, string | RegExp]>([
    [
      'a key that is there twice',
      team('x', 'region: eu-west-1', 'region: eu-west-2'),
      9,
      'a key is written twice in the same place',
    ],
    [
      'a key that is there twice further down',
      team('x', 'tags:', '  a: b', '  a: c'),
      10,
      'a key is written twice in the same place',
    ],
    ['a tab for a space', 'kind: Workteam\nspec:\n\tdescription: x\n', 3, /^not valid YAML: /],
    ['an alias inside what it names', team('x', 'tags: &t { a: *t }'), 1, 'an alias stands inside what it stands for'],
    ['such an alias in a list', team('x', 'more: &t [*t]'), 1, 'an alias stands inside what it stands for'],
    ['maps merged again and again', mergeBomb(), 1, 'follows more than 100 aliases: write out what they stand for'],
    ['objects without end', `kind: ${'{a: '.repeat(20_000)}`, 1, /^not valid YAML: /],
    ['lists without end', `${'- '.repeat(20_000)}x`, 1, /^not valid YAML: /],
    ['an alias of nothing', team('x', 'tags: *nothing'), 1, /^not valid YAML: .*nothing/],
    ['brackets without end', `kind: ${'['.repeat(1_500)}`, 1, /^not valid YAML: /],
  ])('%s', ([, text, line, message]) => {
    const { problems, manifests } = read(text);
    expect(manifests).toEqual([]);
    expect(problems.length).toBeLessThanOrEqual(5);
    expect(problems[0]).toEqual({
      file: 'a.yaml',
      line,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });
});

test('no tag runs anything, reads a file, or reaches behind the object', () => {
  const lines = ['region: !include /etc/passwd', 'suspend: !!js/function "() => true"', '__proto__: { suspend: true }'];
  const { manifests, problems } = read(team('x', ...lines));
  expect(manifests).toEqual([]);
  expect(problems.map(({ line = 0 }) => line).toSorted((a, b) => a - b)).toEqual([8, 9, 10]);
  expect(problems.map(({ message }) => message).join()).not.toContain('root:');
  expect(Reflect.get({}, 'suspend')).toBeUndefined();
});

test('as many keys as fit into a file are read in seconds', () => {
  const began = performance.now();
  const lines = Array.from({ length: 100_000 }, (_, number) => `k${number}: ${number}`);
  expect(read(`kind: X\n${lines.join('\n')}`).passedOver).toBe(1);
  expect(performance.now() - began).toBeLessThan(15_000);
}, 60_000);

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'workteam-manifests-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const nothing = Readable.from([]);
  const { signal } = new AbortController();
  const place = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const problemOf = async (path: string) => (await readSources([path], nothing, signal)).problems[0];

  test('a folder gives its manifests and those below it, in the order of their names, without what is hidden', async () => {
    const root = join(folder, 'many');
    mkdirSync(join(root, 'b'), { recursive: true });
    mkdirSync(join(root, '.git'));
    for (const name of ['c.yaml', 'b/x.yml', 'a.json', 'b/read.me', '.git/y.yaml', '.z.yaml'])
      writeFileSync(join(root, name), name);
    symlinkSync(root, join(root, 'b', 'around'));
    const { sources, problems } = await readSources([root], nothing, signal);
    expect(problems).toEqual([]);
    expect(sources.map(({ text }) => text)).toEqual(['a.json', 'b/x.yml', 'c.yaml']);
  });

  test('- is the standard input', async () => {
    const input = Readable.from([Buffer.from('kind: '), Buffer.from('Secret')]);
    expect(await readSources(['-'], input, signal)).toEqual({
      sources: [{ file: 'standard input', text: 'kind: Secret' }],
      problems: [],
    });
  });

  test('what cannot be read says why and what to do', async () => {
    const missing = join(folder, 'missing.yaml');
    expect(await problemOf(missing)).toEqual({ file: missing, message: 'there is no such file or folder' });
    const binary = place('binary.yaml', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]));
    expect(await problemOf(binary)).toEqual({ file: binary, message: 'is not text: write YAML or JSON in UTF-8' });
    const latin = place('latin.yaml', Buffer.from([0x61, 0xe4, 0x62]));
    expect(await problemOf(latin)).toEqual({ file: latin, message: 'is not UTF-8: write YAML or JSON in UTF-8' });
    const huge = place('huge.yaml', Buffer.alloc(50 * 1024 * 1024, 'a'));
    expect(await problemOf(huge)).toEqual({
      file: huge,
      message: 'is longer than 5 MiB: split it into several files',
    });
    const loop = join(folder, 'loop.yaml');
    symlinkSync(loop, loop);
    expect(await problemOf(loop)).toEqual({ file: loop, message: 'is a link that goes in a circle' });
    expect(await problemOf('/dev/zero')).toMatchObject({ message: expect.stringContaining('5 MiB') });
  });

  test('of a thousand files one bad one is the one that is told', async () => {
    const root = join(folder, 'thousand');
    mkdirSync(root);
    for (let number = 0; number < 1_000; number++) {
      writeFileSync(join(root, `${number}.yaml`), number === 500 ? '---\n}' : team(`team-${number}`));
    }
    const { sources } = await readSources([root], nothing, signal);
    const { manifests, problems } = readManifests(sources, 'default');
    expect(manifests).toHaveLength(999);
    expect(problems).toMatchObject([{ file: join(root, '500.yaml'), line: 2 }]);
  }, 30_000);

  test('reading ends when nobody waits for it any more', async () => {
    const stop = new AbortController();
    const reading = readSources(['-'], new Readable({ read: () => {} }), stop.signal);
    stop.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
  });
});
