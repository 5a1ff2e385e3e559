import { describe, expect, test } from 'vitest';
import { IMPORT_OPTIONS, type ImportOptions } from '../../src/cli/import-options.ts';
import { program } from '../../src/cli/program.ts';
import { environmentName, UsageError } from '../../src/config.ts';

type Environment = Readonly<Record<string, string>>;

/** What `workteam-operator import` would work with. */
async function optionsOf(args: readonly string[], env: Environment = {}): Promise<ImportOptions> {
  const loaded: ImportOptions[] = [];
  const commands = {
    run: async () => {},
    import: async (options: ImportOptions) => void loaded.push(options),
    plan: async () => {},
    print: () => {},
  };
  await program(commands, '0', env).parseAsync(['import', ...args], { from: 'user' });
  const [options] = loaded;
  if (options === undefined) throw new Error('import was not called');
  return options;
}

const DEFAULTS: ImportOptions = {
  awsRegion: [],
  name: [],
  tag: [],
  ignoreTagKeys: [],
  output: 'yaml',
  force: false,
  awsRequestsPerSecond: 5,
  awsBurst: 20,
};

test.each<[string[], Environment, Partial<ImportOptions>]>([
  [[], {}, {}],
  [['--aws-region', 'eu-west-1', '--aws-region', 'us-east-1'], {}, { awsRegion: ['eu-west-1', 'us-east-1'] }],
  [['--aws-region', 'eu-west-1', '--aws-region', 'eu-west-1'], {}, { awsRegion: ['eu-west-1'] }],
  [[], { WORKTEAM_OPERATOR_AWS_REGION: 'eu-west-1, us-east-1' }, { awsRegion: ['eu-west-1', 'us-east-1'] }],
  [['--name', 'a', '--name', 'Radio*', '--name', '*'], {}, { name: ['a', 'Radio*', '*'] }],
  [['--tag', 'team', '--tag', 'a=b=c'], {}, { tag: ['team', 'a=b=c'] }],
  [['--ignore-tag-keys', 'c7n:*'], {}, { ignoreTagKeys: ['c7n:*'] }],
  [[], { WORKTEAM_OPERATOR_IGNORE_TAG_KEYS: 'a,b*' }, { ignoreTagKeys: ['a', 'b*'] }],
  [['--namespace', 'vision', '-o', 'json'], {}, { namespace: 'vision', output: 'json' }],
  [['--output-dir', 'teams', '--force', '--output', 'yaml'], {}, { outputDir: 'teams', force: true }],
  [['--aws-requests-per-second', '2', '--aws-burst', '3'], {}, { awsRequestsPerSecond: 2, awsBurst: 3 }],
])('%j %j', async (args, env, expected) => {
  expect(await optionsOf(args, env)).toEqual({ ...DEFAULTS, ...expected });
});

test('what is about one call alone is not read from the environment', async () => {
  const alone = IMPORT_OPTIONS.filter(({ flagOnly }) => flagOnly);
  expect(alone.map(({ name }) => name)).toEqual(['name', 'tag', 'namespace', 'output', 'output-dir', 'force']);
  expect(await optionsOf([], Object.fromEntries(alone.map((option) => [environmentName(option), 'x'])))).toEqual(
    DEFAULTS,
  );
});

describe('a value that cannot be used is named, with what to write', () => {
  test.each<[string[], string]>([
    [['--aws-region', 'Europe'], '--aws-region is "Europe": write an AWS region such as eu-west-1'],
    [['--name', 'a_b'], '--name is "a_b": write the name of a work team, or the beginning of one with * at its end'],
    [['--name', 'a*b'], '--name is "a*b": write the name of a work team, or the beginning of one with * at its end'],
    [['--name', ''], '--name is "": write the name of a work team, or the beginning of one with * at its end'],
    [['--tag', '=b'], '--tag is "=b": write KEY or KEY=VALUE'],
    [['--namespace', 'No'], '--namespace is "No": write a namespace name: lower-case letters, digits and dashes'],
    [['-o', 'xml'], '--output is "xml": write yaml or json'],
    [['--output-dir', ''], '--output-dir is "": write the path of a folder'],
    [['--aws-burst', '0'], '--aws-burst is "0": write a whole number from 1 to 1000'],
  ])('%j', async (args, sentence) => {
    await expect(optionsOf(args)).rejects.toEqual(new UsageError(sentence));
  });
});
