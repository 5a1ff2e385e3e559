/** Many Workteams at once, of which a list is to confirm the creates: whatever becomes of the list, each team is made once. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Place } from '../../dev/sagemaker/control.ts';
import { defaultSwitches } from '../../dev/sagemaker/switches.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { type Aws, awsAt, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { specWith } from '../support/specs.ts';
import { useWorkteams, type Workteams } from '../support/workteams.ts';

vi.setConfig({ testTimeout: 180_000 });

const NAMES = Array.from({ length: 40 }, (_, index) => `many-${index}`);
const WITHIN_MS = 90_000;

const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

let place: Place;
let aws: Aws;
let workteams: Workteams;

beforeEach(async () => {
  emulator.control.clearFaults();
  emulator.control.setSwitches(defaultSwitches());
  place = { region: emulator.newRegion() };
  emulator.control.setup({ ...place, quota: NAMES.length });
  aws = awsAt(emulator, place);
  workteams = await newNamespace('many-new');
});

const start = (): Promise<Operator> =>
  operators.start({
    namespaces: [workteams.namespace],
    place,
    flags: ['--aws-requests-per-second', '1000', '--aws-burst', '1000'],
  });

const fault = (fault: { kind: 'throttle' } | { kind: 'hang' }) =>
  emulator.control.addFault({ match: { operation: 'ListWorkteams', region: place.region ?? '' }, fault });

const listed = () => operations(aws.calls()).includes('ListWorkteams');
const createAll = () => Promise.all(NAMES.map((name) => workteams.create(name, specWith())));
const untilAllReady = () => Promise.all(NAMES.map((name) => workteams.untilReady(name, WITHIN_MS)));

function expectEachMadeOnce(): void {
  expect(operations(aws.writes())).toEqual(NAMES.map(() => 'CreateWorkteam'));
  expect(new Set(aws.writes().map(({ workteamName }) => workteamName)).size).toBe(NAMES.length);
}

test('a list that fails: they are looked at one by one', async () => {
  await using _operator = await start();
  fault({ kind: 'throttle' });
  await createAll();
  await untilAllReady();
  expectEachMadeOnce();
});

test('a list that shows them late: they are looked at one by one', async () => {
  emulator.control.setSwitches({ createToListMs: 10_000 });
  await using _operator = await start();
  await createAll();
  await untilAllReady();
  expect(listed()).toBe(true);
  expectEachMadeOnce();
});

describe('while the list is under way', () => {
  test('the process is killed: the next one finds them', async () => {
    const first = await start();
    fault({ kind: 'hang' });
    await createAll();
    await eventually(listed, { what: 'a list', within: WITHIN_MS });
    await first.kill();
    emulator.control.clearFaults();
    await using _second = await start();
    await untilAllReady();
    expectEachMadeOnce();
  });

  test('they are deleted: no team is left', async () => {
    await using _operator = await start();
    fault({ kind: 'hang' });
    await Promise.all(NAMES.map((name) => workteams.create(name, specWith({ deletionPolicy: 'Delete' }))));
    await eventually(listed, { what: 'a list', within: WITHIN_MS });
    await Promise.all(NAMES.map((name) => workteams.delete(name)));
    await Promise.all(NAMES.map((name) => workteams.untilGone(name, WITHIN_MS)));
    expect(NAMES.filter((name) => aws.has(name))).toEqual([]);
  });
});
