import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratchIn } from '../control-plane/cache.ts';

/** The folder whose go.mod pins Argo CD. */
const MODULE = fileURLToPath(new URL('../tools/argocd/', import.meta.url));
const ARGO_CD = 'github.com/argoproj/argo-cd/v3';

/**
 * A folder with Argo CD's own CRDs, of the version that the program was built from. They are kept beside the program, so that
 * it needs Go and its module cache at the first call only.
 * @throws Error with what Go said
 */
export async function crdsOf(program: string): Promise<string> {
  const entry = dirname(program);
  const folder = join(entry, 'crds');
  if (await exists(folder)) return folder;
  const scratch = scratchIn(dirname(entry), randomBytes(4).toString('hex'));
  try {
    const source = join(await sourceFolder(), 'manifests', 'crds');
    // Not as a whole: folders of the module cache cannot be written to.
    await mkdir(scratch);
    for (const name of await readdir(source)) await copyFile(join(source, name), join(scratch, name));
    // Another process may have been quicker.
    await rename(scratch, folder).catch(async (error) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}

/** Where Go keeps the source of Argo CD. */
async function sourceFolder(): Promise<string> {
  const env = { ...process.env, GOWORK: 'off' };
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', ARGO_CD], { cwd: MODULE, env });
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  return Dir;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
