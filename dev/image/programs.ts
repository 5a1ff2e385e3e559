import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Guardian } from '../control-plane/guarded.ts';

const NEEDED = ['buildah', 'debootstrap', 'unshare', 'setpriv'] as const;

/** What decides whether images can be built here. */
export interface Machine {
  /** `process.platform` */
  readonly platform: string;
  /** Of the user; 0 is root. */
  readonly uid: number | undefined;
  readonly path: string;
}

/**
 * Passes where an image can be built and run.
 * @throws Error, one sentence that says what to install or to do
 */
export async function requireImageTools({ platform, uid, path }: Machine): Promise<void> {
  if (platform !== 'linux') throw new Error(`The image is built and run on Linux, not on ${platform}: let CI do it.`);
  const there = await Promise.all(NEEDED.map((program) => findProgram(program, path)));
  const missing = NEEDED.filter((_, index) => there[index] === undefined);
  if (missing.length > 0) {
    throw new Error(
      `The image cannot be built and run without ${missing.join(', ')}: apt-get install buildah debootstrap util-linux.`,
    );
  }
  if (uid !== 0) throw new Error('The image is built and run in namespaces of its own, which takes root: use sudo.');
}

/** The first file of that name on the PATH that can be run. */
export async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

/**
 * Runs a program that may take long to its end; it does not outlive this process.
 * @throws Error with the end of what it printed, unless it exits with 0
 */
export async function runToEnd(
  guardian: Guardian,
  [program = '', ...args]: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const log = join(guardian.folder, `${randomBytes(4).toString('hex')}.log`);
  const { code, signal, problem } = await (await guardian.run({ program, args, log, ...options })).ended;
  if (code === 0) return;
  const printed = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-15).join('\n');
  throw new Error(`${program} ${args.join(' ')}: ${problem ?? signal ?? `exit code ${code}`}\n${printed}`);
}

/** What a quick program prints, trimmed. @throws Error with its message unless it exits with 0 */
export async function ask([program = '', ...args]: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 16 * 1024 * 1024 });
  return stdout.trim();
}
