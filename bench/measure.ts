/** What is measured, one function a row of the table. */
import type { Workteam } from '../src/workteam/schema.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { type FakeAws, type SeenCall, startFakeAws } from './fake-aws.ts';
import { percentile } from './statistics.ts';
import { type Running, type Subject, startSubject } from './subject.ts';
import { Condition, quiet } from './waiting.ts';

/** How many Workteams, how slow an AWS, spread over how many regions. */
export interface Setting {
  readonly n: number;
  readonly latencyMs: number;
  readonly regions: number;
}

/** Every figure of one run; milliseconds, bytes or counts. */
export type Figures = Readonly<Record<string, number>>;

const PATIENCE_MS = 600_000;
/** No call for this long is quiet. */
const QUIET_MS = 2_000;
const EDITS = 40;
/** What a process needs to give back memory that it used while it was busy. */
const REST_MS = 10_000;
const USUAL_RESYNC = '10m';
const RESYNCS_AN_HOUR = 6;
/** The tags of each team are read at every sixth sweep. */
const IDLE_INTERVALS = 6;

/** What can be left out, because nothing else builds on it. */
export const OPTIONAL = ['edits', 'rss', 'restart', 'storm', 'idle'] as const;
export type Optional = (typeof OPTIONAL)[number];

/** @param log the file that the operator's output is appended to */
export async function measure(
  subject: Subject,
  setting: Setting,
  log: string,
  wanted: readonly Optional[] = OPTIONAL,
): Promise<Figures> {
  await using aws = await startFakeAws();
  await using cluster = await openCluster();
  const bench = new Bench(subject, setting, { aws, cluster, log });
  const measures: Record<Optional, () => Promise<Figures>> = {
    edits: () => bench.edits('edit'),
    rss: () => bench.rest(),
    restart: () => bench.restart(),
    storm: () => bench.storm(),
    idle: () => bench.idle(),
  };
  try {
    let figures = { ...(await bench.firstCall()), ...(await bench.allReady()) };
    for (const name of OPTIONAL) if (wanted.includes(name)) figures = { ...figures, ...(await measures[name]()) };
    return figures;
  } finally {
    await bench.stop();
  }
}

interface Place {
  readonly aws: FakeAws;
  readonly cluster: Cluster;
  readonly log: string;
}

class Bench {
  readonly #subject: Subject;
  readonly #setting: Setting;
  readonly #place: Place;
  #running: Running | undefined;
  #edits = 0;

  constructor(subject: Subject, setting: Setting, place: Place) {
    this.#subject = subject;
    this.#setting = setting;
    this.#place = place;
  }

  /** From the start of the process to its first AWS call, with one object waiting; it runs on. */
  async firstCall(): Promise<Figures> {
    const { aws, cluster } = this.#place;
    await cluster.create(['waiting'], (name) => this.#spec(name));
    let first = 0;
    const called = new Condition(() => first > 0);
    aws.onCall = ({ at, operation }) => {
      if (first === 0 && operation !== 'GetCallerIdentity') first = at;
      called.poke();
    };
    const { startedAt } = this.#start(USUAL_RESYNC);
    await called.wait('the first AWS call', PATIENCE_MS);
    await this.#allReady();
    await this.#quiet();
    return { firstCallMs: first - startedAt };
  }

  /** From the first apply until all are Ready, and what that costs. */
  async allReady(): Promise<Figures> {
    const { aws, cluster } = this.#place;
    const { n } = this.#setting;
    const running = this.#isRunning();
    const names = Array.from({ length: n }, (_, index) => `team-${String(index).padStart(5, '0')}`);
    const [cpu, calls, events] = [running.cpuMs(), total(aws), await cluster.events()];
    const began = performance.now();
    const ready = this.#allReady(n + 1);
    await cluster.create(names, (name) => this.#spec(name));
    await ready;
    const ended = performance.now();
    await this.#quiet();
    const writes = names.reduce((sum, name) => sum + (cluster.writes.get(name) ?? 0), 0);
    return {
      allReadyMs: ended - began,
      newCalls: (total(aws) - calls) / n,
      newWrites: writes / n,
      newEvents: ((await cluster.events()) - events) / n,
      newCpuMs: (running.cpuMs() - cpu) / n,
    };
  }

  /** From an edit to the UpdateWorkteam that carries it, and to the status that says so; one edit after the other. */
  async edits(prefix: string, going: () => boolean = () => true): Promise<Figures> {
    const { aws } = this.#place;
    const calls = total(aws);
    const updates: number[] = [];
    const statuses: number[] = [];
    for (let index = 0; index < EDITS && going(); index++) {
      const { update, status } = await this.#edit(index);
      updates.push(update);
      statuses.push(status);
    }
    await this.#quiet();
    return {
      [`${prefix}UpdateP50Ms`]: percentile(updates, 50),
      [`${prefix}UpdateP95Ms`]: percentile(updates, 95),
      [`${prefix}StatusP50Ms`]: percentile(statuses, 50),
      [`${prefix}StatusP95Ms`]: percentile(statuses, 95),
      ...(prefix === 'edit' ? { editCalls: (total(aws) - calls) / EDITS } : { [`${prefix}Edits`]: updates.length }),
    };
  }

  async rest(): Promise<Figures> {
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    return { rssIdle: this.#isRunning().rss() };
  }

  /** A restart with everything in sync: which calls, and when the last of them. */
  async restart(): Promise<Figures> {
    const { aws } = this.#place;
    await this.stop();
    const calls = total(aws);
    const { startedAt } = this.#start(USUAL_RESYNC);
    await this.#firstCallAfter(startedAt);
    await this.#quiet();
    return { restartCalls: total(aws) - calls, restartQuietMs: aws.lastCallAt - startedAt };
  }

  /** Edits while a fresh process puts right every team: all of them were changed behind its back. */
  async storm(): Promise<Figures> {
    const { aws } = this.#place;
    await this.stop();
    aws.driftAll();
    const { startedAt } = this.#start(USUAL_RESYNC);
    await this.#firstCallAfter(startedAt);
    return this.edits('storm', () => aws.drifted() > 0);
  }

  /** AWS calls an hour with nothing to do: counted over resyncs that follow each other more closely. */
  async idle(): Promise<Figures> {
    const { aws } = this.#place;
    await this.stop();
    const seconds = Math.max(20, Math.round(this.#setting.n / 50));
    const { startedAt } = this.#start(`${seconds}s`);
    await this.#firstCallAfter(startedAt);
    await this.#quiet();
    const calls = total(aws);
    await new Promise((resolve) => setTimeout(resolve, seconds * IDLE_INTERVALS * 1000));
    return { idleCallsAnHour: ((total(aws) - calls) / IDLE_INTERVALS) * RESYNCS_AN_HOUR };
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop();
  }

  #start(resync: string): Running {
    const { aws, cluster, log } = this.#place;
    aws.latencyMs = this.#setting.latencyMs;
    const { endpoint } = aws;
    const { kubeconfig } = cluster;
    this.#running = startSubject(this.#subject, { kubeconfig, endpoint, region: 'eu-bench-0', log, resync });
    return this.#running;
  }

  #isRunning(): Running {
    if (this.#running === undefined) throw new Error('nothing is running');
    return this.#running;
  }

  #spec(name: string): object {
    const region = `eu-bench-${Number(name.slice(-5)) % this.#setting.regions || 0}`;
    return {
      description: `The team ${name}`,
      region,
      memberDefinitions: [{ oidcMemberDefinition: { groups: ['one', 'two'] } }],
      tags: { purpose: 'bench' },
    };
  }

  async #allReady(count = this.#place.cluster.workteams().length): Promise<void> {
    const { cluster } = this.#place;
    const ready = new Set<string>();
    const condition = new Condition(() => ready.size >= count);
    const look = ({ metadata, status }: Workteam) => {
      if (status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'))
        ready.add(metadata.name);
    };
    for (const workteam of cluster.workteams()) look(workteam);
    cluster.onChange = ({ object }) => {
      look(object);
      condition.poke();
    };
    await condition.wait(`${count} Workteams to be Ready`, PATIENCE_MS);
  }

  async #edit(index: number): Promise<{ update: number; status: number }> {
    const { aws, cluster } = this.#place;
    const name = `team-${String((index * 7919) % this.#setting.n).padStart(5, '0')}`;
    this.#edits += 1;
    const description = `Edit number ${this.#edits}`;
    let update = 0;
    let status = 0;
    let generation = Number.POSITIVE_INFINITY;
    const done = new Condition(() => update > 0 && status > 0);
    aws.onCall = (call: SeenCall) => {
      if (call.operation === 'UpdateWorkteam' && call.description === description && update === 0) update = call.at;
      done.poke();
    };
    cluster.onChange = ({ object, at }) => {
      if (object.metadata.name !== name || status > 0 || update === 0) return;
      if ((object.status?.observedGeneration ?? 0) >= Math.min(generation, object.metadata.generation ?? 0))
        status = at;
      done.poke();
    };
    const began = performance.now();
    generation = await cluster.edit(name, { description });
    await done.wait(`an edit of ${name} to arrive`, PATIENCE_MS);
    return { update: update - began, status: status - began };
  }

  async #firstCallAfter(startedAt: number): Promise<void> {
    const { aws } = this.#place;
    const called = new Condition(() => aws.lastCallAt > startedAt);
    aws.onCall = () => called.poke();
    await called.wait('an AWS call', PATIENCE_MS);
  }

  #quiet(): Promise<void> {
    const { aws } = this.#place;
    return quiet(() => aws.lastCallAt, QUIET_MS);
  }
}

function total(aws: FakeAws): number {
  return Object.values(aws.counts()).reduce((sum, count) => sum + count, 0);
}
