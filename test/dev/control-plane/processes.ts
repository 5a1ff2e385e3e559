import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const HAS_PROC = existsSync('/proc/self/stat');

/** Which of these processes run; one that has ended and that nobody has collected yet (a zombie) does not. */
export function running(pids: readonly number[]): number[] {
  return pids.filter(HAS_PROC ? isRunning : answers);
}

/** All processes that have `text` in their command line. */
export function processesWith(text: string): { pid: number; commandLine: string }[] {
  const all = HAS_PROC
    ? readdirSync('/proc').map((name) => `${name} ${proc(name, 'cmdline').replaceAll('\0', ' ')}`)
    : execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return all
    .filter((line) => line.includes(text))
    .map((line) => ({ pid: Number.parseInt(line, 10), commandLine: line.trimStart().replace(/^\d+ /, '') }));
}

function isRunning(pid: number): boolean {
  // "pid (name) state …", where the name may contain anything.
  const state = /\) (\w) [^)]*$/.exec(proc(String(pid), 'stat'))?.[1];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** A file of a process that may end at any moment. */
function proc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
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
