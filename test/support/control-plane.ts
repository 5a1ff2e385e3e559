import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { type Access, type Address, accessTo, type KubectlOptions } from '../../dev/control-plane/access.ts';
import { auditedCalls } from './audit-log.ts';

/** One complete write to Kubernetes, as the API server's audit log has it. */
export type AuditedWrite = {
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  /** Unknown of a create that was refused before its body was read. */
  readonly name: string | undefined;
  /** The HTTP status that the writer got. */
  readonly code: number;
};

/** The verbs of the audit log that are no writes. */
const READS: readonly string[] = ['get', 'list', 'watch'];

/** The control plane that runs for all integration tests, from inside a test. */
export type TestControlPlane = Access & {
  readonly address: Address;
  /** Runs kubectl and returns its standard output. @throws Error with its message unless it exits with 0. */
  run(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** A new namespace with a name of its own. Nothing is shared with other tests; there is no need to clean up. */
  createNamespace(prefix?: string): Promise<string>;
  /**
   * Every write so far, oldest first, the refused ones too. A write may show a moment after its writer has
   * the answer: wait for it.
   */
  auditedWrites(): Promise<AuditedWrite[]>;
};

/** Connects to the control plane that the project's global setup started. */
export function controlPlane(): TestControlPlane {
  const address = inject('controlPlane');
  const access = accessTo(address);
  const run: TestControlPlane['run'] = async (args, options) => {
    const { stdout, stderr, code } = await access.kubectl(args, options);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  return {
    ...access,
    address,
    run,
    async createNamespace(prefix = 'test') {
      const name = `${prefix}-${randomBytes(4).toString('hex')}`;
      await run(['create', 'namespace', name]);
      return name;
    },
    async auditedWrites() {
      const calls = await auditedCalls(address);
      return calls
        .filter(({ verb }) => !READS.includes(verb))
        .map(({ user, verb, resource, subresource, namespace, name, code }) => {
          return { user, verb, resource, subresource, namespace, name, code };
        });
    },
  };
}
