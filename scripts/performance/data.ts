/** What docs/performance.md is generated from: recorded runs, each of which may not be there yet. */
import { existsSync, readFileSync } from 'node:fs';
import { Condensed } from '../../bench/condensed.ts';

export const FOLDER = 'docs/performance';

/** Undefined where nothing is recorded. */
export interface Data {
  readonly bench: Condensed | undefined;
  readonly growth: Condensed | undefined;
}

/** Reads `docs/performance`. @throws Error when a file there is not what it should be */
export function recordedData(): Data {
  return { bench: read('bench.json'), growth: read('growth.json') };
}

function read(name: string): Condensed | undefined {
  const path = `${FOLDER}/${name}`;
  return existsSync(path) ? Condensed.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
}
