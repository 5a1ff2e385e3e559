import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command, Guardian } from './guarded.ts';
import { GO_VERSION, type Platform } from './versions.ts';

/** For this machine, statically, whatever the user's own Go settings say; scratch files where they are removed. */
export function buildEnvironment(folder: string, platform: Platform) {
  const [GOOS = '', GOARCH = ''] = platform.split('-');
  return { CGO_ENABLED: '0', GOOS, GOARCH, GOWORK: 'off', GOTMPDIR: join(folder, 'go') };
}

/** Flags of every `go build` here: nothing but what go.mod and go.sum pin, and nothing about this machine in the result. */
export const REPRODUCIBLE = ['-mod=readonly', '-buildvcs=false', '-trimpath'] as const;

/** A `go` command; it runs in the folder of a go.mod. */
export type GoCommand = Omit<Command, 'program'> & { readonly cwd: string };

/** `output` is the last line that Go printed, or why it could not be started. */
export async function runGo(guardian: Guardian, command: GoCommand): Promise<{ ok: boolean; output: string }> {
  try {
    const go = await guardian.run({ ...command, program: 'go' });
    const { code } = await go.ended;
    const lines = (await readFile(command.log, 'utf8')).trim().split('\n');
    return { ok: code === 0, output: lines.at(-1) ?? '' };
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Resolves to undefined when there is a Go that is new enough to build the module in `cwd`, else to why not. A Go from
 * 1.21 on fetches the newer one that go.mod asks for, unless told not to; `go env` shows the outcome.
 */
export async function whyGoIsUnfit(
  guardian: Guardian,
  cwd: string,
  env: Record<string, string>,
): Promise<string | undefined> {
  const log = join(guardian.folder, 'go-version.log');
  const { ok, output } = await runGo(guardian, { args: ['env', 'GOVERSION'], env, log, cwd });
  if (ok && isNewEnough(output)) return undefined;
  if (output.includes('ENOENT')) return 'there is no `go` on the PATH';
  return `it needs Go ${GO_VERSION.major}.${GO_VERSION.minor} or newer, and \`go env GOVERSION\` says ${output || 'nothing'}`;
}

/** Of what `go env GOVERSION` prints: `go1.26.8`, `go1.27rc1`, `devel go1.28-0123abc`. */
export function isNewEnough(version: string): boolean {
  const [, major, minor] = /\bgo(\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) !== GO_VERSION.major) return Number(major) > GO_VERSION.major;
  return Number(minor) >= GO_VERSION.minor;
}
