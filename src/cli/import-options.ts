/** The options of `workteam-operator import`. */
import * as z from 'zod';
import { dnsLabel, type Environment, loadOptions, OPTIONS, type Option, READERS } from '../config.ts';

/** Options that mean what they mean for `run`. */
const SHARED = ['aws-requests-per-second', 'aws-burst'];

/** Every option of `import`, in the order of its help. */
export const IMPORT_OPTIONS: readonly Option[] = [
  {
    name: 'aws-region',
    value: 'REGION',
    repeatable: true,
    help: 'look in this region, repeatable (default: AWS_REGION or the AWS profile)',
  },
  {
    name: 'name',
    value: 'NAME',
    repeatable: true,
    flagOnly: true,
    help: 'only the work team of this name, * at the end for any rest; repeatable (default: all)',
  },
  {
    name: 'tag',
    value: 'KEY[=VALUE]',
    repeatable: true,
    flagOnly: true,
    help: 'only work teams with this tag; repeatable: with all of them',
  },
  {
    name: 'ignore-tag-keys',
    value: 'KEY',
    repeatable: true,
    help: 'leave these tags out, as the operator leaves them alone; * at the end for any rest; repeatable',
  },
  {
    name: 'namespace',
    value: 'NAME',
    flagOnly: true,
    help: 'write this namespace into the manifests (default: none)',
  },
  { name: 'output', short: 'o', value: 'FORMAT', fallback: 'yaml', flagOnly: true, help: 'yaml or json' },
  {
    name: 'output-dir',
    value: 'DIR',
    flagOnly: true,
    help: 'write a file for each work team there instead of printing them all',
  },
  { name: 'force', fallback: false, flagOnly: true, help: 'overwrite files that exist' },
  ...OPTIONS.filter(({ name }) => SHARED.includes(name)),
];

const readers = z.object({
  awsRegion: z.array(READERS.awsRegion.unwrap()).transform((regions) => [...new Set(regions)]),
  name: z.array(
    z
      .string()
      .regex(
        /^(?:[a-zA-Z0-9-]{1,63}\*?|\*)$/,
        'write the name of a work team, or the beginning of one with * at its end',
      ),
  ),
  tag: z.array(z.string().regex(/^[^=]/, 'write KEY or KEY=VALUE')),
  ignoreTagKeys: READERS.ignoreTagKeys,
  namespace: dnsLabel.optional(),
  output: z.enum(['yaml', 'json'], { error: 'write yaml or json' }),
  outputDir: z.string().min(1, 'write the path of a folder').optional(),
  force: z.boolean(),
  awsRequestsPerSecond: READERS.awsRequestsPerSecond,
  awsBurst: READERS.awsBurst,
});

/** What `import` works with. */
export type ImportOptions = z.infer<typeof readers>;

/** The options of a call; throws UsageError as `loadOptions`. */
export function loadImportOptions(flags: Readonly<Record<string, unknown>>, env: Environment): ImportOptions {
  return loadOptions(IMPORT_OPTIONS, readers, flags, env);
}
