import { setFlagsFromString } from 'node:v8';

/** Of V8, and neither one of those that NODE_OPTIONS may hold nor one that costs speed: code is compiled as ever. */
export const SPARING = '--optimize-for-size';

/**
 * Has V8 collect sooner, compact when it does, and give back what is free then: right for a process that waits most of its life
 * (docs/decisions/0006-memory.md). It is for the whole process, and for good.
 */
export function spareMemory(): void {
  setFlagsFromString(SPARING);
}
