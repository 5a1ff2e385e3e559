import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Announcement } from '../workteam/announce.ts';
import type { Workteam } from '../workteam/schema.ts';
import { countResources } from './resources.ts';

/** How a pass ended, as controller-runtime's dashboards know it. */
export type ReconcileResult = 'success' | 'requeue' | 'requeue_after' | 'error';

/** What is read when somebody scrapes, instead of being counted all the time. */
export interface Live {
  readonly workteams: () => readonly Workteam[];
  /** Keys that wait for a worker, by priority. */
  readonly depth: () => Readonly<Record<'high' | 'low', number>>;
}

const CONTROLLER = { controller: 'workteam' } as const;
const QUEUE = { name: 'workteam', controller: 'workteam' } as const;

/** Bounds in seconds: for calls over a network, for passes and waits. */
const CALL_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const PASS_BUCKETS = [0.005, ...CALL_BUCKETS, 30, 60, 120];

/** The fields that can drift; all tags together are one, so that no label comes from a user. */
const DRIFT_FIELDS = [
  'description',
  'memberDefinitions',
  'notificationConfiguration.notificationTopicArn',
  'workerAccessConfiguration.s3Presign.iamPolicyConstraints.sourceIp',
  'workerAccessConfiguration.s3Presign.iamPolicyConstraints.vpcSourceIp',
  'tags',
];

/** Everything that `/metrics` shows. Names that other controllers have are theirs, so that their dashboards work. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #now: () => number;
  /** When each pass under way began, in milliseconds. */
  readonly #underWay = new Set<{ readonly began: number }>();
  #account: string | undefined;
  #live: Live = { workteams: () => [], depth: () => ({ high: 0, low: 0 }) };

  readonly #reconciles = this.#counter(
    'controller_runtime_reconcile_total',
    'Passes over a Workteam, by how they ended.',
    ['controller', 'result'],
  );
  readonly #errors = this.#counter(
    'controller_runtime_reconcile_errors_total',
    'Passes that were broken off, as by trouble with the Kubernetes API.',
    ['controller'],
  );
  readonly #terminalErrors = this.#counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Times that a Workteam was refused for a reason that only an edit mends.',
    ['controller'],
  );
  readonly #reconcileTime = this.#histogram(
    'controller_runtime_reconcile_time_seconds',
    'How long a pass took.',
    PASS_BUCKETS,
    ['controller'],
  );
  readonly #maxConcurrent = this.#gauge('controller_runtime_max_concurrent_reconciles', 'Workers in each region.', [
    'controller',
  ]);
  readonly #adds = this.#counter('workqueue_adds_total', 'Keys that became ready for a pass.', ['name', 'controller']);
  readonly #retries = this.#counter('workqueue_retries_total', 'Passes that ended in a retry.', ['name', 'controller']);
  readonly #queueTime = this.#histogram(
    'workqueue_queue_duration_seconds',
    'How long a key that was due waited for a worker.',
    PASS_BUCKETS,
    ['name', 'controller'],
  );
  readonly #workTime = this.#histogram(
    'workqueue_work_duration_seconds',
    'How long a worker had a key.',
    PASS_BUCKETS,
    ['name', 'controller'],
  );
  readonly #awsRequests = this.#counter(
    'workteam_aws_requests_total',
    'Calls to SageMaker, by what came of them: OK or the reason of the failure.',
    ['operation', 'region', 'code'],
  );
  readonly #awsDuration = this.#histogram(
    'workteam_aws_request_duration_seconds',
    'From the request to the whole answer, without the wait for the rate limiter.',
    CALL_BUCKETS,
    ['operation', 'region'],
  );
  readonly #awsWait = this.#histogram(
    'workteam_aws_rate_limiter_wait_seconds',
    'How long calls waited for their turn.',
    PASS_BUCKETS,
    ['region'],
  );
  readonly #kubernetesRequests = this.#counter('rest_client_requests_total', 'Requests to the Kubernetes API.', [
    'code',
    'method',
    'host',
  ]);
  readonly #leader = this.#gauge('leader_election_master_status', '1 while this process leads, else 0.', ['name']);
  readonly #drift = this.#counter(
    'workteam_drift_total',
    'Differences that somebody else made in AWS and that were repaired.',
    ['field'],
  );
  readonly #deletions = this.#counter('workteam_deletions_total', 'Work teams deleted in AWS.', []);
  readonly #quotaUsed = this.#gauge('workteam_quota_used', 'Work teams in a region, whoever owns them.', [
    'account',
    'region',
  ]);

  /** `leaseName` labels the leader gauge, `workers` is the number of workers in each region, `now` monotonic milliseconds. */
  constructor(leaseName: string, workers: number, now: () => number) {
    this.#now = now;
    collectDefaultMetrics({ register: this.#registry });
    this.#readAtScrape();
    for (const result of ['success', 'requeue', 'requeue_after', 'error'] as const) {
      this.#reconciles.inc({ ...CONTROLLER, result }, 0);
    }
    this.#errors.inc(CONTROLLER, 0);
    this.#terminalErrors.inc(CONTROLLER, 0);
    this.#adds.inc(QUEUE, 0);
    this.#retries.inc(QUEUE, 0);
    for (const field of DRIFT_FIELDS) this.#drift.inc({ field }, 0);
    this.#maxConcurrent.set(CONTROLLER, workers);
    this.#leader.set({ name: leaseName }, 0);
  }

  /** Where to read what is read at each scrape. */
  watch(live: Live): void {
    this.#live = live;
  }

  /** A pass begins; the returned function is told how it ended. */
  passBegins(): (result: ReconcileResult) => void {
    const pass = { began: this.#now() };
    this.#underWay.add(pass);
    return (result) => {
      this.#underWay.delete(pass);
      this.#reconciles.inc({ ...CONTROLLER, result });
      if (result === 'error') this.#errors.inc(CONTROLLER);
      this.#reconcileTime.observe(CONTROLLER, (this.#now() - pass.began) / 1000);
    };
  }

  /** What a work queue tells; see `QueueObserver`. */
  readonly queue = {
    added: (): void => this.#adds.inc(QUEUE),
    started: (_priority: string, waitedMs: number): void => this.#queueTime.observe(QUEUE, waitedMs / 1000),
    finished: (ranMs: number): void => this.#workTime.observe(QUEUE, ranMs / 1000),
    retried: (): void => this.#retries.inc(QUEUE),
  };

  /** Something happened to a work team. */
  announced({ reason, fields }: Announcement): void {
    if (reason === 'Deleted') this.#deletions.inc();
    if (reason === 'Refused') this.#terminalErrors.inc(CONTROLLER);
    if (reason !== 'DriftRepaired') return;
    for (const field of fields ?? []) this.#drift.inc({ field: field.startsWith('tags.') ? 'tags' : field });
  }

  /** A sweep found so many work teams; `arn` is the ARN of one of them, which names the account (of this process: there is one). */
  swept(region: string, teams: number, arn: string | undefined): void {
    this.#account = arn?.split(':')[4] ?? this.#account;
    if (this.#account !== undefined) this.#quotaUsed.set({ account: this.#account, region }, teams);
  }

  /** A call to SageMaker ended. */
  calledAws(call: { operation: string; region: string; code: string; ms: number; waitedMs: number }): void {
    const { operation, region, code, ms, waitedMs } = call;
    this.#awsRequests.inc({ operation, region, code });
    this.#awsDuration.observe({ operation, region }, ms / 1000);
    this.#awsWait.observe({ region }, waitedMs / 1000);
  }

  /** A request to the API server ended. */
  calledKubernetes({ code, method, host }: { code: string; method: string; host: string }): void {
    this.#kubernetesRequests.inc({ code, method, host });
  }

  /** This process began or ceased to lead. */
  leads(leaseName: string, leading: boolean): void {
    this.#leader.set({ name: leaseName }, leading ? 1 : 0);
  }

  /** All metrics, for whoever documents them. */
  all(): ReturnType<Registry['getMetricsAsArray']> {
    return this.#registry.getMetricsAsArray();
  }

  /** The text that Prometheus scrapes, and its media type. */
  async expose(): Promise<{ type: string; body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  #readAtScrape(): void {
    const seconds = (): number[] => [...this.#underWay].map(({ began }) => (this.#now() - began) / 1000);
    const depths = (): number => this.#live.depth().high + this.#live.depth().low;
    this.#gauge('controller_runtime_active_workers', 'Passes under way.', ['controller'], (gauge) =>
      gauge.set(CONTROLLER, this.#underWay.size),
    );
    this.#gauge('workqueue_depth', 'Keys that wait for a worker.', ['name', 'controller'], (gauge) =>
      gauge.set(QUEUE, depths()),
    );
    this.#gauge(
      'workqueue_unfinished_work_seconds',
      'How long the passes under way have taken so far, together.',
      ['name', 'controller'],
      (gauge) =>
        gauge.set(
          QUEUE,
          seconds().reduce((sum, one) => sum + one, 0),
        ),
    );
    this.#gauge(
      'workqueue_longest_running_processor_seconds',
      'How long the longest pass under way has taken so far.',
      ['name', 'controller'],
      (gauge) => gauge.set(QUEUE, Math.max(0, ...seconds())),
    );
    this.#gauge(
      'workteam_resources',
      'Workteams that have a condition, by its reason.',
      ['condition', 'reason'],
      (gauge) => countResources(gauge, this.#live.workteams()),
    );
  }

  #counter(name: string, help: string, labelNames: string[]): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[], labelNames: string[]): Histogram {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, labelNames: string[], read?: (gauge: Gauge<string>) => void): Gauge<string> {
    const gauge: Gauge<string> = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      ...(read && { collect: () => read(gauge) }),
    });
    return gauge;
  }
}
