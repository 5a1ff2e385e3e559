import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { RowNumber } from './rows.ts';

const RECORD = fileURLToPath(new URL('../../../docs/reliability/faults.json', import.meta.url));
const Entries = z.object({ entries: z.array(z.object({ row: z.number(), file: z.string(), tests: z.number() })) });

/** Whether a run of the whole matrix is recorded at all. */
export const isRecorded = existsSync(RECORD);

/** How many tests of that row the recorded run had in that file; docs/reliability.md tells of it. @throws Error without a record */
export function recordedTests(row: RowNumber, file: string): number {
  const { entries } = Entries.parse(JSON.parse(readFileSync(RECORD, 'utf8')));
  return entries.find((entry) => entry.row === row && entry.file === file)?.tests ?? 0;
}
