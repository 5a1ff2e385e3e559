import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCKERFILE = fileURLToPath(new URL('../../Dockerfile', import.meta.url));

/**
 * The flags of Node that the image sets, so that what is measured outside of it runs as it does inside.
 * @throws Error when the Dockerfile sets none
 */
export function imageNodeOptions(): string[] {
  const [, options] = /^ENV NODE_OPTIONS="([^"]+)"$/m.exec(readFileSync(DOCKERFILE, 'utf8')) ?? [];
  if (options === undefined) throw new Error(`${DOCKERFILE} sets no NODE_OPTIONS`);
  return options.split(' ');
}
