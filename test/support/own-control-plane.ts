import { afterAll, beforeAll } from 'vitest';
import type { Access, Address, KubectlOptions } from '../../dev/control-plane/access.ts';
import { type ControlPlane, type StartOptions, start } from '../../dev/control-plane/start.ts';
import { OPERATOR } from './deployment.ts';
import { eventually } from './eventually.ts';

/** A control plane of a test file's own, for what would disturb others, with deploy/kustomize applied. */
export interface OwnControlPlane extends Access {
  readonly address: Address;
  /** Runs kubectl as the administrator. @throws Error with its message unless it exits with 0. */
  run(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** The kubeconfig of the operator's ServiceAccount there. */
  readonly operatorKubeconfig: string;
}

/** How a control plane of one's own is started. */
export interface OwnOptions extends Pick<StartOptions, 'audit' | 'controllerManager'> {
  /** How deploy/kustomize is applied; on the server's side when left out. With `nothing` the cluster is empty. */
  readonly apply?: 'server-side' | 'client-side' | 'nothing';
}

/** To be called at the top of a test file or of a group; what it returns can be used inside hooks and tests. */
export function useOwnControlPlane({ apply = 'server-side', ...options }: OwnOptions = {}): OwnControlPlane {
  let plane: ControlPlane | undefined;
  let operatorKubeconfig = '';

  const running = (): ControlPlane => {
    if (plane === undefined) throw new Error('the control plane runs only inside hooks and tests');
    return plane;
  };
  async function run(args: readonly string[], options?: KubectlOptions): Promise<string> {
    const { stdout, stderr, code } = await running().kubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  beforeAll(async () => {
    plane = await start({ onProgress: () => {}, ...options });
    if (apply === 'nothing') return;
    await run(['apply', ...(apply === 'server-side' ? ['--server-side'] : []), '-k', 'deploy/kustomize']);
    const token = await plane.tokenFor(OPERATOR, OPERATOR);
    operatorKubeconfig = await plane.writeKubeconfig({ token });
    const { kubectl } = plane;
    const mayList = async () => {
      const { code } = await kubectl(['get', 'workteams', '--all-namespaces'], { kubeconfig: operatorKubeconfig });
      return code === 0;
    };
    await eventually(mayList, { what: 'the roles to take effect' });
  });
  afterAll(() => plane?.stop());

  return {
    run,
    kubectl: (args, given) => running().kubectl(args, given),
    tokenFor: (namespace, account) => running().tokenFor(namespace, account),
    writeKubeconfig: (identity) => running().writeKubeconfig(identity),
    get address() {
      return running().address;
    },
    get operatorKubeconfig() {
      return operatorKubeconfig;
    },
  };
}
