/** What must be true before the first pass: the SDK's real chains, and HTTP to a server that stands in for the API server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CannotStart } from '../../src/cli/cannot-start.ts';
import { checkAws, checkBrake, checkCluster, clusterId } from '../../src/cli/preflight.ts';
import { systemClock } from '../../src/controller/clock.ts';
import { Transport } from '../../src/kubernetes/transport.ts';
import { useRawServer } from '../sagemaker/raw-server.ts';
import { ManualClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';

const raw = useRawServer();
let clock: ManualClock;
let stop: AbortController;
let logged: string[];
const log = {
  debug: () => {},
  info: (_: object, message: string) => logged.push(message),
  warn: (_: object, message: string) => logged.push(message),
  child: () => log,
};
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'workteam-operator-preflight-'));
  await writeFile(join(home, 'token'), 'a token');
});
afterAll(() => rm(home, { recursive: true, force: true }));

beforeEach(() => {
  clock = new ManualClock();
  stop = new AbortController();
  logged = [];
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('HOME', home);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
});
afterEach(() => vi.unstubAllEnvs());

/** The sentence that a person reads. */
async function complaintOf(check: Promise<unknown>): Promise<string> {
  const [result] = await Promise.allSettled([check]);
  if (result.status === 'fulfilled') throw new Error('nothing was wrong');
  if (result.reason instanceof CannotStart) return result.reason.message;
  throw result.reason;
}

describe('AWS', () => {
  const check = (region?: string) => checkAws(region, { log, clock, signal: stop.signal });

  test('region and credentials from the environment', async () => {
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIA');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const { region, credentials } = await check();
    expect(region).toBe('eu-west-1');
    expect(await credentials()).toMatchObject({ accessKeyId: 'AKIA' });
    expect(clock.pending).toBe(0);
  });

  test('a region that is given goes before the one of the environment', async () => {
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIA');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    expect((await check('us-east-1')).region).toBe('us-east-1');
  });

  test('no region', async () => {
    expect(await complaintOf(check())).toMatch(/^No AWS region: pass --aws-region/);
  });

  test('no credentials', async () => {
    expect(await complaintOf(check('eu-west-1'))).toMatch(/^No AWS credentials \(CredentialsProviderError\): give/);
  });

  describe('an STS that does not answer', () => {
    let asked: Promise<unknown>;
    beforeEach(() => {
      asked = new Promise<void>((resolve) => {
        raw.answers = () => resolve();
      });
      vi.stubEnv('AWS_ENDPOINT_URL_STS', raw.endpoint);
      vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::123456789012:role/operator');
      vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', join(home, 'token'));
    });

    test('is given up after 20 s', async () => {
      const complaint = complaintOf(check('eu-west-1'));
      await asked;
      await clock.advance(20_000);
      expect(await complaint).toMatch(/^No AWS credentials \(TimeoutError\): give/);
      expect(clock.pending).toBe(0);
    });

    test('keeps nobody who wants to stop', async () => {
      const checked = check('eu-west-1');
      await asked;
      const reason = new Error('stopped');
      stop.abort(reason);
      await expect(checked).rejects.toBe(reason);
    });
  });
});

describe('the cluster', () => {
  let transport: Transport;
  const connect = (server: string) => {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser({ name: 'c', server, skipTLSVerify: true }, { name: 'u' });
    transport = new Transport({ kubeConfig, version: 'test', clock: systemClock });
  };
  beforeEach(() => connect(raw.endpoint));
  afterEach(() => transport.close());

  const status = (code: number, message = 'no') => {
    raw.answers = (response) => {
      response.writeHead(code, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', code, message }));
    };
  };
  const check = (changes: { namespaces?: string[]; patient?: boolean } = {}) =>
    checkCluster({ transport, namespaces: [], clock, log, signal: stop.signal, patient: false, ...changes });

  test('lists Workteams of all namespaces, or of those that were named', async () => {
    const paths: (string | undefined)[] = [];
    raw.answers = (response, request) => {
      paths.push(request.url?.split('?', 1)[0]);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[]}');
    };
    await check();
    await check({ namespaces: ['a', 'b'] });
    expect(paths).toEqual([
      '/apis/workteams.dev/v1alpha1/workteams',
      '/apis/workteams.dev/v1alpha1/namespaces/a/workteams',
      '/apis/workteams.dev/v1alpha1/namespaces/b/workteams',
    ]);
  });

  test.each([
    [404, /does not know Workteams: install the CRD with "workteam-operator crd \| kubectl apply -f -"/],
    [401, /does not accept our credentials: log in again/],
    [403, /does not let us list Workteams: apply the roles/],
    [400, /could not list Workteams \(.*no\): try again/],
  ])('%i is told with what to do', async (code, complaint) => {
    status(code);
    expect(await complaintOf(check())).toMatch(complaint);
  });

  describe.each([403, 404])('of several namespaces', (code) => {
    const closed = (...namespaces: string[]) => {
      raw.answers = (response, request) => {
        const refused = namespaces.some((namespace) => request.url?.includes(`/namespaces/${namespace}/`));
        response.writeHead(refused ? code : 200, { 'content-type': 'application/json' });
        response.end(refused ? JSON.stringify({ kind: 'Status', code, message: 'no' }) : '{"items":[]}');
      };
    };

    test(`${code} for one is said, and does not keep the others from being worked on`, async () => {
      closed('a');
      await check({ namespaces: ['a', 'b'] });
      expect(logged).toEqual([expect.stringContaining('may not be listed')]);
    });

    test(`${code} for all is the end`, async () => {
      closed('a', 'b');
      const complaint = code === 403 ? /does not let us list/ : /does not know Workteams/;
      expect(await complaintOf(check({ namespaces: ['a', 'b'] }))).toMatch(complaint);
      expect(logged).toEqual([]);
    });
  });

  test('another refusal for one of several namespaces is the end', async () => {
    status(401);
    expect(await complaintOf(check({ namespaces: ['a', 'b'] }))).toMatch(/does not accept our credentials/);
  });

  describe('that does not answer', () => {
    const refusals = () => logged.filter((message) => message.includes('does not answer')).length;
    beforeEach(() => {
      transport.close();
      connect('http://127.0.0.1:1');
    });
    const retries = (count: number) => eventually(() => refusals() >= count && clock.pending > 0, { what: 'a retry' });

    test('is asked again for 10 s, then given up', async () => {
      const complaint = complaintOf(check());
      for (let turn = 1; turn <= 5; turn++) {
        await retries(turn);
        await clock.advance(2_000);
      }
      expect(await complaint).toMatch(
        /^The Kubernetes API server http:\/\/127\.0\.0\.1:1 does not answer \(.+\): check/,
      );
      expect(clock.pending).toBe(0);
    });

    test('is waited for by a pod, until it is stopped', async () => {
      const checked = check({ patient: true });
      for (let turn = 1; turn <= 8; turn++) {
        await retries(turn);
        await clock.advance(2_000);
      }
      await retries(9);
      stop.abort(new Error('stopped'));
      await expect(checked).rejects.toThrow('stopped');
      expect(clock.pending).toBe(0);
    });
  });

  test.each([429, 500, 503])('%i is asked again, like silence: the server may only be starting', async (code) => {
    status(code);
    const checked = check({ patient: true });
    await eventually(() => logged.some((message) => message.includes('does not answer')), { what: 'a retry' });
    raw.answers = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[]}');
    };
    await eventually(() => clock.pending > 0, { what: 'a pause' });
    await clock.advance(2_000);
    await checked;
  });

  describe('the brake', () => {
    const brake = (namespaces: string[]) =>
      checkBrake({ transport, namespaces, clock, log, signal: stop.signal, patient: false });

    test('is out of order without the right to read the CRD, and that is said', async () => {
      status(403);
      await brake(['a']);
      expect(logged.join()).toContain('deleting the CRD deletes the work teams in AWS too');
    });

    test('works with it, and nothing is said', async () => {
      status(404);
      await brake(['a']);
      expect(logged).toEqual([]);
    });
  });

  describe('id', () => {
    const idOf = (given?: string) =>
      clusterId(given, { transport, namespaces: [], clock, log, signal: stop.signal, patient: false });

    test('as given, without asking', async () => {
      const before = raw.requests.length;
      expect(await idOf('prod')).toBe('prod');
      expect(raw.requests).toHaveLength(before);
    });

    test('the UID of kube-system', async () => {
      raw.answers = (response, request) => {
        const known = request.url === '/api/v1/namespaces/kube-system';
        response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' }).end('{"metadata":{"uid":"u-1"}}');
      };
      expect(await idOf()).toBe('u-1');
    });

    test('that may not be read', async () => {
      status(403);
      expect(await complaintOf(idOf())).toMatch(/^The namespace kube-system, .* pass --cluster-id/);
    });
  });
});
