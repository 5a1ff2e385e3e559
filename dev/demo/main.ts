/** `npm run demo`: shows the operator at work on this machine, and verifies every step. */
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { terminalProgress } from '../control-plane/progress.ts';
import { demo } from './demo.ts';
import { Screen, wantsColours } from './screen.ts';
import { REPOSITORY } from './shell.ts';
import { listenForStop } from './stop.ts';

interface Flags {
  readonly keep?: boolean;
  readonly bundle: string;
}

await new Command('npm run demo --')
  .description(
    'Shows the operator at work, with a real Kubernetes API server and an emulator of AWS, on this machine only. ' +
      'Takes less than 30 s, except the first time: then binaries of Kubernetes are found, downloaded or built.',
  )
  .option('--keep', 'leave everything running at the end, until Ctrl-C, and say how to use it')
  .option('--bundle <file>', 'show another build of the operator', join(REPOSITORY, 'dist/workteam-operator.js'))
  .addHelpText(
    'after',
    `
Exit code: 0 if every step was verified against the API server and the emulator,
1 if one was not. Nothing is left running, however the demo ends.

Environment:
  NO_COLOR=1           no colours
  KUBEBUILDER_ASSETS   a folder with etcd, kube-apiserver and kubectl`,
  )
  .action(run)
  .parseAsync();

async function run({ keep = false, bundle }: Flags): Promise<void> {
  const stop = new AbortController();
  listenForStop((why) => stop.abort(why));
  const screen = new Screen(process.stdout, wantsColours(process.stdout, process.env));
  const wait = terminalProgress(process.stderr);
  const complain = (text: string) => process.stderr.write(`${text}\n`);
  const code = await demo({ keep, bundle: resolve(bundle), screen, wait, complain, stop });
  // Whatever was still starting when somebody stopped it ends with this process.
  process.exit(code);
}
