import {
  AddTagsCommand,
  CreateWorkteamCommand,
  DeleteTagsCommand,
  DeleteWorkteamCommand,
  DescribeWorkteamCommand,
  ListWorkteamsCommand,
  type SageMakerClient,
  UpdateWorkteamCommand,
} from '@aws-sdk/client-sagemaker';
import { beforeEach, describe, expect, test } from 'vitest';
import { useEmulator } from '../../support/emulator.ts';
import { failureOf, oidc, team } from './requests.ts';

const START = Date.UTC(2030, 0, 1);
const emulator = useEmulator({ clock: () => START });
let region: string;
let client: SageMakerClient;
let before: number;

beforeEach(() => {
  region = emulator.newRegion();
  client = emulator.client({ region });
  before = emulator.control.ledger().at(-1)?.sequence ?? 0;
});

const entries = () => emulator.control.ledger(before);
const summary = () =>
  entries().map(({ operation, outcome, write, effective }) => ({ operation, outcome, write, effective }));
const arn = () => `arn:aws:sagemaker:${region}:123456789012:workteam/private-crowd/blue`;
const blue = team({ WorkteamName: 'blue', MemberDefinitions: [oidc('a')], Description: 'd' });

test('an entry says who asked for what, where, when, and what came of it', async () => {
  const elsewhere = emulator.client({ region, account: '210987654321' });
  const { $metadata } = await elsewhere.send(new CreateWorkteamCommand(blue));
  expect(entries()).toEqual([
    {
      sequence: before + 1,
      time: '2030-01-01T00:00:00.000Z',
      account: '210987654321',
      region,
      operation: 'CreateWorkteam',
      workteamName: 'blue',
      parameters: blue,
      outcome: 'ok',
      write: true,
      effective: true,
      requestId: $metadata.requestId,
      outOfBand: false,
      fault: undefined,
    },
  ]);
  expect(Object.isFrozen(entries()[0])).toBe(true);
});

test('it tells writes from reads, and writes that changed something from those that did not', async () => {
  await client.send(new CreateWorkteamCommand(blue));
  await client.send(new DescribeWorkteamCommand({ WorkteamName: 'blue' }));
  await client.send(new ListWorkteamsCommand({}));
  await client.send(new UpdateWorkteamCommand({ WorkteamName: 'blue', Description: 'new' }));
  await client.send(new UpdateWorkteamCommand({ WorkteamName: 'blue', Description: 'new' }));
  const Tags = [{ Key: 'k', Value: 'v' }];
  for (let count = 0; count < 2; count++) await client.send(new AddTagsCommand({ ResourceArn: arn(), Tags }));
  for (let count = 0; count < 2; count++)
    await client.send(new DeleteTagsCommand({ ResourceArn: arn(), TagKeys: ['k'] }));
  await client.send(new DeleteWorkteamCommand({ WorkteamName: 'blue' }));
  await failureOf(client.send(new DeleteWorkteamCommand({ WorkteamName: 'blue' })));
  expect(summary()).toEqual([
    { operation: 'CreateWorkteam', outcome: 'ok', write: true, effective: true },
    { operation: 'DescribeWorkteam', outcome: 'ok', write: false, effective: false },
    { operation: 'ListWorkteams', outcome: 'ok', write: false, effective: false },
    { operation: 'UpdateWorkteam', outcome: 'ok', write: true, effective: true },
    { operation: 'UpdateWorkteam', outcome: 'ok', write: true, effective: false },
    { operation: 'AddTags', outcome: 'ok', write: true, effective: true },
    { operation: 'AddTags', outcome: 'ok', write: true, effective: false },
    { operation: 'DeleteTags', outcome: 'ok', write: true, effective: true },
    { operation: 'DeleteTags', outcome: 'ok', write: true, effective: false },
    { operation: 'DeleteWorkteam', outcome: 'ok', write: true, effective: true },
    { operation: 'DeleteWorkteam', outcome: 'ValidationException', write: true, effective: false },
  ]);
  expect(entries().at(5)?.workteamName).toBe('blue'); // tag calls name the team by its ARN
});

test('listeners hear every further entry until they leave', async () => {
  const heard: string[] = [];
  const leave = emulator.control.onEntry(({ operation }) => heard.push(operation));
  await client.send(new ListWorkteamsCommand({}));
  leave();
  await client.send(new ListWorkteamsCommand({}));
  expect(heard).toEqual(['ListWorkteams']);
});

describe('edits out of band', () => {
  test('as in the console: the same rules, marked in the ledger, untouched by faults and rate limits', async () => {
    const { control } = emulator;
    control.addFault({ match: { region }, fault: { kind: 'throttle' } });
    control.setSwitches({ requestsPerSecond: 1, requestBurst: 1 });
    control.actAsConsole({ region }, 'CreateWorkteam', blue);
    control.actAsConsole({ region }, 'AddTags', { ResourceArn: arn(), Tags: [{ Key: 'k', Value: 'v' }] });
    expect(control.teams({ region })).toMatchObject([{ workteam: { WorkteamName: 'blue' }, tags: { k: 'v' } }]);
    expect(() => control.actAsConsole({ region }, 'CreateWorkteam', blue)).toThrow('already exists');
    control.actAsConsole({ region }, 'DescribeWorkteam', { WorkteamName: 'blue' });
    control.actAsConsole({ region }, 'DeleteWorkteam', { WorkteamName: 'blue' });
    expect(control.teams({ region })).toEqual([]);
    expect(entries().map(({ outOfBand }) => outOfBand)).toEqual([true, true, true, true, true]);
    expect(entries().map(({ write }) => write)).toEqual([true, true, true, false, true]);
    expect(summary().map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ResourceInUse', 'ok', 'ok']);
    control.clearFaults();
    control.setSwitches({ requestsPerSecond: 0 });
  });

  test('by hand: what no call could do', async () => {
    const { control } = emulator;
    await client.send(new CreateWorkteamCommand(blue));
    control.editTeam({ region }, 'blue', { ProductListingIds: ['p-1'], CreateDate: 1_000, SubDomain: null });
    const { Workteam } = await client.send(new DescribeWorkteamCommand({ WorkteamName: 'blue' }));
    expect(Workteam).toMatchObject({ ProductListingIds: ['p-1'], CreateDate: new Date(1_000_000), Description: 'd' });
    expect(Workteam).not.toHaveProperty('SubDomain');
    expect(entries()[1]).toMatchObject({ operation: 'EditWorkteam', outOfBand: true, write: true, effective: true });
    expect(() => control.editTeam({ region }, 'red', {})).toThrow(`there is no work team red in ${region}`);
  });
});

test('it lets go of its beginning, and goes on counting', async () => {
  await client.send(new CreateWorkteamCommand(blue));
  await client.send(new DescribeWorkteamCommand({ WorkteamName: 'blue' }));
  emulator.control.forgetLedger(before + 1);
  emulator.control.forgetLedger(before);
  await client.send(new DeleteWorkteamCommand({ WorkteamName: 'blue' }));
  const left = emulator.control.ledger().map(({ sequence, operation }) => [sequence, operation]);
  expect(left).toEqual([
    [before + 2, 'DescribeWorkteam'],
    [before + 3, 'DeleteWorkteam'],
  ]);
  expect(emulator.control.ledger(before + 2).map(({ sequence }) => sequence)).toEqual([before + 3]);
});
