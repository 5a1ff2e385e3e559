import { existsSync, readFileSync } from 'node:fs';

/** Which of these processes run; one that has ended and that nobody has collected yet (a zombie) does not. */
export function running(pids: readonly number[]): number[] {
  return pids.filter((pid) => (existsSync('/proc/self/stat') ? stateOf(pid) !== undefined : answers(pid)));
}

function stateOf(pid: number): string | undefined {
  try {
    // "pid (name) state …", where the name may contain anything.
    const state = /\) (\w) [^)]*$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
    return state === 'Z' || state === 'X' ? undefined : state;
  } catch {
    return undefined;
  }
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
