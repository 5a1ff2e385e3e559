/** What goes into the one file, and what goes beside it. */
import { spawnSync } from 'node:child_process';
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { BUNDLE, bundled } from '../../scripts/bundle/bundle.ts';
import { isAllowed, licencesText } from '../../scripts/bundle/licences.ts';
import {
  type BundledPackage,
  bundledPackages,
  dependenciesOf,
  packageFolderOf,
} from '../../scripts/bundle/packages.ts';

let metafile: Metafile;
let program = '';
let packages: BundledPackage[] = [];

beforeAll(async () => {
  ({ metafile, text: program } = await bundled());
  packages = await bundledPackages(metafile);
}, 120_000);

function packageWith(given: Partial<BundledPackage>): BundledPackage {
  const { name = 'some' } = given;
  return {
    folder: `node_modules/${name}`,
    name,
    version: '1.0.0',
    licence: 'MIT',
    description: '',
    dependencies: [],
    texts: ['Permission is granted\n'],
    ...given,
  };
}

/** What each byte costs: docs/decisions/0005-what-is-in-the-bundle.md. */
test('the bundle is at most 2,300,000 bytes of at most 850 modules', () => {
  const { bytes = Number.NaN, inputs = {} } = metafile.outputs[BUNDLE] ?? {};
  expect(bytes).toBeLessThanOrEqual(2_300_000);
  expect(Object.values(inputs).filter(({ bytesInOutput }) => bytesInOutput > 0).length).toBeLessThanOrEqual(850);
});

describe('what the bundle loads when it starts', () => {
  test('is ASCII: one other character, and each of its characters takes two bytes of memory', () => {
    expect(program).toMatch(/^[\0-\x7f]+$/);
  });

  test('is not the fetch of Node, nor what else of it nobody asked for', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'bundle-'));
    const file = join(folder.path, 'workteam-operator.mjs');
    await writeFile(file, program);
    const tell = 'process.on("exit", () => console.error(process.moduleLoadList.join()))';
    const args = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, file, '--version'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+/);
    expect(stderr).toContain('NativeModule http,');
    for (const unasked of ['undici', 'internal/util/diff', 'NativeModule zlib']) expect(stderr).not.toContain(unasked);
  });

  test('is no module of Node with all its names, not even with the first call of AWS', () => {
    expect(program).toContain('process.getBuiltinModule("node:https")');
    expect(program).not.toMatch(/\bimport\(\s*["'](?:node:)?https?["']/);
    expect(program).not.toMatch(/\bfrom ["'](?:node:)?https?["']/);
  });

  test.each(['yaml', 'socks', 'socks-proxy-agent', 'hpagent'])('is not %s, until something of it is used', (seldom) => {
    const its = program.split(`// loaded when first used:${seldom}\n`)[1] ?? '';
    expect(its).toMatch(/^.*\n.*\n +module\.exports = \{\n +get \w+\(\) \{\n +return .*\b(?:require|init)_\w+\(\)/);
  });
});

describe('the packages in the bundle', () => {
  test.each(['undici', 'ws', 'tar-stream', 'isomorphic-ws', '@opentelemetry/api', 'tdigest', 'thread-stream'])(
    '%s, which we never call, is none of them',
    (unused) => {
      expect(packages.map(({ name }) => name)).not.toContain(unused);
    },
  );

  test('are those that it needs when it runs, and no others', async () => {
    const manifest = JSON.parse(await readFile('package.json', 'utf8'));
    const names = packages.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
    for (const tool of Object.keys({ ...manifest.devDependencies, ...manifest.optionalDependencies })) {
      expect(names).not.toContain(tool);
    }
  });

  test('may all be shipped', () => {
    expect(packages.filter(({ licence }) => !isAllowed(licence))).toEqual([]);
  });

  test.each([
    ['node_modules/zod/v4/index.js', 'node_modules/zod'],
    ['node_modules/@smithy/core/dist/index.js', 'node_modules/@smithy/core'],
    ['node_modules/a/node_modules/@b/c/index.js', 'node_modules/a/node_modules/@b/c'],
    ['../elsewhere/node_modules/a/index.js', '../elsewhere/node_modules/a'],
    ['src/main.ts', undefined],
    ['src/node_modules.ts', undefined],
  ])('%s belongs to %s', (path, folder) => {
    expect(packageFolderOf(path)).toBe(folder);
  });

  test('a dropped input is none of them', async () => {
    const inputs = {
      'node_modules/zod/index.js': { bytesInOutput: 9 },
      'node_modules/yaml/x.js': { bytesInOutput: 0 },
    };
    const output = { inputs, bytes: 9, imports: [], exports: [] };
    const found = await bundledPackages({ inputs: {}, outputs: { 'out.js': output } });
    expect(found.map(({ name }) => name)).toEqual(['zod']);
  });

  test('depend on each other as Node would find them: the nearest first', () => {
    const near = packageWith({ folder: 'node_modules/a/node_modules/b', name: 'b', version: '2.0.0' });
    const far = packageWith({ folder: 'node_modules/b', name: 'b' });
    const a = packageWith({ name: 'a', dependencies: ['b', 'dropped'] });
    expect(dependenciesOf(a, [far, near, a])).toEqual([near]);
    expect(dependenciesOf({ folder: '', dependencies: ['b'] }, [far, near, a])).toEqual([far]);
    expect(dependenciesOf({ ...near, dependencies: ['a'] }, [far, near, a])).toEqual([a]);
  });
});

describe('the licences beside it', () => {
  test('name every package, and hold every text that it came with', () => {
    const text = licencesText(packages);
    for (const { name, version, licence, texts } of packages) {
      expect(text).toContain(`\n  ${name} ${version}  ${licence}\n`);
      for (const its of texts) expect(text).toContain(its.replaceAll('\r\n', '\n').trim());
    }
    expect(packages.flatMap(({ texts }) => texts).length).toBeGreaterThan(40);
  });

  test('hold the same text once, below all the packages that came with it', () => {
    const text = licencesText([packageWith({ name: 'a' }), packageWith({ name: 'b' })]);
    expect(text.split('Permission is granted')).toHaveLength(2);
    expect(text).toContain('\na 1.0.0\nb 1.0.0\n\nPermission is granted\n');
  });

  test('of a package without a text: the Apache License is there already, of another none can be made up', () => {
    const apache = packageWith({ licence: 'Apache-2.0', texts: [] });
    expect(licencesText([apache])).toContain(
      '\nsome 1.0.0\n\nApache License, Version 2.0: the text is in the file LICENSE',
    );
    expect(() => licencesText([packageWith({ texts: [] })])).toThrow('some 1.0.0 (MIT) ships no licence text');
  });
});
