/** `npm run demo`: shows the operator at work on this machine, and verifies every step. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { terminalProgress } from '../control-plane/progress.ts';
import { demo } from './demo.ts';
import { Screen, wantsColours } from './screen.ts';
import { REPOSITORY } from './shell.ts';
import { listenForStop } from './stop.ts';

interface Flags {
  readonly keep: boolean;
  readonly bundle: string;
}

await new Command('npm run demo --')
  .description(
    'Shows the operator at work: a real Kubernetes API server, the built program, and an emulator for AWS, all on this\n' +
      'machine. Takes well under 30 s once there are binaries of Kubernetes; those are found, downloaded or built at the\n' +
      'first start, which may take minutes.',
  )
  .option('--keep', 'leave everything running at the end, until Ctrl-C, and say how to use it', false)
  .option(
    '--bundle <file>',
    'the operator to show; another build, or a broken one',
    resolve(REPOSITORY, 'dist/workteam-operator.js'),
  )
  .addHelpText(
    'after',
    '\nExit code: 0 if every step was verified, against the API server and the emulator; 1 if one was not.\n' +
      'NO_COLOR=1 leaves colours out. KUBEBUILDER_ASSETS names a folder with etcd, kube-apiserver and kubectl.\n' +
      'Nothing is left running, however the demo ends.',
  )
  .action(run)
  .parseAsync();

async function run({ keep, bundle }: Flags): Promise<void> {
  const stop = new AbortController();
  listenForStop((why) => stop.abort(why));
  const screen = new Screen(process.stdout, wantsColours(process.stdout, process.env));
  const wait = terminalProgress(process.stderr);
  const complain = (text: string) => process.stderr.write(`${text}\n`);
  const code = await demo({ keep, bundle: resolve(bundle), screen, wait, complain, stop });
  // Whatever was still starting when somebody stopped it ends with this process.
  process.exit(code);
}
