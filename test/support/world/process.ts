import { nextOf, trigger } from '../../../src/cli/triggers.ts';
import { Confirmer } from '../../../src/confirmer.ts';
import { Controller } from '../../../src/controller/controller.ts';
import { KubernetesError, retryAfterMs } from '../../../src/kubernetes/errors.ts';
import { ObjectStore } from '../../../src/kubernetes/store.ts';
import type { Call, Cluster, Log, WorkteamService } from '../../../src/ports.ts';
import { Reconciler } from '../../../src/reconcile.ts';
import { SagemakerWorkteams } from '../../../src/sagemaker/workteams.ts';
import { Sweeper } from '../../../src/sweeper.ts';
import { regionOf, type Settings } from '../../../src/workteam/facts.ts';
import { effectiveName, type Workteam } from '../../../src/workteam/schema.ts';
import type { ApiServer, Written } from './api-server.ts';
import { MortalClock, type VirtualClock } from './clock.ts';
import { Wire } from './wire.ts';

/** What becomes of a call out of the process. */
export type Fate =
  | 'answered'
  /** The process dies before the call arrives, or after it acted and before its answer. */
  | 'diesBefore'
  | 'diesAfter'
  /** The Kubernetes API breaks the connection, before or after it acted; or it refuses with a 409, or fails with a 500. */
  | 'breaksBefore'
  | 'breaksAfter'
  | 'conflicts'
  | 'fails';

/** A call out of the process, by the name of what is asked for. */
export type Outgoing =
  | { readonly side: 'kubernetes'; readonly name: Exclude<keyof Cluster, 'get' | 'list'> }
  | { readonly side: 'aws'; readonly name: keyof WorkteamService };

export interface ProcessOptions {
  readonly api: ApiServer;
  readonly clock: VirtualClock;
  readonly settings: Settings;
  readonly resyncMs: number;
  readonly random: () => number;
  /** To be asked once about every call. */
  readonly fateOf: (call: Outgoing) => Fate;
  /** How long after a change the watch tells of it, in milliseconds. */
  readonly watchLag: () => number;
  /** Whether many others seem to wait for a worker, so that creates are confirmed by a list. */
  readonly crowded: () => boolean;
  readonly onDeath: () => void;
  /** Told of each error that broke a pass off. */
  readonly onBroken: (key: string, error: unknown) => void;
  readonly onLog: (message: string, fields: object) => void;
}

/** As long as the operator gives a pass. */
const PASS_TIMEOUT_MS = 120_000;

/** How long the operator waits for an answer of AWS. */
const REQUEST_TIMEOUT_MS = 10_000;

/** How long a call is on its way there, and its answer on its way back, in milliseconds: at most this. */
const ON_ITS_WAY_MS = { kubernetes: 10, aws: 150 };

/**
 * The operator as one process of it: the real reconciler, queue, sweeper and SDK, with a watch that lags behind, between an
 * API server and an emulator. It can die at any call, and then it is as if it had never been, but for what it wrote.
 */
export class OperatorProcess {
  readonly #options: ProcessOptions;
  readonly #clock: MortalClock;
  readonly #wire = new Wire();
  readonly #aws: SagemakerWorkteams;
  readonly #store: ObjectStore<Workteam>;
  readonly #unwatch: () => void;
  #alive = true;
  /** When the watch tells of what it has told of last, so that nothing overtakes. */
  #told = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#clock = new MortalClock(options.clock);
    this.#aws = new SagemakerWorkteams({
      credentials: async () => ({ accessKeyId: 'emulator', secretAccessKey: 'emulator' }),
      userAgent: 'workteam-operator/test',
      // Nothing but AWS slows this operator down; after it did, calls go one by one.
      pace: { perSecond: 20, burst: 1_000_000 },
      writeBudget: () => Number.POSITIVE_INFINITY,
      timers: this.#timers(),
    });
    const { api, settings } = options;
    const reconciler = this.#newReconciler();
    const controller: Controller<string> = this.#newController(reconciler, () => confirmer);
    const confirmer = this.#newConfirmer(reconciler, controller);
    const sweeper = this.#newSweeper(reconciler, controller);
    this.#store = new ObjectStore<Workteam>((change) => {
      trigger(
        change,
        () => controller,
        () => this.#store.list(),
      );
      const first = change.initial ? 'at once' : 'later';
      if (change.type === 'added') sweeper.ensure(regionOf(change.object, settings), first);
    });
    this.#store.replace(api.list(), { initial: true });
    this.#unwatch = api.watch((written) => this.#hear(written));
    controller.start();
  }

  /** From now on nothing of this process happens any more. */
  die(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#clock.die();
    this.#unwatch();
    this.#aws.close();
    this.#options.onDeath();
  }

  /** Resolves when nothing happens in this process any more unless time passes. */
  rest(): Promise<void> {
    return this.#wire.rest();
  }

  /** The service has read a request of this process; it `hangs` when there will be no answer. */
  heard(hangs: boolean): void {
    if (!this.#wire.isBusy) throw new Error('a request was sent without the time limit by which it is known');
    if (hangs) this.#wire.hang();
  }

  /** The clock for the calls to AWS. A limit of that length is set as the request goes to the socket, and taken away with the answer. */
  #timers(): Pick<MortalClock, 'now' | 'setTimeout'> {
    const clock = this.#clock;
    return {
      now: () => clock.now(),
      setTimeout: (callback, ms) => {
        if (ms !== REQUEST_TIMEOUT_MS) return clock.setTimeout(callback, ms);
        const answered = this.#wire.send();
        const cancel = clock.setTimeout(() => {
          answered();
          callback();
        }, ms);
        return () => {
          answered();
          cancel();
        };
      },
    };
  }

  #hear({ before, after }: Written): void {
    const { watchLag } = this.#options;
    this.#told = Math.max(this.#told, this.#clock.now() + watchLag());
    this.#clock.setTimeout(() => {
      if (after !== undefined) this.#store.set(after);
      else if (before !== undefined) this.#store.delete(before);
    }, this.#told - this.#clock.now());
  }

  #newReconciler(): Reconciler {
    const { settings, random, onLog } = this.#options;
    return new Reconciler({
      cluster: this.#cluster(),
      aws: this.#service(),
      clock: this.#clock,
      settings,
      announcer: { announce: () => {} },
      log: logTo(onLog, {}),
      newId: () => random().toString(36).slice(2),
    });
  }

  #newConfirmer(reconciler: Reconciler, controller: Controller<string>): Confirmer {
    const aws = this.#service();
    return new Confirmer({
      list: (region, names, signal) => aws.listNewest({ region, signal, priority: 'high' }, names),
      onListed: (_, { keys, teams, began }) => {
        reconciler.listed(keys, teams, began);
        for (const key of keys) controller.add(key);
      },
      onError: () => {},
      clock: this.#clock,
    });
  }

  #newController(reconciler: Reconciler, confirmer: () => Confirmer): Controller<string> {
    const { random, resyncMs, onBroken, crowded, settings } = this.#options;
    return new Controller<string>({
      concurrency: 4,
      passTimeoutMs: PASS_TIMEOUT_MS,
      graceMs: 0,
      clock: this.#clock,
      random,
      retryAfterMs,
      onError: onBroken,
      reconcile: async (key, signal, { priority }) => {
        const workteam = this.#store.get(key);
        const next = await reconciler.reconcile(key, { priority, signal, crowded: crowded() });
        if (next.look === 'atConfirmation' && workteam !== undefined) {
          confirmer().add(regionOf(workteam, settings), key, effectiveName(workteam));
        }
        return nextOf(next, resyncMs, random);
      },
    });
  }

  #newSweeper(reconciler: Reconciler, controller: Controller<string>): Sweeper {
    const { settings, resyncMs, random } = this.#options;
    const aws = this.#service();
    return new Sweeper({
      list: (region, signal) => aws.list({ region, signal, priority: 'low' }),
      isInUse: (region) => this.#store.list().some((workteam) => regionOf(workteam, settings) === region),
      onSwept: (region, teams, began) => {
        for (const key of reconciler.swept(region, teams, began)) controller.add(key, { priority: 'low' });
      },
      onError: () => {},
      resyncMs,
      clock: this.#clock,
      random,
    });
  }

  #cluster(): Cluster {
    const { api } = this.#options;
    const call = <T>(name: Extract<Outgoing, { side: 'kubernetes' }>['name'], signal: AbortSignal, act: () => T) =>
      this.#out({ side: 'kubernetes', name }, signal, act);
    const observed = (workteam: Workteam): Workteam => {
      this.#store.observe(workteam);
      return workteam;
    };
    return {
      get: (key) => this.#store.get(key),
      list: () => this.#store.list(),
      readLive: (key, signal) => call('readLive', signal, () => api.get(key)),
      writeFinalizers: async (workteam, finalizers, signal) =>
        observed(await call('writeFinalizers', signal, () => api.putFinalizers(workteam, finalizers))),
      writeStatus: async (workteam, status, signal) =>
        observed(await call('writeStatus', signal, () => api.putStatus(workteam, status))),
      exists: (namespace, name, signal) => call('exists', signal, () => api.get(`${namespace}/${name}`) !== undefined),
      crdIsTerminating: (signal) => call('crdIsTerminating', signal, () => false),
    };
  }

  #service(): WorkteamService {
    const aws = this.#aws;
    const out = <T>(name: keyof WorkteamService, { signal }: Call, act: () => Promise<T>) =>
      this.#out({ side: 'aws', name }, signal, act);
    return {
      describe: (call, name) => out('describe', call, () => aws.describe(call, name)),
      list: (call) => out('list', call, () => aws.list(call)),
      listNewest: (call, names) => out('listNewest', call, () => aws.listNewest(call, names)),
      listTags: (call, arn) => out('listTags', call, () => aws.listTags(call, arn)),
      create: (call, request) => out('create', call, () => aws.create(call, request)),
      update: (call, request) => out('update', call, () => aws.update(call, request)),
      delete: (call, name) => out('delete', call, () => aws.delete(call, name)),
      addTags: (call, arn, tags) => out('addTags', call, () => aws.addTags(call, arn, tags)),
      removeTags: (call, arn, keys) => out('removeTags', call, () => aws.removeTags(call, arn, keys)),
    };
  }

  async #out<T>(call: Outgoing, signal: AbortSignal, act: () => T | Promise<T>): Promise<T> {
    const { random } = this.#options;
    const way = () => this.#clock.sleep(Math.round(random() * ON_ITS_WAY_MS[call.side]), signal);
    await way();
    const [outcome] = await Promise.allSettled([this.#wire.call(() => this.#meetFate(call, act))]);
    if (!this.#alive) return new Promise<never>(() => {});
    await way();
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  async #meetFate<T>(call: Outgoing, act: () => T | Promise<T>): Promise<T> {
    const fate = this.#alive ? this.#options.fateOf(call) : 'answered';
    if (fate === 'diesBefore') this.die();
    if (!this.#alive) throw new Error('nobody hears this');
    if (fate === 'breaksBefore') throw connectionBroken();
    if (fate === 'conflicts') throw new KubernetesError('409 Conflict', { status: 409, reason: 'Conflict' });
    if (fate === 'fails') throw new KubernetesError('500 InternalError', { status: 500, reason: 'InternalError' });
    const result = await act();
    if (fate === 'diesAfter') this.die();
    if (fate === 'breaksAfter') throw connectionBroken();
    return result;
  }
}

function connectionBroken(): KubernetesError {
  return new KubernetesError('the connection broke', { code: 'ECONNRESET' });
}

function logTo(onLog: ProcessOptions['onLog'], bound: object): Log {
  const line = (fields: object, message: string) => onLog(message, { ...bound, ...fields });
  return { debug: () => {}, info: line, warn: line, child: (fields) => logTo(onLog, { ...bound, ...fields }) };
}
