import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CannotStart } from '../../src/cli/cannot-start.ts';
import { writeFiles } from '../../src/cli/import-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workteam-operator-import-'));
});
afterEach(() => rm(folder, { recursive: true }));

const { signal } = new AbortController();
const FILES = new Map([
  ['a.yaml', 'a\n'],
  ['b.yaml', 'b\n'],
]);

async function contents(of = folder): Promise<Record<string, string>> {
  const names = (await readdir(of)).toSorted();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(of, name), 'utf8')])),
  );
}

test('every file, in a folder that it makes', async () => {
  const below = join(folder, 'one', 'two');
  await writeFiles(below, FILES, { force: false, signal });
  expect(await contents(below)).toEqual(Object.fromEntries(FILES));
});

test('nothing, where one of them exists; all, by force; what else is there stays', async () => {
  const before = { 'b.yaml': 'mine\n', 'c.yaml': 'mine\n' };
  for (const [name, content] of Object.entries(before)) await writeFile(join(folder, name), content);
  await expect(writeFiles(folder, FILES, { force: false, signal })).rejects.toEqual(
    new CannotStart(
      `Nothing was written, for ${folder} has b.yaml already: pass --force to overwrite, or another --output-dir.`,
    ),
  );
  expect(await contents()).toEqual(before);
  await writeFiles(folder, FILES, { force: true, signal });
  expect(await contents()).toEqual({ ...before, ...Object.fromEntries(FILES) });
});

test('of many that exist, some are named', async () => {
  const many = new Map(Array.from({ length: 12 }, (_, index) => [`${index}.yaml`, '']));
  await writeFiles(folder, many, { force: false, signal });
  await expect(writeFiles(folder, many, { force: false, signal })).rejects.toThrow(
    /0\.yaml, .*4\.yaml and 7 more already/,
  );
});

test('a place that cannot be written to is told, and nothing is left beside it', async () => {
  await writeFile(join(folder, 'file'), '');
  const into = join(folder, 'file', 'below');
  await expect(writeFiles(into, FILES, { force: false, signal })).rejects.toEqual(
    new CannotStart(`Cannot write into ${into} (ENOTDIR): name a folder that can be written to with --output-dir.`),
  );
  await mkdirAt('a.yaml');
  await expect(writeFiles(folder, FILES, { force: true, signal })).rejects.toThrow(CannotStart);
  expect((await readdir(folder)).toSorted()).toEqual(['a.yaml', 'file']);
});

async function mkdirAt(name: string): Promise<void> {
  await writeFiles(join(folder, name), new Map([['inside', '']]), { force: false, signal });
  await chmod(join(folder, name), 0o700);
}

test('a stop comes between two files: those that are there are whole', async () => {
  const stop = new AbortController();
  const files = new Map(FILES);
  const stopping = {
    *[Symbol.iterator]() {
      yield* [...FILES].slice(0, 1);
      stop.abort();
      yield* [...FILES].slice(1);
    },
  };
  Object.defineProperty(files, Symbol.iterator, { value: () => stopping[Symbol.iterator]() });
  await expect(writeFiles(folder, files, { force: false, signal: stop.signal })).rejects.toThrow(/abort/);
  expect(await contents()).toEqual({ 'a.yaml': 'a\n' });
});
