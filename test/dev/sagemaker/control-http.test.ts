/** The control interface from another process. */
import { CreateWorkteamCommand, ListWorkteamsCommand } from '@aws-sdk/client-sagemaker';
import { beforeEach, expect, test } from 'vitest';
import { useEmulator } from '../../support/emulator.ts';
import { failureOf, team } from './requests.ts';

const emulator = useEmulator();
let region: string;
beforeEach(() => {
  region = emulator.newRegion();
});

async function control(method: string, path: string, body?: unknown) {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${emulator.endpoint}/_emulator${path}`, init);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const create = (WorkteamName: string) =>
  emulator.client({ region }).send(new CreateWorkteamCommand(team({ WorkteamName })));

test('says what it can do', async () => {
  const { status, body } = await control('GET', '');
  expect(status).toBe(200);
  expect(Object.keys(body.routes)).toContain('GET /ledger');
  expect(await control('GET', '/nothing')).toMatchObject({ status: 404, body: { routes: body.routes } });
});

test('the ledger, from any entry on', async () => {
  await create('a');
  await create('b');
  const { body: all } = await control('GET', '/ledger');
  expect(all).toEqual(JSON.parse(JSON.stringify(emulator.control.ledger())));
  const last = all.at(-1);
  expect(last).toMatchObject({ operation: 'CreateWorkteam', workteamName: 'b' });
  expect((await control('GET', `/ledger?since=${last.sequence - 1}`)).body).toEqual([last]);
  expect((await control('GET', '/ledger?since=soon')).status).toBe(400);
});

test('teams with their tags', async () => {
  await emulator
    .client({ region })
    .send(new CreateWorkteamCommand(team({ WorkteamName: 'a', Tags: [{ Key: 'k', Value: 'v' }] })));
  expect(await control('GET', `/teams?region=${region}`)).toMatchObject({
    status: 200,
    body: [{ workteam: { WorkteamName: 'a' }, tags: { k: 'v' } }],
  });
  expect(await control('GET', `/teams?region=${region}&account=210987654321`)).toEqual({ status: 200, body: [] });
  expect(await control('GET', '/teams')).toEqual({
    status: 400,
    body: { message: 'say which region: ?region=eu-west-1' },
  });
});

test('setup', async () => {
  await control('POST', '/setup', { region, quota: 1, workforce: { name: 'crowd', kind: 'Oidc' } });
  await create('a');
  expect(await failureOf(create('b'))).toMatchObject({ name: 'ResourceLimitExceeded' });
  expect(emulator.control.teams({ region })[0]?.workteam.WorkforceArn).toMatch(/workforce\/crowd$/);
  expect(await control('POST', '/setup', { quota: 1 })).toMatchObject({ status: 400 });
});

test('switches, with what they mean', async () => {
  await control('POST', '/switches', { notFoundText: 'bare' });
  expect(emulator.control.switches().notFoundText).toBe('bare');
  const { body } = await control('GET', '/switches');
  expect(body.notFoundText).toMatchObject({ now: 'bare', byDefault: 'name', choices: { bare: expect.any(String) } });
  emulator.control.setSwitches({ notFoundText: 'name' });
  expect(await control('POST', '/switches', { colour: 'red' })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('there is no switch colour') },
  });
});

test('faults', async () => {
  const list = () => emulator.client({ region }).send(new ListWorkteamsCommand({}));
  const { body } = await control('POST', '/faults', { match: { region, nth: 2 }, fault: { kind: 'throttle' } });
  await list();
  expect(await failureOf(list())).toMatchObject({ name: 'ThrottlingException' });
  expect((await control('GET', '/faults')).body).toMatchObject([{ id: body.id, matched: 2 }]);
  expect(await control('DELETE', `/faults?id=${body.id}`)).toMatchObject({ status: 200 });
  expect(await control('DELETE', `/faults?id=${body.id}`)).toMatchObject({ status: 400 });
  await control('POST', '/faults', { match: {}, fault: { kind: 'hang' } });
  await control('DELETE', '/faults');
  expect(emulator.control.faults()).toEqual([]);
});

test.each([
  { match: {}, fault: { kind: 'explode' } },
  { match: { operaton: 'x' }, fault: { kind: 'throttle' } },
  { match: { nth: 0 }, fault: { kind: 'throttle' } },
  { fault: { kind: 'throttle' } },
  { match: {}, fault: { kind: 'delay' } },
])('refuses the fault rule %j', async (rule) => {
  expect(await control('POST', '/faults', rule)).toMatchObject({ status: 400, body: { message: expect.any(String) } });
  expect(emulator.control.faults()).toEqual([]);
});

test('what somebody in the console would do, edits by hand, labeling jobs', async () => {
  const { WorkteamName, ...rest } = team({ WorkteamName: 'a' });
  const console = { region, operation: 'CreateWorkteam', parameters: { WorkteamName, ...rest } };
  expect(await control('POST', '/console', console)).toMatchObject({
    status: 200,
    body: { WorkteamArn: expect.any(String) },
  });
  expect(await control('POST', '/console', console)).toEqual({
    status: 400,
    body: { code: 'ResourceInUse', message: 'Work team a already exists.' },
  });
  await control('POST', '/team', { region, workteamName: 'a', changes: { Description: 'by hand' } });
  expect(emulator.control.teams({ region })[0]?.workteam.Description).toBe('by hand');
  const job = { JobReferenceCode: 'j', LabelCounters: { PendingHuman: 1 } };
  await control('POST', '/labeling-job', { region, workteamName: 'a', job });
  const remove = { region, operation: 'DeleteWorkteam', parameters: { WorkteamName } };
  expect(await control('POST', '/console', remove)).toMatchObject({
    status: 400,
    body: { code: 'ValidationException' },
  });
  expect(await control('POST', '/labeling-job', { region, workteamName: 'a', job: {} })).toMatchObject({ status: 400 });
});

test('a body that is not JSON is refused with a sentence', async () => {
  const response = await fetch(`${emulator.endpoint}/_emulator/setup`, { method: 'POST', body: '{' });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ message: expect.stringContaining('JSON') });
});
