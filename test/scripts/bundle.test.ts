/** What goes into the one file, and what goes beside it. */
import { readFile } from 'node:fs/promises';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { BUNDLE, bundle } from '../../scripts/bundle/bundle.ts';
import { isAllowed, licencesText } from '../../scripts/bundle/licences.ts';
import {
  type BundledPackage,
  bundledPackages,
  dependenciesOf,
  packageFolderOf,
} from '../../scripts/bundle/packages.ts';

let metafile: Metafile;
let packages: BundledPackage[] = [];

beforeAll(async () => {
  metafile = await bundle({ write: false });
  packages = await bundledPackages(metafile);
});

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
test('the bundle is at most 2,400,000 bytes of at most 900 modules', () => {
  const { bytes = Number.NaN, inputs = {} } = metafile.outputs[BUNDLE] ?? {};
  expect(bytes).toBeLessThanOrEqual(2_400_000);
  expect(Object.values(inputs).filter(({ bytesInOutput }) => bytesInOutput > 0).length).toBeLessThanOrEqual(900);
});

describe('the packages in the bundle', () => {
  test.each(['undici', 'ws', 'tar-stream', 'isomorphic-ws'])('%s, which we never call, is none of them', (unused) => {
    expect(packages.map(({ name }) => name)).not.toContain(unused);
  });

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
