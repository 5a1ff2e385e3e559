import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratchIn } from '../control-plane/cache.ts';

/** The folder whose go.mod pins Argo CD. */
const MODULE = fileURLToPath(new URL('../tools/argocd/', import.meta.url));
const ARGO_CD = 'github.com/argoproj/argo-cd/v3';

/** Called by the repo server for every commit, whether or not signatures matter. */
const SCRIPTS = ['git-verify-wrapper.sh'];

/** What Argo CD needs of its own source besides the program. */
export type Source = {
  /** A folder with its CRDs and a kustomization.yaml. */
  readonly crds: string;
  /** A folder with scripts that are to be on the PATH. */
  readonly scripts: string;
};

/**
 * The files of the version that the program was built from. They are kept beside the program, so that Go and its module cache are
 * needed at the first call only.
 * @throws Error with what Go said
 */
export async function sourceOf(program: string): Promise<Source> {
  const entry = dirname(program);
  const folder = join(entry, 'source');
  const source = { crds: join(folder, 'crds'), scripts: join(folder, 'scripts') };
  if (await exists(folder)) return source;
  const scratch = scratchIn(dirname(entry), randomBytes(4).toString('hex'));
  try {
    await copyTo(scratch);
    // Another process may have been quicker.
    await rename(scratch, folder).catch(async (error) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return source;
}

/** File by file: folders of the module cache cannot be written to, and files in it cannot be run. */
async function copyTo(folder: string): Promise<void> {
  const env = { ...process.env, GOWORK: 'off' };
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', ARGO_CD], { cwd: MODULE, env });
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  const crds = join(Dir, 'manifests', 'crds');
  for (const name of ['crds', 'scripts']) await mkdir(join(folder, name), { recursive: true });
  for (const name of await readdir(crds)) await copyFile(join(crds, name), join(folder, 'crds', name));
  for (const name of SCRIPTS) {
    const copy = join(folder, 'scripts', name);
    await copyFile(join(Dir, 'hack', name), copy);
    await chmod(copy, 0o755);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
