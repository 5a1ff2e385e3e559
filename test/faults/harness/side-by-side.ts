import { apiProxy } from '../../support/api-proxy.ts';
import { kubeconfigThrough } from '../../support/api-proxy-kubeconfig.ts';
import { controlPlane } from '../../support/control-plane.ts';
import { useEmulator } from '../../support/emulator.ts';
import { type Operator, useOperators } from '../../support/operator.ts';
import { useWorkteams } from '../../support/workteams.ts';
import { ProxyRules } from './proxy-rules.ts';
import { Place, QUICK, type Setting } from './setting.ts';
import { WatchSpoiler } from './watch-faults.ts';

/**
 * Settings around one operator, which watches the namespace of each by a watch of its own: for faults that concern a watch and
 * not the process. The calls of each are told apart by its namespace and its region; the read of the CRD belongs to none.
 */
export interface SideBySide extends AsyncDisposable {
  readonly settings: readonly Setting[];
  readonly spoiler: WatchSpoiler;
  /** Starts an operator for all of them; the one before ends gracefully. */
  start(flags?: readonly string[]): Promise<void>;
}

/** To be called at the top of a test file; what it returns can be used inside hooks and tests. */
export function useSideBySide(): { open(count: number): Promise<SideBySide> } {
  const cluster = controlPlane();
  const emulator = useEmulator();
  const operators = useOperators(emulator);
  const { newNamespace } = useWorkteams();
  return {
    async open(count) {
      const proxy = await apiProxy(cluster.address);
      const rules = new ProxyRules(proxy);
      const kubeconfig = await kubeconfigThrough(proxy, operators.kubeconfig);
      const place = async (): Promise<Place> => {
        const region = emulator.newRegion();
        const workteams = await newNamespace('fault', { region });
        const concerns = ({ path }: { path: string }) => path.includes(`/namespaces/${workteams.namespace}/`);
        return new Place({ emulator, region, proxy, rules, workteams, concerns });
      };
      const settings = await Promise.all(Array.from({ length: count }, place));
      let operator: Operator | undefined;
      return {
        settings,
        spoiler: new WatchSpoiler(proxy),
        async start(flags = []) {
          await operator?.stop();
          operator = await operators.start({
            namespaces: settings.map(({ workteams }) => workteams.namespace),
            place: { region: emulator.newRegion() },
            kubeconfig,
            within: 90_000,
            flags: [...QUICK, ...flags],
          });
        },
        async [Symbol.asyncDispose]() {
          await operator?.kill();
          await proxy.close();
        },
      };
    },
  };
}
