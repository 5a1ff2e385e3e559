import { afterAll, beforeAll, expect } from 'vitest';
import type { EmulatorOptions } from '../../dev/sagemaker/emulator.ts';
import type { LedgerEntry } from '../../dev/sagemaker/ledger.ts';
import { FINALIZER, type Workteam, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { controlPlane } from './control-plane.ts';
import { type TestEmulator, useEmulator } from './emulator.ts';
import { eventually } from './eventually.ts';
import { type Aws, awsAt } from './ledger.ts';
import { type Operator, useOperators } from './operator.ts';
import { useWorkteams, type Workteams } from './workteams.ts';

/** As short as the operator takes it, so that a test can wait for several. */
export const RESYNC = '1s';

/** The pace of calls to AWS is no part of any scenario. */
const UNHURRIED = ['--aws-requests-per-second', '1000', '--aws-burst', '1000'];

export interface StageOptions {
  /** What the namespace begins with. */
  readonly prefix: string;
  readonly emulator?: EmulatorOptions;
  /** `RESYNC`, unless said otherwise. */
  readonly resync?: string;
  /** Further flags of `run`. */
  readonly flags?: readonly string[];
}

/** One emulator, one namespace and the bundle between them, for all the scenarios of a file. */
export interface Stage {
  readonly emulator: TestEmulator;
  readonly workteams: Workteams;
  readonly operator: Operator;
  /** A new process takes over from the old one; with other flags, if they are given. */
  restart(flags?: readonly string[]): Promise<void>;
  /** A region that no other scenario has, empty. */
  newScene(): Scene;
}

/** To be called at the top of a test file; what it returns can be used inside hooks and tests. */
export function useStage(options: StageOptions): Stage {
  const emulator = useEmulator(options.emulator);
  const operators = useOperators(emulator);
  const { newNamespace } = useWorkteams();
  const region = 'eu-stage-1';
  let workteams: Workteams | undefined;
  let operator: Operator | undefined;
  const start = (flags: readonly string[] = []) =>
    operators.start({
      namespaces: [set(workteams).namespace],
      place: { region },
      flags: ['--resync-interval', options.resync ?? RESYNC, ...UNHURRIED, ...(options.flags ?? []), ...flags],
    });

  beforeAll(async () => {
    workteams = await newNamespace(options.prefix);
    operator = await start();
  });
  afterAll(async () => {
    await operator?.kill();
  });
  return {
    emulator,
    get workteams() {
      return set(workteams);
    },
    get operator() {
      return set(operator);
    },
    async restart(flags) {
      await set(operator).kill();
      operator = await start(flags);
    },
    newScene: () => new Scene(emulator, set(workteams), emulator.newRegion()),
  };
}

/** The Workteams of a stage that are in one region, and that region of AWS. */
export class Scene {
  readonly region: string;
  readonly aws: Aws;
  readonly #emulator: TestEmulator;
  readonly #workteams: Workteams;
  readonly #names = new Set<string>();

  constructor(emulator: TestEmulator, workteams: Workteams, region: string) {
    this.region = region;
    this.aws = awsAt(emulator, { region });
    this.#emulator = emulator;
    this.#workteams = workteams;
  }

  get control(): TestEmulator['control'] {
    return this.#emulator.control;
  }

  /** Creates a Workteam here and waits for nothing. */
  async create(name: string, spec: WorkteamSpec): Promise<void> {
    this.#names.add(name);
    await this.#workteams.create(name, { region: this.region, ...spec });
  }

  /** Creates a Workteam here and waits until it is Ready. */
  async createReady(name: string, spec: WorkteamSpec): Promise<Workteam> {
    await this.create(name, spec);
    return this.#workteams.untilReady(name, PATIENCE_MS);
  }

  /** Merges a patch into the spec and waits until the new generation is Ready. */
  async editReady(name: string, spec: object): Promise<Workteam> {
    await this.#workteams.edit(name, { ...spec });
    return this.#workteams.untilReady(name, PATIENCE_MS);
  }

  /** Merges a patch into the spec and waits until the new generation has failed for that reason. */
  async editFailed(name: string, spec: object, reason: string): Promise<Workteam> {
    await this.#workteams.edit(name, { ...spec });
    return this.#workteams.untilFailed(name, reason, PATIENCE_MS);
  }

  /** Every write that was tried here so far, in order; a refused one with its error: `CreateWorkteam ResourceInUse`. */
  attempts(workteamName?: string): string[] {
    return this.aws
      .calls(workteamName)
      .filter(({ write }) => write)
      .map(told);
  }

  /** What came with the writes of one operation, oldest first. */
  parametersOf(operation: string): unknown[] {
    return this.aws.calls().flatMap((call) => (call.operation === operation ? [call.parameters] : []));
  }

  /**
   * Makes the operator look at a Workteam at once without any new word from the user: it puts back a finalizer that was
   * taken off, and looks. Returns when it has looked.
   */
  async lookAgain(name: string): Promise<void> {
    const looks = () => this.aws.calls(name).filter(({ operation }) => operation === 'DescribeWorkteam').length;
    const before = looks();
    const { namespace } = this.#workteams;
    const patch = JSON.stringify({ metadata: { finalizers: null } });
    await controlPlane().run(['patch', 'workteam', name, '--namespace', namespace, '--type=merge', '--patch', patch]);
    await eventually(() => looks() > before, { what: `a look at ${name}`, within: PATIENCE_MS });
    await this.#workteams.until(name, ({ metadata }) => metadata.finalizers?.includes(FINALIZER) === true);
  }

  /** Passes when two resyncs later nothing was written, neither to AWS nor to a Workteam here. */
  async staysAsItIs(): Promise<void> {
    const sweeps = () => this.aws.calls().filter(({ operation }) => operation === 'ListWorkteams').length;
    const before = this.#state();
    const begun = sweeps();
    // When the third begins, what the second led to is over.
    await eventually(() => sweeps() >= begun + 3, { what: `resyncs of ${this.region}`, within: PATIENCE_MS });
    expect(this.#state()).toEqual(before);
  }

  #state(): { attempts: string[]; versions: string[] } {
    const versions = [...this.#names].flatMap((name) => this.#versionOf(name) ?? []);
    return { attempts: this.attempts(), versions };
  }

  #versionOf(name: string): string | undefined {
    const last = this.#workteams.history(name).at(-1);
    if (last === undefined || last.type === 'DELETED') return undefined;
    return `${name} ${this.#workteams.get(name).metadata.resourceVersion}`;
  }
}

/** How long a busy machine may take, in milliseconds. */
export const PATIENCE_MS = 40_000;

/** The conditions as `Type Status Reason`. */
export function conditionsOf({ status }: Workteam): string[] {
  return (status?.conditions ?? []).map(({ type, status: value, reason }) => `${type} ${value} ${reason}`);
}

/** The conditions of a Workteam that is as its spec says, and of nothing else. */
export const SYNCED = ['Ready True Synced'];

/** `CreateWorkteam`, or with its error when it was refused. */
function told({ operation, outcome }: LedgerEntry): string {
  return outcome === 'ok' ? operation : `${operation} ${outcome}`;
}

function set<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a stage is there only inside hooks and tests');
  return value;
}
