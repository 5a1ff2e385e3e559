import { join } from 'node:path';
import type { Guardian } from '../control-plane/guarded.ts';
import { ask, runToEnd } from './programs.ts';

/** buildah with images and containers of its own, which are gone when the guardian is closed. */
export interface Buildah {
  /** Somewhere to work. */
  readonly folder: string;
  /** One command, to its end. @throws Error with what it printed, unless it succeeds */
  run(args: readonly string[]): Promise<void>;
  /** What a quick command prints. */
  ask(args: readonly string[]): Promise<string>;
  /** A new container of an image; its name. */
  from(image: string): Promise<string>;
}

export function buildahIn(guardian: Guardian): Buildah {
  const { folder } = guardian;
  // What works in any container too: plain folders for layers, chroot for processes.
  const storage = ['--storage-driver', 'vfs', '--root', join(folder, 'storage'), '--runroot', join(folder, 'run')];
  const command = ([verb = '', ...args]: readonly string[]) => {
    const isolation = verb === 'run' || verb === 'build' ? ['--isolation', 'chroot'] : [];
    return ['buildah', ...storage, verb, ...isolation, ...args];
  };
  return {
    folder,
    // Its scratch files too are removed with the folder.
    run: (args) => runToEnd(guardian, command(args), { env: { TMPDIR: folder } }),
    ask: (args) => ask(command(args)),
    from: (image) => ask(command(['from', '--pull-never', image])),
  };
}
