import { setFlagsFromString } from 'node:v8';

/**
 * Of V8, and none that NODE_OPTIONS may hold: it collects sooner, compacts when it does, and gives back what is free then; and of
 * its two optimizing compilers it goes without the larger one. Right for a process that waits most of its life, see
 * docs/decisions/0006-memory.md.
 */
export const SPARING: readonly string[] = ['--optimize-for-size', '--no-turbofan'];

/** Sets these flags, for the whole process and for good. */
export function spareMemory(): void {
  for (const flag of SPARING) setFlagsFromString(flag);
}
