/** The options of `workteam-operator plan`. */
import * as z from 'zod';
import { dnsLabel, type Environment, loadOptions, OPTIONS, type Option, READERS } from '../config.ts';

/** Options that mean what they mean for `run`. */
const SHARED = [
  'kubeconfig',
  'aws-region',
  'cluster-id',
  'ignore-tag-keys',
  'allow-takeover',
  'read-only',
  'aws-requests-per-second',
  'aws-burst',
];

/** Every option of `plan`, in the order of its help. */
export const PLAN_OPTIONS: readonly Option[] = [
  {
    name: 'filename',
    short: 'f',
    value: 'PATH',
    repeatable: true,
    flagOnly: true,
    help: 'manifests: a file, a folder with all below it, or - for the standard input; repeatable',
  },
  {
    name: 'namespace',
    value: 'NAME',
    flagOnly: true,
    help: 'namespace of manifests that name none (default: default); with --prune, one to look in besides those named',
  },
  { name: 'output', short: 'o', value: 'FORMAT', fallback: 'text', flagOnly: true, help: 'text or json' },
  {
    name: 'prune',
    fallback: false,
    flagOnly: true,
    help: 'also tell what would become of work teams whose Workteams are in no manifest',
  },
  ...OPTIONS.filter(({ name }) => SHARED.includes(name)),
];

const readers = z.object({
  filename: z.array(z.string()).min(1, 'name manifests with -f PATH'),
  namespace: dnsLabel.optional(),
  output: z.enum(['text', 'json'], { error: 'write text or json' }),
  prune: z.boolean(),
  kubeconfig: READERS.kubeconfig,
  awsRegion: READERS.awsRegion,
  clusterId: READERS.clusterId,
  ignoreTagKeys: READERS.ignoreTagKeys,
  allowTakeover: READERS.allowTakeover,
  readOnly: READERS.readOnly,
  awsRequestsPerSecond: READERS.awsRequestsPerSecond,
  awsBurst: READERS.awsBurst,
});

/** What `plan` works with. */
export type PlanOptions = z.infer<typeof readers>;

/** The options of a call; throws UsageError as `loadOptions`. */
export function loadPlanOptions(flags: Readonly<Record<string, unknown>>, env: Environment): PlanOptions {
  return loadOptions(PLAN_OPTIONS, readers, flags, env);
}
