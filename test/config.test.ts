/** From the command line and the environment to what the program works with, through the parser that users meet. */
import { describe, expect, test } from 'vitest';
import { program } from '../src/cli/program.ts';
import { type Config, environmentName, loadConfig, OPTIONS, optionKey, UsageError } from '../src/config.ts';

type Environment = Readonly<Record<string, string>>;

/** What `workteam-operator run` would work with. */
async function configOf(args: readonly string[], env: Environment = {}): Promise<Config> {
  let config: Config | undefined;
  const commands = {
    run: async (loaded: Config) => {
      config = loaded;
    },
    import: async () => {},
    plan: async () => {},
    print: () => {},
  };
  await program(commands, '0', env).parseAsync(['run', ...args], { from: 'user' });
  if (config === undefined) throw new Error('run was not called');
  return config;
}

async function complaintAbout(args: readonly string[], env: Environment = {}): Promise<string> {
  const error = await configOf(args, env).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof UsageError) return error.message;
  throw error ?? new Error('nothing was wrong');
}

const DEFAULTS: Config = {
  namespace: [],
  allowTakeover: false,
  readOnly: false,
  ignoreTagKeys: [],
  leaderElect: true,
  leaderElectionId: 'workteam-operator',
  resyncInterval: 600_000,
  concurrency: 4,
  awsRequestsPerSecond: 5,
  awsBurst: 20,
  metricsBindAddress: { host: undefined, port: 8080 },
  healthProbeBindAddress: { host: undefined, port: 8081 },
  logLevel: 'info',
};

test('everything has a default or can be left out', async () => {
  expect(await configOf([])).toEqual(DEFAULTS);
});

interface Value {
  readonly text: string;
  readonly means: unknown;
  readonly other: string;
  /** Whatever else has to be written along with it, and what that means. */
  readonly needs?: { readonly args: readonly string[]; readonly means: Partial<Config> };
}

/** For each option: what is written, what it means, and another value that it has to win against. */
const VALUES: Readonly<Record<string, Value>> = {
  kubeconfig: { text: '/home/me/.kube/config', means: '/home/me/.kube/config', other: '/other' },
  namespace: { text: 'vision', means: ['vision'], other: 'audio' },
  'watch-label-selector': {
    text: 'shard in (blue, green),!old',
    means: [
      { key: 'shard', operator: 'in', values: ['blue', 'green'] },
      { key: 'old', operator: 'absent', values: [] },
    ],
    other: 'shard=red',
    needs: { args: ['--leader-election-id=shard'], means: { leaderElectionId: 'shard' } },
  },
  'aws-region': { text: 'us-gov-west-1', means: 'us-gov-west-1', other: 'eu-west-1' },
  'aws-account-id': { text: '123456789012', means: '123456789012', other: '210987654321' },
  'cluster-id': { text: 'prod_eu.1-a', means: 'prod_eu.1-a', other: 'test' },
  'ignore-tag-keys': { text: 'c7n:*', means: ['c7n:*'], other: 'owner' },
  'allow-takeover': { text: 'true', means: true, other: 'false' },
  'read-only': { text: 'true', means: true, other: 'false' },
  'leader-elect': { text: 'true', means: true, other: 'false' },
  'leader-election-id': { text: 'blue.lease', means: 'blue.lease', other: 'green' },
  'leader-election-namespace': { text: 'operators', means: 'operators', other: 'default' },
  'resync-interval': { text: '1h30m', means: 5_400_000, other: '5m' },
  concurrency: { text: '7', means: 7, other: '8' },
  'aws-requests-per-second': { text: '0.5', means: 0.5, other: '8' },
  'aws-burst': { text: '9', means: 9, other: '8' },
  'metrics-bind-address': { text: '127.0.0.1:9090', means: { host: '127.0.0.1', port: 9090 }, other: ':1' },
  'health-probe-bind-address': { text: '[::1]:9091', means: { host: '::1', port: 9091 }, other: ':1' },
  'log-level': { text: 'debug', means: 'debug', other: 'warn' },
};

describe.each(OPTIONS.map((option) => option.name))('--%s', (name) => {
  const row: Value = VALUES[name] ?? { text: '', means: 'no row for this option', other: '' };
  const { text, means, other, needs = { args: [], means: {} } } = row;
  const isSwitch = OPTIONS.find((option) => option.name === name)?.value === undefined;
  const flag = [...(isSwitch ? [`--${name}`] : [`--${name}`, text]), ...needs.args];
  const expected = { ...DEFAULTS, ...needs.means, [optionKey({ name })]: means };

  test('by flag', async () => {
    expect(await configOf(flag)).toEqual(expected);
  });

  test('by environment', async () => {
    expect(await configOf(needs.args, { [environmentName({ name })]: text })).toEqual(expected);
  });

  test('the flag wins', async () => {
    expect(await configOf(flag, { [environmentName({ name })]: other })).toEqual(expected);
  });

  test('an empty variable is none', async () => {
    expect(await configOf([], { [environmentName({ name })]: '' })).toEqual(DEFAULTS);
  });
});

test('the variables are called as the documentation says', () => {
  expect(environmentName({ name: 'aws-requests-per-second' })).toBe('WORKTEAM_OPERATOR_AWS_REQUESTS_PER_SECOND');
});

describe('what is repeatable', () => {
  test('as flags', async () => {
    const args = ['--namespace', 'a', '--namespace', 'b', '--ignore-tag-keys', 'x', '--ignore-tag-keys', 'y*'];
    expect(await configOf(args)).toMatchObject({ namespace: ['a', 'b'], ignoreTagKeys: ['x', 'y*'] });
  });

  test('with commas in the environment, and a flag in place of all of them', async () => {
    const env = { WORKTEAM_OPERATOR_NAMESPACE: 'a, b,,c', WORKTEAM_OPERATOR_IGNORE_TAG_KEYS: 'x,y*' };
    expect(await configOf([], env)).toMatchObject({ namespace: ['a', 'b', 'c'], ignoreTagKeys: ['x', 'y*'] });
    expect(await configOf(['--namespace', 'd'], env)).toMatchObject({ namespace: ['d'], ignoreTagKeys: ['x', 'y*'] });
  });

  test('a namespace named twice is watched once', async () => {
    expect(await configOf(['--namespace', 'a', '--namespace', 'b', '--namespace', 'a'])).toMatchObject({
      namespace: ['a', 'b'],
    });
  });
});

describe('switches', () => {
  test.each(['true', 'TRUE', '1', 'yes', 'on'])('%s is on', async (text) => {
    expect(await configOf([], { WORKTEAM_OPERATOR_READ_ONLY: text })).toMatchObject({ readOnly: true });
  });

  test.each(['false', 'False', '0', 'no', 'off'])('%s is off', async (text) => {
    expect(await configOf([], { WORKTEAM_OPERATOR_LEADER_ELECT: text })).toMatchObject({ leaderElect: false });
  });

  test('--no-leader-elect, whatever the environment says', async () => {
    expect(await configOf(['--no-leader-elect'])).toMatchObject({ leaderElect: false });
    const env = { WORKTEAM_OPERATOR_LEADER_ELECT: 'true' };
    expect(await configOf(['--no-leader-elect'], env)).toMatchObject({ leaderElect: false });
  });
});

test.each([
  ['1s', 1_000],
  ['1500ms', 1_500],
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  ['1h1m1s', 3_661_000],
  ['24h', 86_400_000],
])('the duration %s', async (text, ms) => {
  expect((await configOf(['--resync-interval', text])).resyncInterval).toBe(ms);
});

test.each([
  [':8080', { host: undefined, port: 8080 }],
  [':0', { host: undefined, port: 0 }],
  ['0.0.0.0:65535', { host: '0.0.0.0', port: 65_535 }],
  ['localhost:80', { host: 'localhost', port: 80 }],
  ['[::]:80', { host: '::', port: 80 }],
  ['0', undefined],
])('the address %s', async (text, address) => {
  expect((await configOf(['--metrics-bind-address', text])).metricsBindAddress).toEqual(address);
});

const MANY = 'a'.repeat(64);

/** Every kind of value that cannot be used, and what the message advises. */
const BAD: readonly (readonly [name: string, text: string, advice: RegExp])[] = [
  ['namespace', 'Vision', /write a namespace name/],
  ['namespace', MANY, /write a namespace name/],
  ['watch-label-selector', 'shard=blue,', /write a label selector such as shard=blue or shard in \(blue,green\)/],
  ['watch-label-selector', 'shard in blue', /write a label selector/],
  ['aws-region', 'europe', /write an AWS region such as eu-west-1/],
  ['aws-region', 'eu-west-1.example.com', /write an AWS region such as eu-west-1/],
  ['aws-account-id', '1234', /write the twelve digits of the account/],
  ['aws-account-id', '12345678901x', /write the twelve digits of the account/],
  ['cluster-id', 'a/b', /write 1 to 63 letters, digits, dots, dashes or underscores/],
  ['cluster-id', MANY, /write 1 to 63 letters, digits, dots, dashes or underscores/],
  ['ignore-tag-keys', 'a*b', /write a tag key, or the beginning of one with \* at its end/],
  ['ignore-tag-keys', '**', /write a tag key, or the beginning of one with \* at its end/],
  ['leader-election-id', 'Upper', /write the name of a Lease/],
  ['leader-election-namespace', 'a_b', /write a namespace name/],
  ['resync-interval', '10', /write a duration such as 90s, 10m or 1h30m/],
  ['resync-interval', '10 m', /write a duration such as 90s, 10m or 1h30m/],
  ['resync-interval', '-5m', /write a duration such as 90s, 10m or 1h30m/],
  ['resync-interval', 'ten minutes', /write a duration such as 90s, 10m or 1h30m/],
  ['resync-interval', '1d', /write a duration such as 90s, 10m or 1h30m/],
  ['resync-interval', '999ms', /write at least 1s/],
  ['resync-interval', '25h', /write at most 24h/],
  ['concurrency', '0', /write a whole number from 1 to 100/],
  ['concurrency', '101', /write a whole number from 1 to 100/],
  ['concurrency', '-1.5', /write a whole number from 1 to 100/],
  ['concurrency', '1.5', /write a whole number from 1 to 100/],
  ['concurrency', 'four', /write a whole number from 1 to 100/],
  ['aws-requests-per-second', '0', /write a number from 0.1 to 1000/],
  ['aws-requests-per-second', '1001', /write a number from 0.1 to 1000/],
  ['aws-requests-per-second', 'NaN', /write a number from 0.1 to 1000/],
  ['aws-requests-per-second', 'Infinity', /write a number from 0.1 to 1000/],
  ['aws-burst', '0', /write a whole number from 1 to 1000/],
  ['aws-burst', '1e9', /write a whole number from 1 to 1000/],
  ['metrics-bind-address', '8080', /write \[HOST\]:PORT, such as :8080, or 0 to switch it off/],
  ['metrics-bind-address', ':65536', /write \[HOST\]:PORT/],
  ['metrics-bind-address', '::1:8080', /write \[HOST\]:PORT/],
  ['metrics-bind-address', 'host:', /write \[HOST\]:PORT/],
  ['health-probe-bind-address', ':http', /write \[HOST\]:PORT/],
  ['log-level', 'verbose', /write one of trace, debug, info, warn, error, fatal/],
];

describe('a value that cannot be used is named with its source and what to write instead', () => {
  test.each(BAD)('--%s %s', async (name, text, advice) => {
    const complaint = await complaintAbout([`--${name}=${text}`]);
    expect(complaint.startsWith(`--${name} is "${text}": `)).toBe(true);
    expect(complaint).toMatch(advice);
    expect(complaint).not.toContain('\n');
  });

  test.each(BAD)('the variable for %s: %s', async (name, text, advice) => {
    const complaint = await complaintAbout([], { [environmentName({ name })]: text });
    expect(complaint.startsWith(`${environmentName({ name })} is "${text}": `)).toBe(true);
    expect(complaint).toMatch(advice);
  });

  test.each(['allow-takeover', 'read-only', 'leader-elect'])('the variable for %s', async (name) => {
    expect(await complaintAbout([], { [environmentName({ name })]: 'perhaps' })).toBe(
      `${environmentName({ name })} is "perhaps": write true or false`,
    );
  });

  test('an empty value on the command line is a value', async () => {
    expect(await complaintAbout(['--kubeconfig', ''])).toBe('--kubeconfig is "": write the path of a file');
    expect(await complaintAbout(['--ignore-tag-keys', ''])).toMatch(/^--ignore-tag-keys is "": write a tag key/);
    expect(await complaintAbout(['--concurrency', ''])).toMatch(/^--concurrency is "": write a whole number/);
  });

  test('all of them at once, each on a line of its own', async () => {
    const complaint = await complaintAbout(['--concurrency', '0'], { WORKTEAM_OPERATOR_LOG_LEVEL: 'loud' });
    expect(complaint.split('\n').map((line) => line.split(' ', 1)[0])).toEqual([
      '--concurrency',
      'WORKTEAM_OPERATOR_LOG_LEVEL',
    ]);
  });

  test('one bad value among several is enough', async () => {
    const complaint = await complaintAbout([], { WORKTEAM_OPERATOR_NAMESPACE: 'good,Bad' });
    expect(complaint).toMatch(/^WORKTEAM_OPERATOR_NAMESPACE is "good,Bad": write a namespace name/);
  });
});

describe('a part of the Workteams has a Lease of its own', () => {
  const shard = '--watch-label-selector=shard=blue';

  test('so that of everybody is refused, however it comes to be', async () => {
    const advice = /^--watch-label-selector needs a Lease of its own.*name another with --leader-election-id/;
    expect(await complaintAbout([shard])).toMatch(advice);
    expect(await complaintAbout([shard, '--leader-election-id=workteam-operator'])).toMatch(advice);
    expect(await complaintAbout([], { WORKTEAM_OPERATOR_WATCH_LABEL_SELECTOR: 'shard=blue' })).toMatch(advice);
  });

  test('unless there is no election', async () => {
    expect(await configOf([shard, '--no-leader-elect'])).toMatchObject({ leaderElect: false });
  });
});

test('a variable that is no option is left alone: Kubernetes makes some for a Service of our name', () => {
  expect(loadConfig({}, { WORKTEAM_OPERATOR_PORT: 'tcp://10.0.0.1:8080' })).toEqual(DEFAULTS);
});
