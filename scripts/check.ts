/** `npm run check`: types, lint and unit tests side by side, each printed when it has ended; fails when one of them does. */
import { spawn } from 'node:child_process';

const CHECKS = ['types', 'lint', 'test:unit'];

/** Resolves with whether that script of package.json succeeded. */
function run(script: string): Promise<boolean> {
  const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      console.log(`> ${script}: ${code === 0 ? 'ok' : 'FAILED'}\n${Buffer.concat(output)}`);
      resolve(code === 0);
    });
  });
}

const succeeded = await Promise.all(CHECKS.map(run));
process.exit(succeeded.every(Boolean) ? 0 : 1);
