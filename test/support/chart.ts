/** How the flags of `run` and the values of the chart belong together; and the command line that a pod has. */
import { program } from '../../src/cli/program.ts';
import type { Config } from '../../src/config.ts';

/** A flag, the value that sets it, another value than the default, and one that must be refused. */
export interface FlagValue {
  readonly path: string;
  readonly other: unknown;
  readonly bad?: unknown;
  /** What the program makes of the other value, where that is not the value itself. */
  readonly means?: unknown;
  /** Further values that it needs, and what the program makes of them. */
  readonly needs?: { readonly values: object; readonly config: Partial<Config> };
}

/**
 * By the name of the option. `kubeconfig` is the one that a pod has no use for; where somebody does, there is extraArgs.
 */
export const FLAG_VALUES: Readonly<Record<string, FlagValue>> = {
  namespace: {
    path: 'namespaces',
    other: ['one', 'two'],
    bad: ['Not_A_Namespace'],
    needs: { values: { clusterId: 'blue' }, config: { clusterId: 'blue' } },
  },
  'watch-label-selector': {
    path: 'watchLabelSelector',
    other: 'shard in (blue, green)',
    bad: 'shard in blue',
    means: [{ key: 'shard', operator: 'in', values: ['blue', 'green'] }],
    needs: { values: { leaderElection: { id: 'shard' } }, config: { leaderElectionId: 'shard' } },
  },
  'aws-region': { path: 'aws.region', other: 'eu-central-1', bad: 'Frankfurt' },
  'aws-account-id': { path: 'aws.accountId', other: '111122223333', bad: '1111' },
  'cluster-id': { path: 'clusterId', other: 'blue', bad: 'blue/green' },
  'ignore-tag-keys': { path: 'ignoreTagKeys', other: ['cost-centre', 'team *'], bad: ['*team'] },
  'allow-takeover': { path: 'allowTakeover', other: true, bad: 'perhaps' },
  'read-only': { path: 'readOnly', other: true, bad: 'perhaps' },
  'leader-elect': { path: 'leaderElection.enabled', other: false, bad: 'perhaps' },
  'leader-election-id': { path: 'leaderElection.id', other: 'another', bad: 'An Other' },
  'leader-election-namespace': { path: 'leaderElection.namespace', other: 'kube-system', bad: 'Kube System' },
  'resync-interval': { path: 'resyncInterval', other: '1h30m', bad: 'hourly', means: 5_400_000 },
  concurrency: { path: 'concurrency', other: 9, bad: 101 },
  'aws-requests-per-second': { path: 'aws.requestsPerSecond', other: 0.5, bad: 0 },
  'aws-burst': { path: 'aws.burst', other: 40, bad: 1001 },
  'metrics-bind-address': { path: 'metrics.port', other: 9090, bad: 70000 },
  'health-probe-bind-address': { path: 'health.port', other: 9091, bad: 70000 },
  'log-level': { path: 'logLevel', other: 'debug', bad: 'chatty' },
};

/** `{ aws: { region: 'x' } }` from `aws.region` and `x`. */
export function nested(path: string, value: unknown): Record<string, unknown> {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}

/** The part of a container that says how the program is called. */
export interface Container {
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

/** What the image runs when a pod says nothing else. */
export const DEFAULT_ARGS = ['/app/workteam-operator.js', 'run'];

/** What the program makes of its arguments and its environment in such a pod. @throws Error when it refuses them */
export async function configOf({ args = DEFAULT_ARGS, env = [] }: Container): Promise<Config> {
  const environment = Object.fromEntries(
    env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  );
  const configs: Config[] = [];
  const run = async (config: Config) => {
    configs.push(config);
  };
  await program({ run, import: async () => {}, plan: async () => {}, print: () => {} }, 'test', environment).parseAsync(
    args.slice(1),
    {
      from: 'user',
    },
  );
  const [config] = configs;
  if (config === undefined) throw new Error(`this does not run the operator: ${args.join(' ')}`);
  return config;
}
