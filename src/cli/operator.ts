import type { Clock } from '../controller/clock.ts';
import { Controller } from '../controller/controller.ts';
import type { ElectionOutcome, LeaderElection } from '../kubernetes/election.ts';
import { retryAfterMs } from '../kubernetes/errors.ts';
import { Reflector } from '../kubernetes/reflector.ts';
import { type Change, ObjectStore } from '../kubernetes/store.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { Workteams, workteamsIn } from '../kubernetes/workteams.ts';
import { type LabelSelector, selectorText } from '../label-selector.ts';
import type { Announcer, Log, WorkteamService } from '../ports.ts';
import { Reconciler } from '../reconcile.ts';
import { Sweeper } from '../sweeper.ts';
import type { Health } from '../telemetry/health.ts';
import type { Metrics, ReconcileResult } from '../telemetry/metrics.ts';
import { regionOf, type Settings } from '../workteam/facts.ts';
import { legible } from '../workteam/legible.ts';
import type { NextLook } from '../workteam/next-look.ts';
import type { Workteam } from '../workteam/schema.ts';
import { clusterOf } from './cluster.ts';
import { writeBudget } from './leadership.ts';
import { isClosed } from './preflight.ts';
import { RegionalControllers } from './regions.ts';
import { nextOf, trigger } from './triggers.ts';

/** What an operator is made of. */
export interface OperatorOptions {
  readonly transport: Transport;
  readonly aws: WorkteamService;
  readonly announcer: Announcer;
  readonly settings: Settings;
  /** Empty: all namespaces. */
  readonly namespaces: readonly string[];
  /** Only Workteams with such labels are ours; all of them when left out. */
  readonly selector: LabelSelector | undefined;
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

/** How long running passes may go on after a stop was asked for; with the lease's release and the last events it is under 30 s. */
const GRACE_MS = 15_000;

/** What a pass is told that is broken off because its object left. */
const LEFT = 'the Workteam is gone, or its labels are not those of --watch-label-selector any more';

/** Watches Workteams and, while it leads, reconciles them. */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #store: ObjectStore<Workteam>;
  readonly #reflectors: readonly Reflector<Workteam>[];
  /** Resolves when there is something to work on: what can be listed has been. */
  readonly #listed: Promise<unknown>;
  /** What is done about a change: nothing, unless we lead. */
  #react: (change: Change<Workteam>) => void = () => {};

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.#store = new ObjectStore<Workteam>((change) => this.#react(change));
    const { namespaces } = options;
    const watched = (namespaces.length === 0 ? [undefined] : namespaces).map((namespace) => this.#watch(namespace));
    this.#reflectors = watched.map(({ reflector }) => reflector);
    const one = Promise.race(this.#reflectors.map(({ synced }) => synced));
    this.#listed = Promise.all([one, ...watched.map(({ answered }) => answered)]);
  }

  /** Watches a namespace, or all. `answered` resolves when it has been listed, or with word that it cannot be for now. */
  #watch(namespace: string | undefined): { reflector: Reflector<Workteam>; answered: Promise<void> } {
    const { transport, selector, clock, random, log } = this.#options;
    const closed = Promise.withResolvers<void>();
    const reflector = new Reflector<Workteam>({
      transport,
      resource: workteamsIn(namespace, selector && selectorText(selector)),
      store: this.#store,
      read: legible,
      clock,
      random,
      onError: (error, retryInMs) => {
        log.warn({ err: error, retryInMs, namespace }, 'watch interrupted');
        if (isClosed(error)) closed.resolve();
      },
    });
    return { reflector, answered: Promise.race([reflector.synced, closed.promise]) };
  }

  /**
   * Works until `signal` aborts or the lease is lost. The watch begins at once, so that a replica that waits to lead has
   * everything ready when its time comes.
   */
  async run(signal: AbortSignal): Promise<ElectionOutcome> {
    const { election, health } = this.#options;
    health.waitFor('the first list of Workteams');
    for (const reflector of this.#reflectors) reflector.start();
    void this.#listed.then(() => health.waitFor(undefined));
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
    const { log, settings, metrics } = this.#options;
    const ended = aborted(leading);
    await Promise.race([this.#listed, ended]);
    if (leading.aborted) return;
    const reconciler = this.#newReconciler();
    const controllers = new RegionalControllers((region) => this.#newController(region, reconciler));
    const sweeper = this.#newSweeper(reconciler, controllers);
    const controllerOf = (workteam: Workteam): Controller<string> => controllers.of(regionOf(workteam, settings));
    const objects = this.#store.list();
    for (const object of objects) {
      trigger({ type: 'added', key: keyOf(object), object, initial: true }, controllerOf, () => objects);
      sweeper.ensure(regionOf(object, settings), 'at once');
    }
    this.#react = (change) => {
      trigger(change, controllerOf, () => this.#store.list());
      if (this.#hasLeft(change)) controllerOf(change.object).breakOff(change.key, new Error(LEFT));
      if (change.type === 'added') sweeper.ensure(regionOf(change.object, settings), 'later');
    };
    metrics.watch({ workteams: () => this.#store.list(), depth: () => controllers.depth });
    log.info({ workteams: objects.length }, 'reconciling');
    controllers.start();
    await ended;
    this.#react = () => {};
    log.info({}, 'stopping');
    const stopped = Promise.all([sweeper.stop(), controllers.stop()]);
    if (stop.aborted) await stopped;
  }

  /**
   * Whether an object may have become another operator's, which works on it from now on: the watch says of it that it is
   * deleted. One that goes because we take our finalizer off is left to the pass that does so.
   */
  #hasLeft({ type, object }: Change<Workteam>): boolean {
    return (
      this.#options.selector !== undefined && type === 'deleted' && object.metadata.deletionTimestamp === undefined
    );
  }

  #newReconciler(): Reconciler {
    const { aws, settings, announcer, clock, log, newId, namespaces, selector, transport, election } = this.#options;
    const cluster = clusterOf(this.#store, new Workteams(transport), {
      namespaced: namespaces.length > 0,
      selector,
      mayWrite: () => writeBudget(election, clock.now()) > 0,
    });
    return new Reconciler({ cluster, aws, settings, announcer, clock, log, newId });
  }

  #newController(region: string, reconciler: Reconciler): Controller<string> {
    const { clock, random, log, metrics, settings, resyncMs, concurrency } = this.#options;
    return new Controller<string>({
      concurrency,
      passTimeoutMs: PASS_TIMEOUT_MS,
      graceMs: GRACE_MS,
      clock,
      random,
      retryAfterMs,
      onError: (key, error, retryInMs) => log.warn({ workteam: key, err: error, retryInMs }, 'pass broken off'),
      observer: metrics.queue,
      reconcile: async (key, signal, { priority }) => {
        // An object that was replaced by one of the same name in another region is that region's business now.
        const workteam = this.#store.get(key);
        if (workteam !== undefined && regionOf(workteam, settings) !== region) return { kind: 'wait' };
        const ended = metrics.passBegins();
        let result: ReconcileResult = 'error';
        try {
          const next = await reconciler.reconcile(key, { priority, signal });
          result = resultOf(next);
          return nextOf(next, resyncMs, random);
        } finally {
          ended(result);
        }
      },
    });
  }

  #newSweeper(reconciler: Reconciler, controllers: RegionalControllers): Sweeper {
    const { aws, settings, clock, random, log, metrics, resyncMs } = this.#options;
    return new Sweeper({
      list: (region, signal) => aws.list({ region, signal, priority: 'low' }),
      isInUse: (region) => this.#store.list().some((workteam) => regionOf(workteam, settings) === region),
      onSwept: (region, teams, began) => {
        const nominated = reconciler.swept(region, teams, began);
        metrics.swept(region, teams.length, teams[0]?.workteamArn);
        log.debug({ region, teams: teams.length, nominated: nominated.length }, 'swept');
        for (const key of nominated) controllers.of(region).add(key, { priority: 'low' });
      },
      onError: (region, error, retryInMs) => log.warn({ region, err: error, retryInMs }, 'sweep failed'),
      resyncMs,
      clock,
      random,
    });
  }
}

function keyOf({ metadata }: Workteam): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function resultOf({ look }: NextLook): ReconcileResult {
  switch (look) {
    case 'onChange':
    case 'atResync':
    case 'atSweep':
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
