import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { putInPlace } from './cache.ts';
import type { Supply } from './resolve.ts';
import { ENVTEST, TOOLS } from './versions.ts';

const RELEASES = 'https://github.com/kubernetes-sigs/controller-tools/releases/download';

/** Where the archive is, what it must be, and how long (in ms) the server may be silent before we move on. */
export type Archive = {
  readonly url: string;
  readonly sha512: string;
  readonly silence: number;
};

/** Supplies the three tools from the official archive; see `Supplier`. */
export async function downloadArchive(supply: Supply): Promise<string | undefined> {
  const { platform, tools } = supply;
  const sha512 = ENVTEST.sha512[platform];
  if (sha512 === undefined) return `no checksum of an archive for ${platform} is known here`;
  const absent = tools.filter((tool) => !TOOLS.some((packed) => packed === tool));
  if (absent.length > 0) return `it does not contain ${absent.join(', ')}`;
  const release = `envtest-v${ENVTEST.kubernetes}`;
  const url = `${RELEASES}/${release}/${release}-${platform}.tar.gz`;
  supply.onProgress({ kind: 'began', task: `Downloading Kubernetes ${ENVTEST.kubernetes}`, hint: 'then cached' });
  try {
    return await unpackArchive(supply, { url, sha512, silence: 5_000 });
  } finally {
    supply.onProgress({ kind: 'ended' });
  }
}

/** Downloads, checks and unpacks; nothing of an archive with another checksum is ever used. */
export async function unpackArchive(supply: Supply, archive: Archive): Promise<string | undefined> {
  const { guardian, entry, tools } = supply;
  const file = join(guardian.folder, 'archive.tar.gz');
  const failure = await download(archive, file);
  if (failure !== undefined) return failure;
  const log = join(guardian.folder, 'tar.log');
  const paths = tools.map((tool) => `controller-tools/envtest/${tool}`);
  const tar = await guardian
    .run({ program: 'tar', args: ['-xzf', file, '-C', guardian.folder, ...paths], log })
    .then(({ ended }) => ended)
    .catch(() => undefined);
  if (tar?.code !== 0) return 'tar could not unpack it';
  for (const path of paths) await putInPlace(join(guardian.folder, path), entry);
  return undefined;
}

async function download({ url, sha512, silence }: Archive, file: string): Promise<string | undefined> {
  const hash = createHash('sha512');
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), silence);
  const target = await open(file, 'w', 0o600);
  try {
    const response = await fetch(url, { signal: patience.signal });
    if (!response.ok || response.body === null) return `${new URL(url).host} answered ${response.status}`;
    for await (const chunk of response.body) {
      timer.refresh();
      hash.update(chunk);
      await target.write(chunk);
    }
  } catch {
    return `${new URL(url).host} cannot be reached`;
  } finally {
    clearTimeout(timer);
    await target.close();
  }
  return hash.digest('hex') === sha512 ? undefined : 'its SHA-512 is not the one pinned here';
}
