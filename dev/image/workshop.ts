import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { cacheRoot, removeAbandonedScratch, scratchIn } from '../control-plane/cache.ts';
import { type Guardian, openGuardian } from '../control-plane/guarded.ts';
import { type OnProgress, terminalProgress } from '../control-plane/progress.ts';
import { BUILD_BASE, makeBases, npmCache, RUN_BASE } from './bases.ts';
import { type Buildah, buildahIn } from './buildah.ts';
import { debianRoot } from './debian.ts';
import { requireImageTools } from './programs.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

/** How an image is to be run, as its own configuration says. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
}

/** Builds the image from the Dockerfile of this checkout, on local stand-ins for its base images. */
export interface Workshop {
  /** What is started through it ends with the workshop. */
  readonly guardian: Guardian;
  /** A folder with the files of the base that the image is built on. */
  readonly base: string;
  /** Builds the image under that name; returns its digest, which is the same for the same image. */
  build(name: string): Promise<string>;
  configOf(name: string): Promise<ImageConfig>;
  /** A folder with the files of an image, for one container. */
  unpack(name: string): Promise<string>;
  /** Ends everything and removes everything but the cache. */
  close(): Promise<void>;
}

/**
 * Opens a workshop: the first time in a minute or two, then in about twenty seconds.
 * @throws Error, one sentence that says what to install, where images cannot be built
 */
export async function openWorkshop(onProgress: OnProgress = terminalProgress(process.stderr)): Promise<Workshop> {
  await requireImageTools({ platform: process.platform, uid: process.getuid?.(), path: process.env.PATH ?? '' });
  const cache = cacheRoot(process.env, homedir(), 'image');
  await mkdir(cache, { recursive: true });
  await removeAbandonedScratch(cache, Date.now());
  const guardian = await openGuardian(scratchIn(cache, randomBytes(4).toString('hex')));
  const during = async <T>(task: string, hint: string, work: () => Promise<T>): Promise<T> => {
    onProgress({ kind: 'began', task, hint });
    return await work().finally(() => onProgress({ kind: 'ended' }));
  };
  try {
    const debian = await debianRoot({ cache, guardian, onProgress });
    const buildah = buildahIn(guardian);
    const base = await during('Making base images', 'about 20 s', () => makeBases(buildah, debian, process.execPath));
    return {
      guardian,
      base,
      build: (name) => during('Building the image', 'about a minute', () => build(buildah, name)),
      configOf: async (name) => (await inspect(buildah, name)).OCIv1.config,
      unpack: async (name) => buildah.ask(['mount', await buildah.from(name)]),
      close: () => guardian.close(),
    };
  } catch (error) {
    await guardian.close();
    throw error;
  }
}

async function build(buildah: Buildah, name: string): Promise<string> {
  await buildah.run([
    ...['build', '--pull-never', '--layers=false', '--no-cache'],
    // Nothing of the image tells when it was built.
    ...['--timestamp', '0'],
    ...['--build-arg', `BUILD_IMAGE=${BUILD_BASE}`, '--build-arg', `RUN_IMAGE=${RUN_BASE}`],
    // What npm has downloaded before, it need not download again.
    ...['--volume', `${await npmCache()}:/root/.npm`],
    ...['--tag', name, REPOSITORY],
  ]);
  return (await inspect(buildah, name)).FromImageDigest;
}

interface Inspected {
  readonly FromImageDigest: string;
  readonly OCIv1: { readonly config: ImageConfig };
}

async function inspect(buildah: Buildah, name: string): Promise<Inspected> {
  return JSON.parse(await buildah.ask(['inspect', '--type', 'image', name]));
}
