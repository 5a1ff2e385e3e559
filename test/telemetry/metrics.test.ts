/** What Prometheus reads: names, help and labels, none of which may come from a user. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Metrics } from '../../src/telemetry/metrics.ts';
import type { Announcement } from '../../src/workteam/announce.ts';
import { CONDITION_REASONS } from '../../src/workteam/conditions.ts';
import type { Condition, Workteam } from '../../src/workteam/schema.ts';
import { ManualClock } from '../support/clock.ts';

let clock: ManualClock;
let metrics: Metrics;
beforeEach(() => {
  clock = new ManualClock();
  metrics = new Metrics('my-lease', 3, () => clock.now());
});

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** Each with its labels in the order of the alphabet, as Prometheus' own text has them: `name{a="b"}`. */
  readonly samples: ReadonlyMap<string, number>;
}

/** Reads the text format, strictly: what is not understood is an error. */
async function families(): Promise<Family[]> {
  const { body, type } = await metrics.expose();
  expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(body.endsWith('\n')).toBe(true);
  const found: { name: string; help: string; type: string; samples: Map<string, number> }[] = [];
  for (const line of body.split('\n').filter((text) => text !== '')) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    const last = found.at(-1);
    if (keyword === 'HELP') found.push({ name, help: rest, type: '', samples: new Map() });
    else if (keyword === 'TYPE' && last?.name === name) last.type = rest;
    else {
      const [, sample = '', labels = '', value = ''] = /^([a-zA-Z_:]\w*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (last === undefined || !sample.startsWith(last.name)) throw new Error(`not expected here: ${line}`);
      const sorted = labels.split(/,(?=[a-z_]+=")/).toSorted();
      last.samples.set(
        labels === '' ? sample : `${sample}{${sorted.join(',')}}`,
        Number(value.replace('Inf', 'Infinity')),
      );
    }
  }
  return found;
}

/** All samples of one family by their labels alone; without labels the key is empty. */
async function samplesOf(name: string): Promise<Record<string, number>> {
  const family = (await families()).find((one) => one.name === name);
  if (family === undefined) throw new Error(`there is no metric ${name}`);
  return Object.fromEntries([...family.samples].map(([key, value]) => [key.slice(name.length), value]));
}

/** The families that are ours or that we fill, not those about Node itself. */
const isOurs = ({ name }: Family) => !/^(?:nodejs|process)_/.test(name);

test('every metric has a name as Prometheus wants it, a help and a type', async () => {
  for (const { name, help, type } of await families()) {
    expect(help, name).toMatch(/\w/);
    expect(['counter', 'gauge', 'histogram', 'summary'], name).toContain(type);
    if (type === 'counter') expect(name).toMatch(/_total$/);
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
  }
});

test('Node itself is measured', async () => {
  const names = (await families()).map(({ name }) => name);
  expect(names).toContain('process_resident_memory_bytes');
  expect(names).toContain('nodejs_eventloop_lag_seconds');
});

test('what did not happen yet is 0 rather than missing, where the labels are known', async () => {
  const results = await samplesOf('controller_runtime_reconcile_total');
  expect(Object.keys(results)).toEqual(
    ['success', 'requeue', 'requeue_after', 'error'].map((result) => `{controller="workteam",result="${result}"}`),
  );
  expect(Object.values(results)).toEqual([0, 0, 0, 0]);
  expect(await samplesOf('leader_election_master_status')).toEqual({ '{name="my-lease"}': 0 });
  expect(await samplesOf('controller_runtime_max_concurrent_reconciles')).toEqual({ '{controller="workteam"}': 3 });
});

describe('passes', () => {
  test('are counted by how they end, and timed', async () => {
    const slow = metrics.passBegins();
    clock.freeze(1_500);
    const quick = metrics.passBegins();
    expect(await samplesOf('controller_runtime_active_workers')).toEqual({ '{controller="workteam"}': 2 });
    const queue = '{controller="workteam",name="workteam"}';
    expect(await samplesOf('workqueue_longest_running_processor_seconds')).toEqual({ [queue]: 1.5 });
    clock.freeze(500);
    expect(await samplesOf('workqueue_unfinished_work_seconds')).toEqual({ [queue]: 2.5 });
    slow('success');
    quick('error');
    expect(await samplesOf('controller_runtime_active_workers')).toEqual({ '{controller="workteam"}': 0 });
    expect(await samplesOf('workqueue_longest_running_processor_seconds')).toEqual({ [queue]: 0 });
    expect(await samplesOf('controller_runtime_reconcile_total')).toMatchObject({
      '{controller="workteam",result="success"}': 1,
      '{controller="workteam",result="error"}': 1,
    });
    expect(await samplesOf('controller_runtime_reconcile_errors_total')).toEqual({ '{controller="workteam"}': 1 });
    expect(await samplesOf('controller_runtime_reconcile_time_seconds')).toMatchObject({
      '_sum{controller="workteam"}': 2.5,
      '_count{controller="workteam"}': 2,
      '_bucket{controller="workteam",le="1"}': 1,
      '_bucket{controller="workteam",le="2.5"}': 2,
    });
  });

  test('the queue is seen as other controllers show theirs', async () => {
    metrics.queue.added();
    metrics.queue.started('high', 250);
    metrics.queue.finished(1_250);
    metrics.queue.retried();
    metrics.watch({ workteams: () => [], depth: () => ({ high: 2, low: 3 }) });
    const queue = '{controller="workteam",name="workteam"}';
    expect(await samplesOf('workqueue_adds_total')).toEqual({ [queue]: 1 });
    expect(await samplesOf('workqueue_retries_total')).toEqual({ [queue]: 1 });
    expect(await samplesOf('workqueue_depth')).toEqual({ [queue]: 5 });
    expect(await samplesOf('workqueue_queue_duration_seconds')).toMatchObject({ [`_sum${queue}`]: 0.25 });
    expect(await samplesOf('workqueue_work_duration_seconds')).toMatchObject({ [`_sum${queue}`]: 1.25 });
  });
});

describe('calls', () => {
  test('to SageMaker, in seconds, the wait apart', async () => {
    metrics.calledAws({ operation: 'DescribeWorkteam', region: 'eu-west-1', code: 'OK', ms: 30, waitedMs: 2_000 });
    expect(await samplesOf('workteam_aws_requests_total')).toEqual({
      '{code="OK",operation="DescribeWorkteam",region="eu-west-1"}': 1,
    });
    expect(await samplesOf('workteam_aws_request_duration_seconds')).toMatchObject({
      '_sum{operation="DescribeWorkteam",region="eu-west-1"}': 0.03,
    });
    expect(await samplesOf('workteam_aws_rate_limiter_wait_seconds')).toMatchObject({ '_sum{region="eu-west-1"}': 2 });
  });

  test('to the Kubernetes API', async () => {
    metrics.calledKubernetes({ code: '409', method: 'PATCH', host: 'api:6443' });
    expect(await samplesOf('rest_client_requests_total')).toEqual({ '{code="409",host="api:6443",method="PATCH"}': 1 });
  });
});

test('who leads', async () => {
  metrics.leads('my-lease', true);
  expect(await samplesOf('leader_election_master_status')).toEqual({ '{name="my-lease"}': 1 });
  metrics.leads('my-lease', false);
  expect(await samplesOf('leader_election_master_status')).toEqual({ '{name="my-lease"}': 0 });
});

test('a sweep shows how much of the quota is used', async () => {
  metrics.swept('eu-west-1', 7, 'arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/blue');
  metrics.swept('eu-west-1', 6, 'arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/green');
  expect(await samplesOf('workteam_quota_used')).toEqual({ '{account="123456789012",region="eu-west-1"}': 6 });
});

const announcement = (reason: Announcement['reason'], fields?: string[]): Announcement => ({
  type: 'Normal',
  reason,
  action: 'Reconcile',
  message: 'a secret',
  ...(fields && { fields }),
});

test('what was announced is counted: deletions, refusals, repaired drift', async () => {
  metrics.announced(announcement('Deleted'));
  metrics.announced(announcement('Refused'));
  metrics.announced(announcement('DriftRepaired', ['description', 'tags.a', 'tags.b']));
  metrics.announced(announcement('Updated', ['description']));
  expect(await samplesOf('workteam_deletions_total')).toEqual({ '': 1 });
  expect(await samplesOf('controller_runtime_terminal_reconcile_errors_total')).toEqual({
    '{controller="workteam"}': 1,
  });
  expect(await samplesOf('workteam_drift_total')).toMatchObject({ '{field="description"}': 1, '{field="tags"}': 2 });
});

/** A Workteam with those conditions; nothing else of it is read. */
function withConditions(conditions: readonly Pick<Condition, 'type' | 'reason'>[]): Workteam {
  const whole = conditions.map(({ type, reason }) => ({
    type,
    reason,
    status: 'True' as const,
    message: 'a secret',
    lastTransitionTime: '2030-01-01T00:00:00Z',
  }));
  return {
    apiVersion: 'workteams.dev/v1alpha1',
    kind: 'Workteam',
    metadata: {
      name: 'a-secret',
      namespace: 'a-secret',
      uid: 'a-secret',
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: '2030-01-01T00:00:00Z',
    },
    spec: { description: 'a secret', memberDefinitions: [] },
    status: { conditions: whole },
  };
}

test('Workteams are counted by condition and reason, at each scrape anew', async () => {
  let workteams = [
    withConditions([{ type: 'Ready', reason: 'Synced' }]),
    withConditions([
      { type: 'Ready', reason: 'NotOwned' },
      { type: 'Stalled', reason: 'NotOwned' },
    ]),
    withConditions([
      { type: 'Ready', reason: 'NotOwned' },
      { type: 'Stalled', reason: 'NotOwned' },
    ]),
    { ...withConditions([]), status: {} },
  ];
  metrics.watch({ workteams: () => workteams, depth: () => ({ high: 0, low: 0 }) });
  expect(await samplesOf('workteam_resources')).toMatchObject({
    '{condition="Ready",reason="Synced"}': 1,
    '{condition="Ready",reason="NotOwned"}': 2,
    '{condition="Stalled",reason="NotOwned"}': 2,
    '{condition="Ready",reason="Throttled"}': 0,
  });
  workteams = [];
  const samples = await samplesOf('workteam_resources');
  expect(Object.keys(samples)).toHaveLength(Object.values(CONDITION_REASONS).flat().length);
  expect(Object.values(samples).every((count) => count === 0)).toBe(true);
});

test('no label comes from a user: neither a tag, nor a name, nor a condition of somebody else', async () => {
  const before = (await families()).filter(isOurs).flatMap(({ samples }) => [...samples.keys()]);
  const workteams = [
    withConditions([
      { type: 'Ready', reason: 'a-secret' },
      { type: 'a-secret', reason: 'Synced' },
      { type: '__proto__', reason: 'toString' },
      { type: 'constructor', reason: 'name' },
    ]),
  ];
  metrics.watch({ workteams: () => workteams, depth: () => ({ high: 0, low: 0 }) });
  metrics.announced(announcement('DriftRepaired', ['tags.a-secret', 'tags.{"}', 'tags.']));
  metrics.announced(announcement('Deleted', ['a-secret']));
  const after = (await families()).filter(isOurs).flatMap(({ samples }) => [...samples.keys()]);
  expect(after).toEqual(before);
});
