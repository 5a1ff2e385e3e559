/**
 * Several operators of which one leads. The first leads and is what a fault strikes; it goes its own way to the API server and
 * signs with a key of its own, so that every write can be told whose it is. The others stand by; they are the setting's.
 */
import { accessKeyOf, DEFAULT_ACCOUNT } from '../../../dev/sagemaker/identity.ts';
import { type ApiProxy, apiProxy, type Seen } from '../../support/api-proxy.ts';
import { kubeconfigThrough } from '../../support/api-proxy-kubeconfig.ts';
import { controlPlane } from '../../support/control-plane.ts';
import { allowLeaseIn } from '../../support/deployment.ts';
import { eventually, inTime } from '../../support/eventually.ts';
import type { Operator } from '../../support/operator.ts';
import { FINALIZER_WRITE, kubernetesCall, type Moment, STATUS_WRITE } from './calls.ts';
import { ProxyRules } from './proxy-rules.ts';
import { COUNTED, type OwnSetting, QUICK, type Settings, type StartOptions, type Strike } from './setting.ts';
import type { Work } from './works.ts';

/** How long others leave a lease alone that its holder does not renew, in milliseconds. */
export const LEASE_MS = 15_000;

/** When another leads at the latest, on a busy machine: the lease, the longest time between two looks, and patience. */
const TAKEN_OVER_WITHIN_MS = LEASE_MS + 60_000;

/** Each one's key; all of the account that everybody has. */
const KEY = `${accessKeyOf(DEFAULT_ACCOUNT)}FIRST`;
const standbyKey = (index: number) => `${accessKeyOf(DEFAULT_ACCOUNT)}STANDBY${index}`;

/** SageMaker's reads, by their names. */
const READS = /^(?:Describe|List|Get)/;

export interface Replicas extends AsyncDisposable {
  readonly setting: OwnSetting;
  /** Leads when it is handed out. */
  readonly first: Operator;
  /** The first one's way to the API server. */
  readonly proxy: ApiProxy;
  readonly standbys: readonly Operator[];
  /** Lets `strike` happen once, at that moment of the first one's. Resolves when it begins. */
  at(moment: Moment, strike: Strike): Promise<void>;
  /**
   * What the first one sent so far in order to change a work team or a Workteam, oldest first, whatever came of it. Events are
   * none: they report what was done, and decide nothing.
   */
  writes(): readonly string[];
  /** What one that stood by sent so far in order to change a work team, oldest first. */
  awsWritesOf(standby: Operator): readonly string[];
}

/** What differs from one file to the next. */
export interface ReplicaOptions {
  readonly standbys: number;
  /** Of the first one. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly standbyEnvironment?: Readonly<Record<string, string>>;
  /** Of the first one, instead of a resync every ten minutes. */
  readonly flags?: readonly string[];
}

/** A first operator that leads, over what the work prepares, and others that know it. */
export async function openReplicas(
  settings: Settings,
  work: Work<OwnSetting>,
  { standbys: count, environment = {}, standbyEnvironment = {}, flags = COUNTED }: ReplicaOptions,
): Promise<Replicas> {
  const cluster = controlPlane();
  const setting = await settings.open();
  const leaseNamespace = setting.workteams.namespace;
  await allowLeaseIn(cluster, leaseNamespace);
  const proxy = await apiProxy(cluster.address);
  const started: Operator[] = [];
  const close = async () => {
    for (const operator of started) await operator.kill();
    await setting[Symbol.asyncDispose]();
    await proxy.close();
  };
  try {
    const first = await startFirst(settings, setting, proxy, { leaseNamespace, environment, flags });
    started.push(first);
    await untilLeading(first);
    await work.prepare(setting);
    const startStandby = (_: unknown, index: number) => {
      const environment = { ...standbyEnvironment, AWS_ACCESS_KEY_ID: standbyKey(index) };
      return setting.start({ leaseNamespace, environment });
    };
    const standbys = await Promise.all(Array.from({ length: count }, startStandby));
    for (const standby of standbys) await untilStandingBy(standby);
    return new Group({ setting, first, proxy, standbys, close });
  } catch (error) {
    await close();
    throw error;
  }
}

async function startFirst(
  { operators }: Settings,
  { workteams, region }: OwnSetting,
  proxy: ApiProxy,
  { environment, flags = [], ...options }: StartOptions,
): Promise<Operator> {
  return operators.start({
    ...options,
    namespaces: [workteams.namespace],
    place: { region },
    kubeconfig: await kubeconfigThrough(proxy, operators.kubeconfig),
    environment: { ...environment, AWS_ACCESS_KEY_ID: KEY },
    flags: [...QUICK, ...flags],
  });
}

interface Parts extends Pick<Replicas, 'setting' | 'first' | 'proxy' | 'standbys'> {
  readonly close: () => Promise<void>;
}

class Group implements Replicas {
  readonly setting: OwnSetting;
  readonly first: Operator;
  readonly proxy: ApiProxy;
  readonly standbys: readonly Operator[];
  readonly #rules: ProxyRules;
  readonly #writes: string[] = [];
  readonly #standbyWrites = new Map<Operator, string[]>();
  readonly #close: () => Promise<void>;

  constructor({ setting, first, proxy, standbys, close }: Parts) {
    this.setting = setting;
    this.first = first;
    this.proxy = proxy;
    this.standbys = standbys;
    this.#close = close;
    this.#rules = new ProxyRules(proxy);
    const isWrite = (seen: Seen) => [FINALIZER_WRITE, STATUS_WRITE].includes(kubernetesCall(seen));
    this.#rules.add({
      meant: (seen) => {
        if (isWrite(seen)) this.#writes.push(kubernetesCall(seen));
        return false;
      },
      when: 'before',
      nth: 1,
      times: 1,
      fate: () => undefined,
    });
    this.#noteWrites(KEY, this.#writes);
    for (const [index, standby] of standbys.entries()) {
      const writes: string[] = [];
      this.#standbyWrites.set(standby, writes);
      this.#noteWrites(standbyKey(index), writes);
    }
  }

  #noteWrites(accessKeyId: string, writes: string[]): void {
    const { emulator, region } = this.setting;
    emulator.control.beforeActing({ region, accessKeyId }, async ({ operation }) => {
      if (!READS.test(operation)) writes.push(operation);
      return undefined;
    });
  }

  at({ side, call, nth, when }: Moment, strike: Strike): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const hook = async () => {
      resolve();
      return strike();
    };
    if (side === 'AWS') {
      const { region, emulator } = this.setting;
      const match = { region, accessKeyId: KEY, operation: call, nth };
      if (when === 'before') emulator.control.beforeActing(match, hook);
      else emulator.control.beforeAnswering(match, hook);
    } else {
      const fate = async () => ((await hook()) === 'drop' ? ('reset' as const) : undefined);
      this.#rules.add({ meant: (seen) => kubernetesCall(seen) === call, when, nth, times: 1, fate });
    }
    return promise;
  }

  writes(): readonly string[] {
    return [...this.#writes];
  }

  awsWritesOf(standby: Operator): readonly string[] {
    return [...(this.#standbyWrites.get(standby) ?? [])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** Whether it has begun to work. */
export function isLeading(operator: Operator): boolean {
  return operator.log().some(({ msg }) => msg === 'reconciling');
}

/** Resolves when one of them leads, with that one. */
export function untilTakenOver(standbys: readonly Operator[]): Promise<Operator> {
  return eventually(() => standbys.find(isLeading), { what: 'another to lead', within: TAKEN_OVER_WITHIN_MS });
}

/** Resolves when it leads. */
export async function untilLeading(operator: Operator): Promise<void> {
  await eventually(() => isLeading(operator), { what: 'the first to lead', within: TAKEN_OVER_WITHIN_MS });
}

async function untilStandingBy(operator: Operator): Promise<void> {
  await operator.logged('who leads', ({ msg, self }) => msg === 'leader elected' && self === false);
}

/** How the first one ends when it has lost its lease: as `main.ts` says, so that it is started again. */
export const LOST = {
  ending: { code: 1, signal: null },
  lastLine: { level: 'error', msg: 'the lease was lost, leaving so that another replica (or a new start) takes over' },
} as const;

/** Waits for its end, which may be held up by so many milliseconds. */
export function untilEnded(operator: Operator, heldUpMs = 0): ReturnType<typeof inTime<Awaited<Operator['ended']>>> {
  return inTime(operator.ended, { what: 'the first one to leave', within: heldUpMs + 30_000 });
}
