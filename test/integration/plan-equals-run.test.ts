/** What `plan` says, and what the operator then does: the same writes, the same words, for a hundred Workteams at random. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { LedgerEntry } from '../../dev/sagemaker/ledger.ts';
import { createInput, tagsInput, updateInput } from '../../src/sagemaker/translate.ts';
import { type PlanAction, type PlanReport, planReport } from '../../src/workteam/preview-schema.ts';
import { API_VERSION, KIND, OWNER_TAG_KEY, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { useCommand } from '../support/command.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { awsAt } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { content } from '../support/workteam-arbitraries.ts';
import { conditionOf, isObserved, useWorkteams, type Workteams } from '../support/workteams.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const CLUSTER = 'plan-equals-run';
const PAIRS = 100;
/** The pairs are the same each time. */
const SEED = 7;

const cluster = controlPlane();
const emulator = useEmulator({ quota: 1_000 });
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();
const { home, call } = useCommand();

const kindOf = ({ memberDefinitions: [first] }: WorkteamSpec): 'Cognito' | 'Oidc' =>
  first?.cognitoMemberDefinition === undefined ? 'Oidc' : 'Cognito';

/** What a user asks for, what AWS has, and whose that is. */
const pair = fc
  .record({
    spec: content,
    had: fc.option(content, { nil: undefined }),
    same: fc.boolean(),
    owner: fc.constantFrom('ours', 'ours', 'nobody', 'another cluster', 'a dead sibling', 'a living sibling'),
    adoptionPolicy: fc.constantFrom(undefined, 'IfUnowned' as const, 'Always' as const),
    deletionPolicy: fc.constantFrom('Delete' as const, 'Retain' as const),
    rest: fc.constantFrom<Partial<WorkteamSpec>>(
      {},
      {},
      {},
      {},
      { managementPolicy: 'Observe' },
      { suspend: true },
      { workforceName: 'private-crowd' },
    ),
  })
  .filter(({ spec, had }) => had === undefined || kindOf(spec) === kindOf(had))
  .map(({ spec, had, same, owner, adoptionPolicy, deletionPolicy, rest }) => ({
    spec: { ...spec, ...rest, deletionPolicy, ...(adoptionPolicy && { adoptionPolicy }) },
    had: same && had !== undefined ? { ...had, ...spec } : had,
    owner,
  }));

interface Pair {
  readonly name: string;
  readonly region: string;
  readonly spec: WorkteamSpec;
}

let workteams: Workteams;
let folder = '';
const pairs: Pair[] = [];
const regions = { Oidc: '', Cognito: '' };

beforeAll(async () => {
  workteams = await newNamespace('plan');
  folder = join(home, 'manifests');
  mkdirSync(folder);
  for (const kind of ['Oidc', 'Cognito'] as const) {
    regions[kind] = emulator.newRegion();
    emulator.control.setup({ region: regions[kind], workforce: { kind } });
  }
  for (const [index, { spec, had, owner }] of fc.sample(pair, { numRuns: PAIRS, seed: SEED }).entries()) {
    const name = `pair-${index}`;
    const region = regions[kindOf(spec)];
    pairs.push({ name, region, spec: { ...spec, region } });
    if (had !== undefined) make(name, region, had, ownerTag(owner, index));
    const object = { apiVersion: API_VERSION, kind: KIND, metadata: { name }, spec: { ...spec, region } };
    writeFileSync(fileOf(name), JSON.stringify(object));
  }
});

const fileOf = (name: string) => join(folder, `${name}.json`);

function ownerTag(owner: string, index: number): string | undefined {
  const { namespace } = workteams;
  if (owner === 'ours') return `${CLUSTER}/${namespace}/pair-${index}`;
  if (owner === 'another cluster') return `another/${namespace}/pair-${index}`;
  if (owner === 'a dead sibling') return `${CLUSTER}/${namespace}/nobody`;
  return owner === 'nobody' ? undefined : `${CLUSTER}/${namespace}/pair-${(index + 1) % PAIRS}`;
}

/** A team that was made an hour ago. */
function make(name: string, region: string, { tags = {}, ...content }: WorkteamSpec, owner: string | undefined): void {
  const topic = content.notificationConfiguration?.notificationTopicArn;
  const access = content.workerAccessConfiguration;
  const request = createInput({
    workteamName: name,
    description: content.description,
    memberDefinitions: content.memberDefinitions,
    ...(topic !== undefined && { notificationTopicArn: topic }),
    ...(access !== undefined && { workerAccessConfiguration: access }),
    tags: { ...tags, ...(owner !== undefined && { [OWNER_TAG_KEY]: owner }) },
  });
  awsAt(emulator, { region }).console('CreateWorkteam', request);
  emulator.control.editTeam({ region }, name, { CreateDate: Math.floor(Date.now() / 1000) - 3_600 });
}

async function plan(...flags: string[]): Promise<PlanReport> {
  const reach = ['--cluster-id', CLUSTER, '--kubeconfig', cluster.address.kubeconfig, '--allow-takeover'];
  const pace = ['--aws-requests-per-second', '1000', '--aws-burst', '1000'];
  const { namespace } = workteams;
  const args = ['plan', '-f', folder, '-o', 'json', '--namespace', namespace, ...reach, ...pace, ...flags];
  const { stdout, stderr } = await call(args, { env: emulator.environment({ region: regions.Oidc }) });
  expect(stderr).toBe('');
  return planReport.parse(JSON.parse(stdout));
}

/** A call as AWS gets it, without the ARN. */
interface Write {
  readonly operation: string;
  readonly parameters: object;
}

/** Tags mean the same in any order, and the API server keeps none. */
function planned(action: PlanAction): Write {
  const { operation, parameters } = asWrite(action);
  return { operation, parameters: withSortedTags(parameters) };
}

function withSortedTags(parameters: object): object {
  const tags = 'Tags' in parameters && Array.isArray(parameters.Tags) ? parameters.Tags : [];
  const sorted = tags.toSorted((a: { Key: string }, b: { Key: string }) => (a.Key < b.Key ? -1 : 1));
  return { ...parameters, ...('Tags' in parameters && { Tags: sorted }) };
}

function asWrite(action: PlanAction): Write {
  switch (action.do) {
    case 'create':
      return { operation: 'CreateWorkteam', parameters: createInput(action.request) };
    case 'update':
      return { operation: 'UpdateWorkteam', parameters: updateInput(action.request) };
    case 'removeTags':
      return { operation: 'DeleteTags', parameters: { TagKeys: action.keys } };
    case 'addTags':
      return { operation: 'AddTags', parameters: { Tags: tagsInput(action.tags) } };
    case 'adopt':
      return { operation: 'AddTags', parameters: { Tags: tagsInput({ [OWNER_TAG_KEY]: action.ownerTag }) } };
    case 'release':
      return { operation: 'DeleteTags', parameters: { TagKeys: [OWNER_TAG_KEY] } };
    case 'delete':
      return { operation: 'DeleteWorkteam', parameters: { WorkteamName: action.workteamName } };
    default:
      return action satisfies never;
  }
}

function done({ operation, parameters }: LedgerEntry): Write {
  const { ResourceArn: _arn, ...rest } = parameters as Record<string, unknown>;
  return { operation, parameters: withSortedTags(rest) };
}

const writes = () => [regions.Oidc, regions.Cognito].flatMap((region) => awsAt(emulator, { region }).writes());

describe('plan equals run', () => {
  let before: PlanReport;

  test('every write, and every sentence', async () => {
    before = await plan();
    expect(writes()).toEqual([]);
    expect(new Set(before.workteams.map(({ result }) => result)).size).toBeGreaterThanOrEqual(7);
    const flags = [
      '--cluster-id',
      CLUSTER,
      '--allow-takeover',
      '--aws-requests-per-second',
      '1000',
      '--aws-burst',
      '1000',
    ];
    await using operator = await operators.start({
      namespaces: [workteams.namespace],
      place: { region: regions.Oidc },
      flags: [...flags, '--resync-interval', '1h'],
    });
    expect(operator.pid).toBeGreaterThan(0);
    await Promise.all(pairs.map(({ name, spec }) => workteams.create(name, spec)));
    for (const { name } of pairs) await workteams.until(name, isObserved, { what: 'a verdict', within: 120_000 });
    for (const { name } of pairs) {
      const entry = before.workteams.find((one) => one.name === name);
      const did = writes().filter(({ workteamName }) => workteamName === name);
      expect(did.map(done), name).toEqual(entry?.actions.map(planned));
      const ready = conditionOf(workteams.get(name), 'Ready');
      expect(entry?.message, name).toContain(ready?.message);
      if (entry?.result === 'refused') expect(ready?.reason, name).toBe(entry.reason);
    }
  });

  test('and afterwards nothing is left to do', async () => {
    const { workteams: entries } = await plan();
    expect(entries).toHaveLength(PAIRS);
    expect(entries.flatMap(({ actions }) => actions)).toEqual([]);
  });

  test('what --prune says of those that leave Git is what deleting them does', async () => {
    const gone = pairs.filter((_, index) => index % 2 === 0);
    for (const { name } of gone) rmSync(fileOf(name));
    const { prune = [] } = await plan('--prune');
    const written = writes().length;
    await using operator = await operators.start({
      namespaces: [workteams.namespace],
      place: { region: regions.Oidc },
      flags: ['--cluster-id', CLUSTER, '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
    });
    expect(operator.pid).toBeGreaterThan(0);
    const held = new Set(gone.filter(({ spec }) => spec.suspend === true).map(({ name }) => name));
    for (const { name } of gone) await workteams.delete(name);
    for (const { name } of gone) if (!held.has(name)) await workteams.untilGone(name, 120_000);
    const since = writes().slice(0);
    expect(since.length).toBeGreaterThan(written);
    for (const { name } of gone) {
      const operations = since.filter((entry) => entry.workteamName === name).map(({ operation }) => operation);
      const fate = operations.includes('DeleteWorkteam')
        ? 'delete'
        : operations.at(-1) === 'DeleteTags'
          ? 'release'
          : 'nothing';
      expect([name, prune.find((entry) => entry.name === name)?.result]).toEqual([name, fate]);
    }
  });
});
