import type { Controller } from '../controller/controller.ts';
import type { ElectionOutcome } from '../kubernetes/election.ts';
import { Reflector } from '../kubernetes/reflector.ts';
import { type Change, ObjectStore } from '../kubernetes/store.ts';
import { workteamsIn } from '../kubernetes/workteams.ts';
import { selectorText } from '../label-selector.ts';
import type { Health } from '../telemetry/health.ts';
import { regionOf } from '../workteam/facts.ts';
import { legible } from '../workteam/legible.ts';
import type { Workteam } from '../workteam/schema.ts';
import { isClosed } from './preflight.ts';
import { trigger } from './triggers.ts';
import { Work, type WorkOptions } from './work.ts';

/** What an operator is made of. */
export interface OperatorOptions extends WorkOptions {
  readonly health: Health;
}

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
    const work = new Work(this.#options, this.#store);
    const controllerOf = (workteam: Workteam): Controller<string> => work.controllers.of(regionOf(workteam, settings));
    const objects = this.#store.list();
    for (const object of objects) {
      trigger({ type: 'added', key: keyOf(object), object, initial: true }, controllerOf, () => objects);
      work.sweeper.ensure(regionOf(object, settings), 'at once');
    }
    this.#react = (change) => {
      trigger(change, controllerOf, () => this.#store.list());
      if (this.#hasLeft(change)) controllerOf(change.object).breakOff(change.key, new Error(LEFT));
      if (change.type === 'added') work.sweeper.ensure(regionOf(change.object, settings), 'later');
    };
    metrics.watch({ workteams: () => this.#store.list(), depth: () => work.controllers.depth });
    log.info({ workteams: objects.length }, 'reconciling');
    work.controllers.start();
    await ended;
    this.#react = () => {};
    log.info({}, 'stopping');
    const stopped = work.stop();
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
}

function keyOf({ metadata }: Workteam): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
