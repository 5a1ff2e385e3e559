import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processesWith } from '../dev/control-plane/processes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'dev/demo/main.ts');
const FIXTURES = join(ROOT, 'test/dev/demo/fixtures');

/** The demo may take so many seconds on a machine of its own. */
const LIMIT_S = 30;

/** How much slower everything is because of what runs beside it, such as other tests. */
const crowd = () => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());

/** For what takes seconds on a machine of its own. In ms. */
const PATIENCE = 120_000;
const TEST = { timeout: 2 * PATIENCE };

/** Where a demo has its scratch folders; everything it runs but kubectl has them in its command line. */
let scratch: string;
let started: ChildProcess | undefined;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'demo-'));
});
afterEach(async () => {
  if (started?.pid !== undefined && started.exitCode === null && started.signalCode === null) {
    process.kill(-started.pid, 'SIGKILL');
  }
  await rm(scratch, { recursive: true, force: true });
});

/** What is left of a demo: files and processes. */
async function remains(): Promise<string[]> {
  return [...(await readdir(scratch)), ...processesWith(scratch).map(({ commandLine }) => commandLine)];
}

interface Demo {
  /** What it has printed so far. */
  stdout: string;
  stderr: string;
  /** Presses Ctrl-C: a terminal tells the whole group of processes in front. */
  interrupt(): void;
  /** Kills the process that was started, and no other. */
  kill(): void;
  /** Resolves when this has been printed. */
  until(text: string | RegExp): Promise<void>;
  /** The exit code, when nobody can print anything any more. */
  readonly ended: Promise<number | null>;
}

/**
 * Runs what `npm run demo` runs when it has built the bundle. (To build it here would take it away under other tests.)
 * `wrapped`: under a shell, as npm does it.
 */
function startDemo(flags: readonly string[] = [], { env = {}, wrapped = false } = {}): Demo {
  const [program, args] = wrapped
    ? ['sh', ['-c', '"$0" "$@"; true', process.execPath, MAIN, ...flags]]
    : [process.execPath, [MAIN, ...flags]];
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(program, args, { env: { ...process.env, TMPDIR: scratch, ...env }, stdio, detached: true });
  started = child;
  const { promise: ended, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  const demo: Demo = {
    stdout: '',
    stderr: '',
    interrupt: () => process.kill(-(child.pid ?? 0), 'SIGINT'),
    kill: () => child.kill('SIGKILL'),
    until: (text) => expect.poll(() => demo.stdout + demo.stderr, { timeout: PATIENCE }).toMatch(text),
    ended,
  };
  child.stdout.on('data', (piece) => {
    demo.stdout += piece;
  });
  child.stderr.on('data', (piece) => {
    demo.stderr += piece;
  });
  return demo;
}

/** Every statement that the demo makes, in its order; what differs from run to run stands as `…`. */
const STATEMENTS = `
Kubernetes …: a real API server on etcd, ready after … s
SageMaker an emulator on http://127.0.0.1:…, no call so far
Operator process … runs, and is ready
Kubernetes knows it as ServiceAccount workteam-operator/workteam-operator
Kubernetes it leads: the Lease is held
Kubernetes both Workteams are Ready, … s after the first command began
SageMaker two work teams, each as its spec says and tagged with its owner
SageMaker one CreateWorkteam for each, and no other write
Kubernetes both are there, READY and named as in AWS
SageMaker the team has exactly the groups of the edited file, … s after the command began
SageMaker nothing else about the teams has changed
SageMaker one UpdateWorkteam, with the whole list
Kubernetes the Workteam is Ready for its new spec
SageMaker the team is as its spec says again, … s after the change
SageMaker one UpdateWorkteam by the operator, besides the console's
Kubernetes the Workteam is Ready
Kubernetes its spec asks for what it asked for before
Kubernetes the message says what to write instead
Kubernetes no Workteam was stored besides the two that were there
SageMaker has not heard of it
Kubernetes no Workteam is left
SageMaker no work team is left
SageMaker one DeleteWorkteam for each, and no other write
SageMaker the operator wrote six times: each create, edit, repair and delete once
Operator ended with exit code 0
Kubernetes the Lease is free for another one`
  .trim()
  .split('\n');

/** The statements on a screen, each on one line. */
function statements(screen: string): string[] {
  const marked = /^ {2}✓ (.+(?:\n {16}.+)*)/gm;
  return [...screen.matchAll(marked)].map(([, text = '']) =>
    text
      .replaceAll(/\s+/g, ' ')
      .replace(/v\d+\.\d+\.\d+(?=:)/, '…')
      .replace(/\d+\.\d+ s\b/, '… s')
      .replace(/(?<=process |127\.0\.0\.1:)\d+/, '…'),
  );
}

test('the story is told to its end, every step verified, and nothing is left of it', TEST, async () => {
  const demo = startDemo();
  expect(await demo.ended, demo.stdout + demo.stderr).toBe(0);
  expect(await remains()).toEqual([]);
  expect(statements(demo.stdout)).toEqual(STATEMENTS);
  expect(demo.stdout).not.toContain('✗');
  const [, total] = /Every step was verified, in (\d+\.\d) s\./.exec(demo.stdout) ?? [];
  expect(Number(total)).toBeLessThan(LIMIT_S * crowd());
  expect(demo.stdout, 'a colour').not.toContain('\x1b');
});

test('with --keep all is left running until Ctrl-C, and what it says to type works', TEST, async () => {
  const demo = startDemo(['--keep']);
  await demo.until('All is left running until Ctrl-C');
  await demo.until('tail -f');
  const lines = demo.stdout.split('All is left running')[1]?.split('\n') ?? [];
  const exports = lines.filter((line) => line.startsWith('  export ')).join('\n');
  const commands = lines.filter((line) => /^ {2}(kubectl|curl)/.test(line)).map((line) => line.trim());
  expect(commands).toHaveLength(4);
  const type = async (command: string) =>
    (await promisify(execFile)('sh', ['-c', `${exports}\n${command}`], { cwd: ROOT })).stdout;
  const [apply = '', get = '', ledger = '', metrics = ''] = commands;
  await type(apply);
  await expect.poll(() => type(get), { timeout: PATIENCE }).toMatch(/^lidar +True +Synced/m);
  const fetched = async (command: string) => (await fetch(command.replace('curl ', ''))).text();
  await expect(fetched(ledger)).resolves.toContain('"CreateWorkteam"');
  await expect(fetched(metrics)).resolves.toContain('# TYPE');
  demo.interrupt();
  expect(await demo.ended).toBe(0);
  expect(await remains()).toEqual([]);
});

test('Ctrl-C in the middle leaves nothing', TEST, async () => {
  const demo = startDemo();
  await demo.until('1. Create two work teams');
  await demo.until('$ kubectl');
  demo.interrupt();
  expect(await demo.ended).toBe(130);
  expect(await remains()).toEqual([]);
  expect(demo.stderr).toContain('Stopped by SIGINT.');
  expect(demo.stdout).not.toContain('✗');
});

test('Ctrl-C while the control plane starts, twice, leaves nothing', TEST, async () => {
  const demo = startDemo();
  await demo.until('Starting etcd and kube-apiserver');
  await expect.poll(() => readdir(scratch)).not.toEqual([]);
  demo.interrupt();
  demo.interrupt();
  expect(await demo.ended).toBe(130);
  await expect.poll(remains, { timeout: 10_000 }).toEqual([]);
});

test('Ctrl-C while binaries are downloaded or built leaves nothing', TEST, async () => {
  const env = { XDG_CACHE_HOME: join(scratch, 'cache'), KUBEBUILDER_ASSETS: '' };
  await mkdir(env.XDG_CACHE_HOME);
  const demo = startDemo([], { env });
  await demo.until(/Downloading|Building/);
  demo.interrupt();
  expect(await demo.ended).toBe(130);
  const kept = ['cache', 'cache/workteam-operator', 'cache/workteam-operator/control-plane'];
  const files = async () => (await readdir(scratch, { recursive: true })).filter((file) => !file.endsWith('/lock'));
  await expect.poll(files, { timeout: 10_000 }).toEqual(kept);
  await expect.poll(() => processesWith(scratch), { timeout: 10_000 }).toEqual([]);
});

test('nothing is left of a demo that is killed', TEST, async () => {
  const demo = startDemo();
  await demo.until('✓ Operator');
  expect(processesWith(scratch).length).toBeGreaterThan(3);
  demo.kill();
  await demo.ended;
  await expect.poll(remains, { timeout: 10_000 }).toEqual([]);
});

test('nothing is left when only the process is killed that started the demo', TEST, async () => {
  const demo = startDemo([], { wrapped: true });
  await demo.until('✓ Kubernetes');
  demo.kill();
  await demo.ended;
  await expect.poll(remains, { timeout: 10_000 }).toEqual([]);
  expect(demo.stderr).toContain('Stopped by SIGHUP.');
});

test('an operator that does not run is a failure, told with the end of its log', TEST, async () => {
  const demo = startDemo(['--bundle', join(FIXTURES, 'exits-at-once.ts')]);
  expect(await demo.ended).toBe(1);
  expect(demo.stderr).toContain('The operator ended by itself (exit code 3).');
  expect(demo.stderr).toContain('The demo failed at "Getting ready".');
  expect(demo.stderr).toContain('"this build is broken"');
  const [, log = ''] = /\(all of it: (.+)\)/.exec(demo.stderr) ?? [];
  expect(await readFile(log, 'utf8')).toContain('this build is broken');
  await rm(log);
  expect(await remains()).toEqual([]);
});

test('an operator that repairs nothing is a failure, told with what was expected', TEST, async () => {
  const demo = startDemo(['--bundle', join(FIXTURES, 'never-looks-again.ts')]);
  expect(await demo.ended).toBe(1);
  expect(demo.stdout).toMatch(/✗ SageMaker +the team is as its spec says again/);
  expect(demo.stdout).toContain('expected  eu-west-1 street-scenes: OIDC night-labelers, street-reviewers;');
  expect(demo.stdout).toContain('found     eu-west-1 street-scenes: OIDC contractors, street-reviewers;');
  expect(demo.stderr).toContain('The demo failed at "4. Change a team behind its back".');
  expect(demo.stderr).toContain('"wrote to AWS"');
});

test('a bundle that is not there is a sentence that says what to do', async () => {
  const demo = startDemo(['--bundle', join(scratch, 'none.js')]);
  expect(await demo.ended).toBe(1);
  expect(demo.stderr).toContain('none.js: run "npm run build" first.');
  expect(await remains()).toEqual([]);
});

test('npm run demo builds the bundle and runs this', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect(scripts.demo).toMatch(/npm run .*build && (exec )?node dev\/demo\/main\.ts$/);
});
