/**
 * Whenever the operator is killed, its successor finishes the work: same end, one create for each team, no write twice. The
 * moments are counted, not left to chance: before and after each call to AWS and each write to Kubernetes of a create, an
 * edit and a deletion. A run without a crash comes first and shows that these are all.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../dev/sagemaker/ledger.ts';
import type { Workteam } from '../../src/workteam/schema.ts';
import { type ApiProxy, apiProxy, type Seen } from '../support/api-proxy.ts';
import { kubeconfigThrough } from '../support/api-proxy-kubeconfig.ts';
import { controlPlane } from '../support/control-plane.ts';
import { useEmulator } from '../support/emulator.ts';
import { inTime } from '../support/eventually.ts';
import { type Aws, awsAt, operations } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { useWorkteams, type Workteams } from '../support/workteams.ts';

const NAME = 'crashed';

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

/** What the operator is doing when it is killed. */
interface Work {
  readonly title: string;
  /** Whether a Workteam is there, and Ready, before the work begins. */
  readonly onExisting: boolean;
  readonly begin: (workteams: Workteams) => Promise<unknown>;
  readonly done: (workteams: Workteams) => Promise<unknown>;
  /** Its calls to AWS and its writes to Kubernetes. Of the reads that are made side by side, either may come first. */
  readonly calls: readonly string[];
  readonly writes: readonly string[];
}

const spec = specWith({
  memberDefinitions: oidcMembers('a', 'b'),
  notificationConfiguration: { notificationTopicArn: 'arn:aws:sns:eu-west-1:111122223333:work' },
  tags: { kept: 'yes', removed: 'soon' },
});

const works: readonly Work[] = [
  {
    title: 'a create',
    onExisting: false,
    begin: (workteams) => workteams.create(NAME, spec),
    done: (workteams) => workteams.untilReady(NAME),
    calls: ['CreateWorkteam', 'DescribeWorkteam'],
    writes: ['the finalizer', 'the status'],
  },
  {
    title: 'an edit',
    onExisting: true,
    begin: (workteams) =>
      workteams.edit(NAME, {
        description: 'Labels other things',
        memberDefinitions: oidcMembers('b', 'c'),
        tags: { removed: null, added: 'new' },
      }),
    done: (workteams) => workteams.untilReady(NAME),
    calls: ['DescribeWorkteam', 'ListTags', 'UpdateWorkteam', 'DeleteTags', 'AddTags'],
    writes: ['the status'],
  },
  {
    title: 'a deletion',
    onExisting: true,
    begin: (workteams) => workteams.delete(NAME),
    done: (workteams) => workteams.untilGone(NAME),
    calls: ['DescribeWorkteam', 'ListTags', 'DeleteWorkteam', 'DescribeWorkteam'],
    writes: ['the finalizer'],
  },
];

/** When the operator is killed: at the nth call or write of that name, before it acts or before it is answered. */
interface Moment {
  readonly side: 'AWS' | 'Kubernetes';
  readonly name: string;
  readonly nth: number;
  readonly acted: boolean;
}

/** Both moments of each call and each write. */
function momentsOf({ calls, writes }: Work): Moment[] {
  const on = (side: Moment['side'], names: readonly string[]) =>
    names.flatMap((name, index) => {
      const nth = names.slice(0, index + 1).filter((other) => other === name).length;
      return [false, true].map((acted) => ({ side, name, nth, acted }));
    });
  return [...on('AWS', calls), ...on('Kubernetes', writes)];
}

function titleOf({ name, nth, acted }: Moment): string {
  return `${acted ? 'after' : 'before'} ${name}${nth > 1 ? `, number ${nth}` : ''}`;
}

/** Everything that a run left behind, told so that runs can be compared. */
interface Ending {
  readonly object: unknown;
  readonly teams: unknown;
  /** What changed something in AWS, in order. */
  readonly effects: readonly string[];
}

interface Run {
  readonly workteams: Workteams;
  readonly aws: Aws;
  readonly region: string;
  readonly proxy: ApiProxy;
  start(): Promise<Operator>;
}

async function newRun(): Promise<Run> {
  const workteams = await newNamespace('crash');
  const region = emulator.newRegion();
  const proxy = await apiProxy(cluster.address);
  const kubeconfig = await kubeconfigThrough(proxy, operators.kubeconfig);
  const start = () => operators.start({ namespaces: [workteams.namespace], place: { region }, kubeconfig });
  return { workteams, aws: awsAt(emulator, { region }), region, proxy, start };
}

/** Does the work to its end, with an operator that is killed at that moment and a second one. */
async function play(work: Work, moment: Moment | undefined): Promise<Ending & { calls: string[]; writes: string[] }> {
  const run = await newRun();
  const { workteams, aws, proxy } = run;
  try {
    await using first = await run.start();
    if (work.onExisting) {
      await workteams.create(NAME, spec);
      await workteams.untilReady(NAME);
    }
    const [callsBefore, requestsBefore] = [aws.calls().length, proxy.requests.length];
    if (moment !== undefined) killAt(moment, first, run);
    await work.begin(workteams);
    if (moment !== undefined) await inTime(first.ended, { what: 'the operator to be killed' });
    await using _second = moment === undefined ? undefined : await run.start();
    await work.done(workteams);
    const calls = operations(aws.calls().slice(callsBefore));
    const writes = proxy.requests.slice(requestsBefore).flatMap((seen) => writeOf(seen) ?? []);
    await lookOnceMore(work, workteams);
    return { ...endingOf(work, run), calls, writes };
  } finally {
    await proxy.close();
  }
}

function killAt({ side, name, nth, acted }: Moment, operator: Operator, { region, proxy }: Run): void {
  if (side === 'AWS') {
    const hook = async () => {
      await operator.kill();
      return acted ? undefined : ('drop' as const);
    };
    const match = { region, operation: name, nth };
    if (acted) emulator.control.beforeAnswering(match, hook);
    else emulator.control.beforeActing(match, hook);
    return;
  }
  let count = 0;
  const isMeant = (seen: Seen) => writeOf(seen) === name && ++count === nth;
  const kill = () => {
    operator.send('SIGKILL');
    proxy.fault = () => undefined;
    proxy.delivers = () => true;
  };
  if (acted) {
    proxy.delivers = (seen) => {
      if (!isMeant(seen)) return true;
      kill();
      return false;
    };
  } else {
    proxy.fault = (seen) => {
      if (!isMeant(seen)) return undefined;
      kill();
      return 'reset';
    };
  }
}

/** Which write to the Workteam a request is; undefined for reads and events. */
function writeOf({ method, path }: Seen): string | undefined {
  if (method !== 'PATCH' || !path.includes('/workteams/')) return undefined;
  return path.endsWith('/status') ? 'the status' : 'the finalizer';
}

/** A whole pass over what should be settled: it would repeat what is repeated. */
async function lookOnceMore({ title }: Work, workteams: Workteams): Promise<void> {
  if (title === 'a deletion') return;
  await workteams.annotate(NAME, { 'workteams.dev/requestedAt': 'again' });
  await workteams.until(NAME, ({ status }) => status?.lastHandledReconcileAt === 'again');
}

function endingOf(work: Work, { workteams, aws, region }: Run): Ending {
  const comparable = (value: unknown) =>
    JSON.parse(JSON.stringify(value).replaceAll(region, 'REGION').replaceAll(workteams.namespace, 'NAMESPACE'));
  const gone = work.title === 'a deletion';
  const teams = emulator.control.teams({ region }).map(({ workteam, tags }) => {
    const { CreateDate: _created, LastUpdatedDate: _updated, SubDomain: _host, ...rest } = workteam;
    return { ...rest, tags };
  });
  const repeated = aws.calls().filter(({ write, effective }) => write && !effective);
  const effects = aws.writes().map(told);
  for (const entry of repeated)
    expect(effects, 'a write that had no effect repeats one that had').toContain(told(entry));
  return {
    object: gone ? 'gone' : comparable(lasting(workteams.get(NAME))),
    teams: comparable(teams),
    effects: comparable(effects),
  };
}

function told({ operation, parameters }: LedgerEntry): string {
  return `${operation} ${JSON.stringify(parameters)}`;
}

/** An object without what differs from one run to the next. */
function lasting({ metadata, spec, status }: Workteam) {
  const { createDate: _created, lastUpdatedDate: _updated, subDomain: _host, conditions = [], ...rest } = status ?? {};
  return {
    finalizers: metadata.finalizers,
    spec,
    status: { ...rest, conditions: conditions.map(({ lastTransitionTime: _time, ...condition }) => condition) },
  };
}

describe.each(works)('killed during $title', (work) => {
  let reference: Awaited<ReturnType<typeof play>>;
  beforeAll(async () => {
    reference = await play(work, undefined);
  });

  test('these are all its calls and writes', () => {
    expect(reference.calls.toSorted()).toEqual(work.calls.toSorted());
    expect(reference.writes).toEqual(work.writes);
  });

  test.concurrent.for(momentsOf(work).map((moment) => ({ moment, title: titleOf(moment) })))(
    '$title',
    async ({ moment }) => {
      const { object, teams, effects } = await play(work, moment);
      expect({ object, teams, effects }).toEqual({
        object: reference.object,
        teams: reference.teams,
        effects: reference.effects,
      });
    },
  );
});
