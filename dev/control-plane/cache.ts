import { access, chmod, constants, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import type { Platform, Tool } from './versions.ts';

/** The variables that matter here. */
export type Environment = Readonly<Partial<Record<'KUBEBUILDER_ASSETS' | 'XDG_CACHE_HOME', string | undefined>>>;

/**
 * Our folder for one kind of things in `$XDG_CACHE_HOME` (a relative one counts as unset, as its specification says) or
 * `~/.cache`.
 */
export function cacheRoot(env: Environment, home: string, kind = 'control-plane'): string {
  const base = env.XDG_CACHE_HOME;
  const cache = base !== undefined && isAbsolute(base) ? base : join(home, '.cache');
  return join(cache, 'workteam-operator', kind);
}

/** The folder that holds the binaries of one Kubernetes version; it fits `KUBEBUILDER_ASSETS`. */
export function entryOf(root: string, kubernetes: string, platform: Platform): string {
  return join(root, `${kubernetes}-${platform}`);
}

/** Which of `tools` are not there as programs. A file in a cache entry is always whole: see `putInPlace`. */
export async function missingTools<T extends string = Tool>(folder: string, tools: readonly T[]): Promise<T[]> {
  const there = await Promise.all(tools.map((tool) => isProgram(join(folder, tool))));
  return tools.filter((_, index) => there[index] === false);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Moves a finished program into a cache entry in one step, so that nobody ever sees half of it. */
export async function putInPlace(file: string, entry: string): Promise<void> {
  await chmod(file, 0o755);
  await mkdir(entry, { recursive: true });
  await rename(file, join(entry, basename(file)));
}

const SCRATCH = '.partial-';
const ABANDONED_AFTER_MS = 60 * 60 * 1_000;

/** A name for a scratch folder beside the entries: on the same file system, so that files can be renamed into them. */
export function scratchIn(root: string, unique: string): string {
  return join(root, `${SCRATCH}${unique}`);
}

/** Removes scratch folders that a power cut left behind; every other end of a process takes its own along. */
export async function removeAbandonedScratch(root: string, now: number): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(SCRATCH)) continue;
    const { mtimeMs } = await stat(join(root, name));
    if (now - mtimeMs > ABANDONED_AFTER_MS) await rm(join(root, name), { recursive: true, force: true });
  }
}
