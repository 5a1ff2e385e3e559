import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';

/** Times in milliseconds. */
export type LockTimes = {
  /** How often the owner touches the file. */
  readonly beat: number;
  /** A lock that nobody touched for this long has lost its owner. */
  readonly stale: number;
  /** How often a waiting process looks. */
  readonly poll: number;
};

const TIMES: LockTimes = { beat: 2_000, stale: 30_000, poll: 250 };

/**
 * Runs `work` while holding the lock file `path`; a second caller, in this or another process, waits
 * until it is released. `onWait` is called once if there is anything to wait for.
 *
 * The lock of an owner that died is taken over: at once if its process is gone from this machine, else
 * (another machine or container, or a process id used again) when it was not touched for `stale`.
 *
 * It saves work and is no proof of exclusion: two processes that take over the same dead lock at the
 * same moment may both go on. Whatever is done under it must stay correct then, as the cache does by
 * renaming finished files into place.
 */
export async function withLock<T>(
  path: string,
  onWait: () => void,
  work: () => Promise<T>,
  times: LockTimes = TIMES,
): Promise<T> {
  await acquire(path, onWait, times);
  const beat = setInterval(() => void touch(path), times.beat);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(path, { force: true });
  }
}

async function acquire(path: string, onWait: () => void, times: LockTimes): Promise<void> {
  let told = false;
  while (!(await create(path))) {
    if (await isAbandoned(path, times.stale)) {
      await takeAway(path);
      continue;
    }
    if (!told) onWait();
    told = true;
    await setTimeout(times.poll);
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid} ${hostname()}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

async function isAbandoned(path: string, stale: number): Promise<boolean> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const [pid = '', host = ''] = owner.trim().split(' ');
    // A file that was created but not yet written names nobody: only its age counts.
    return (host === hostname() && !isAlive(Number(pid))) || Date.now() - mtimeMs > stale;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Renames first: of two processes that find the same dead lock, one gets it. */
async function takeAway(path: string): Promise<void> {
  const mine = `${path}.${process.pid}`;
  try {
    await rename(path, mine);
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
  await rm(mine, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and belongs to somebody else.
    return !isCode(error, 'ESRCH');
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {
    // Taken away by a process that believed this one dead: see withLock.
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
