/** Runs test files in a folder and says which test failed first. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The quick projects, which need neither the built program nor an API server; and those that do. */
export const QUICK = ['unit', 'component', 'faults-memory'];
export const SLOW = ['integration', 'faults'];

/** A mistake can make a program run in circles; longer than this no honest run takes, in milliseconds. */
const LIMIT_MS = 10 * 60_000;

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** What failed first; `undefined` when nothing did. */
export type Found = string | undefined;

/** What is under way, to be ended with everything that it started. */
let running: ChildProcess | undefined;

/** Ends what is under way. */
export function interrupt(): void {
  const { pid } = running ?? {};
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/**
 * Runs these files (all of the projects, when there are none) and stops at the first test that fails.
 * @throws Error when the tests did not run at all
 */
export async function runTests(root: string, projects: readonly string[], files: readonly string[]): Promise<Found> {
  const report = join(root, 'test-results/mistake.json');
  await rm(report, { force: true });
  const args = [
    'run',
    '--bail=1',
    ...projects.map((project) => `--project=${project}`),
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...files,
  ];
  const { code, said, late } = await run(root, 'vitest', args);
  if (late) return `the time limit of ${LIMIT_MS / 60_000} min`;
  if (code === 0) return undefined;
  const found = firstFailure(JSON.parse(await readFile(report, 'utf8').catch(() => '{"testResults":[]}')), root);
  if (found === undefined) throw new Error(`The tests did not run:\n${said}`);
  return found;
}

/** Builds the program of the folder. @returns what is wrong, when it cannot be built */
export async function build(root: string): Promise<Found> {
  const { code, said } = await run(root, 'node', ['scripts/build.ts']);
  return code === 0 ? undefined : `the build: ${said.trim().split('\n').at(-1)}`;
}

/** A test that failed, or else a file that could not be loaded. */
export function firstFailure({ testResults }: Report, root: string): Found {
  const fileOf = (name: string) => name.replace(`${root}/`, '');
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed !== undefined) return `${fileOf(name)}: ${failed.fullName}`;
  }
  // A file that was only interrupted says nothing.
  const unread = testResults.find(({ status, message }) => status === 'failed' && message !== '');
  return unread && `${fileOf(unread.name)}: ${unread.message.split('\n')[0]}`;
}

function run(cwd: string, command: string, args: readonly string[]) {
  return new Promise<{ code: number | null; said: string; late: boolean }>((resolve, reject) => {
    const env = { ...process.env, FAULTS: 'sample', NO_COLOR: '1' };
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running = child;
    let said = '';
    let late = false;
    const hear = (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4_000);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const limit = setTimeout(() => {
      late = true;
      interrupt();
    }, LIMIT_MS);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(limit);
      running = undefined;
      resolve({ code, said, late });
    });
  });
}
