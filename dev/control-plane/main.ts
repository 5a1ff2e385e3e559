/**
 * Starts a control plane, prints how to reach it, and keeps it until Ctrl-C.
 *
 *     node dev/control-plane/main.ts
 */
import { dirname } from 'node:path';
import { start } from './start.ts';

const asked = new Promise<undefined>((resolve) => {
  // Once: a second Ctrl-C ends this process at once, and the control plane with it.
  process.once('SIGINT', () => resolve(undefined));
  process.once('SIGTERM', () => resolve(undefined));
});

try {
  const starting = start();
  const plane = await Promise.race([starting, asked]);
  if (plane !== undefined) {
    console.error(`Kubernetes API at ${plane.address.server}, until Ctrl-C. In another terminal:`);
    console.log(`export KUBECONFIG=${plane.address.kubeconfig}`);
    console.log(`export PATH=${dirname(plane.address.binaries.kubectl)}:$PATH`);
    const death = await Promise.race([plane.died, asked]);
    await plane.stop();
    if (death !== undefined) throw death;
  }
  // Ctrl-C while it was starting: what runs by then ends with this process.
  process.exit();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
