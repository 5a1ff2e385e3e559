/**
 * Starts a control plane, prints how to reach it, and keeps it until Ctrl-C; with Argo CD in it, when asked to.
 *
 *     node dev/control-plane/main.ts [--argo-cd]
 */
import { delimiter, dirname } from 'node:path';
import { Command } from 'commander';
import { type ArgoCd, startArgoCd } from '../argocd/start.ts';
import { type ControlPlane, start } from './start.ts';

const { argoCd: withArgoCd } = new Command('npm run control-plane --')
  .description('A Kubernetes API server of your own on this machine, empty, until Ctrl-C. Nothing is kept.')
  .option('--argo-cd', 'also run Argo CD, without a login; needs git and redis-server', false)
  .parse()
  .opts<{ argoCd: boolean }>();

const asked = new Promise<undefined>((resolve) => {
  // Once: a second Ctrl-C ends this process at once, and the control plane with it.
  process.once('SIGINT', () => resolve(undefined));
  process.once('SIGTERM', () => resolve(undefined));
});

/** What runs, in the order of its start. */
type Running = { readonly plane: ControlPlane; readonly argoCd: ArgoCd | undefined };

/** What Argo CD deletes it deletes in the foreground, which takes a garbage collector. */
async function startAll(): Promise<Running> {
  const plane = await start({ controllerManager: withArgoCd });
  try {
    return { plane, argoCd: withArgoCd ? await startArgoCd(plane) : undefined };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

function printAddress({ plane, argoCd }: Running): void {
  const programs = [plane.address.binaries.kubectl, ...(argoCd ? [argoCd.address.program] : [])];
  console.error(`Kubernetes API at ${plane.address.server}, until Ctrl-C. In another terminal:`);
  console.log(`export KUBECONFIG=${plane.address.kubeconfig}`);
  if (argoCd !== undefined) {
    console.log(`export ARGOCD_SERVER=${argoCd.address.server}`);
    console.log('export ARGOCD_OPTS=--plaintext');
  }
  console.log(`export PATH=${programs.map((program) => dirname(program)).join(delimiter)}:$PATH`);
}

try {
  const running = await Promise.race([startAll(), asked]);
  if (running !== undefined) {
    printAddress(running);
    const { plane, argoCd } = running;
    const death = await Promise.race([plane.died, ...(argoCd ? [argoCd.died] : []), asked]);
    await argoCd?.stop();
    await plane.stop();
    if (death !== undefined) throw death;
  }
  // Ctrl-C while it was starting: what runs by then ends with this process.
  process.exit();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
