import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  cacheRoot,
  type Environment,
  missingTools,
  putInPlace,
  removeAbandonedScratch,
  scratchIn,
} from '../control-plane/cache.ts';
import { buildEnvironment, REPRODUCIBLE, runGo, whyGoIsUnfit } from '../control-plane/go.ts';
import { type Guardian, openGuardian } from '../control-plane/guarded.ts';
import { withLock } from '../control-plane/lock.ts';
import { type OnProgress, terminalProgress } from '../control-plane/progress.ts';
import { GO_VERSION, platformOf } from '../control-plane/versions.ts';

/** What is built from the folder of the same name beside this file, and how long that takes on two idle cores. */
export const GO_TOOLS = {
  helm: { package: 'helm.sh/helm/v4/cmd/helm', hint: 'about 2 minutes, then cached' },
  kustomize: { package: 'sigs.k8s.io/kustomize/kustomize/v5', hint: 'about half a minute, then cached' },
  argocd: { package: 'github.com/argoproj/argo-cd/v3/cmd', hint: 'about 5 minutes, then cached' },
  actionlint: { package: 'github.com/rhysd/actionlint/cmd/actionlint', hint: 'about 20 s, then cached' },
} as const satisfies Record<string, { package: string; hint: string }>;

export type GoTool = keyof typeof GO_TOOLS;

export type GoToolOptions = {
  /** Told what is going on; unless given, a person on standard error is. */
  readonly onProgress?: OnProgress;
  /** Says where the cache is. */
  readonly env?: Environment;
  /** The folder that holds a folder with go.mod and go.sum for each tool. */
  readonly modules?: string;
};

/**
 * The path of a program that is written in Go, built from exactly the versions that its go.mod and go.sum pin. It is
 * built at the first call, by one process at a time, and cached until one of the two files changes.
 *
 * @throws Error that says what to install, or what Go said.
 */
export async function goTool(tool: GoTool, options: GoToolOptions = {}): Promise<string> {
  const { onProgress = terminalProgress(process.stderr), env = process.env } = options;
  const module = join(options.modules ?? fileURLToPath(new URL('.', import.meta.url)), tool);
  const platform = platformOf(process.platform, process.arch);
  const { version, digest } = await pinned(tool, module);
  const root = cacheRoot(env, homedir(), 'tools');
  const entry = join(root, `${tool}-${version}-${digest}-${platform}`);
  const isThere = async () => (await missingTools(entry, [tool])).length === 0;
  const program = join(entry, tool);
  if (await isThere()) return program;

  await mkdir(root, { recursive: true });
  const waiting = () => onProgress({ kind: 'began', task: 'Waiting for another process that builds', hint: root });
  await withLock(join(root, 'lock'), waiting, async () => {
    onProgress({ kind: 'ended' });
    if (await isThere()) return;
    await removeAbandonedScratch(root, Date.now());
    const guardian = await openGuardian(scratchIn(root, randomBytes(4).toString('hex')));
    onProgress({ kind: 'began', task: `Building ${tool} ${version}`, hint: GO_TOOLS[tool].hint });
    try {
      await putInPlace(await build(tool, module, guardian), entry);
    } finally {
      onProgress({ kind: 'ended' });
      await guardian.close();
    }
  });
  return program;
}

/** Returns the path of the built program. */
async function build(tool: GoTool, module: string, guardian: Guardian): Promise<string> {
  const { folder } = guardian;
  const env = buildEnvironment(folder, platformOf(process.platform, process.arch));
  await mkdir(env.GOTMPDIR);
  const unfit = await whyGoIsUnfit(guardian, module, env);
  if (unfit !== undefined) {
    const needed = `Go ${GO_VERSION.major}.${GO_VERSION.minor}`;
    throw new Error(`${tool} cannot be built: install ${needed} or newer (https://go.dev/dl); ${unfit}.`);
  }
  const built = join(folder, tool);
  const args = ['build', ...REPRODUCIBLE, '-ldflags', '-s -w', '-o', built, GO_TOOLS[tool].package];
  const { ok, output } = await runGo(guardian, { args, env, log: `${built}.log`, cwd: module });
  if (!ok) throw new Error(`${tool} cannot be built: ${output}`);
  return built;
}

/** The version of the module that the tool is in, and a digest of everything that is pinned with it. */
async function pinned(tool: GoTool, module: string): Promise<{ version: string; digest: string }> {
  const [mod, sum] = await Promise.all(['go.mod', 'go.sum'].map((file) => readFile(join(module, file), 'utf8')));
  const digest = createHash('sha256').update(`${mod}\n${sum}`).digest('hex').slice(0, 12);
  return { version: versionIn(mod ?? '', GO_TOOLS[tool].package), digest };
}

/** Of the longest module path that the package begins with. @throws Error when go.mod requires none. */
export function versionIn(goMod: string, packagePath: string): string {
  const required = [...goMod.matchAll(/^(?:require )?\s*(\S+) (v\S+)/gm)]
    .map(([, path = '', version = '']) => ({ path, version }))
    .filter(({ path }) => packagePath === path || packagePath.startsWith(`${path}/`))
    .toSorted((one, other) => other.path.length - one.path.length);
  const [module] = required;
  if (module === undefined) throw new Error(`go.mod does not require a module with ${packagePath}`);
  return module.version;
}
