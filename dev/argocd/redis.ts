import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/**
 * The `redis-server` in the folders of a PATH; no registry that we use has it, so it comes from the system.
 * @throws Error that says how to install it
 */
export async function findRedis(path: string): Promise<string> {
  for (const folder of path.split(delimiter)) {
    const program = join(folder, 'redis-server');
    const runs = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return program;
  }
  throw new Error(
    'Argo CD needs redis-server, which is not on the PATH: install it (on Debian: apt-get install redis-server).',
  );
}
