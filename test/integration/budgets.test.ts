/** What many Workteams may cost at most, counted: calls to AWS, writes to Kubernetes. What one costs is in operator-main-job. */
import { beforeAll, expect, test } from 'vitest';
import type { LedgerEntry } from '../../dev/sagemaker/ledger.ts';
import { TAGS_EVERY } from '../../src/workteam/nominate.ts';
import { operatorWrites } from '../support/audit.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { specWith } from '../support/specs.ts';
import { PATIENCE_MS } from '../support/stage.ts';
import { useWorkteams, type Workteams } from '../support/workteams.ts';

/** More than a page of ListWorkteams, which has 100. */
const TEAMS = 120;
const PAGES = 2;
const EDITED = 30;
/** A pass of over two seconds says so in the status: on a busy machine one in ten may. */
const SLOW_SHARE = 0.1;

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

const place = { region: 'eu-budget-1' };
const aws = awsAt(emulator, place);
const names = Array.from({ length: TEAMS }, (_, index) => `budget-${index}`);
let workteams: Workteams;
let operator: Operator;

const start = (resync: string): Promise<Operator> =>
  operators.start({
    namespaces: [workteams.namespace],
    place,
    flags: ['--resync-interval', resync, '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
  });

beforeAll(async () => {
  workteams = await newNamespace('budgets');
  emulator.control.setup({ ...place, quota: TEAMS });
  operator = await start('1h');
});

/** Besides events. */
async function kubernetesWrites(): Promise<string[]> {
  const writes = await operatorWrites(cluster, workteams.namespace);
  return writes.filter(({ resource }) => resource !== 'events').map(({ verb, name }) => `${verb} ${name}`);
}

function countOf(calls: readonly LedgerEntry[], wanted: string): number {
  return operations(calls).filter((operation) => operation === wanted).length;
}

test(`${TEAMS} new at once: at most a call and a quarter to AWS and two writes to Kubernetes each`, async () => {
  await Promise.all(names.map((name) => workteams.create(name, specWith())));
  await Promise.all(names.map((name) => workteams.untilReady(name, PATIENCE_MS)));
  const calls = aws.calls();
  expect(countOf(calls, 'CreateWorkteam')).toBe(TEAMS);
  expect(calls.length).toBeLessThanOrEqual(1.25 * TEAMS);
  expect((await kubernetesWrites()).length).toBeLessThanOrEqual((2 + SLOW_SHARE) * TEAMS);
});

test(`${EDITED} edits at once: at most three calls to AWS and one write to Kubernetes each`, async () => {
  const [callsBefore, writesBefore] = [aws.calls().length, (await kubernetesWrites()).length];
  const edited = names.slice(0, EDITED);
  await Promise.all(edited.map((name) => workteams.edit(name, { description: 'Edited' })));
  await Promise.all(edited.map((name) => workteams.untilReady(name, PATIENCE_MS)));
  const calls = aws.calls().slice(callsBefore);
  expect(countOf(calls, 'UpdateWorkteam')).toBe(EDITED);
  expect(calls.length).toBeLessThanOrEqual(3 * EDITED);
  expect((await kubernetesWrites()).length - writesBefore).toBeLessThanOrEqual((1 + SLOW_SHARE) * EDITED);
});

test(`a restart with ${TEAMS} in sync costs the sweep, and the tags of those whose turn it is`, async () => {
  await operator.stop();
  const [callsBefore, writesBefore] = [aws.calls().length, (await kubernetesWrites()).length];
  const restarted = await start('3s');
  const swept = () => restarted.log().filter(({ msg }) => msg === 'swept');
  await eventually(() => swept().length >= 2, { what: 'a second sweep', within: PATIENCE_MS });
  await restarted.stop();

  const calls = aws.calls().slice(callsBefore);
  const sweeps = Math.ceil(countOf(calls, 'ListWorkteams') / PAGES);
  const tagged = calls.flatMap(({ operation, workteamName }) => (operation === 'ListTags' ? [workteamName] : []));
  expect(calls).toHaveLength(countOf(calls, 'ListWorkteams') + tagged.length);
  // Nobody's twice, and by the sixth sweep everybody's: the turns are spread by UID, so not quite evenly.
  if (sweeps <= TAGS_EVERY) expect(new Set(tagged).size).toBe(tagged.length);
  // The first sweep leads to none.
  expect(tagged.length).toBeLessThan((TEAMS / TAGS_EVERY) * sweeps);
  expect((await kubernetesWrites()).length).toBe(writesBefore);
});
