import { execFile } from 'node:child_process';

/** Runs a program and returns its standard output. @throws Error with what it said unless it exits with 0 */
export function run(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(' ')}: ${stderr || stdout || error.message}`));
    });
    // It may end without reading its input.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
