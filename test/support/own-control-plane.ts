import { afterAll, beforeAll } from 'vitest';
import type { KubectlOptions } from '../../dev/control-plane/access.ts';
import { type ControlPlane, start } from '../../dev/control-plane/start.ts';
import { OPERATOR } from './deployment.ts';
import { eventually } from './eventually.ts';

/** A control plane of a test file's own, for what would disturb others, with deploy/kustomize applied. */
export interface OwnControlPlane {
  /** Runs kubectl as the administrator. @throws Error with its message unless it exits with 0. */
  run(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** The kubeconfig of the operator's ServiceAccount there. */
  readonly operatorKubeconfig: string;
}

/** To be called at the top of a test file; what it returns can be used inside hooks and tests. */
export function useOwnControlPlane(): OwnControlPlane {
  let plane: ControlPlane | undefined;
  let operatorKubeconfig = '';

  async function run(args: readonly string[], options?: KubectlOptions): Promise<string> {
    if (plane === undefined) throw new Error('the control plane runs only inside hooks and tests');
    const { stdout, stderr, code } = await plane.kubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  beforeAll(async () => {
    plane = await start({ onProgress: () => {} });
    await run(['apply', '--server-side', '-k', 'deploy/kustomize']);
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
    get operatorKubeconfig() {
      return operatorKubeconfig;
    },
  };
}
