import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openGuardian } from '../../../dev/control-plane/guarded.ts';
import { expectSoon } from '../../support/expect-soon.ts';
import { running } from './processes.ts';

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let base: string;
let folder: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'guarded-'));
  folder = join(base, 'scratch');
});
afterEach(() => rm(base, { recursive: true }));

/** The child that the shell of `sleeper` has started. */
async function grandchild(): Promise<number> {
  const log = join(folder, 'log');
  await expectSoon(() => readFile(log, 'utf8')).toMatch(/^\d+\n$/);
  return Number(await readFile(log, 'utf8'));
}

const sleeper = () => ({ program: 'sh', args: ['-c', 'sleep 600 & echo $!; wait'], log: join(folder, 'log') });

test('a process runs in the folder, with its output in the log and its exit code passed on', async () => {
  const guardian = await openGuardian(folder);
  const log = join(folder, 'log');
  const command = { program: 'sh', args: ['-c', 'pwd; echo $WORD >&2; exit 3'], env: { WORD: 'hello' }, log };
  const { ended } = await guardian.run(command);
  expect(await ended).toEqual({ code: 3, signal: null });
  expect(await readFile(log, 'utf8')).toMatch(/\/scratch\nhello\n$/);
  await guardian.close();
});

test('close kills what runs, with its children, and removes the folder', async () => {
  const guardian = await openGuardian(folder);
  const { pid, ended } = await guardian.run(sleeper());
  const child = await grandchild();
  await guardian.close();
  expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
  await expectSoon(() => running([pid, child, guardian.pid])).toEqual([]);
  expect(await readdir(base)).toEqual([]);
});

test('one process is killed and the others stay', async () => {
  const guardian = await openGuardian(folder);
  const one = await guardian.run(sleeper());
  const child = await grandchild();
  const two = await guardian.run({ program: 'sleep', args: ['600'], log: join(folder, 'other') });
  await one.kill();
  await expectSoon(() => running([one.pid, child, two.pid])).toEqual([two.pid]);
  await guardian.close();
});

test('nothing is left of a caller that is killed', async () => {
  const fixture = fileURLToPath(new URL('fixtures/guarded-sleeper.ts', import.meta.url));
  const caller = spawn(process.execPath, [fixture, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(caller.stdout), 'line');
  const pids: Record<string, number> = { ...JSON.parse(String(line)), grandchild: await grandchild() };
  expect(running(Object.values(pids))).toHaveLength(3);
  caller.kill('SIGKILL');
  await expectSoon(() => running(Object.values(pids))).toEqual([]);
  await expectSoon(() => readdir(base)).toEqual([]);
});

test('nothing is left when the guardian itself is killed', async () => {
  const guardian = await openGuardian(folder);
  const { pid, ended } = await guardian.run(sleeper());
  const child = await grandchild();
  process.kill(guardian.pid, 'SIGKILL');
  expect((await ended).problem).toBe('the guardian process ended');
  await expectSoon(() => running([pid, child])).toEqual([]);
  await expectSoon(() => readdir(base)).toEqual([]);
  await expect(guardian.run(sleeper())).rejects.toThrow('has ended');
});

test('a program that cannot be started is an error with the reason', async () => {
  const guardian = await openGuardian(folder);
  const run = guardian.run({ program: join(base, 'none'), args: [], log: join(folder, 'log') });
  await expect(run).rejects.toThrow('ENOENT');
  await guardian.close();
});

test('a folder that exists is refused and left alone', async () => {
  await writeFile(join(base, 'precious'), 'gold');
  await expect(openGuardian(base)).rejects.toThrow('EEXIST');
  expect(await readdir(base)).toEqual(['precious']);
});
