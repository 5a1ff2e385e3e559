/**
 * Where one run plays: a namespace, a region of AWS, and a proxy in front of the API server. `useSettings()` at the top of a test
 * file gives `open()`, a setting with a proxy and operators of its own; `useSharedSettings(n)` gives n settings around one operator and
 * one proxy, for faults that concern a Workteam and not the process. Faults are placed by counting calls:
 *
 *     setting.at(moment, strike)        once, at the nth call of a name, before or after it acts: kill, pause, drop …
 *     setting.spoil(call, fault, times) the next calls of a name to Kubernetes are answered so
 *     setting.proxy, setting.emulator   for everything else (watches; `emulator.control.addFault`)
 */
import { afterAll, beforeAll } from 'vitest';
import { type ApiProxy, apiProxy, type Fault, type Seen } from '../../support/api-proxy.ts';
import { kubeconfigThrough } from '../../support/api-proxy-kubeconfig.ts';
import { controlPlane } from '../../support/control-plane.ts';
import { type TestEmulator, useEmulator } from '../../support/emulator.ts';
import { type Aws, awsAt, operations } from '../../support/ledger.ts';
import { type Operator, type OperatorOptions, type Operators, useOperators } from '../../support/operator.ts';
import { inPool } from '../../support/pool.ts';
import { useWorkteams, type Workteams } from '../../support/workteams.ts';
import { type Calls, kubernetesCall, type Moment } from './calls.ts';
import { watchDeletes } from './deletes.ts';
import { EVERY_POINT, type Point } from './points.ts';
import { ProxyRules } from './proxy-rules.ts';

/** What a fault does at its moment: `drop` breaks the connection there; otherwise the call goes on. It waits meanwhile. */
export type Strike = () => Promise<'drop' | undefined>;

/** How an operator of a setting is started; namespace, region and the way to the API server are the setting's. */
export type StartOptions = Omit<Partial<OperatorOptions>, 'namespaces' | 'place' | 'kubeconfig'>;

export interface Setting {
  readonly workteams: Workteams;
  readonly region: string;
  readonly aws: Aws;
  readonly emulator: TestEmulator;
  readonly proxy: ApiProxy;
  /** The requests to the API server that concern this setting, oldest first. */
  requests(): readonly Seen[];
  /** All calls so far on both sides. */
  calls(): Calls;
  /** Lets `strike` happen once, at that moment. Resolves when it has. */
  at(moment: Moment, strike: Strike): Promise<void>;
  /**
   * From the nth call to Kubernetes of that name, `times` of them meet the fault: instead of acting, or with `acts` instead of
   * their answer. Resolves when all have.
   */
  spoil(call: string, fault: Fault, options?: { nth?: number; times?: number; acts?: boolean }): Promise<void>;
  /** What was found wrong while it happened, as a delete of what is not ours; to be empty at the end. */
  readonly wrongs: readonly string[];
}

/** A setting whose operators are its own. They end with the setting. */
export interface OwnSetting extends Setting, AsyncDisposable {
  /** Starts another operator here, with a resync every second unless a flag says otherwise. */
  start(options?: StartOptions): Promise<Operator>;
  /** The operator that was started last, also while it is still starting. @throws Error when there was none */
  readonly newest: Promise<Operator>;
}

export interface Settings {
  /** A setting with a namespace, a region and a proxy that nobody else has. */
  open(): Promise<OwnSetting>;
  readonly emulator: TestEmulator;
  readonly operators: Operators;
}

/** Every operator here: resyncs as short as it takes them, and no pause between calls to AWS. */
export const QUICK = ['--resync-interval', '1s', '--aws-requests-per-second', '1000', '--aws-burst', '1000'];

/** To be given to an operator whose calls are counted: no resync comes in between. */
export const COUNTED = ['--resync-interval', '10m'];

/** To be called at the top of a test file; what it returns can be used inside hooks and tests. */
export function useSettings(): Settings {
  const cluster = controlPlane();
  const emulator = useEmulator();
  const operators = useOperators(emulator);
  const { newNamespace } = useWorkteams();
  return {
    emulator,
    operators,
    async open() {
      const workteams = await newNamespace('fault');
      const proxy = await apiProxy(cluster.address);
      const kubeconfig = await kubeconfigThrough(proxy, operators.kubeconfig);
      return new Own({ emulator, proxy, rules: new ProxyRules(proxy), workteams }, operators, kubeconfig);
    },
  };
}

/** How many settings the chosen ones of these points need, one for each, and so many references. */
export function settingsFor(points: readonly Point[], references = 0): number {
  return (EVERY_POINT ? points : points.filter(({ sampled }) => sampled)).length + references;
}

export interface SharedSettings {
  /** One of the settings, for whoever asks. Its Workteams are deleted when its time is over. @throws Error when all are taken */
  take(): SharedSetting;
}

export type SharedSetting = Setting & AsyncDisposable;

/**
 * To be called at the top of a test file: so many settings around one operator, with a resync every second, that goes on from
 * one to the next.
 */
export function useSharedSettings(count: number, flags: readonly string[] = []): SharedSettings {
  const { emulator, operators } = useSettings();
  const cluster = controlPlane();
  const { newNamespace } = useWorkteams();
  const free: SharedSetting[] = [];
  let close = async () => {};

  beforeAll(async () => {
    const proxy = await apiProxy(cluster.address);
    close = () => proxy.close();
    const rules = new ProxyRules(proxy);
    const kubeconfig = await kubeconfigThrough(proxy, operators.kubeconfig);
    const regions = Array.from({ length: count }, () => emulator.newRegion());
    const namespaces = await inPool(regions, 8, async (region) => {
      const workteams = await newNamespace('fault', { region });
      free.push(new Shared({ emulator, region, proxy, rules, workteams }));
      return workteams;
    });
    await operators.start({
      namespaces: namespaces.map(({ namespace }) => namespace),
      place: { region: 'eu-none-1' },
      kubeconfig,
      flags: [...QUICK, '--concurrency', '16', ...flags],
      // It asks about one namespace after the other.
      within: 120_000,
    });
  }, 240_000);
  afterAll(() => close());
  return {
    take() {
      const setting = free.pop();
      if (setting === undefined) throw new Error(`more than ${count} settings are wanted`);
      return setting;
    },
  };
}

/** What a place is made of. */
export interface Parts {
  readonly emulator: TestEmulator;
  /** A new one, when left out. */
  readonly region?: string;
  readonly proxy: ApiProxy;
  readonly rules: ProxyRules;
  readonly workteams: Workteams;
  /** Which requests through the proxy are the setting's; all, when left out. */
  readonly concerns?: (seen: Seen) => boolean;
}

/** Where a run plays, whoever runs the operators. */
export class Place implements Setting {
  readonly workteams: Workteams;
  readonly region: string;
  readonly aws: Aws;
  readonly emulator: TestEmulator;
  readonly proxy: ApiProxy;
  readonly wrongs: readonly string[];
  readonly #rules: ProxyRules;
  readonly #concerns: (seen: Seen) => boolean;

  constructor({ emulator, region = emulator.newRegion(), proxy, rules, workteams, concerns = () => true }: Parts) {
    this.emulator = emulator;
    this.proxy = proxy;
    this.workteams = workteams;
    this.region = region;
    this.aws = awsAt(emulator, { region: this.region });
    this.#rules = rules;
    this.#concerns = concerns;
    this.wrongs = watchDeletes(emulator, this.region, workteams);
  }

  requests(): readonly Seen[] {
    return this.proxy.requests.filter(this.#concerns);
  }

  calls(): Calls {
    return { aws: operations(this.aws.calls()), kubernetes: this.requests().map(kubernetesCall) };
  }

  at({ side, call, nth, when }: Moment, strike: Strike): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const hook = async () => {
      const end = await strike();
      resolve();
      return end;
    };
    if (side === 'AWS') {
      const { control } = this.emulator;
      const match = { region: this.region, operation: call, nth };
      if (when === 'before') control.beforeActing(match, hook);
      else control.beforeAnswering(match, hook);
    } else {
      const fate = async () => ((await hook()) === 'drop' ? ('reset' as const) : undefined);
      this.#rules.add({ meant: this.#isCall(call), when, nth, times: 1, fate });
    }
    return promise;
  }

  spoil(call: string, fault: Fault, { nth = 1, times = 1, acts = false } = {}): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = times;
    const fate = () => {
      left -= 1;
      if (left === 0) resolve();
      return fault;
    };
    this.#rules.add({ meant: this.#isCall(call), when: acts ? 'after' : 'before', nth, times, fate });
    return promise;
  }

  #isCall(call: string): (seen: Seen) => boolean {
    return (seen) => kubernetesCall(seen) === call && this.#concerns(seen);
  }
}

class Shared extends Place implements SharedSetting {
  constructor(parts: Omit<Parts, 'concerns'>) {
    const path = `/namespaces/${parts.workteams.namespace}/`;
    super({ ...parts, concerns: (seen) => seen.path.includes(path) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.workteams.names()) await this.workteams.delete(name);
  }
}

class Own extends Place implements OwnSetting {
  readonly #operators: Operators;
  readonly #kubeconfig: string;
  readonly #started: Promise<Operator>[] = [];

  constructor(parts: Parts, operators: Operators, kubeconfig: string) {
    super(parts);
    this.#operators = operators;
    this.#kubeconfig = kubeconfig;
  }

  get newest(): Promise<Operator> {
    const newest = this.#started.at(-1);
    if (newest === undefined) throw new Error('no operator was started here');
    return newest;
  }

  start({ flags = [], ...options }: StartOptions = {}): Promise<Operator> {
    const operator = this.#operators.start({
      ...options,
      namespaces: [this.workteams.namespace],
      place: { region: this.region },
      kubeconfig: this.#kubeconfig,
      flags: [...QUICK, ...flags],
    });
    this.#started.push(operator);
    return operator;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const operator of await Promise.allSettled(this.#started)) {
      if (operator.status === 'fulfilled') await operator.value.kill();
    }
    await this.proxy.close();
  }
}
