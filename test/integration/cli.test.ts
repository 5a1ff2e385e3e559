/** The command line as a user meets it: whatever is wrong is told in one sentence that says what to do. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ControlPlane, start } from '../../dev/control-plane/start.ts';
import { apiProxy, type Fault, type Seen } from '../support/api-proxy.ts';
import { kubeconfigThrough } from '../support/api-proxy-kubeconfig.ts';
import { builtBundle } from '../support/bundle.ts';
import { CANARY } from '../support/canary.ts';
import { type Called, useCommand } from '../support/command.ts';
import { controlPlane } from '../support/control-plane.ts';
import { installOperator } from '../support/deployment.ts';

// Most of the time of some of these tests is spent in waiting for an API server that does not answer.
vi.setConfig({ maxConcurrency: 8, testTimeout: 120_000 });

/** The exit codes: what is needed is not there, or the call itself is wrong. */
const ENVIRONMENT = 1;
const USAGE = 2;

/** Enough for the AWS side. */
const AWS = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIA123456789012EMUL',
  AWS_SECRET_ACCESS_KEY: CANARY.secretAccessKey,
  AWS_EC2_METADATA_DISABLED: 'true',
};
const ADDRESSES = ['--metrics-bind-address', '127.0.0.1:0', '--health-probe-bind-address', '127.0.0.1:0'];

const cluster = controlPlane();
const { home, call } = useCommand();
let kubeconfig: string;

beforeAll(async () => {
  kubeconfig = await installOperator(cluster);
});

/** One line on stderr that says so, the exit code, and nowhere a stack trace. */
function expectSentence({ stdout, stderr, code }: Called, expected: number, sentence: RegExp): void {
  expect(stderr).toMatch(/^workteam-operator: [^\n]+\n$/);
  expect(stderr.slice('workteam-operator: '.length).trimEnd()).toMatch(sentence);
  expect(stderr + stdout).not.toMatch(/\n\s+at /);
  expect(code).toBe(expected);
}

describe.concurrent('help', () => {
  test.for([
    { args: ['--help'], shows: ['run [options]', 'crd ', '--version'] },
    { args: ['-h'], shows: ['run [options]'] },
    { args: ['help'], shows: ['run [options]'] },
    { args: ['run', '--help'], shows: ['--kubeconfig', '--resync-interval', 'WORKTEAM_OPERATOR_LOG_LEVEL'] },
    { args: ['help', 'run'], shows: ['--kubeconfig'] },
    { args: ['crd', '--help'], shows: ['print the CRD'] },
  ])('$args is on stdout', async ({ args, shows }) => {
    const { stdout, stderr, code } = await call(args);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    for (const text of shows) expect(stdout).toContain(text);
  });

  test('without a command it is on stderr, with exit code 2', async () => {
    const { stdout, stderr, code } = await call([]);
    expect({ stdout, code }).toEqual({ stdout: '', code: USAGE });
    expect(stderr).toContain('run [options]');
  });

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8'));
    expect(await call(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '', code: 0 });
  });
});

describe.concurrent('crd', () => {
  test('prints what is in crds/', async () => {
    const { stdout, stderr, code } = await call(['crd']);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const file = await readFile('crds/workteams.workteams.dev.yaml', 'utf8');
    expect(stdout).toBe(file.replace(/^#.*\n/, ''));
  });

  test('kubectl takes it as it comes', async () => {
    const { stdout } = await call(['crd']);
    const apply = ['apply', '--server-side', '--dry-run=server', '-f', '-'];
    expect(await cluster.kubectl(apply, { input: stdout })).toMatchObject({ code: 0, stderr: '' });
  });

  test('needs nothing but the one file', async () => {
    const folder = join(home, 'alone');
    await mkdir(folder);
    const bundle = join(folder, 'program.mjs');
    await copyFile(builtBundle(), bundle);
    const { stdout, stderr, code } = await call(['crd'], { bundle });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toContain('kind: CustomResourceDefinition');
    expect((await call(['run', '--help'], { bundle })).code).toBe(0);
  });
});

describe.concurrent('a wrong call', () => {
  test.for<[string[], RegExp]>([
    [['fly'], /^unknown command 'fly' .*--help/],
    [['--foo'], /^unknown option '--foo' .*--help/],
    [['run', '--foo'], /^unknown option '--foo' .*--help/],
    [['run', '--kubeconfg', 'x'], /^unknown option '--kubeconfg' .*--kubeconfig.*--help/],
    [['run', 'extra'], /^too many arguments for 'run'.*--help/],
    [['run', '--log-level'], /^option '--log-level <LEVEL>' argument missing .*--help/],
    [['crd', '--output', 'x'], /^unknown option '--output' .*--help/],
    [['crd', 'extra'], /^too many arguments for 'crd'.*--help/],
  ])('%j', async ([args, sentence]) => {
    expectSentence(await call(args), USAGE, sentence);
  });
});

describe.concurrent('a bad value', () => {
  const bad: readonly [option: string, value: string, whatToWrite: RegExp][] = [
    ['namespace', 'Not_A_Namespace', /: write a namespace name: lower-case letters, digits and dashes/],
    ['watch-label-selector', 'shard in blue', /: write a label selector such as shard=blue or shard in \(blue,green\)/],
    ['aws-region', 'Europe', /: write an AWS region such as eu-west-1/],
    ['aws-account-id', '12', /: write the twelve digits of the account/],
    ['cluster-id', 'a/b', /: write 1 to 63 letters, digits, dots, dashes or underscores/],
    ['ignore-tag-keys', 'a*b', /: write a tag key, or the beginning of one with \* at its end/],
    ['leader-election-id', 'No', /: write the name of a Lease: lower-case letters, digits, dashes and dots/],
    ['leader-election-namespace', 'No', /: write a namespace name/],
    ['resync-interval', 'soon', /: write a duration such as 90s, 10m or 1h30m/],
    ['resync-interval', '10ms', /: write at least 1s/],
    ['concurrency', '0', /: write .*1/],
    ['concurrency', 'many', /: write .*number/],
    ['aws-requests-per-second', '-1', /: write .*0\.1/],
    ['aws-burst', '1.5', /: write .*whole/],
    ['metrics-bind-address', 'here', /: write \[HOST\]:PORT, such as :8080, or 0 to switch it off/],
    ['health-probe-bind-address', ':99999', /: write \[HOST\]:PORT, such as :8080, or 0 to switch it off/],
    ['log-level', 'loud', /: write one of trace, debug, info, warn, error, fatal/],
  ];

  test.for(bad)('--%s %s', async ([option, value, whatToWrite]) => {
    const called = await call(['run', `--${option}`, value]);
    expectSentence(called, USAGE, new RegExp(`^--${option} is "${escaped(value)}"${whatToWrite.source}`));
  });

  test('of a variable is told likewise; of several, one line for each', async () => {
    const firsts = bad.filter(([option], index) => bad.findIndex(([other]) => other === option) === index);
    const variableOf = (option: string) => `WORKTEAM_OPERATOR_${option.toUpperCase().replaceAll('-', '_')}`;
    const env = Object.fromEntries(firsts.map(([option, value]) => [variableOf(option), value]));
    const { stderr, code } = await call(['run'], { env });
    expect(code).toBe(USAGE);
    const lines = stderr
      .replace(/^workteam-operator: /, '')
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(firsts.length);
    for (const [option, value, whatToWrite] of firsts) {
      const line = new RegExp(`^${variableOf(option)} is "${escaped(value)}"${whatToWrite.source}`);
      expect(lines).toContainEqual(expect.stringMatching(line));
    }
  });

  test('of a Lease: that of everybody, where only a part of the Workteams is watched', async () => {
    const called = await call(['run', '--watch-label-selector', 'shard=blue']);
    expectSentence(called, USAGE, /^--watch-label-selector needs a Lease of its own.*--leader-election-id/);
  });

  test('of WORKTEAM_OPERATOR_LEADER_ELECT, which is a switch on the command line', async () => {
    const called = await call(['run'], { env: { WORKTEAM_OPERATOR_LEADER_ELECT: 'perhaps' } });
    expectSentence(called, USAGE, /^WORKTEAM_OPERATOR_LEADER_ELECT is "perhaps": write true or false/);
  });
});

describe.concurrent('run without', () => {
  test('any cluster', async () => {
    expectSentence(
      await call(['run', ...ADDRESSES], { env: AWS }),
      ENVIRONMENT,
      /^No Kubernetes cluster is configured: pass --kubeconfig FILE, set KUBECONFIG, create ~\/\.kube\/config, or run in a pod with a ServiceAccount\.$/,
    );
  });

  test('the kubeconfig that it was given', async () => {
    const missing = join(home, 'missing');
    const sentence = new RegExp(
      `^The kubeconfig ${missing} cannot be used \\(ENOENT.*\\): name another one with --kubeconfig or KUBECONFIG\\.$`,
    );
    expectSentence(await call(['run', ...ADDRESSES, '--kubeconfig', missing], { env: AWS }), ENVIRONMENT, sentence);
    const env = { ...AWS, KUBECONFIG: missing };
    expectSentence(await call(['run', ...ADDRESSES], { env }), ENVIRONMENT, sentence);
  });

  test.for<readonly [string, string]>([
    ['not YAML', '}{'],
    ['empty', ''],
    ['something else', 'kind: List\n'],
    ['a list', '- a\n- b\n'],
  ])('a kubeconfig that is one, but %s', async ([title, content]) => {
    const path = join(home, `kubeconfig-${title.replaceAll(' ', '-')}`);
    await writeFile(path, content);
    expectSentence(
      await call(['run', ...ADDRESSES, '--kubeconfig', path], { env: AWS }),
      ENVIRONMENT,
      new RegExp(`^The kubeconfig ${path} .*(name another one with --kubeconfig|kubectl config use-context)`),
    );
  });

  test('a region', async () => {
    const { AWS_REGION: _region, ...env } = AWS;
    expectSentence(
      await call(['run', ...ADDRESSES, '--kubeconfig', kubeconfig], { env }),
      ENVIRONMENT,
      /^No AWS region: pass --aws-region eu-west-1 \(your region\), or set AWS_REGION\.$/,
    );
  });

  test('AWS credentials', async () => {
    const { AWS_REGION, AWS_EC2_METADATA_DISABLED } = AWS;
    expectSentence(
      await call(['run', ...ADDRESSES, '--kubeconfig', kubeconfig], { env: { AWS_REGION, AWS_EC2_METADATA_DISABLED } }),
      ENVIRONMENT,
      /^No AWS credentials \(CredentialsProviderError\): give the pod's service account a role \(IRSA or EKS Pod Identity\), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\.$/,
    );
  });

  test('the AWS profile that it was told to use', async () => {
    const { AWS_REGION, AWS_EC2_METADATA_DISABLED } = AWS;
    const env = { AWS_REGION, AWS_EC2_METADATA_DISABLED, AWS_PROFILE: 'nobody' };
    const called = await call(['run', ...ADDRESSES, '--kubeconfig', kubeconfig], { env });
    expectSentence(called, ENVIRONMENT, /^No AWS credentials \(.*\): .*AWS_PROFILE/);
  });
});

describe.concurrent('run where the API server', () => {
  const runAt = (server: string, user: object = { token: 'x' }, clusterFields: object = {}) =>
    runWith(`at-${new URL(server).port}`, { server, 'insecure-skip-tls-verify': true, ...clusterFields }, user);

  async function runWith(name: string, clusterFields: object, user: object): Promise<Called> {
    const path = join(home, name);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: clusterFields }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    };
    await writeFile(path, JSON.stringify(config));
    return await call(['run', ...ADDRESSES, '--kubeconfig', path], { env: AWS });
  }

  test('cannot be reached', async () => {
    expectSentence(
      await runAt('https://127.0.0.1:1'),
      ENVIRONMENT,
      /^The Kubernetes API server https:\/\/127\.0\.0\.1:1 does not answer \(.*ECONNREFUSED.*\): check --kubeconfig and the network\.$/,
    );
  });

  test('has a name that nobody knows', async () => {
    const { stderr, code } = await runAt('https://api.invalid:6443');
    expectSentence(
      { stderr, code, stdout: '' },
      ENVIRONMENT,
      /^The Kubernetes API server https:\/\/api\.invalid:6443 does not answer/,
    );
  });

  test('accepts the connection and says nothing', async () => {
    const silent = await listening();
    try {
      const called = await runAt(`https://127.0.0.1:${portOf(silent)}`);
      expectSentence(
        called,
        ENVIRONMENT,
        /^The Kubernetes API server .* does not answer \(.*waited.*\): check --kubeconfig/,
      );
    } finally {
      silent.close();
    }
  });

  test('has a certificate of somebody unknown', async () => {
    const { server, adminToken } = cluster.address;
    const called = await runWith('untrusted', { server }, { token: adminToken });
    expectSentence(
      called,
      ENVIRONMENT,
      /^The Kubernetes API server .* does not answer \(.*certificate.*\): check --kubeconfig/,
    );
  });

  test('does not know the token', async () => {
    expectSentence(
      await runAt(cluster.address.server, { token: 'wrong' }),
      ENVIRONMENT,
      /^The cluster https:.* does not accept our credentials: log in again, or name another --kubeconfig\.$/,
    );
  });

  test('does not let us list Workteams', async () => {
    const nobody = await cluster.writeKubeconfig({ user: 'nobody' });
    expectSentence(
      await call(['run', ...ADDRESSES, '--kubeconfig', nobody], { env: AWS }),
      ENVIRONMENT,
      /^The cluster https:.* does not let us list Workteams: apply the roles of deploy\/kustomize, or name the allowed namespaces with --namespace\.$/,
    );
  });

  test.for<[string, (seen: Seen) => Fault | undefined]>([
    ['fails every request', () => ({ status: 500 })],
    ['is too busy', () => ({ status: 429, headers: { 'Retry-After': '1' } })],
    ['fails after the first request', ({ path }) => (path.includes('/workteams') ? undefined : { status: 503 })],
  ])('%s', async ([, fault]) => {
    const proxy = await apiProxy(cluster.address);
    proxy.fault = fault;
    try {
      const through = await kubeconfigThrough(proxy, kubeconfig);
      const called = await call(['run', ...ADDRESSES, '--kubeconfig', through], { env: AWS });
      expectSentence(called, ENVIRONMENT, /^The (?:cluster|Kubernetes API server) http:\/\/127\.0\.0\.1:\d+ .*: .+\.$/);
    } finally {
      await proxy.close();
    }
  });

  test('is none, but the login page of a proxy', async () => {
    const page = createHttpServer((_, response) => response.end('<html>Log in</html>'));
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    try {
      const called = await runAt(`http://127.0.0.1:${portOf(page)}`);
      expectSentence(
        called,
        ENVIRONMENT,
        /^The Kubernetes API server .* does not answer \(.*not JSON\): check --kubeconfig/,
      );
    } finally {
      page.close();
    }
  });

  describe('has no CRD', () => {
    let bare: ControlPlane;
    beforeAll(async () => {
      bare = await start({ onProgress: () => {} });
    });
    afterAll(() => bare.stop());

    test('it is told how to install it, and that works', async () => {
      const run = () => call(['run', ...ADDRESSES, '--kubeconfig', bare.address.kubeconfig], { env: AWS });
      expectSentence(
        await run(),
        ENVIRONMENT,
        /^The cluster https:.* does not know Workteams: install the CRD with "workteam-operator crd \| kubectl apply -f -"\.$/,
      );
      const { stdout } = await call(['crd']);
      expect(await bare.kubectl(['apply', '-f', '-'], { input: stdout })).toMatchObject({ code: 0 });
    });
  });
});

describe.concurrent('run on a port that is taken', () => {
  test.for(['health-probe', 'metrics'])('--%s-bind-address', async (what) => {
    const thief = await listening();
    try {
      const other = what === 'metrics' ? 'health-probe' : 'metrics';
      const port = portOf(thief);
      const args = [`--${what}-bind-address`, `127.0.0.1:${port}`, `--${other}-bind-address`, '127.0.0.1:0'];
      expectSentence(
        await call(['run', ...args, '--kubeconfig', kubeconfig], { env: AWS }),
        ENVIRONMENT,
        new RegExp(
          `^Cannot listen on 127\\.0\\.0\\.1:${port} \\(.*EADDRINUSE.*\\): pass another --${what}-bind-address, or 0 to switch it off\\.$`,
        ),
      );
    } finally {
      thief.close();
    }
  });
});

/** A server that takes connections and does nothing with them. */
async function listening(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
