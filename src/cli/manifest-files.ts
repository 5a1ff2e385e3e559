/** Manifests as bytes: from files, folders and the standard input, each with a limit. */
import { createReadStream, promises } from 'node:fs';
import { join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';

/** The longest file that is read, in bytes: thousands of Workteams. A parser of YAML takes seconds for as much. */
const LONGEST_FILE = 5 * 1024 * 1024;

/** What a folder's manifests end in. */
const MANIFEST = /\.(?:ya?ml|json)$/;

/** The text of one file, by the name that messages call it. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** Something that keeps a file or a manifest from being used. Lines count from 1. */
export interface Problem {
  readonly file?: string;
  readonly line?: number;
  readonly message: string;
}

/**
 * Reads what `paths` name: a file, `-` for `input` (the standard input), or a folder with all the manifests in and below
 * it, in the order of their names, without what is hidden. What cannot be read is a problem and keeps nothing else from
 * being read. Throws the signal's reason when it aborts.
 */
export async function readSources(
  paths: readonly string[],
  input: Readable,
  signal: AbortSignal,
): Promise<{ sources: Source[]; problems: Problem[] }> {
  const sources: Source[] = [];
  const problems: Problem[] = [];
  const attempt = async <T>(file: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      problems.push({ file, message: whyUnread(error) });
      return undefined;
    }
  };
  for (const path of paths) {
    const files = path === '-' ? ['-'] : ((await attempt(path, () => filesIn(path))) ?? []);
    for (const found of files) {
      const file = found === '-' ? 'standard input' : found;
      const bytes = () => (found === '-' ? input : createReadStream(found, { end: LONGEST_FILE }));
      const text = await attempt(file, async () => textOf(await upToTheLimit(bytes(), signal)));
      if (text !== undefined) sources.push({ file, text });
    }
  }
  return { sources, problems };
}

/** Why a file is none that can be used; the message is for people. */
class Unusable extends Error {
  override readonly name = 'Unusable';
}

async function filesIn(path: string): Promise<string[]> {
  if (!(await promises.stat(path)).isDirectory()) return [path];
  const entries = (await promises.readdir(path, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inside = join(path, entry.name);
    // A folder behind a link is left out: links can go in circles.
    if (entry.isDirectory()) files.push(...(await filesIn(inside)));
    else if (MANIFEST.test(entry.name)) files.push(inside);
  }
  return files;
}

async function upToTheLimit(bytes: Readable, signal: AbortSignal): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of addAbortSignal(signal, bytes)) {
    length += piece.length;
    if (length > LONGEST_FILE) throw new Unusable('is longer than 5 MiB: split it into several files');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function textOf(bytes: Uint8Array): string {
  if (bytes.includes(0)) throw new Unusable('is not text: write YAML or JSON in UTF-8');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Unusable('is not UTF-8: write YAML or JSON in UTF-8', { cause: error });
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'may not be read: allow it with chmod, or run as somebody who may',
  EPERM: 'may not be read: allow it with chmod, or run as somebody who may',
  EISDIR: 'is a link to a folder: name the folder itself',
  ELOOP: 'is a link that goes in a circle',
};

function whyUnread(error: unknown): string {
  if (error instanceof Unusable) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WHY[code] ?? `cannot be read (${code || String(error)})`;
}
