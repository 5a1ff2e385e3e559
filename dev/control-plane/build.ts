import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missingTools, putInPlace } from './cache.ts';
import { buildEnvironment, REPRODUCIBLE, runGo, whyGoIsUnfit } from './go.ts';
import type { Supply } from './resolve.ts';
import { ETCD_VERSION, KUBERNETES_VERSION, type Tool } from './versions.ts';

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
  const unfit = await whyGoIsUnfit(guardian, MODULE, env);
  if (unfit !== undefined) return unfit;
  for (const tool of await missingTools(entry, tools)) {
    onProgress({ kind: 'began', task: `Building ${tool} ${versionOf(tool)}`, hint: HINT });
    const built = join(guardian.folder, tool);
    const result = await runGo(guardian, { args: buildArguments(tool, built), env, log: `${built}.log`, cwd: MODULE });
    onProgress({ kind: 'ended' });
    if (!result.ok) return `${tool} does not build: ${result.output}`;
    await putInPlace(built, entry);
  }
  return undefined;
}

function versionOf(tool: Tool): string {
  return tool === 'etcd' ? ETCD_VERSION : KUBERNETES_VERSION;
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
  const flags = [...REPRODUCIBLE, '-ldflags', ['-s', '-w', ...stamps].join(' ')];
  return ['build', ...flags, '-o', output, PACKAGES[tool]];
}
