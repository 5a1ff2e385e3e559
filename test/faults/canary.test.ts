/**
 * Nothing secret in anything that the operator says, at its most talkative and when everything goes wrong. Every operator of the
 * tests is searched for its secrets when a test ends; this file makes those that have the most to hide, and shows that the
 * search finds what there is to find.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import { useRawServer } from '../sagemaker/raw-server.ts';
import { apiProxy } from '../support/api-proxy.ts';
import { kubeconfigThrough } from '../support/api-proxy-kubeconfig.ts';
import { CANARY, leaksIn } from '../support/canary.ts';
import { useCommand } from '../support/command.ts';
import { controlPlane } from '../support/control-plane.ts';
import { type TestEmulator, useEmulator } from '../support/emulator.ts';
import { untilEvent } from '../support/events.ts';
import { expectNoSecretIn } from '../support/leaks.ts';
import { awsAt } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { specWith } from '../support/specs.ts';
import { PATIENCE_MS } from '../support/stage.ts';
import { useWorkteams } from '../support/workteams.ts';

/** As a pod has one, and as long; nobody checks it. */
const WEB_IDENTITY = `eyJhbGciOiJSUzI1NiIsImtpZCI6ImM0bjRyeSJ9.${'eyJhdWQiOlsic3RzLmFtYXpvbmF3cy5jb20iXX0'.repeat(4)}.c2lnbmVk`;
const PROXY_PASSWORD = 'kT8c4n4ry-proxy-password-Zq3';

const cluster = controlPlane();
const emulator = useEmulator();
const raw = useRawServer();
const { newNamespace } = useWorkteams();
const { call } = useCommand();

/** What the environment has besides, or instead; asked when an operator starts. */
let more: Record<string, string> = {};
const talkative: TestEmulator = Object.create(emulator, {
  environment: {
    value: (place: Parameters<TestEmulator['environment']>[0]) => ({
      ...emulator.environment(place),
      AWS_SESSION_TOKEN: CANARY.sessionToken,
      HTTPS_PROXY: `http://operator:${PROXY_PASSWORD}@127.0.0.1:9`,
      ...more,
    }),
  },
});
const operators = useOperators(talkative);
const TRACE = ['--log-level', 'trace', '--resync-interval', '1s'];

const folder = mkdtempSync(join(tmpdir(), 'workteam-operator-canary-'));
const tokenFile = join(folder, 'token');
beforeAll(() => writeFileSync(tokenFile, WEB_IDENTITY));
afterAll(() => rmSync(folder, { recursive: true }));

describe('no secret shows', () => {
  test.for<[string, (region: string) => void, string]>([
    ['while all is well', () => {}, 'Synced'],
    ['when AWS denies', (region) => fail(region, { kind: 'accessDenied' }), 'AccessDenied'],
    ['when the token has expired', (region) => fail(region, { kind: 'expiredToken' }), 'CredentialsUnavailable'],
    ['when AWS fails', (region) => fail(region, { kind: 'http5xx' }), 'Unavailable'],
    ['when something else answers', (region) => fail(region, { kind: 'nonJson' }), 'Unavailable'],
    ['when connections break', (region) => fail(region, { kind: 'dropBefore' }), 'Unavailable'],
  ])('%s', async ([, goWrong, reason]) => {
    const region = emulator.newRegion();
    goWrong(region);
    const workteams = await newNamespace('canary');
    more = {};
    await using operator = await operators.start({
      namespaces: [workteams.namespace],
      place: { region },
      flags: TRACE,
    });
    await workteams.create('secretive', specWith());
    if (reason === 'Synced') await workteams.untilReady('secretive', PATIENCE_MS);
    else await workteams.untilFailed('secretive', reason, PATIENCE_MS);
    await operator.expectNoLeak();
  });

  test.for<[string, (refuse: string) => string]>([
    [
      'refuses',
      (sent) =>
        `<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>${sent}</Message></Error></ErrorResponse>`,
    ],
    ['answers garbage', (sent) => sent],
  ])('when STS %s and repeats the web identity token', async ([, answer]) => {
    let asked = 0;
    raw.answers = (response, request) => {
      asked += 1;
      response.writeHead(400, { 'Content-Type': 'text/xml' });
      response.end(answer(`${request.url} ${WEB_IDENTITY}`));
    };
    const { namespace } = await newNamespace('canary');
    more = {
      AWS_ENDPOINT_URL_STS: raw.endpoint,
      AWS_ROLE_ARN: 'arn:aws:iam::111122223333:role/operator',
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
    };
    const started = operators.start({ namespaces: [namespace], place: { region: 'eu-test-1' }, flags: TRACE });
    await expect(started).rejects.toThrow('No AWS credentials');
    expect(asked).toBeGreaterThan(0);
  });

  test('when it crashes', async () => {
    more = {};
    const proxy = await apiProxy(cluster.address);
    // No answer that an API server gives: nothing in the program is made for it.
    proxy.fault = ({ path }) => (path.endsWith('/kube-system') ? { status: 200, body: {} } : undefined);
    try {
      const kubeconfig = await kubeconfigThrough(proxy, operators.kubeconfig);
      const { namespace } = await newNamespace('canary');
      const started = operators.start({
        namespaces: [namespace],
        place: { region: 'eu-test-1' },
        kubeconfig,
        flags: TRACE,
      });
      await expect(started).rejects.toThrow('unexpected error');
    } finally {
      await proxy.close();
    }
  });

  test('when the API server does not know it', async () => {
    const token = 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImM0bjRyeSJ9.bm9ib2R5LWtub3dzLW1l.c2lnbmVkLWJ5LW5vYm9keQ';
    const kubeconfig = await cluster.writeKubeconfig({ token });
    const { code, stdout, stderr } = await call(['run', '--kubeconfig', kubeconfig, '--no-leader-elect', ...TRACE], {
      env: talkative.environment({ region: 'eu-test-1' }),
    });
    expect(code).toBe(1);
    expect(leaksIn(`${stdout}\n${stderr}`, [token])).toEqual([]);
  });
});

test('what does show is found: in the log, the status and the events', async () => {
  const planted = 'pl4nted/c4n4ry+QmZ8rT5vX2kP9zL7rWdY';
  const region = emulator.newRegion();
  const place = { region };
  const workteams = await newNamespace('canary');
  more = {};
  const parameters = {
    WorkteamName: 'talkative',
    Description: 'Of somebody else',
    MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['others'] } }],
    Tags: [{ Key: OWNER_TAG_KEY, Value: planted }],
  };
  awsAt(emulator, place).console('CreateWorkteam', parameters);
  await using operator = await operators.start({ namespaces: [workteams.namespace], place, flags: TRACE });
  await workteams.create('talkative', specWith());
  const { status } = await workteams.untilFailed('talkative', 'NotOwned', PATIENCE_MS);
  await untilEvent(workteams.namespace, 'talkative', 'Refused');
  expect(leaksIn(JSON.stringify(operator.log()), [planted])).toEqual([planted]);
  expect(leaksIn(JSON.stringify(status), [planted])).toEqual([planted]);
  await expect(expectNoSecretIn(cluster.address, [workteams.namespace], [planted])).rejects.toThrow('shows 1 secret');
});

function fail(region: string, fault: Parameters<TestEmulator['control']['addFault']>[0]['fault']): void {
  emulator.control.addFault({ match: { region }, fault });
}
