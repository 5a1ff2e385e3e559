import type { Control, TeamSnapshot } from '../../dev/sagemaker/control.ts';
import { type Emulator, startEmulator } from '../../dev/sagemaker/emulator.ts';
import type { LedgerEntry } from '../../dev/sagemaker/ledger.ts';
import type { Switches } from '../../dev/sagemaker/switches.ts';
import type { Settings } from '../../src/workteam/facts.ts';
import type { Workteam } from '../../src/workteam/schema.ts';
import { ApiServer, type Written } from './world/api-server.ts';
import { BEGINNING, VirtualClock } from './world/clock.ts';
import { type Fate, OperatorProcess, type Outgoing } from './world/process.ts';

export interface WorldOptions {
  /** Decides everything that is left to chance: how long calls take, what the watch lags by, every jitter. */
  readonly seed: number;
  readonly switches?: Partial<Switches>;
  readonly allowTakeover?: boolean;
  /** Half of all passes find that many others wait for a worker. */
  readonly crowded?: boolean;
}

/** The work teams of the region as they truly are, by name in small letters: no two of them differ in nothing else. */
export type Teams = ReadonlyMap<string, TeamSnapshot>;

/** Something that happened, at a time on the world's clock in milliseconds. */
export type Happening = { readonly at: number } & (
  | {
      readonly kind: 'call';
      readonly entry: LedgerEntry;
      /** The key in `Teams` of the one that the call is about. */
      readonly team: string;
      readonly before: Teams;
      readonly after: Teams;
    }
  | {
      readonly kind: 'written';
      readonly written: Written;
      readonly objects: readonly Workteam[];
      readonly teams: Teams;
    }
  | { readonly kind: 'started' | 'died' }
  | { readonly kind: 'brokenOff'; readonly key: string; readonly error: unknown }
  | { readonly kind: 'logged'; readonly message: string; readonly fields: object }
);

export const REGION = 'eu-west-1';
export const CLUSTER_ID = 'cluster-1';
export const RESYNC_MS = 10 * 60_000;

/** For how long after a write some reads of it may be stale, when `mislead` was called, in milliseconds. */
export const STALE_MS = 5_000;

/** What is to become of one of the calls to come. */
export interface Plan {
  readonly fate: Fate;
  /** Which one of those that it can happen to. */
  readonly nth: number;
  /** Only calls of that name are counted. */
  readonly name?: Outgoing['name'] | undefined;
  /** For how long the process is gone when it dies, in milliseconds; 0 when left out. */
  readonly downMs?: number;
}

/** What can happen to a call to AWS; the emulator has faults of its own. */
const FATES_ON_AWS: readonly Fate[] = ['answered', 'diesBefore', 'diesAfter'];

/** Which reads may show what was there before a write. */
const READS_OF: Readonly<Record<string, readonly string[]>> = {
  CreateWorkteam: ['DescribeWorkteam', 'ListTags'],
  UpdateWorkteam: ['DescribeWorkteam'],
  DeleteWorkteam: ['DescribeWorkteam', 'ListTags'],
  AddTags: ['ListTags'],
  DeleteTags: ['ListTags'],
};

/** A watch tells of a change this late, at most, unless it is told to be silent; in milliseconds. */
export const WATCH_LAG_MS = 50;

/**
 * An operator, an API server and an emulator of SageMaker in one process, in time that takes no time. Whatever happens is in
 * `happenings`, in its order, and happens again with the same seed and the same doings.
 */
export class World {
  readonly clock: VirtualClock;
  readonly api: ApiServer;
  readonly happenings: Happening[] = [];
  readonly #options: WorldOptions;
  readonly #random: () => number;
  readonly #emulator: Emulator;
  #operator: OperatorProcess | undefined;
  /** Every call that went out of the operator so far. */
  readonly calls: (Outgoing & { readonly at: number })[] = [];
  #planned: { readonly plan: Plan; left: number }[] = [];
  #meanwhile: { readonly act: () => void; left: number }[] = [];
  #misleads: { readonly nth: number; readonly times: number } | undefined;
  #silentUntil = 0;
  #downMs = 0;
  #teams: Teams = new Map();

  private constructor(options: WorldOptions, clock: VirtualClock, emulator: Emulator) {
    this.#options = options;
    this.clock = clock;
    this.#emulator = emulator;
    this.#random = randomFrom(options.seed);
    this.api = new ApiServer(() => clock.wall());
    this.api.watch((written) => this.#note({ kind: 'written', written, objects: this.api.list(), teams: this.#teams }));
    this.control.onEntry((entry) => this.#hear(entry));
  }

  /** A world in which nothing exists but a running operator. End it with `end`. */
  static async begin(options: WorldOptions): Promise<World> {
    let world: World | undefined;
    const clock = new VirtualClock(async () => world?.rest());
    const emulator = await startEmulator({
      clock: () => BEGINNING + clock.now(),
      random: randomFrom(options.seed),
      switches: options.switches ?? {},
    });
    // Where the SDK looks for it, at the first call of each client. Nothing else of the environment is to matter.
    process.env.AWS_ENDPOINT_URL_SAGEMAKER = emulator.endpoint;
    process.env.AWS_CONFIG_FILE = '/dev/null';
    process.env.AWS_SHARED_CREDENTIALS_FILE = '/dev/null';
    world = new World(options, clock, emulator);
    world.control.setup({ region: REGION, workforce: { kind: 'Oidc' } });
    world.#start();
    return world;
  }

  get control(): Control {
    return this.#emulator.control;
  }

  get teams(): Teams {
    return this.#teams;
  }

  /** How the operator is set up. */
  get settings(): Settings {
    const { allowTakeover = false } = this.#options;
    return { clusterId: CLUSTER_ID, region: REGION, ignoreTagKeys: [], readOnly: false, allowTakeover };
  }

  /** Lets time pass, and everything happen that is due in it. */
  pass(ms: number): Promise<void> {
    return this.clock.pass(ms);
  }

  /** Resolves when nothing happens any more unless time passes. */
  async rest(): Promise<void> {
    for (;;) {
      const operator = this.#operator;
      await operator?.rest();
      if (this.#operator === operator) return;
    }
  }

  /** A call out of the operator, counted from now on, meets that fate. */
  plan(plan: Plan): void {
    this.#planned.push({ plan, left: plan.nth });
  }

  /** Just before the `nth` call out of the operator from now on acts, `act` happens. */
  meanwhile(nth: number, act: () => void): void {
    this.#meanwhile.push({ act, left: nth });
  }

  /** The operator dies between two calls, and comes back `downMs` later. */
  async restart(downMs: number): Promise<void> {
    await this.rest();
    this.#downMs = downMs;
    this.#operator?.die();
  }

  /** The watch tells nothing of the next `ms`, and then everything at once. */
  silence(ms: number): void {
    this.#silentUntil = this.clock.now() + ms;
  }

  /** Of the reads of what the operator writes next, some (`times` from the `nth` on) show what was there before. */
  mislead(nth: number, times: number): void {
    this.#misleads = { nth, times };
  }

  /** What was planned and did not happen will not. */
  forgetPlans(): void {
    this.#planned = [];
    this.#meanwhile = [];
    this.#misleads = undefined;
    this.#silentUntil = 0;
    this.control.clearFaults();
  }

  async end(): Promise<void> {
    await this.rest();
    this.#operator?.die();
    await this.#emulator.stop();
  }

  #start(): void {
    this.#note({ kind: 'started' });
    const { settings } = this;
    this.#operator = new OperatorProcess({
      api: this.api,
      clock: this.clock,
      settings,
      resyncMs: RESYNC_MS,
      random: this.#random,
      fateOf: (call) => this.#fateOf(call),
      watchLag: () => Math.max(this.#silentUntil - this.clock.now(), this.#random() * WATCH_LAG_MS),
      crowded: () => this.#options.crowded === true && this.#random() < 0.5,
      onDeath: () => this.#died(),
      onBroken: (key, error) => this.#note({ kind: 'brokenOff', key, error }),
      onLog: (message, fields) => this.#note({ kind: 'logged', message, fields }),
    });
  }

  #died(): void {
    this.#note({ kind: 'died' });
    this.#operator = undefined;
    this.clock.setTimeout(() => this.#start(), this.#downMs);
  }

  #fateOf({ side, name }: Outgoing): Fate {
    this.calls.push({ side, name, at: this.clock.now() } as Outgoing & { at: number }); // as it was given
    for (const other of this.#meanwhile) {
      other.left -= 1;
      if (other.left === 0) other.act();
    }
    const able = this.#planned.filter(
      ({ plan }) =>
        (side === 'kubernetes' || FATES_ON_AWS.includes(plan.fate)) && (plan.name === undefined || plan.name === name),
    );
    for (const planned of able) planned.left -= 1;
    const due = able.find(({ left }) => left <= 0);
    if (due === undefined) return 'answered';
    this.#planned = this.#planned.filter((planned) => planned !== due);
    this.#downMs = due.plan.downMs ?? 0;
    return due.plan.fate;
  }

  #hear(entry: LedgerEntry): void {
    if (!entry.outOfBand) this.#operator?.heard(entry.fault === 'hang');
    const team = (entry.workteamName ?? '').toLowerCase();
    const before = this.#teams;
    if (entry.effective || entry.outOfBand) {
      const teams = this.control.teams({ region: REGION });
      this.#teams = new Map(teams.map((snapshot) => [snapshot.workteam.WorkteamName.toLowerCase(), snapshot]));
    }
    this.#note({ kind: 'call', entry, team, before, after: this.#teams });
    const written = this.#teams.get(team) ?? before.get(team);
    if (written !== undefined && entry.effective && !entry.outOfBand) this.#misleadAbout(written, entry.operation);
  }

  #misleadAbout({ workteam: { WorkteamName, WorkteamArn } }: TeamSnapshot, written: string): void {
    const reads = READS_OF[written];
    if (this.#misleads === undefined || reads === undefined) return;
    for (const operation of reads) {
      const workteamName = operation === 'ListTags' ? WorkteamArn.split('/').at(-1) : WorkteamName;
      const fault = this.control.addFault({
        match: { operation, workteamName, ...this.#misleads },
        fault: { kind: 'staleRead' },
      });
      this.clock.setTimeout(() => this.control.removeFault(fault), STALE_MS);
    }
    this.#misleads = undefined;
  }

  #note(happening: Happening extends infer H ? (H extends unknown ? Omit<H, 'at'> : never) : never): void {
    this.happenings.push({ at: this.clock.now(), ...happening });
  }
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
