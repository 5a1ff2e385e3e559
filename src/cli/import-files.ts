/** A folder of manifests, one file each: every file is there whole or not at all. */
import { randomUUID } from 'node:crypto';
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { CannotStart } from './cannot-start.ts';

/** How the files are written. */
export interface Writing {
  /** Overwrite files that exist. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/**
 * Writes the files, by their names, into the folder, which is made if it is not there. Nothing is written when one of them
 * exists, unless `force` says so. Throws CannotStart that says what to do, or the signal's reason: the files that were
 * written by then are whole.
 */
export async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  { force, signal }: Writing,
): Promise<void> {
  try {
    await fs.mkdir(folder, { recursive: true });
    if (!force) await refuseExisting(folder, [...files.keys()]);
    for (const [name, content] of files) {
      signal.throwIfAborted();
      await writeWhole(folder, name, content);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    if (typeof code !== 'string') throw error;
    throw new CannotStart(
      `Cannot write into ${folder} (${code}): name a folder that can be written to with --output-dir.`,
      {
        cause: error,
      },
    );
  }
}

/** How many files a sentence names. */
const NAMED = 5;

async function refuseExisting(folder: string, names: readonly string[]): Promise<void> {
  const there = new Set(await fs.readdir(folder));
  const existing = names.filter((name) => there.has(name));
  if (existing.length === 0) return;
  const more = existing.length > NAMED ? ` and ${existing.length - NAMED} more` : '';
  const shown = `${existing.slice(0, NAMED).join(', ')}${more}`;
  throw new CannotStart(
    `Nothing was written, for ${folder} has ${shown} already: pass --force to overwrite, or another --output-dir.`,
  );
}

/** Whoever looks sees the old file or the new one: it is written beside its place and moved there. */
async function writeWhole(folder: string, name: string, content: string): Promise<void> {
  const beside = join(folder, `.${name}.${randomUUID()}`);
  try {
    await fs.writeFile(beside, content, { flag: 'wx' });
    await fs.rename(beside, join(folder, name));
  } catch (error) {
    await fs.rm(beside, { force: true });
    throw error;
  }
}
