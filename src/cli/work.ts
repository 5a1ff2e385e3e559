import { Confirmer } from '../confirmer.ts';
import type { Clock } from '../controller/clock.ts';
import { Controller } from '../controller/controller.ts';
import type { LeaderElection } from '../kubernetes/election.ts';
import { retryAfterMs } from '../kubernetes/errors.ts';
import type { ObjectStore } from '../kubernetes/store.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { Workteams } from '../kubernetes/workteams.ts';
import type { LabelSelector } from '../label-selector.ts';
import type { Announcer, Log, WorkteamService } from '../ports.ts';
import { Reconciler } from '../reconcile.ts';
import { Sweeper } from '../sweeper.ts';
import type { Metrics, ReconcileResult } from '../telemetry/metrics.ts';
import { regionOf, type Settings } from '../workteam/facts.ts';
import type { NextLook } from '../workteam/next-look.ts';
import { effectiveName, type Workteam } from '../workteam/schema.ts';
import { clusterOf } from './cluster.ts';
import { writeBudget } from './leadership.ts';
import { RegionalControllers } from './regions.ts';
import { nextOf } from './triggers.ts';

/** What the work needs. */
export interface WorkOptions {
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
}

/** A pass makes a handful of calls of at most 10 s each, and waits for its turn before each. */
const PASS_TIMEOUT_MS = 120_000;

/** How long running passes may go on after a stop was asked for; with the lease's release and the last events it is under 30 s. */
const GRACE_MS = 15_000;

/** What one leader works with: a queue and workers for each region, sweeps, and what is known between passes. */
export class Work {
  readonly controllers: RegionalControllers;
  readonly sweeper: Sweeper;
  readonly #options: WorkOptions;
  readonly #store: ObjectStore<Workteam>;
  readonly #reconciler: Reconciler;
  readonly #confirmer: Confirmer;

  constructor(options: WorkOptions, store: ObjectStore<Workteam>) {
    this.#options = options;
    this.#store = store;
    this.#reconciler = this.#newReconciler();
    this.controllers = new RegionalControllers((region) => this.#newController(region));
    this.#confirmer = this.#newConfirmer();
    this.sweeper = this.#newSweeper();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    await Promise.all([this.sweeper.stop(), this.#confirmer.stop(), this.controllers.stop()]);
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

  #newController(region: string): Controller<string> {
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
          const crowded = waitingIn(this.controllers.of(region)) > concurrency;
          const next = await this.#reconciler.reconcile(key, { priority, signal, crowded });
          if (next.look === 'atConfirmation' && workteam) this.#confirmer.add(region, key, effectiveName(workteam));
          result = resultOf(next);
          return nextOf(next, resyncMs, random);
        } finally {
          ended(result);
          if (waitingIn(this.controllers.of(region)) === 0) this.#confirmer.hurry(region);
        }
      },
    });
  }

  #newConfirmer(): Confirmer {
    const { aws, clock, log } = this.#options;
    return new Confirmer({
      list: (region, names, signal) => aws.listNewest({ region, signal, priority: 'high' }, names),
      onListed: (region, { keys, teams, began }) => {
        log.debug({ region, created: keys.length, teams: teams.length }, 'looked for what was created');
        this.#reconciler.listed(keys, teams, began);
        for (const key of keys) this.controllers.of(region).add(key);
      },
      onError: (region, error) => log.warn({ region, err: error }, 'list of new work teams failed'),
      clock,
    });
  }

  #newSweeper(): Sweeper {
    const { aws, settings, clock, random, log, metrics, resyncMs } = this.#options;
    return new Sweeper({
      list: (region, signal) => aws.list({ region, signal, priority: 'low' }),
      isInUse: (region) => this.#store.list().some((workteam) => regionOf(workteam, settings) === region),
      onSwept: (region, teams, began) => {
        const nominated = this.#reconciler.swept(region, teams, began);
        metrics.swept(region, teams.length, teams[0]?.workteamArn);
        log.debug({ region, teams: teams.length, nominated: nominated.length }, 'swept');
        for (const key of nominated) this.controllers.of(region).add(key, { priority: 'low' });
      },
      onError: (region, error, retryInMs) => log.warn({ region, err: error, retryInMs }, 'sweep failed'),
      resyncMs,
      clock,
      random,
    });
  }
}

/** How many keys wait for a worker. */
function waitingIn({ depth }: Controller<string>): number {
  return depth.high + depth.low;
}

function resultOf({ look }: NextLook): ReconcileResult {
  switch (look) {
    case 'onChange':
    case 'atResync':
    case 'atSweep':
      return 'success';
    case 'now':
    case 'after':
    case 'atConfirmation':
      return 'requeue_after';
    case 'backOff':
      return 'requeue';
    default:
      return look satisfies never;
  }
}
