/** What operators wrote to a cluster, searched for secrets. */
import type { Address } from '../../dev/control-plane/access.ts';
import { systemClock } from '../../src/controller/clock.ts';
import { loadKubeConfig } from '../../src/kubernetes/kubeconfig.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { API_VERSION, PLURAL } from '../../src/workteam/schema.ts';
import { expectNoLeak } from './canary.ts';

/** What an operator writes there: spec, status, events. */
const WRITTEN = [`/apis/${API_VERSION}/namespaces/NAME/${PLURAL}`, '/apis/events.k8s.io/v1/namespaces/NAME/events'];

/** @throws Error when a Workteam or an event of one of the namespaces shows a secret */
export async function expectNoSecretIn(
  { kubeconfig }: Pick<Address, 'kubeconfig'>,
  namespaces: Iterable<string>,
  secrets: readonly string[],
): Promise<void> {
  const transport = new Transport({
    kubeConfig: loadKubeConfig({ path: kubeconfig, env: {} }),
    version: 'test',
    clock: systemClock,
  });
  try {
    for (const namespace of namespaces) {
      for (const path of WRITTEN.map((template) => template.replace('NAME', namespace))) {
        expectNoLeak(path, JSON.stringify(await transport.request({ path })), secrets);
      }
    }
  } finally {
    transport.close();
  }
}
