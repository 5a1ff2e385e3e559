import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Ending, type Guarded, type Guardian, openGuardian } from '../../dev/control-plane/guarded.ts';
import type { Place } from '../../dev/sagemaker/control.ts';
import { builtBundle } from './bundle.ts';
import { expectNoLeak, secretsOf } from './canary.ts';
import { controlPlane } from './control-plane.ts';
import { installOperator } from './deployment.ts';
import type { TestEmulator } from './emulator.ts';
import { eventually, inTime } from './eventually.ts';
import { expectNoSecretIn } from './leaks.ts';

/** How much of a log is printed when a test fails. */
const STORY_LINES = 100;

/** How long an operator is waited for that may not answer at all, in milliseconds. */
const METRICS_WITHIN_MS = 1_000;

/** How the bundle is run. */
export interface OperatorOptions {
  /** The only namespaces it watches, so that test files do not meet. */
  readonly namespaces: readonly string[];
  /** Its AWS account and the region of Workteams that name none. */
  readonly place: Place;
  /** Where it keeps its Lease (see `allowLeaseIn`); left out, it runs without leader election. */
  readonly leaseNamespace?: string;
  /** Another way to the API server than the ServiceAccount's own. */
  readonly kubeconfig?: string;
  /** Further variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Further flags of `run`. */
  readonly flags?: readonly string[];
  /** Another program than the built one. */
  readonly bundle?: string;
  /** `started`: it is handed out as soon as its process runs; `listening`: before it is ready. */
  readonly until?: 'ready' | 'listening' | 'started';
  /** How long it may take until then, in milliseconds; 20 s when left out. */
  readonly within?: number;
}

/** One line of its log. */
export interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The bundle, running as a process of its own. Ends with the scope that declares it by `await using`. */
export interface Operator extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** All it has written so far, as it wrote it. */
  output(): string;
  /** What it has logged so far. */
  log(): LogLine[];
  /** Waits for a line of its log. */
  logged(what: string, found: (line: LogLine) => boolean): Promise<LogLine>;
  /** Asks one of its own pages: `/livez`, `/readyz`, `/metrics`. */
  get(path: string, signal?: AbortSignal): Promise<{ status: number; body: string }>;
  send(signal: NodeJS.Signals): void;
  /** SIGTERM; resolves with how it ended. */
  stop(): Promise<Ending>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** @throws Error when one of its secrets shows in what it has said since the last call, or in its metrics */
  expectNoLeak(): Promise<void>;
}

/** The operators of a test file. */
export interface Operators {
  /** Starts the bundle, and returns when it is ready. @throws Error with its output when it ends instead. */
  start(options: OperatorOptions): Promise<Operator>;
  /** The kubeconfig of the ServiceAccount. */
  readonly kubeconfig: string;
}

/**
 * To be called at the top of a test file. Every process is gone after its last test, however the tests end; when a test
 * fails, the logs of the operators that ran during it are printed. No secret that an operator is started with may show in
 * anything it says: a test fails after which one is in its output or its metrics, and so does the file when one is in what it
 * wrote to its namespaces.
 */
export function useOperators(emulator: TestEmulator): Operators {
  const cluster = controlPlane();
  let guardian: Guardian | undefined;
  let kubeconfig = '';
  let bundle = '';
  const started: Running[] = [];
  const namespaces = new Set<string>();
  const secrets = new Set<string>();
  let logs = 0;

  beforeAll(async () => {
    bundle = builtBundle();
    kubeconfig = await installOperator(cluster);
    guardian = await openGuardian(join(tmpdir(), `workteam-operators-${randomBytes(4).toString('hex')}`));
  });
  afterEach(async ({ task }) => {
    const began = task.result?.startTime ?? 0;
    const ran = started.filter(({ endedAt }) => endedAt >= began);
    if (task.result?.state === 'fail') for (const operator of ran) console.error(operator.story());
    for (const operator of ran) await operator.expectNoLeak();
  });
  afterAll(async () => {
    try {
      for (const operator of started) await operator.expectNoLeak();
      await expectNoSecretIn(cluster.address, namespaces, [...secrets]);
    } finally {
      await guardian?.close();
    }
  });

  return {
    get kubeconfig() {
      return kubeconfig;
    },
    async start(options) {
      if (guardian === undefined) throw new Error('operators run only inside hooks and tests');
      // Counted before anything is waited for: two that start at once have a log each.
      const log = join(guardian.folder, `operator-${logs++}.log`);
      const environment = {
        PATH: process.env.PATH ?? '',
        ...emulator.environment(options.place),
        ...options.environment,
      };
      const own = secretsOf(environment, readFileSync(options.kubeconfig ?? kubeconfig, 'utf8'));
      for (const secret of own) secrets.add(secret);
      for (const namespace of options.namespaces) namespaces.add(namespace);
      const process_ = await guardian.run({
        // Nothing of the environment that the tests run in.
        program: '/usr/bin/env',
        args: [
          '-i',
          ...assignments(environment),
          process.execPath,
          options.bundle ?? bundle,
          ...flagsOf(options, kubeconfig),
        ],
        log,
      });
      const operator = new Running(process_, log, own);
      started.push(operator);
      const { until = 'ready' } = options;
      if (until !== 'started') await operator.reaches(until, options.within);
      return operator;
    },
  };
}

function assignments(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => `${name}=${value}`);
}

function flagsOf({ namespaces, leaseNamespace, flags = [], ...options }: OperatorOptions, kubeconfig: string) {
  const election =
    leaseNamespace === undefined ? ['--no-leader-elect'] : ['--leader-election-namespace', leaseNamespace];
  return [
    'run',
    ...['--kubeconfig', options.kubeconfig ?? kubeconfig],
    ...namespaces.flatMap((namespace) => ['--namespace', namespace]),
    ...['--metrics-bind-address', '127.0.0.1:0'],
    ...['--health-probe-bind-address', '127.0.0.1:0'],
    ...['--log-level', 'debug'],
    ...election,
    ...flags,
  ];
}

/** An operator that was started in whatever way, and whose output is in a file. */
export class Running implements Operator {
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** Wall clock, in milliseconds; for ever while it runs. */
  endedAt = Number.POSITIVE_INFINITY;
  readonly #process: Guarded;
  readonly #log: string;
  readonly #secrets: readonly string[];
  /** How much of its output has been searched for secrets. */
  #searched = 0;
  #ending: Ending | undefined;

  constructor(process: Guarded, log: string, secrets: readonly string[] = []) {
    this.#process = process;
    this.#log = log;
    this.#secrets = secrets;
    this.pid = process.pid;
    this.ended = process.ended.then((ending) => {
      this.#ending = ending;
      this.endedAt = Date.now();
      return ending;
    });
  }

  async reaches(state: 'ready' | 'listening', within = 20_000): Promise<void> {
    const there = async () => {
      if (this.#ending !== undefined) throw new Error(`the operator ended at once:\n${this.story()}`);
      if (this.#port('/readyz') === undefined || this.#port('/metrics') === undefined) return false;
      // It may end while it is asked.
      const readyz = await this.get('/readyz').catch(() => undefined);
      return readyz !== undefined && (state === 'listening' || readyz.status === 200);
    };
    await eventually(there, { what: `the operator to be ${state}`, within });
  }

  log(): LogLine[] {
    const whole = this.output().split('\n').slice(0, -1);
    return whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  logged(what: string, found: (line: LogLine) => boolean): Promise<LogLine> {
    return eventually(() => this.log().find(found), { what: `the operator to log ${what}` });
  }

  async get(path: string, signal?: AbortSignal): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://127.0.0.1:${this.#port(path)}${path}`, signal === undefined ? {} : { signal });
    return { status: response.status, body: await response.text() };
  }

  send(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  async stop(): Promise<Ending> {
    this.send('SIGTERM');
    return await inTime(this.ended, { what: 'the operator to end after SIGTERM', within: 30_000 });
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async expectNoLeak(): Promise<void> {
    const output = this.output();
    const begins = output.lastIndexOf('\n', this.#searched) + 1;
    this.#searched = output.length;
    expectNoLeak(`the output of operator ${this.pid}`, output.slice(begins), this.#secrets);
    if (this.#ending !== undefined || this.#port('/metrics') === undefined) return;
    // It may be on its way out, or be made to stand still.
    const signal = AbortSignal.timeout(METRICS_WITHIN_MS);
    const metrics = await this.get('/metrics', signal).catch(() => undefined);
    if (metrics !== undefined) expectNoLeak(`/metrics of operator ${this.pid}`, metrics.body, this.#secrets);
  }

  /** Everything about it, for a person. */
  story(): string {
    const end = this.#ending === undefined ? 'still runs' : `ended with ${this.#ending.code ?? this.#ending.signal}`;
    const lines = this.output().trimEnd().split('\n');
    const last = lines.slice(-STORY_LINES);
    return `--- operator ${this.pid} (${end}), ${last.length} of its ${lines.length} lines:\n${last.join('\n')}\n---`;
  }

  #port(path: string): number | undefined {
    const line = this.log().find(
      ({ msg, paths }) => msg === 'listening' && Array.isArray(paths) && paths.includes(path),
    );
    return typeof line?.port === 'number' ? line.port : undefined;
  }

  output(): string {
    return readFileSync(this.#log, 'utf8');
  }
}
