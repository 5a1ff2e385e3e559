import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCKERFILE = fileURLToPath(new URL('../../Dockerfile', import.meta.url));

const NODE_OPTIONS = 'NODE_OPTIONS';

/**
 * The flags of Node that the image sets, so that what is measured outside of it runs as it does inside.
 * @throws Error when the Dockerfile sets none
 */
export function imageNodeOptions(): string[] {
  const options = imageEnvironment().get(NODE_OPTIONS);
  if (options === undefined) throw new Error(`${DOCKERFILE} sets no ${NODE_OPTIONS}`);
  return options.split(' ');
}

/** What else it sets, for the same reason: `NAME=value`. */
export function imageVariables(): string[] {
  const others = [...imageEnvironment()].filter(([name]) => name !== NODE_OPTIONS);
  return others.map(([name, value]) => `${name}=${value}`);
}

function imageEnvironment(): Map<string, string> {
  const lines = readFileSync(DOCKERFILE, 'utf8').matchAll(/^ENV (\w+)="([^"]+)"$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, value]));
}
