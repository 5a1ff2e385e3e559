import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { builtBundle } from './bundle.ts';
import { expectNoLeak, secretsOf } from './canary.ts';

/** How a call of the bundle ended. */
export interface Called {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code; `undefined` when it had to be killed. */
  readonly code: number | undefined;
}

export interface CallOptions {
  /** Its whole environment, besides PATH and a HOME with nothing in it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the bundle is; the built one when left out. */
  readonly bundle?: string;
}

/** No call that is to fail may take longer, in milliseconds; then it is killed. */
const LONGEST_MS = 90_000;

/**
 * To be called at the top of a test file: calls the bundle from an empty folder and waits for its end. A call whose output shows
 * a secret of its environment is rejected.
 */
export function useCommand(): { home: string; call(args: readonly string[], options?: CallOptions): Promise<Called> } {
  const home = mkdtempSync(join(tmpdir(), 'workteam-operator-empty-'));
  afterAll(() => rmSync(home, { recursive: true }));
  return {
    home,
    call: (args, { env = {}, bundle = builtBundle() } = {}) =>
      new Promise((resolve, reject) => {
        const options = {
          cwd: home,
          env: { PATH: process.env.PATH, HOME: home, ...env },
          timeout: LONGEST_MS,
          killSignal: 'SIGKILL' as const,
        };
        execFile(process.execPath, [bundle, ...args], options, (error, stdout, stderr) => {
          const code = error === null ? 0 : error.code;
          try {
            expectNoLeak(`workteam-operator ${args.join(' ')}`, `${stdout}\n${stderr}`, secretsOf(env));
            resolve({ stdout, stderr, code: typeof code === 'number' ? code : undefined });
          } catch (leak) {
            reject(leak);
          }
        });
      }),
  };
}
