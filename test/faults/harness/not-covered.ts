import type { RowNumber } from './rows.ts';

/** What no point plays, and why, by row: reviewed words for docs/reliability.md, kept beside the rows that they are about. */
export const NOT_COVERED: { readonly [R in RowNumber]?: string } = {};

/** What no row can play here. */
export const NOT_COVERED_AT_ALL: readonly string[] = [
  'AWS itself. The emulator answers each question that no public text settles both ways, but nobody has asked the service.',
  'More than one machine: processes are killed, paused and cut off from the API server, but no node, no disk and no network between nodes fails.',
  'Other versions of Kubernetes than the one that the tests start.',
];
