import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** How a pass ended, as controller-runtime's dashboards know it. */
export type ReconcileResult = 'success' | 'requeue' | 'requeue_after' | 'error';

const CONTROLLER = 'workteam';

/** Bounds in seconds for calls over a network. */
const CALL_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Everything that `/metrics` shows. Names that other controllers have are theirs, so that their dashboards work. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #reconciles = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Passes over a Workteam, by how they ended.',
    labelNames: ['controller', 'result'],
    registers: [this.#registry],
  });
  readonly #reconcileTime = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long a pass took.',
    labelNames: ['controller'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [this.#registry],
  });
  readonly #awsRequests = new Counter({
    name: 'workteam_aws_requests_total',
    help: 'Calls to SageMaker, by what came of them: OK or the reason of the failure.',
    labelNames: ['operation', 'region', 'code'],
    registers: [this.#registry],
  });
  readonly #awsDuration = new Histogram({
    name: 'workteam_aws_request_duration_seconds',
    help: 'From the request to the whole answer, without the wait for the rate limiter.',
    labelNames: ['operation', 'region'],
    buckets: CALL_BUCKETS,
    registers: [this.#registry],
  });
  readonly #awsWait = new Histogram({
    name: 'workteam_aws_rate_limiter_wait_seconds',
    help: 'How long calls waited for their turn.',
    labelNames: ['region'],
    buckets: [0.001, ...CALL_BUCKETS, 30, 60, 300],
    registers: [this.#registry],
  });
  readonly #kubernetesRequests = new Counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the Kubernetes API.',
    labelNames: ['code', 'method', 'host'],
    registers: [this.#registry],
  });
  readonly #leader = new Gauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads, else 0.',
    labelNames: ['name'],
    registers: [this.#registry],
  });

  /** `leaseName` labels the leader gauge. */
  constructor(leaseName: string) {
    collectDefaultMetrics({ register: this.#registry });
    for (const result of ['success', 'requeue', 'requeue_after', 'error'] as const) {
      this.#reconciles.inc({ controller: CONTROLLER, result }, 0);
    }
    this.#leader.set({ name: leaseName }, 0);
  }

  /** A pass ended. */
  reconciled(result: ReconcileResult, ms: number): void {
    this.#reconciles.inc({ controller: CONTROLLER, result });
    this.#reconcileTime.observe({ controller: CONTROLLER }, ms / 1000);
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

  /** The text that Prometheus scrapes, and its media type. */
  async expose(): Promise<{ type: string; body: string }> {
    return { type: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}
