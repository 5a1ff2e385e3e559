import type { Clock } from '../controller/clock.ts';
import { Controller } from '../controller/controller.ts';
import type { ElectionOutcome, LeaderElection } from '../kubernetes/election.ts';
import { retryAfterMs } from '../kubernetes/errors.ts';
import { Reflector } from '../kubernetes/reflector.ts';
import { type Change, ObjectStore } from '../kubernetes/store.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { Workteams, workteamsIn } from '../kubernetes/workteams.ts';
import type { Log, WorkteamService } from '../ports.ts';
import { Reconciler } from '../reconcile.ts';
import type { Health } from '../telemetry/health.ts';
import type { Metrics, ReconcileResult } from '../telemetry/metrics.ts';
import type { Settings } from '../workteam/facts.ts';
import type { NextLook } from '../workteam/next-look.ts';
import type { Workteam } from '../workteam/schema.ts';
import { clusterOf } from './cluster.ts';
import { nextOf, trigger } from './triggers.ts';

/** What an operator is made of. */
export interface OperatorOptions {
  readonly transport: Transport;
  readonly aws: WorkteamService;
  readonly settings: Settings;
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  /** `undefined`: no other process could be leading. */
  readonly election: LeaderElection | undefined;
  readonly resyncMs: number;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
}

/** A pass makes a handful of calls of at most 10 s each, and waits for its turn before each. */
const PASS_TIMEOUT_MS = 120_000;

/** How long running passes may go on after a stop was asked for; a pod has 30 s by default until it is killed. */
const GRACE_MS = 20_000;

/** Watches Workteams and, while it leads, reconciles them. */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #store: ObjectStore<Workteam>;
  readonly #reflectors: readonly Reflector<Workteam>[];
  #controller: Controller<string> | undefined;

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.#store = new ObjectStore<Workteam>((change) => this.#changed(change));
    const { transport, clock, random, namespaces, log } = options;
    this.#reflectors = (namespaces.length === 0 ? [undefined] : namespaces).map(
      (namespace) =>
        new Reflector<Workteam>({
          transport,
          resource: workteamsIn(namespace),
          store: this.#store,
          clock,
          random,
          onError: (error, retryInMs) => log.warn({ err: error, retryInMs, namespace }, 'watch interrupted'),
        }),
    );
  }

  /**
   * Works until `signal` aborts or the lease is lost. The watch begins at once, so that a replica that waits to lead has
   * everything ready when its time comes.
   */
  async run(signal: AbortSignal): Promise<ElectionOutcome> {
    const { election, health } = this.#options;
    health.waitFor('the first list of Workteams');
    for (const reflector of this.#reflectors) reflector.start();
    void Promise.all(this.#reflectors.map(({ synced }) => synced)).then(() => health.waitFor(undefined));
    try {
      if (election !== undefined) return await election.run(signal, (leading) => this.#lead(leading, signal));
      await this.#lead(signal, signal);
      return 'stopped';
    } finally {
      await Promise.all(this.#reflectors.map((reflector) => reflector.stop()));
    }
  }

  /** Reconciles until `leading` aborts; when that is because the lease was lost, passes under way are not waited for. */
  async #lead(leading: AbortSignal, stop: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const ended = aborted(leading);
    await Promise.race([Promise.all(this.#reflectors.map(({ synced }) => synced)), ended]);
    if (leading.aborted) return;
    const controller = this.#newController();
    this.#controller = controller;
    const objects = this.#store.list();
    for (const object of objects) this.#changed({ type: 'added', key: keyOf(object), object, initial: true });
    log.info({ workteams: objects.length }, 'reconciling');
    controller.start();
    await ended;
    this.#controller = undefined;
    log.info({}, 'stopping');
    const stopped = controller.stop();
    if (stop.aborted) await stopped;
  }

  #newController(): Controller<string> {
    const { aws, settings, clock, random, log, metrics, newId, resyncMs, concurrency, namespaces, transport } =
      this.#options;
    const cluster = clusterOf(this.#store, new Workteams(transport), namespaces.length > 0);
    const reconciler = new Reconciler({ cluster, aws, settings, clock, log, newId });
    return new Controller<string>({
      concurrency,
      passTimeoutMs: PASS_TIMEOUT_MS,
      graceMs: GRACE_MS,
      clock,
      random,
      retryAfterMs,
      onError: (key, error, retryInMs) => log.warn({ workteam: key, err: error, retryInMs }, 'pass broken off'),
      reconcile: async (key, signal, { priority }) => {
        const began = clock.now();
        let result: ReconcileResult = 'error';
        try {
          const next = await reconciler.reconcile(key, { priority, signal });
          result = resultOf(next);
          return nextOf(next, resyncMs, random);
        } finally {
          metrics.reconciled(result, clock.now() - began);
        }
      },
    });
  }

  #changed(change: Change<Workteam>): void {
    if (this.#controller !== undefined) trigger(this.#controller, change, () => this.#store.list());
  }
}

function keyOf({ metadata }: Workteam): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function resultOf({ look }: NextLook): ReconcileResult {
  switch (look) {
    case 'onChange':
    case 'atResync':
      return 'success';
    case 'now':
    case 'after':
      return 'requeue_after';
    case 'backOff':
      return 'requeue';
    default:
      return look satisfies never;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
