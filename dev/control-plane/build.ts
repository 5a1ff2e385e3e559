import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingTools, putInPlace } from './cache.ts';
import type { Command, Guardian } from './guarded.ts';
import type { Supply } from './resolve.ts';
import { ETCD_VERSION, GO_VERSION, KUBERNETES_VERSION, type Platform, type Tool } from './versions.ts';

/** The folder with go.mod and go.sum. */
const MODULE = fileURLToPath(new URL('.', import.meta.url));

const PACKAGES: Readonly<Record<Tool, string>> = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
};

/** For etcd, kube-apiserver and kubectl together, measured on two cores: 5 minutes when they are idle. */
const HINT = '5 to 10 minutes in all, then cached';

/** Builds what is missing from source with Go, one tool after the other, keeping each as it is finished; see `Supplier`. */
export async function buildWithGo({
  tools,
  entry,
  platform,
  guardian,
  onProgress,
}: Supply): Promise<string | undefined> {
  const env = buildEnvironment(guardian.folder, platform);
  await mkdir(env.GOTMPDIR);
  const unfit = await whyGoIsUnfit(guardian, env);
  if (unfit !== undefined) return unfit;
  for (const tool of await missingTools(entry, tools)) {
    onProgress({ kind: 'began', task: `Building ${tool} ${versionOf(tool)}`, hint: HINT });
    const built = join(guardian.folder, tool);
    const result = await runGo(guardian, { args: buildArguments(tool, built), env, log: `${built}.log` });
    onProgress({ kind: 'ended' });
    if (!result.ok) return `${tool} does not build: ${result.output}`;
    await putInPlace(built, entry);
  }
  return undefined;
}

function versionOf(tool: Tool): string {
  return tool === 'etcd' ? ETCD_VERSION : KUBERNETES_VERSION;
}

/** For this machine, statically, whatever the user's own Go settings say; scratch files where they are removed. */
function buildEnvironment(folder: string, platform: Platform) {
  const [GOOS = '', GOARCH = ''] = platform.split('-');
  return { CGO_ENABLED: '0', GOOS, GOARCH, GOWORK: 'off', GOTMPDIR: join(folder, 'go') };
}

/**
 * The version goes into the binaries because Helm and Argo CD refuse a server without one; it is set
 * twice because clients keep their own copy.
 */
export function buildArguments(tool: Tool, output: string): string[] {
  const [major, minor] = KUBERNETES_VERSION.split('.');
  const variables = { gitVersion: `v${KUBERNETES_VERSION}`, gitMajor: major, gitMinor: minor };
  const stamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((module) =>
    Object.entries(variables).map(([name, value]) => `-X ${module}.${name}=${value}`),
  );
  const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', ['-s', '-w', ...stamps].join(' ')];
  return ['build', ...flags, '-o', output, PACKAGES[tool]];
}

/** A Go from 1.21 on fetches the newer one that go.mod asks for, unless told not to; `go env` shows the outcome. */
async function whyGoIsUnfit(guardian: Guardian, env: Record<string, string>): Promise<string | undefined> {
  const log = join(guardian.folder, 'go-version.log');
  const { ok, output } = await runGo(guardian, { args: ['env', 'GOVERSION'], env, log });
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

/** `output` is the last line that Go printed, or why it could not be started. */
async function runGo(
  guardian: Guardian,
  command: Omit<Command, 'program' | 'cwd'>,
): Promise<{ ok: boolean; output: string }> {
  try {
    const go = await guardian.run({ ...command, program: 'go', cwd: MODULE });
    const { code } = await go.ended;
    const lines = (await readFile(command.log, 'utf8')).trim().split('\n');
    return { ok: code === 0, output: lines.at(-1) ?? '' };
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) };
  }
}
