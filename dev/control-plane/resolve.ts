import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { downloadArchive } from './archive.ts';
import { buildWithGo } from './build.ts';
import { cacheRoot, type Environment, entryOf, missingTools, removeAbandonedScratch, scratchIn } from './cache.ts';
import { type Guardian, openGuardian } from './guarded.ts';
import { withLock } from './lock.ts';
import { type OnProgress, terminalProgress } from './progress.ts';
import {
  ENVTEST,
  GO_VERSION,
  KUBERNETES_VERSION,
  OPTIONAL_TOOLS,
  type Platform,
  platformOf,
  TOOLS,
  type Tool,
} from './versions.ts';

/** Where the binaries came from, in the order in which the places are tried. */
export type Source = 'KUBEBUILDER_ASSETS' | 'cache' | 'archive' | 'go';

export type Binaries = { readonly source: Source; readonly folder: string };

/** What a supplier is given: it puts `tools` into the cache entry, and works in the guardian's folder. */
export type Supply = {
  readonly tools: readonly Tool[];
  readonly entry: string;
  readonly platform: Platform;
  readonly guardian: Guardian;
  readonly onProgress: OnProgress;
};

/** Resolves to undefined when all tools are in the entry, else to the reason why they are not: `no network`. */
export type Supplier = (supply: Supply) => Promise<string | undefined>;

export type Resolution = {
  readonly tools?: readonly Tool[];
  readonly onProgress?: OnProgress;
  readonly env?: Environment;
  readonly platform?: Platform;
  readonly archive?: Supplier;
  readonly go?: Supplier;
};

/**
 * Finds etcd, kube-apiserver and kubectl (or the `tools` asked for), and says through `onProgress` which
 * it took: `KUBEBUILDER_ASSETS`; the cache; the official archive; a build with Go. The last two fill
 * the cache, one process at a time, and may take minutes the first time.
 *
 * @throws Error that says what to install, when every one of them failed; and when KUBEBUILDER_ASSETS
 * is set to a folder without them, because whoever sets it means it.
 */
export async function resolveBinaries(resolution: Resolution = {}): Promise<Binaries> {
  const { tools = TOOLS, env = process.env, onProgress = terminalProgress(process.stderr) } = resolution;
  const assets = await fromAssets(env.KUBEBUILDER_ASSETS ?? '', tools);
  if (assets !== undefined) return announce({ source: 'KUBEBUILDER_ASSETS', folder: assets }, onProgress);

  const platform = resolution.platform ?? platformOf(process.platform, process.arch);
  const root = cacheRoot(env, homedir());
  const cached = await fromCache(root, platform, tools);
  if (cached !== undefined) return announce({ source: 'cache', folder: cached }, onProgress);

  await mkdir(root, { recursive: true });
  const waiting = () =>
    onProgress({ kind: 'began', task: 'Waiting for another process to fill the cache', hint: root });
  const found = await withLock(join(root, 'lock'), waiting, async (): Promise<Binaries> => {
    onProgress({ kind: 'ended' });
    const filled = await fromCache(root, platform, tools);
    if (filled !== undefined) return { source: 'cache', folder: filled };
    return fillCache(root, platform, tools, { archive: downloadArchive, go: buildWithGo, ...resolution, onProgress });
  });
  return announce(found, onProgress);
}

function announce(binaries: Binaries, onProgress: OnProgress): Binaries {
  const from = {
    KUBEBUILDER_ASSETS: 'from KUBEBUILDER_ASSETS',
    cache: 'from the cache',
    archive: 'from the official archive',
    go: 'built with Go',
  } satisfies Record<Source, string>;
  onProgress({ kind: 'note', text: `Kubernetes binaries ${from[binaries.source]}: ${binaries.folder}` });
  return binaries;
}

async function fromAssets(folder: string, tools: readonly Tool[]): Promise<string | undefined> {
  if (folder === '') return undefined;
  const missing = await missingTools(folder, tools);
  if (missing.length === 0) return folder;
  // Nobody's assets have these.
  if (missing.every((tool) => OPTIONAL_TOOLS.some((optional) => optional === tool))) return undefined;
  throw new Error(`KUBEBUILDER_ASSETS is ${folder}, where ${missing.join(', ')} cannot be run: correct or unset it.`);
}

async function fromCache(root: string, platform: Platform, tools: readonly Tool[]): Promise<string | undefined> {
  for (const version of [KUBERNETES_VERSION, ENVTEST.kubernetes]) {
    const entry = entryOf(root, version, platform);
    if ((await missingTools(entry, tools)).length === 0) return entry;
  }
  return undefined;
}

type Suppliers = Required<Pick<Resolution, 'archive' | 'go' | 'onProgress'>>;

async function fillCache(
  root: string,
  platform: Platform,
  tools: readonly Tool[],
  { archive, go, onProgress }: Suppliers,
): Promise<Binaries> {
  await removeAbandonedScratch(root, Date.now());
  const steps = [
    { source: 'archive', name: 'the official archive', version: ENVTEST.kubernetes, supply: archive },
    { source: 'go', name: 'a build with Go', version: KUBERNETES_VERSION, supply: go },
  ] as const;
  const reasons: string[] = [];
  const guardian = await openGuardian(scratchIn(root, randomBytes(4).toString('hex')));
  try {
    for (const { source, name, version, supply } of steps) {
      for (const reason of reasons) onProgress({ kind: 'note', text: `Not from ${reason}.` });
      const entry = entryOf(root, version, platform);
      const reason = await supply({ tools, entry, platform, guardian, onProgress });
      if (reason === undefined) return { source, folder: entry };
      reasons.push(`${name}: ${reason}`);
    }
  } finally {
    await guardian.close();
  }
  throw new Error(
    `There is no Kubernetes control plane to start: install Go ${GO_VERSION.major}.${GO_VERSION.minor} or newer (https://go.dev/dl), ` +
      `or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl (${reasons.join('; ')}).`,
  );
}
