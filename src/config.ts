/** Flags and environment, to one validated object. Each option is a row of `OPTIONS`: help, parsing and docs follow it. */
import * as z from 'zod';
import { bindAddress, durationMs, labelSelector } from './option-values.ts';

/** A mistake in how the program was called; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** One option of a command: on the command line as `--name`, in the environment as `WORKTEAM_OPERATOR_NAME`. */
export interface Option {
  readonly name: string;
  /** The one letter that says the same. */
  readonly short?: string;
  /** How the value is called in the help; a switch has none. */
  readonly value?: string;
  readonly repeatable?: boolean;
  readonly fallback?: string | boolean;
  /** Never read from the environment: it says what this one call is about. */
  readonly flagOnly?: true;
  readonly help: string;
}

/** A number within bounds. Whatever is wrong with it, the message says which numbers there are. */
const amount = (min: number, max: number, error = `write a number from ${min} to ${max}`) =>
  z.coerce.number({ error }).min(min, { error }).max(max, { error });
const count = (min: number, max: number) => {
  const error = `write a whole number from ${min} to ${max}`;
  return amount(min, max, error).int({ error });
};
const onOrOff = z.union([z.boolean(), z.stringbool()], { error: 'write true or false' });
const labelValue = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,63}$/, 'write 1 to 63 letters, digits, dots, dashes or underscores');
/** The name of a namespace. */
export const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'write a namespace name: lower-case letters, digits and dashes');

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** How each option is read; a command takes those that it has. */
export const READERS = {
  kubeconfig: z.string().min(1, 'write the path of a file').optional(),
  namespace: z.array(dnsLabel).transform((names) => [...new Set(names)]),
  watchLabelSelector: z.string().transform(labelSelector).optional(),
  awsRegion: z
    .string()
    .regex(/^[a-z]{2,8}(-[a-z]{2,12}){1,3}-[0-9]{1,2}$/, 'write an AWS region such as eu-west-1')
    .optional(),
  awsAccountId: z
    .string()
    .regex(/^[0-9]{12}$/, 'write the twelve digits of the account')
    .optional(),
  clusterId: labelValue.optional(),
  allowTakeover: onOrOff,
  readOnly: onOrOff,
  ignoreTagKeys: z.array(
    z.string().regex(/^(?:[^*]+\*?|\*)$/, 'write a tag key, or the beginning of one with * at its end'),
  ),
  leaderElect: onOrOff,
  leaderElectionId: z
    .string()
    .regex(
      /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/,
      'write the name of a Lease: lower-case letters, digits, dashes and dots',
    ),
  leaderElectionNamespace: dnsLabel.optional(),
  resyncInterval: z
    .string()
    .transform(durationMs)
    .pipe(z.number().min(1_000, 'write at least 1s').max(86_400_000, 'write at most 24h')),
  concurrency: count(1, 100),
  awsRequestsPerSecond: amount(0.1, 1000),
  awsBurst: count(1, 1000),
  metricsBindAddress: z.string().transform(bindAddress),
  healthProbeBindAddress: z.string().transform(bindAddress),
  logLevel: z.enum(LEVELS, { error: `write one of ${LEVELS.join(', ')}` }),
};
const schema = z.object(READERS);

/** What `run` works with. Intervals are in milliseconds. */
export type Config = z.infer<typeof schema>;

/** The Lease of an operator that says nothing of it. */
const DEFAULT_LEASE = 'workteam-operator';

/** Every option of `run`, in the order of its help. */
export const OPTIONS: readonly Option[] = [
  {
    name: 'kubeconfig',
    value: 'FILE',
    help: "which cluster (default: KUBECONFIG, the pod's service account, ~/.kube/config)",
  },
  {
    name: 'namespace',
    value: 'NAME',
    repeatable: true,
    help: 'watch only this namespace, repeatable (default: all); needs to read the CRD to keep teams when that is deleted',
  },
  {
    name: 'watch-label-selector',
    value: 'SELECTOR',
    help: 'watch only Workteams with these labels, as a,b=c,d!=e,f in (g,h),!i; needs a Lease of its own (default: all)',
  },
  {
    name: 'aws-region',
    value: 'REGION',
    help: 'region of Workteams that name none (default: AWS_REGION or the AWS profile)',
  },
  {
    name: 'aws-account-id',
    value: 'ID',
    help: 'do nothing unless the AWS credentials are of this account',
  },
  {
    name: 'cluster-id',
    value: 'ID',
    help: 'this cluster in owner tags (default: the UID of the namespace kube-system)',
  },
  {
    name: 'ignore-tag-keys',
    value: 'KEY',
    repeatable: true,
    help: 'leave these AWS tags alone, * at the end for any rest; repeatable',
  },
  { name: 'allow-takeover', fallback: false, help: 'let adoptionPolicy Always take work teams from other owners' },
  {
    name: 'read-only',
    fallback: false,
    help: 'treat every Workteam as managementPolicy: Observe; AWS is never written to',
  },
  { name: 'leader-elect', fallback: true, help: 'let one replica at a time work' },
  { name: 'leader-election-id', value: 'NAME', fallback: DEFAULT_LEASE, help: 'name of the Lease' },
  { name: 'leader-election-namespace', value: 'NAME', help: "namespace of the Lease (default: the operator's own)" },
  {
    name: 'resync-interval',
    value: 'TIME',
    fallback: '10m',
    help: 'how often AWS is compared with the spec when nothing changes',
  },
  {
    name: 'concurrency',
    value: 'N',
    fallback: '4',
    help: 'how many Workteams are worked on at a time, in each region; an edit finds one worker more',
  },
  { name: 'aws-requests-per-second', value: 'N', fallback: '5', help: 'AWS calls a second in each region' },
  { name: 'aws-burst', value: 'N', fallback: '20', help: 'AWS calls at once after a pause, in each region' },
  { name: 'metrics-bind-address', value: 'ADDR', fallback: ':8080', help: 'where /metrics listens; 0 switches it off' },
  {
    name: 'health-probe-bind-address',
    value: 'ADDR',
    fallback: ':8081',
    help: 'where /livez and /readyz listen; 0 switches them off',
  },
  { name: 'log-level', value: 'LEVEL', fallback: 'info', help: 'trace, debug, info, warn, error or fatal' },
];

/** The environment variable of an option. */
export function environmentName({ name }: Pick<Option, 'name'>): string {
  return `WORKTEAM_OPERATOR_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The key of an option in `Config` and in what the command line parser returns. */
export function optionKey({ name }: Pick<Option, 'name'>): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The configuration of `run`. Throws as `loadOptions`, and for a part of the Workteams that has no Lease of its own. */
export function loadConfig(flags: Readonly<Record<string, unknown>>, env: Environment): Config {
  const config = loadOptions(OPTIONS, schema, flags, env);
  if (config.watchLabelSelector !== undefined && config.leaderElect && config.leaderElectionId === DEFAULT_LEASE) {
    throw new UsageError(SHARD_WITHOUT_LEASE);
  }
  return config;
}

/** Two operators with one Lease are replicas: one stands by, and nobody would look after its Workteams. */
const SHARD_WITHOUT_LEASE = `--watch-label-selector needs a Lease of its own, and "${DEFAULT_LEASE}" is everybody's: name another with --leader-election-id for each selector`;

/** The environment's variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The options of a command: what the command line says, else the environment, else the default. Throws UsageError that
 * names every option that cannot be used, where it came from, and what to write.
 */
export function loadOptions<S extends z.ZodType>(
  options: readonly Option[],
  readers: S,
  flags: Readonly<Record<string, unknown>>,
  env: Environment,
): z.output<S> {
  const values: Record<string, unknown> = {};
  for (const option of options) {
    const key = optionKey(option);
    const value = flags[key] ?? fromEnvironment(option, env) ?? option.fallback ?? (option.repeatable ? [] : undefined);
    if (value !== undefined) values[key] = value;
  }
  const parsed = readers.safeParse(values);
  if (parsed.success) return parsed.data;
  const complaints = new Set(parsed.error.issues.map((issue) => describe(issue, options, flags, values)));
  throw new UsageError([...complaints].join('\n'));
}

function fromEnvironment(option: Option, env: Environment): string | string[] | undefined {
  const value = option.flagOnly ? undefined : env[environmentName(option)];
  if (value === undefined || value === '') return undefined;
  return option.repeatable
    ? value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    : value;
}

function describe(
  issue: z.core.$ZodIssue,
  options: readonly Option[],
  flags: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, unknown>>,
): string {
  const key = String(issue.path[0]);
  const option = options.find((candidate) => optionKey(candidate) === key) ?? { name: key, help: '' };
  const isFlag = flags[key] !== undefined || option.flagOnly === true;
  const source = isFlag ? `--${option.name}` : environmentName(option);
  const shown = Array.isArray(values[key]) ? values[key].join(',') : values[key];
  return `${source} is "${String(shown)}": ${issue.message}`;
}
