/**
 * Whatever the schema lets anybody write ends in AWS as it is written, and goes again; what it does not is refused at once, and
 * changes nothing. The inputs are made from the schema of the CRD as it is shipped, so that a new field is tried as it comes.
 */
import { beforeAll, expect, test } from 'vitest';
import {
  checkEdit,
  checkSpec,
  effectiveName,
  GROUP,
  type Workteam,
  type WorkteamSpec,
} from '../../src/workteam/schema.ts';
import { deviations } from '../integration/spec-edits.ts';
import { type Answer, verdictOf, WorkteamApi } from '../integration/workteam-api.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { awsAt } from '../support/ledger.ts';
import { useOperators } from '../support/operator.ts';
import { inPool } from '../support/pool.ts';
import { conditionOf, isObserved, useWorkteams, type Workteams } from '../support/workteams.ts';
import { faultPoints, type Point } from './harness/points.ts';
import { nodesOf, withValue } from './harness/schema-values.ts';
import {
  creations,
  type Edit,
  edits,
  fields,
  type Input,
  minimal,
  objectSchema,
  policies,
  specSchema,
} from './harness/spec-inputs.ts';

/** The region of Workteams that name none. */
const HOME = 'eu-home-1';
const DEFAULT_WORKFORCE = 'private-crowd';

/** How many requests to the API server are under way at once. */
const AT_ONCE = 8;

/** How long a Workteam may take to settle while hundreds of others do too, in milliseconds. */
const PATIENCE_MS = 60_000;
const LONGEST_MS = 300_000;

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

let workteams: Workteams;
let api: WorkteamApi;
let clusterId: string;
let made = 0;

beforeAll(async () => {
  // Of which kind a region's workforce is, is no matter of what a Workteam looks like.
  emulator.control.setSwitches({ workforceKind: 'ignored', updateToOtherKind: 'accepted' });
  workteams = await newNamespace('inputs');
  api = new WorkteamApi(cluster.address, GROUP, workteams.namespace);
  clusterId = await cluster.run(['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}']);
  await operators.start({
    namespaces: [workteams.namespace],
    place: { region: HOME },
    flags: [
      ...['--concurrency', '16', '--aws-requests-per-second', '1000', '--aws-burst', '1000'],
      ...['--resync-interval', '1h', '--log-level', 'info'],
    ],
  });
});

/** A Workteam that is tried, and what the API server said. */
interface Tried {
  readonly title: string;
  readonly name: string;
  readonly spec: unknown;
  readonly answer: Answer;
}

/** Makes room in AWS for what a spec asks for: a region with that workforce, and no end of work teams. */
function makeRoomFor(spec: unknown): void {
  const { region, workforceName } = (spec ?? {}) as Partial<Record<keyof WorkteamSpec, unknown>>;
  emulator.control.setup({
    region: typeof region === 'string' ? region : HOME,
    quota: 10_000,
    workforce: { name: typeof workforceName === 'string' ? workforceName : DEFAULT_WORKFORCE },
  });
}

/**
 * The spec with what must be its own: the work team's name, where it has one that is not what is tried, and a region for each
 * workforce that is tried, because a region has one.
 */
function ownSpec(spec: unknown, path: Input['path'], number: number): unknown {
  if (typeof spec !== 'object' || spec === null) return spec;
  const named = path[0] !== 'workteamName' && 'workteamName' in spec;
  const own = named ? withValue(spec, ['workteamName'], `team-${number}`) : spec;
  if (path[0] === 'workforceName') return withValue(own, ['region'], `eu-${inLetters(number)}-1`);
  return 'workforceName' in spec ? withValue(own, ['workforceName'], DEFAULT_WORKFORCE) : own;
}

function inLetters(number: number): string {
  return [...String(number)]
    .map((digit) => 'abcdefghij'[Number(digit)])
    .join('')
    .padStart(2, 'a');
}

async function tryToCreate({ title, spec: written, path }: Input, givenName?: string): Promise<Tried> {
  made += 1;
  const name = givenName ?? `input-${made}`;
  const spec = ownSpec(written, path, made);
  makeRoomFor(spec);
  return { title, name, spec, answer: await api.create({ metadata: { name }, spec }) };
}

const isAccepted = ({ answer }: Tried) => answer.code < 300;

/** What is wrong about the API server's verdict: `plan` must come to the same in process. */
function disagreement(tried: Tried, inProcess: boolean): string[] {
  if (isAccepted(tried) === inProcess) return [];
  const verdict = inProcess ? 'accepts' : 'refuses';
  return [`${tried.title}: the program's own check ${verdict} it, the API server says: ${verdictOf(tried.answer)}`];
}

/** The end that a spec asks for: the reason of Ready, and whether its work team is to be as it says. */
function wantedEnd({ suspend, managementPolicy }: WorkteamSpec): 'Suspended' | 'Observed' | 'Synced' {
  if (suspend === true) return 'Suspended';
  return managementPolicy === 'Observe' ? 'Observed' : 'Synced';
}

/** Waits until the operator is done with it. @throws Error when it is not, with what it is */
function untilDone(name: string, generation: number): Promise<Workteam> {
  const done = (workteam: Workteam) =>
    workteam.metadata.generation >= generation &&
    isObserved(workteam) &&
    conditionOf(workteam, 'Ready')?.reason === wantedEnd(workteam.spec) &&
    conditionOf(workteam, 'Ready')?.observedGeneration === workteam.metadata.generation;
  return workteams.until(name, done, { what: 'the end that its spec asks for', within: PATIENCE_MS });
}

/** In what the work team is not what the Workteam says. */
function unfaithful(workteam: Workteam): string[] {
  const { metadata, spec } = workteam;
  const aws = awsAt(emulator, { region: spec.region ?? HOME });
  const name = effectiveName(workteam);
  const isMade = aws.has(name);
  if (wantedEnd(spec) !== 'Synced') return isMade ? ['there is a work team'] : [];
  if (!isMade) return [`there is no work team ${name}`];
  const team = aws.team(name);
  const workforce = team.workteam.WorkforceArn?.split('/').at(-1);
  return [
    ...deviations(spec, team, `${clusterId}/${metadata.namespace}/${metadata.name}`),
    ...(workforce === (spec.workforceName ?? DEFAULT_WORKFORCE) ? [] : [`its workforce is ${workforce}`]),
  ];
}

/** Waits for the end of each and judges it. */
async function judged<T extends Tried>(all: readonly T[], judge: (tried: T, workteam: Workteam) => string[]) {
  const told = await Promise.all(
    all.map(async (tried) => {
      try {
        const generation = Number(tried.answer.body.metadata?.generation);
        const wrong = judge(tried, await untilDone(tried.name, generation));
        return wrong.map((what) => `${tried.title}: ${what}`);
      } catch (error) {
        return [`${tried.title}: ${error instanceof Error ? error.message : error}`];
      }
    }),
  );
  return told.flat();
}

/** Deletes them all; what is managed and not to be retained takes its work team along. */
async function goneAgain(all: readonly Tried[]): Promise<string[]> {
  const teams = all.map((tried) => ({ tried, workteam: workteams.get(tried.name) }));
  await inPool(teams, AT_ONCE, async ({ workteam: { metadata, spec } }) => {
    if (spec.suspend === true) await api.patch(metadata.name, { spec: { suspend: null } });
    await api.delete(metadata.name);
  });
  const told = await Promise.all(
    teams.map(async ({ tried: { title }, workteam }) => {
      const { metadata, spec } = workteam;
      try {
        await workteams.untilGone(metadata.name, PATIENCE_MS);
      } catch (error) {
        return [`${title}: ${error instanceof Error ? error.message : error}`];
      }
      const stays = spec.deletionPolicy === 'Retain' || wantedEnd(spec) === 'Observed';
      const left = awsAt(emulator, { region: spec.region ?? HOME }).has(effectiveName(workteam));
      return left && !stays ? [`${title}: its work team outlives it`] : [];
    }),
  );
  return told.flat();
}

function newObjects(title: string, inputs: readonly Input[], sampled = false): Point {
  return {
    title: `a new object: ${title}`,
    sampled,
    timeout: LONGEST_MS,
    async play(note) {
      note.counted(inputs.length);
      const tried = await inPool(inputs, AT_ONCE, (input) => tryToCreate(input));
      const accepted = tried.filter(isAccepted);
      const began = performance.now();
      const problems = tried.flatMap((one) => disagreement(one, checkSpec(one.spec, one.name).ok));
      problems.push(...(await judged(accepted, (_, workteam) => unfaithful(workteam))));
      note.settled(performance.now() - began);
      problems.push(...(await goneAgain(accepted)));
      expect(problems).toEqual([]);
    },
  };
}

/** A stored object, and what came of the edit. */
interface Edited extends Tried {
  readonly stored: Workteam;
  /** Its work team before the edit, as it truly was. */
  readonly before: string;
}

const teamOf = (workteam: Workteam) =>
  JSON.stringify(awsAt(emulator, { region: workteam.spec.region ?? HOME }).team(effectiveName(workteam)));

async function tryToEdit({ title, spec: written, path }: Edit, stored: Workteam, number: number): Promise<Edited> {
  const before = teamOf(stored);
  const own = typeof written === 'object' && stored.spec.workteamName !== undefined && path[0] !== 'workteamName';
  const named = own ? withValue(written, ['workteamName'], `team-${number}`) : written;
  // What the base was given when it was created: see `ownSpec`.
  const keeps = path[0] !== 'workforceName' && stored.spec.workforceName !== undefined && typeof named === 'object';
  const spec = keeps ? withValue(named, ['workforceName'], stored.spec.workforceName) : named;
  const { name } = stored.metadata;
  const answer = await api.replace({ ...stored, metadata: { ...stored.metadata, name }, spec });
  return { title, name, spec, answer, stored, before };
}

/** An edit that is refused, and one to what is only looked at or left alone, changes nothing in AWS. */
function judgeEdit({ before }: Edited, workteam: Workteam): string[] {
  if (wantedEnd(workteam.spec) === 'Synced') return unfaithful(workteam);
  return teamOf(workteam) === before ? [] : ['its work team was changed'];
}

function editsOf(title: string, all: readonly Edit[], sampled = false): Point {
  return {
    title: `an edit: ${title}`,
    sampled,
    timeout: LONGEST_MS,
    async play(note) {
      note.counted(all.length);
      const begun = await inPool(all, AT_ONCE, async (edit) => {
        const { from } = edit;
        const tried = await tryToCreate({ title: edit.title, spec: from.spec, path: [] }, `edited-${made + 1}`);
        return { edit, tried, number: made };
      });
      const problems = await judged(
        begun.map(({ tried }) => tried),
        (_, workteam) => unfaithful(workteam),
      );
      expect(problems).toEqual([]);
      const tried = await inPool(begun, AT_ONCE, ({ edit, tried: { name, spec } }) =>
        tryToEdit(edit, workteams.get(name), Number(/\d+$/.exec(String((spec as WorkteamSpec).workteamName)))),
      );
      for (const one of tried) {
        const good = checkSpec(one.spec, one.name);
        const next = good.ok && { ...one.stored, spec: good.spec };
        problems.push(...disagreement(one, next !== false && checkEdit(next, one.stored).length === 0));
        if (!isAccepted(one) && teamOf(one.stored) !== one.before)
          problems.push(`${one.title}: refused, and changed AWS`);
      }
      const began = performance.now();
      problems.push(...(await judged(tried.filter(isAccepted), judgeEdit)));
      note.settled(performance.now() - began);
      problems.push(...(await goneAgain(tried)));
      expect(problems).toEqual([]);
    },
  };
}

/** Names of objects at and past the bounds of Kubernetes and of the schema, without and with a name for the work team. */
const NAMES = [
  'a',
  '7',
  'a--b',
  'a.b',
  'constructor',
  'n'.repeat(63),
  'n'.repeat(64),
  'n'.repeat(253),
  'n'.repeat(254),
  'A',
  '-a',
  'a_b',
  'ä',
];

const names: Point = {
  title: 'a new object: metadata.name',
  timeout: LONGEST_MS,
  async play(note) {
    const [base] = minimal;
    const inputs = NAMES.flatMap((name) =>
      [base?.spec, { ...base?.spec, workteamName: `named-${name.length}` }].map((spec) => ({ name, spec })),
    );
    note.counted(inputs.length);
    // One after the other: the same name comes twice.
    for (const { name, spec } of inputs) {
      const tried = await tryToCreate({ title: name, spec, path: ['workteamName'] }, name);
      if (!isAccepted(tried)) continue;
      expect(await judged([tried], (_, workteam) => unfaithful(workteam))).toEqual([]);
      expect(await goneAgain([tried])).toEqual([]);
    }
  },
};

/** Fields that are quick to try: in them `npm test` sees that all this works. */
const SAMPLED: readonly string[] = ['suspend', 'deletionPolicy'];

faultPoints(
  24,
  [
    ...fields.map(([path, schema]) =>
      newObjects(path.join('.'), creations(path, schema), SAMPLED.includes(path.join('.'))),
    ),
    newObjects('all policies together', policies()),
    names,
    ...fields.map(([path, schema]) => editsOf(path.join('.'), edits(path, schema), SAMPLED.includes(path.join('.')))),
  ],
  { concurrent: true },
);

/** How each field of spec is judged; `deviations` compares what AWS keeps. */
const JUDGED: Readonly<Record<keyof WorkteamSpec, string>> = {
  workteamName: 'the work team has that name',
  workforceName: 'the work team is of that workforce',
  region: 'the work team is in that region',
  description: 'deviations',
  memberDefinitions: 'deviations',
  notificationConfiguration: 'deviations',
  workerAccessConfiguration: 'deviations',
  tags: 'deviations',
  deletionPolicy: 'the work team goes, or stays',
  adoptionPolicy: 'nothing: every work team is new here',
  managementPolicy: 'no work team, or none that changes',
  suspend: 'no work team, or none that changes',
};

test('every field of the schema is tried, and judged', () => {
  expect(Object.keys(specSchema.properties ?? {}).toSorted()).toEqual(Object.keys(JUDGED).toSorted());
});

test('every rule of the schema of spec is broken by an input', () => {
  const inputs = fields.flatMap(([path, schema]) => [...creations(path, schema), ...edits(path, schema)]);
  const broken = new Set(
    [...inputs, ...policies()].flatMap(({ spec }) => {
      const checked = checkSpec(spec, 'name');
      return checked.ok ? [] : checked.problems.map(({ message }) => message);
    }),
  );
  const rules = [...nodesOf(objectSchema)].flatMap(([path, node]) =>
    path[0] === 'spec' ? (node['x-kubernetes-validations'] ?? []) : [],
  );
  expect(rules.length).toBeGreaterThan(0);
  expect(rules.filter(({ message }) => !broken.has(message))).toEqual([]);
});
