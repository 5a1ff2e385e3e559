/** `/metrics` of a process that has lived: a create, an edit, drift, a refusal, a failure and a deletion. */
import { beforeAll, describe, expect, test } from 'vitest';
import { operatorWrites } from '../support/audit.ts';
import type { AuditedWrite } from '../support/control-plane.ts';
import { controlPlane } from '../support/control-plane.ts';
import { allowLeaseIn, OPERATOR } from '../support/deployment.ts';
import { useEmulator } from '../support/emulator.ts';
import { untilEvent } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { awsAt } from '../support/ledger.ts';
import { type Operator, useOperators } from '../support/operator.ts';
import { Scrape } from '../support/scrape.ts';
import { oidcMembers, specWith } from '../support/specs.ts';
import { PATIENCE_MS } from '../support/stage.ts';
import { useWorkteams, type Workteams } from '../support/workteams.ts';

const cluster = controlPlane();
const emulator = useEmulator();
const operators = useOperators(emulator);
const { newNamespace } = useWorkteams();

const region = 'eu-metrics-1';
const aws = awsAt(emulator, { region });
const [controller, name] = ['workteam', 'workteam'];

/** The names that dashboards and alerts rely on, with the labels that each has. */
const PROMISED: Readonly<Record<string, readonly string[]>> = {
  controller_runtime_reconcile_total: ['controller', 'result'],
  controller_runtime_reconcile_errors_total: ['controller'],
  controller_runtime_terminal_reconcile_errors_total: ['controller'],
  controller_runtime_reconcile_time_seconds: ['controller'],
  controller_runtime_active_workers: ['controller'],
  controller_runtime_max_concurrent_reconciles: ['controller'],
  workqueue_depth: ['controller', 'name'],
  workqueue_adds_total: ['controller', 'name'],
  workqueue_queue_duration_seconds: ['controller', 'name'],
  workqueue_work_duration_seconds: ['controller', 'name'],
  workqueue_unfinished_work_seconds: ['controller', 'name'],
  workqueue_longest_running_processor_seconds: ['controller', 'name'],
  workqueue_retries_total: ['controller', 'name'],
  rest_client_requests_total: ['code', 'host', 'method'],
  leader_election_master_status: ['name'],
  process_cpu_seconds_total: [],
  process_resident_memory_bytes: [],
  process_start_time_seconds: [],
  process_open_fds: [],
  workteam_aws_requests_total: ['code', 'operation', 'region'],
  workteam_aws_request_duration_seconds: ['operation', 'region'],
  workteam_resources: ['condition', 'reason'],
  workteam_drift_total: ['field'],
  workteam_deletions_total: [],
  workteam_aws_rate_limiter_wait_seconds: ['region'],
  workteam_quota_used: ['account', 'region'],
};

let workteams: Workteams;
let operator: Operator;

const scrape = async () => new Scrape((await operator.get('/metrics')).body);

/** Waits until no pass is under way and none is due, so that what was counted holds still. */
async function atRest(): Promise<Scrape> {
  let before = await scrape();
  const passes = (it: Scrape) => it.sum('controller_runtime_reconcile_total');
  return eventually(
    async () => {
      const now = await scrape();
      const isStill = passes(now) === passes(before) && now.sum('controller_runtime_active_workers') === 0;
      before = now;
      return isStill && now.sum('workqueue_depth') === 0 && now;
    },
    { what: 'the operator to be at rest' },
  );
}

beforeAll(async () => {
  workteams = await newNamespace('metrics');
  const { namespace } = workteams;
  await allowLeaseIn(cluster, namespace);
  const flags = ['--resync-interval', '1h'];
  operator = await operators.start({ namespaces: [namespace], place: { region }, leaseNamespace: namespace, flags });
});

describe('before there is anything to do', () => {
  let fresh: Scrape;
  beforeAll(async () => {
    fresh = await eventually(
      async () => {
        const it = await scrape();
        return it.sum('leader_election_master_status') === 1 && it;
      },
      { what: 'the operator to lead', within: PATIENCE_MS },
    );
  });

  test.for(Object.keys(PROMISED))('%s is there, with a type and with help', (promised) => {
    expect(fresh.type.get(promised)).toMatch(/^(counter|gauge|histogram)$/);
    expect(fresh.help.get(promised)).toMatch(/^[A-Z0-9].{10,}\.$/);
  });

  test('what is counted begins at 0, for each value that its labels can have', () => {
    for (const result of ['success', 'requeue', 'requeue_after', 'error']) {
      expect(fresh.sum('controller_runtime_reconcile_total', { controller, result })).toBe(0);
    }
    expect(fresh.sum('controller_runtime_reconcile_errors_total', { controller })).toBe(0);
    expect(fresh.sum('controller_runtime_terminal_reconcile_errors_total', { controller })).toBe(0);
    expect(fresh.sum('workqueue_adds_total', { name, controller })).toBe(0);
    expect(fresh.sum('workqueue_retries_total', { name, controller })).toBe(0);
    expect(fresh.sum('workteam_deletions_total')).toBe(0);
    for (const field of ['description', 'memberDefinitions', 'tags']) {
      expect(fresh.sum('workteam_drift_total', { field })).toBe(0);
    }
    for (const reason of ['Synced', 'NotOwned', 'QuotaExceeded', 'CredentialsUnavailable', 'Suspended']) {
      expect(fresh.sum('workteam_resources', { condition: 'Ready', reason })).toBe(0);
    }
  });

  test('nothing is said of a quota that nobody has looked at', () => {
    expect(fresh.samples('workteam_quota_used')).toEqual([]);
  });
});

describe('after a life', () => {
  let after: Scrape;
  let writes: readonly AuditedWrite[];

  beforeAll(async () => {
    const { namespace } = workteams;
    aws.console('CreateWorkteam', {
      WorkteamName: 'theirs',
      Description: 'Theirs',
      MemberDefinitions: [{ OidcMemberDefinition: { Groups: ['theirs'] } }],
      Tags: [{ Key: 'workteams.dev/owner', Value: 'another-cluster/default/theirs' }],
    });
    await Promise.all(['kept', 'gone'].map((it) => workteams.create(it, specWith({ region, tags: { team: 'cats' } }))));
    await Promise.all(['kept', 'gone'].map((it) => workteams.untilReady(it, PATIENCE_MS)));
    await workteams.edit('kept', { memberDefinitions: oidcMembers('others') });
    await workteams.untilReady('kept', PATIENCE_MS);
    await workteams.create('theirs', specWith({ region }));
    await workteams.untilFailed('theirs', 'NotOwned', PATIENCE_MS);
    const denied = { operation: 'CreateWorkteam', workteamName: 'denied' };
    emulator.control.addFault({ match: denied, fault: { kind: 'accessDenied' } });
    await workteams.create('denied', specWith({ region }));
    await workteams.untilFailed('denied', 'AccessDenied', PATIENCE_MS);
    // Drift, found because somebody asks.
    const ResourceArn = aws.team('kept').workteam.WorkteamArn;
    aws.console('UpdateWorkteam', { WorkteamName: 'kept', Description: 'Drifted' });
    aws.console('AddTags', {
      ResourceArn,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    await workteams.annotate('kept', { 'workteams.dev/requestedAt': 'now' });
    await untilEvent(namespace, 'kept', 'DriftRepaired');
    await workteams.delete('gone');
    await workteams.untilGone('gone', PATIENCE_MS);
    await untilEvent(namespace, 'gone', 'Deleted');
    after = await atRest();
    writes = await operatorWrites(cluster, namespace);
  });

  test('every call to SageMaker is counted, as the emulator counted it', () => {
    const counted = after.samples('workteam_aws_requests_total').map(({ labels, value }) => {
      return `${value} ${labels.region} ${labels.operation} ${labels.code}`;
    });
    const codes: Readonly<Record<string, string>> = {
      ok: 'OK',
      ResourceInUse: 'InvalidRequest',
      AccessDeniedException: 'AccessDenied',
      ValidationException: 'NotFound',
    };
    const told = aws.calls().map(({ operation, outcome }) => `${region} ${operation} ${codes[outcome] ?? outcome}`);
    const expected = [...new Set(told)].map((it) => `${told.filter((other) => other === it).length} ${it}`);
    expect(counted.toSorted()).toEqual(expected.toSorted());
    expect(expected).toEqual(expect.arrayContaining([`1 ${region} CreateWorkteam AccessDenied`]));
  });

  test('each of them has taken its time, and has waited for its turn', () => {
    const operations = new Set(aws.calls().map(({ operation }) => operation));
    for (const operation of operations) {
      const calls = aws.calls().filter((call) => call.operation === operation).length;
      expect(after.sum('workteam_aws_request_duration_seconds_count', { operation, region })).toBe(calls);
      expect(after.sum('workteam_aws_request_duration_seconds_sum', { operation, region })).toBeGreaterThan(0);
    }
    expect(after.sum('workteam_aws_rate_limiter_wait_seconds_count', { region })).toBe(aws.calls().length);
  });

  test('the drift that was repaired, the deletion and the refusal are counted', () => {
    expect(after.samples('workteam_drift_total').filter(({ value }) => value !== 0)).toEqual([
      { labels: { field: 'description' }, value: 1 },
      { labels: { field: 'tags' }, value: 2 },
    ]);
    expect(after.sum('workteam_deletions_total')).toBe(1);
    expect(after.sum('controller_runtime_terminal_reconcile_errors_total', { controller })).toBe(1);
    expect(after.sum('controller_runtime_reconcile_errors_total', { controller })).toBe(0);
  });

  test('the Workteams that are there now, by condition and reason', () => {
    const present = after.samples('workteam_resources').filter(({ value }) => value !== 0);
    const told = present.map(({ labels, value }) => `${value} ${labels.condition} ${labels.reason}`);
    expect(told.toSorted()).toEqual([
      '1 Ready AccessDenied',
      '1 Ready NotOwned',
      '1 Ready Synced',
      '1 Reconciling ProgressingWithRetry',
      '1 Stalled NotOwned',
    ]);
  });

  test('passes and the queue', () => {
    const passes = operator.log().filter(({ msg }) => msg === 'pass ended' || msg === 'pass failed').length;
    // A key whose object is gone is looked at once more, without a word.
    const counted = after.sum('controller_runtime_reconcile_total', { controller }) ?? 0;
    expect([passes, passes + 1]).toContain(counted);
    expect(after.sum('controller_runtime_reconcile_time_seconds_count', { controller })).toBe(counted);
    expect(after.sum('controller_runtime_reconcile_total', { controller, result: 'requeue' })).toBe(1);
    expect(after.sum('workqueue_retries_total', { name, controller })).toBe(1);
    for (const histogram of ['workqueue_queue_duration_seconds', 'workqueue_work_duration_seconds']) {
      expect(after.sum(`${histogram}_count`, { name, controller })).toBe(counted);
    }
    expect(after.sum('workqueue_adds_total', { name, controller })).toBe(counted);
    expect(after.sum('workqueue_unfinished_work_seconds', { name, controller })).toBe(0);
    expect(after.sum('workqueue_longest_running_processor_seconds', { name, controller })).toBe(0);
    expect(after.sum('controller_runtime_max_concurrent_reconciles', { controller })).toBe(4);
  });

  test('every write to Kubernetes is counted, as the audit log has it', () => {
    const patches = (code: number) => writes.filter((write) => write.verb === 'patch' && write.code === code).length;
    const creates = writes.filter((write) => write.verb === 'create' && write.code === 201).length;
    expect(after.sum('rest_client_requests_total', { method: 'PATCH', code: '200' })).toBe(patches(200));
    expect(after.sum('rest_client_requests_total', { method: 'POST', code: '201' })).toBe(creates);
    const hosts = new Set(after.samples('rest_client_requests_total').map(({ labels }) => labels.host));
    expect([...hosts]).toEqual([new URL(cluster.address.server).host]);
  });

  test('the leader', () => {
    expect(after.sum('leader_election_master_status', { name: OPERATOR })).toBe(1);
  });

  test('the work teams that a sweep found, whoever owns them', async () => {
    // A restart sweeps at once.
    await operator.stop();
    const flags = ['--resync-interval', '1h'];
    operator = await operators.start({ namespaces: [workteams.namespace], place: { region }, flags });
    const swept = await eventually(
      async () => {
        const it = await scrape();
        return it.samples('workteam_quota_used').length > 0 && it;
      },
      { what: 'a sweep' },
    );
    expect(swept.samples('workteam_quota_used')).toEqual([{ labels: { account: '123456789012', region }, value: 2 }]);
  });

  test('labels are those that are promised, and none of their values is a name that a user chose', () => {
    const users = ['kept', 'gone', 'theirs', 'denied', workteams.namespace];
    for (const [series, { labels }] of after.all()) {
      const metric = series.replace(/_(bucket|sum|count)$/, '');
      const promised = PROMISED[series] ?? PROMISED[metric];
      if (promised === undefined) expect(series).toMatch(/^(process|nodejs)_/);
      else
        expect(
          Object.keys(labels)
            .filter((label) => label !== 'le')
            .toSorted(),
        ).toEqual(promised);
      expect(Object.values(labels).filter((value) => users.some((user) => value.includes(user)))).toEqual([]);
    }
  });
});
