import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guardian } from '../control-plane/guarded.ts';
import { withLock } from '../control-plane/lock.ts';
import type { OnProgress } from '../control-plane/progress.ts';
import { ask, runToEnd } from './programs.ts';

export interface DebianOptions {
  /** The cache folder; it is there. */
  readonly cache: string;
  readonly guardian: Guardian;
  readonly onProgress: OnProgress;
}

/** A release, and where its packages are; `debootstrap` knows a place of its own when there is none. */
export interface Release {
  readonly suite: string;
  readonly mirror: string | undefined;
}

/**
 * The path of a tar file with a minimal root filesystem: the essential packages of the release that this machine installs
 * from, from where it installs them. It is made at the first call, by one process at a time, and cached.
 */
export async function debianRoot({ cache, guardian, onProgress }: DebianOptions): Promise<string> {
  const { suite, mirror } = releaseIn(await ask(INDEXES).catch(() => ''));
  const archive = join(cache, `${suite}-${process.arch}.tar`);
  if (await isThere(archive)) return archive;
  const waiting = () =>
    onProgress({ kind: 'began', task: 'Waiting for another process that makes a root filesystem', hint: cache });
  await withLock(join(cache, 'lock'), waiting, async () => {
    onProgress({ kind: 'ended' });
    if (await isThere(archive)) return;
    onProgress({ kind: 'began', task: `Installing ${suite} into a folder`, hint: 'about a minute, then cached' });
    try {
      await rename(await install({ suite, mirror }, guardian), archive);
    } finally {
      onProgress({ kind: 'ended' });
    }
  });
  return archive;
}

/** What apt installs from, a line each: who made it, its code name, its part, its place. */
const INDEXES = [
  ...['apt-get', 'indextargets', '--format', '$(ORIGIN) $(CODENAME) $(COMPONENT) $(SITE)'],
  'Created-By: Packages',
];

/** The release itself among what apt installs from; Debian's stable one when apt says nothing. */
export function releaseIn(indexes: string): Release {
  for (const line of indexes.split('\n')) {
    const [origin = '', suite = '', component, mirror] = line.split(' ');
    // bookworm-updates and the like are no releases of their own.
    const isRelease = ['Debian', 'Ubuntu'].includes(origin) && component === 'main' && !suite.includes('-');
    if (isRelease) return { suite, mirror };
  }
  return { suite: 'stable', mirror: undefined };
}

/** What nobody needs who only runs npm. */
const DROPPED = ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale'];

async function install({ suite, mirror }: Release, guardian: Guardian): Promise<string> {
  const folder = join(guardian.folder, suite);
  const archive = `${folder}.tar`;
  await mkdir(folder);
  const debootstrap = ['debootstrap', '--variant=minbase', suite, folder, ...(mirror === undefined ? [] : [mirror])];
  // What it mounts goes with it, however it ends.
  await runToEnd(guardian, ['unshare', '--mount', ...debootstrap]);
  for (const path of DROPPED) await rm(join(folder, path), { recursive: true, force: true });
  await runToEnd(guardian, ['tar', '--directory', folder, '--create', '--file', archive, '.']);
  await rm(folder, { recursive: true });
  return archive;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
