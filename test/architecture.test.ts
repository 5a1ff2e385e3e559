/** The rules that hold between the folders, over the sources as they are and over planted ones that break them. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Sources, violationsOf } from './support/architecture.ts';
import { codeOf, importsOf } from './support/source.ts';

const ROOT = join(import.meta.dirname, '..');
const sources: Sources = new Map(
  globSync('src/**/*.ts', { cwd: ROOT }).map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
);

test('the sources keep the rules', () => {
  expect(sources.size).toBeGreaterThan(50);
  expect(violationsOf(sources)).toEqual([]);
});

describe('a breach is found', () => {
  test.each<[string, string, string]>([
    ['src/workteam/planted.ts', "import { serve } from '../telemetry/http.ts';", 'may not import ../telemetry/http.ts'],
    ['src/workteam/planted.ts', "import type { Call } from '../ports.ts';", 'may not import ../ports.ts'],
    ['src/workteam/planted.ts', "import { readFileSync } from 'node:fs';", 'may not import node:fs'],
    ['src/controller/planted.ts', "import type { Workteam } from '../workteam/schema.ts';", 'may not import'],
    ['src/sagemaker/planted.ts', "import { Transport } from '../kubernetes/transport.ts';", 'may not import'],
    ['src/sagemaker/planted.ts', "import { isForbidden } from '../ports.ts';", 'may not import ../ports.ts'],
    ['src/kubernetes/planted.ts', "import { classify } from '../sagemaker/classify.ts';", 'may not import'],
    ['src/kubernetes/planted.ts', "import { SageMakerClient } from '@aws-sdk/client-sagemaker';", 'may not import'],
    ['src/cli/planted.ts', "import type { Workteam } from '@aws-sdk/client-sagemaker';", 'may not import @aws-sdk'],
    ['src/cli/planted.ts', "import type { KubeConfig } from '@kubernetes/client-node';", 'may not import @kubernetes'],
    ['src/reconcile.ts', "import { Workteams } from './kubernetes/workteams.ts';", 'may not import ./kubernetes'],
    ['src/perform.ts', "import { randomUUID } from 'node:crypto';", 'may not import node:crypto'],
    ['src/config.ts', "import { OPTIONS } from './cli/program.ts';", 'may not import ./cli/program.ts'],
    ['src/telemetry/planted.ts', "import { Reconciler } from '../reconcile.ts';", 'may not import ../reconcile.ts'],
    ['src/telemetry/planted.ts', "export { KubeConfig } from '@kubernetes/client-node';", 'may not import @kubernetes'],
    ['src/sagemaker/planted.ts', "const sdk = await import('left-pad');", 'may not import left-pad'],
    ['src/planted.ts', 'export const x = 1;', 'belongs to no part of the architecture'],
    ['src/cli/planted.ts', 'export const x = process.env.HOME;', 'only src/main.ts touches the process'],
    ['src/cli/planted.ts', 'const { env } = process;', 'only src/main.ts touches the process'],
    ['src/cli/planted.ts', 'const text = `pid $' + '{process.pid}`;', 'only src/main.ts touches the process'],
    ['src/cli/planted.ts', 'export default 1;', 'no default exports'],
    ['src/cli/planted.ts', 'const x = 1; export { x as default };', 'no default exports'],
    ['src/workteam/planted.ts', 'export const now = () => Date.now();', 'clocks and timers are parameters'],
    ['src/workteam/planted.ts', 'export const now = () => new Date();', 'clocks and timers are parameters'],
    ['src/sagemaker/planted.ts', 'setTimeout(() => {}, 5);', 'clocks and timers are parameters'],
    ['src/sagemaker/planted.ts', 'const timer = setTimeout(callback, 5);', 'clocks and timers are parameters'],
    ['src/kubernetes/planted.ts', 'const began = performance.now();', 'clocks and timers are parameters'],
    ['src/controller/planted.ts', 'const jitter = Math.random();', 'randomness is a parameter'],
    ['src/workteam/planted.ts', 'export async function f() {}', 'the core neither waits nor does anything'],
    ['src/workteam/planted.ts', 'export const f = () => Promise.resolve();', 'the core neither waits nor does'],
    ['src/workteam/planted.ts', 'console.log(1);', 'the core neither waits nor does anything'],
  ])('%s with %j', (path, source, violation) => {
    expect(violationsOf(new Map([[path, source]]))).toEqual([expect.stringContaining(`${path}: ${violation}`)]);
  });

  test('a file of more than 250 lines', () => {
    const lines = (count: number) => violationsOf(new Map([['src/cli/planted.ts', '// a line\n'.repeat(count)]]));
    expect(lines(251)).toEqual(['src/cli/planted.ts: 251 lines, more than 250']);
    expect(lines(250)).toEqual([]);
  });

  test('a circle; one that is closed by types alone is gone when the program runs', () => {
    const circle = (last: string) =>
      violationsOf(
        new Map([
          ['src/workteam/a.ts', "import { type B, b } from './b.ts';"],
          ['src/workteam/b.ts', "export * from './c.ts';"],
          ['src/workteam/c.ts', last],
        ]),
      );
    expect(circle("import { a } from './a.ts';")).toEqual([
      'src/workteam/a.ts -> src/workteam/b.ts -> src/workteam/c.ts -> src/workteam/a.ts: a circle of imports',
    ]);
    expect(circle("import type { A } from './a.ts';")).toEqual([]);
  });
});

describe('what only looks like a breach is none', () => {
  test.each([
    ['src/cli/planted.ts', '// process.env and new Date() and export default'],
    ['src/cli/planted.ts', "const text = 'process.exit'; /* Math.random() */"],
    ['src/cli/planted.ts', 'const text = `a process $' + '{text} of $' + '{`its $' + '{"own"}`} Date.now()`;'],
    ['src/cli/planted.ts', 'const what = /process\\.env["\'`]/.test(text) ? a.process : { process: 1 };'],
    ['src/sagemaker/planted.ts', 'const cancel = timers.setTimeout(() => {}, 5);'],
    ['src/workteam/planted.ts', "const read = new Date('2030-01-01'); // import { x } from 'node:fs'"],
  ])('%s with %j', (path, source) => {
    expect(violationsOf(new Map([[path, source]]))).toEqual([]);
  });
});

describe('reading source', () => {
  test('every way to import', () => {
    const source = `
      import a, { type B } from 'one';
      import type {
        C, // from 'nowhere'
      } from "two";
      import * as d from 'three';
      import 'four';
      export * from 'five';
      export { e } from 'six';
      const f = await import('seven');
      const text = "a 'quoted' word";
      root.command('import').description('no module');
    `;
    expect(importsOf(source).toSorted()).toEqual(['five', 'four', 'one', 'seven', 'six', 'three', 'two']);
  });

  test('lines stay where they are', () => {
    for (const source of sources.values()) {
      expect(codeOf(source).split('\n')).toHaveLength(source.split('\n').length);
      expect(codeOf(source)).toHaveLength(source.length);
    }
  });
});

describe('the rules that the linter keeps', () => {
  /** A function whose body has so many lines. */
  const functionOf = (lines: number) => `export function f(): void {\n${'  void 0;\n'.repeat(lines)}}\n`;

  test('no function of more than 50 lines, no default export, no any, no assertion that something is there', async () => {
    const said = await lint({
      'src/cli/long.ts': functionOf(51),
      'src/cli/short.ts': functionOf(50),
      'src/cli/loose.ts': 'export default function f(x?: any) {\n  return x!;\n}\n',
    });
    expect(said.toSorted()).toEqual([
      'src/cli/long.ts lint/complexity/noExcessiveLinesPerFunction',
      'src/cli/loose.ts lint/style/noDefaultExport',
      'src/cli/loose.ts lint/style/noNonNullAssertion',
      'src/cli/loose.ts lint/suspicious/noExplicitAny',
    ]);
  });

  test('each exception says why', () => {
    for (const [path, source] of sources) {
      for (const [exception] of source.matchAll(/biome-ignore.*/g)) {
        expect(exception, path).toMatch(/^biome-ignore(?:-\w+)? \w+(?:\/\w+)*: \S.{9}/);
      }
      expect(source, path).not.toMatch(/@ts-(?:ignore|expect-error|nocheck)/);
    }
  });
});

/** What our linter says of these files, each as its path and the rule. */
async function lint(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'workteam-operator-lint-'));
  try {
    await cp(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
    for (const [path, source] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), source);
    }
    const biome = join(ROOT, 'node_modules/.bin/biome');
    const report = await new Promise<string>((resolve) => {
      execFile(biome, ['lint', '--vcs-enabled=false', '--reporter=json', '.'], { cwd: folder }, (_, out) =>
        resolve(out),
      );
    });
    const { diagnostics } = JSON.parse(report) as { diagnostics: { category: string; location: { path: string } }[] };
    return diagnostics.map(({ category, location }) => `${location.path} ${category}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
