import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';

/** A Git repository in a folder, as Argo CD clones it. */
export interface GitFolder {
  /** For `spec.source.repoURL`. */
  readonly url: string;
  /** Commits files by their paths; `null` takes one out. Returns the commit. */
  commit(files: Readonly<Record<string, string | null>>): Promise<string>;
  /** Commits a copy of a folder of ours. Returns the commit. */
  commitCopy(of: string, as: string): Promise<string>;
}

/** To be called at the top of a test file: an empty repository with the branch `main`, gone after the last test. */
export function useGitFolder(): GitFolder {
  let folder = '';
  // Nothing of the settings of whoever runs the tests.
  const git = async (...args: string[]): Promise<string> => {
    const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    const { stdout } = await promisify(execFile)('git', [...who, ...args], { cwd: folder, env });
    return stdout.trim();
  };
  const save = async (): Promise<string> => {
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'Change work teams');
    return git('rev-parse', 'HEAD');
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'workteam-operator-git-'));
    await git('init', '--quiet', '--initial-branch', 'main');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return {
    get url() {
      return `file://${folder}`;
    },
    async commit(files) {
      for (const [path, content] of Object.entries(files)) {
        const file = join(folder, path);
        await mkdir(dirname(file), { recursive: true });
        await (content === null ? rm(file) : writeFile(file, content));
      }
      return save();
    },
    async commitCopy(of, as) {
      await cp(of, join(folder, as), { recursive: true });
      return save();
    },
  };
}
