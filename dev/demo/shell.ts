import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Address } from '../control-plane/access.ts';
import type { Guardian } from '../control-plane/guarded.ts';

/** What a command line did; `output` is what a terminal would show. `code` is null when it was killed. */
export interface Typed {
  readonly code: number | null;
  readonly output: string;
}

export type Shell = (line: string) => Promise<Typed>;

/** Paths on the command line are relative to this. */
export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** A shell in which `kubectl` is the control plane's own and speaks to it as the administrator. */
export function shellIn(guardian: Guardian, address: Address): Shell {
  const env = {
    PATH: `${dirname(address.binaries.kubectl)}:${process.env.PATH ?? ''}`,
    KUBECONFIG: address.kubeconfig,
    KUBECACHEDIR: join(guardian.folder, 'kubectl-cache'),
    KUBERC: 'off',
  };
  let count = 0;
  return async (line) => {
    count += 1;
    const log = join(guardian.folder, `command-${count}.log`);
    const { ended } = await guardian.run({ program: 'sh', args: ['-c', line], log, cwd: REPOSITORY, env });
    const { code } = await ended;
    return { code, output: await readFile(log, 'utf8') };
  };
}
