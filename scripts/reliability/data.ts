/** What docs/reliability.md is generated from: recorded results, each of which may not be there yet. */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Report as SoakReport } from '../../dev/soak/report.ts';
import { FaultRecord } from './record.ts';

export const FOLDER = 'docs/reliability';

/** What `npm run mistakes -- -o json` prints. */
const Mistakes = z.object({
  verdicts: z.array(z.object({ name: z.string(), what: z.string(), killedBy: z.string().nullable() })),
});

/** Undefined where nothing is recorded. */
export interface Data {
  readonly faults: FaultRecord | undefined;
  readonly soak: SoakReport | undefined;
  readonly mistakes: z.infer<typeof Mistakes> | undefined;
}

/** Reads `docs/reliability`. @throws Error when a file there is not what it should be */
export function recordedData(): Data {
  const faults = read('faults.json');
  const mistakes = read('mistakes.json');
  return {
    faults: faults === undefined ? undefined : FaultRecord.parse(faults),
    soak: read('soak.json') as SoakReport | undefined, // written by the soak, and by nobody else
    mistakes: mistakes === undefined ? undefined : Mistakes.parse(mistakes),
  };
}

function read(name: string): unknown {
  const path = `${FOLDER}/${name}`;
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}
