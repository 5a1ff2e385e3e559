/**
 * The operator while something between it and AWS answers every read with rubbish: it writes nothing because of that, lets go of
 * nothing, and when AWS is heard again does what is to be done. What each kind of rubbish is taken for, call by call, is in
 * test/sagemaker/answers.test.ts.
 */
import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OWNER_TAG_KEY } from '../../src/workteam/schema.ts';
import { type TestEmulator, useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { specWith } from '../support/specs.ts';
import { PATIENCE_MS } from '../support/stage.ts';
import { useWorkteams, type Workteams } from '../support/workteams.ts';

const READS = /^SageMaker\.(?:Describe|List)/;

const emulator = useEmulator();
const { newNamespace } = useWorkteams();

/** What reads of a region are answered with, instead of by the emulator; and how many were. */
const rubbish = new Map<string, { readonly answer: (response: ServerResponse) => void; times: number }>();

const between = http.createServer((request, response) => {
  const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const spoilt = rubbish.get(region);
  if (spoilt !== undefined && READS.test(String(request.headers['x-amz-target']))) {
    spoilt.times += 1;
    request.resume().once('end', () => spoilt.answer(response));
    return;
  }
  const { method = 'POST', url = '/', headers } = request;
  const upstream = http.request(`${emulator.endpoint}${url}`, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on('error', () => response.destroy());
  request.pipe(upstream);
});

const spoilable: TestEmulator = Object.create(emulator, {
  environment: {
    value: (place: Parameters<TestEmulator['environment']>[0]) => ({
      ...emulator.environment(place),
      AWS_ENDPOINT_URL_SAGEMAKER: `http://127.0.0.1:${(between.address() as AddressInfo).port}`,
    }),
  },
});
const operators = useOperators(spoilable);
let operator: Operator;
let workteams: Workteams;

beforeAll(async () => {
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  workteams = await newNamespace('fuzz-aws');
  operator = await operators.start({
    namespaces: [workteams.namespace],
    place: { region: emulator.newRegion() },
    flags: ['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
  });
});
afterAll(async () => {
  const closed = new Promise((resolve) => between.close(resolve));
  between.closeAllConnections();
  await closed;
});

const body =
  (text: string, status = 200) =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(text);
  };
const TEAM = { WorkteamArn: 'arn', Description: 'Another', MemberDefinitions: [] };

const KINDS: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['nothing', body('')],
  ['an empty object', body('{}')],
  ['null', body('null')],
  ['HTML', body('<html>Sign in</html>')],
  ['half of it', body('{"Workteam":{"Workt')],
  [
    "somebody else's work team, and no tags",
    body(JSON.stringify({ Workteam: { WorkteamName: 'x', ...TEAM }, Tags: {} })),
  ],
  ['wrong types', body('{"Workteam":{"WorkteamName":7,"MemberDefinitions":{}},"Tags":[7],"Workteams":7}')],
  ['garbage with 404', body('not here', 404)],
  ['20 MB', body(`{"Workteam":"${'x'.repeat(20 * 1024 * 1024)}"}`)],
  [
    'a connection that breaks inside the answer',
    (response) => {
      response.writeHead(200, { 'content-length': 1_000 });
      response.write('{"Workteam":{', () => response.destroy());
    },
  ],
];

describe('every read is answered with', () => {
  test.concurrent.for(KINDS.map(([title, answer], index) => ({ title, answer, index })))(
    '$title',
    { timeout: 180_000 },
    async ({ answer, index }) => {
      const region = emulator.newRegion();
      const aws = awsAt(emulator, { region });
      const [edited, leaving, wanted] = [`edited-${index}`, `leaving-${index}`, `wanted-${index}`];
      aws.console('CreateWorkteam', {
        WorkteamName: wanted,
        Description: 'Of somebody else',
        MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['others'] } }],
        Tags: [{ Key: OWNER_TAG_KEY, Value: 'another-cluster/a/b' }],
      });
      const foreign = JSON.stringify(aws.team(wanted));
      for (const name of [edited, leaving]) await workteams.create(name, specWith({ region }));
      for (const name of [edited, leaving]) await workteams.untilReady(name, PATIENCE_MS);
      const spoilt = { answer, times: 0 };
      rubbish.set(region, spoilt);
      await workteams.edit(edited, { description: 'Edited meanwhile' });
      await workteams.delete(leaving);
      await workteams.create(wanted, specWith({ region, adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' }));
      await eventually(() => spoilt.times >= 12, { what: 'reads that are answered so', within: PATIENCE_MS });
      // Two creates, and nothing since: the third is refused, because there is such a work team.
      expect(operations(aws.writes())).toEqual(['CreateWorkteam', 'CreateWorkteam']);
      expect(workteams.get(leaving).metadata.finalizers).toHaveLength(1);
      rubbish.delete(region);
      await workteams.annotate(edited, { 'workteams.dev/requestedAt': 'now' });
      await workteams.untilReady(edited, 2 * PATIENCE_MS);
      await workteams.untilFailed(wanted, 'NotOwned', 2 * PATIENCE_MS);
      await workteams.untilGone(leaving, 2 * PATIENCE_MS);
      expect(aws.team(edited).workteam.Description).toBe('Edited meanwhile');
      expect(JSON.stringify(aws.team(wanted))).toBe(foreign);
      expect(aws.has(leaving)).toBe(false);
      expect(operations(aws.writes()).toSorted()).toEqual(
        ['CreateWorkteam', 'CreateWorkteam', 'DeleteWorkteam', 'UpdateWorkteam'].toSorted(),
      );
      expect((await operator.get('/livez')).status).toBe(200);
    },
  );
});
