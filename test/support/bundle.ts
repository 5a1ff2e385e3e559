import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * The built program's path.
 * @throws Error when it is not built, or older than what it is built from: then tests would prove nothing about the sources
 */
export function builtBundle(): string {
  const bundle = join(ROOT, 'dist', 'workteam-operator.js');
  const built = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs;
  if (built === undefined) throw new Error(`There is no ${bundle}: run \`npm run build\`.`);
  for (const entry of readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })) {
    const source = join(entry.parentPath, entry.name);
    if (!entry.isFile() || statSync(source).mtimeMs <= built) continue;
    throw new Error(`${source} is newer than ${bundle}: run \`npm run build\`.`);
  }
  return bundle;
}
