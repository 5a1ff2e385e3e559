/** An operator under measurement, with a cluster and an AWS of its own: what all measurements are made of. */
import type { Workteam } from '../src/workteam/schema.ts';
import type { Cluster } from './cluster.ts';
import type { FakeAws, SeenCall } from './fake-aws.ts';
import { type Running, type Subject, startSubject, USUAL_RESYNC } from './subject.ts';
import { Condition, pause, quiet } from './waiting.ts';

const PATIENCE_MS = 600_000;
/** No call for this long is quiet. */
const QUIET_MS = 2_000;
/** What a process needs to give back memory that it used while it was busy. */
const REST_MS = 10_000;
/** Coprime to every number of Workteams that is likely, so that edits go round them all. */
const STRIDE = 7919;

export interface Place {
  readonly aws: FakeAws;
  readonly cluster: Cluster;
  /** The file that the operator's output is appended to. */
  readonly log: string;
}

export interface Conditions {
  /** How long AWS takes to answer. */
  readonly latencyMs: number;
  /** The number of the region of the Workteam of that number. */
  readonly regionOf: (index: number) => number;
  /** AWS calls a second that the operator may make in each region. */
  readonly rate: number;
}

/**
 * How long each edit took until the API server had answered it, until its UpdateWorkteam was sent, and until the status said
 * so, in milliseconds.
 */
export interface EditTimes {
  readonly answers: readonly number[];
  readonly updates: readonly number[];
  readonly statuses: readonly number[];
}

/** How many edits, and how. */
export interface EditPlan {
  readonly count: number;
  /** From the beginning of one edit to that of the next, at least; one after the other when left out. */
  readonly everyMs?: (index: number) => number;
  /** Asked before each edit. */
  readonly going?: () => boolean;
}

/** Ends its process with the scope that declares it by `await using`. */
export class Bench implements AsyncDisposable {
  readonly #subject: Subject;
  readonly #place: Place;
  readonly #conditions: Conditions;
  readonly #names: string[] = [];
  #running: Running | undefined;
  #edits = 0;

  constructor(subject: Subject, place: Place, conditions: Conditions) {
    this.#subject = subject;
    this.#place = place;
    this.#conditions = conditions;
  }

  get aws(): FakeAws {
    return this.#place.aws;
  }

  get cluster(): Cluster {
    return this.#place.cluster;
  }

  /** How many Workteams were created. */
  get size(): number {
    return this.#names.length;
  }

  /** @throws Error when it was stopped */
  get running(): Running {
    if (this.#running === undefined) throw new Error('nothing is running');
    return this.#running;
  }

  /** Starts a process; the one before it must have been stopped. */
  start(resync = USUAL_RESYNC, rate = this.#conditions.rate): Running {
    const { aws, cluster, log } = this.#place;
    aws.latencyMs = this.#conditions.latencyMs;
    const { endpoint } = aws;
    const { kubeconfig } = cluster;
    this.#running = startSubject(this.#subject, { kubeconfig, endpoint, region: regionName(0), log, resync, rate });
    return this.#running;
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Creates Workteams until there are so many. Resolves when the API server has the last one. */
  async growTo(count: number): Promise<string[]> {
    const have = this.#names.length;
    const names = Array.from({ length: Math.max(0, count - have) }, (_, index) => nameOf(have + index));
    this.#names.push(...names);
    await this.cluster.create(names, (name) => this.#spec(name));
    return names;
  }

  /** Resolves when so many Workteams are Ready. */
  async untilReady(count: number): Promise<void> {
    const { cluster } = this;
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
    await this.#wait(condition, `${count} Workteams to be Ready`);
  }

  /** Resolves with when the first call of SageMaker after that moment arrived. */
  async firstCallAfter(startedAt: number): Promise<number> {
    let first = 0;
    const called = new Condition(() => first > 0);
    this.aws.onCall = ({ at, operation }) => {
      if (first === 0 && at > startedAt && operation !== 'GetCallerIdentity') first = at;
      called.poke();
    };
    await this.#wait(called, 'an AWS call');
    return first;
  }

  /** Resolves when AWS has not been called for a while. */
  quiet(): Promise<void> {
    return quiet(() => this.aws.lastCallAt, QUIET_MS);
  }

  /** Resolves when a process that does nothing has given back what it needs no more. */
  rest(): Promise<void> {
    return pause(REST_MS);
  }

  /** Edits one Workteam after the other. */
  async edits({ count, everyMs = () => 0, going = () => true }: EditPlan): Promise<EditTimes> {
    const answers: number[] = [];
    const updates: number[] = [];
    const statuses: number[] = [];
    for (let index = 0; index < count && going(); index++) {
      const began = performance.now();
      const { answer, update, status } = await this.#edit(index);
      answers.push(answer);
      updates.push(update);
      statuses.push(status);
      await pause(Math.max(0, began + everyMs(index) - performance.now()));
    }
    return { answers, updates, statuses };
  }

  async #edit(index: number): Promise<{ answer: number; update: number; status: number }> {
    const { aws, cluster } = this.#place;
    const name = nameOf((index * STRIDE) % this.#names.length);
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
    const answer = performance.now() - began;
    await this.#wait(done, `an edit of ${name} to arrive`);
    return { answer, update: update - began, status: status - began };
  }

  #wait(condition: Condition, what: string): Promise<void> {
    return condition.wait(what, PATIENCE_MS, this.running.broken);
  }

  #spec(name: string): object {
    return {
      description: `The team ${name}`,
      region: regionName(this.#conditions.regionOf(indexOf(name))),
      memberDefinitions: [{ oidcMemberDefinition: { groups: ['one', 'two'] } }],
      tags: { purpose: 'bench' },
    };
  }
}

/** How many calls of AWS there were so far, of that operation or of all. */
export function callsOf(aws: FakeAws, operation?: string): number {
  const counts = aws.counts();
  if (operation !== undefined) return counts[operation] ?? 0;
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** How often Workteams were written to after they had been created, by anybody. */
export function writesOf({ writes }: Cluster): number {
  return [...writes.values()].reduce((sum, count) => sum + count, 0);
}

function nameOf(index: number): string {
  return `team-${String(index).padStart(5, '0')}`;
}

function indexOf(name: string): number {
  return Number(name.slice(-5));
}

function regionName(number: number): string {
  // What comes last in the name of a region has two digits at most.
  const group = String.fromCharCode('a'.charCodeAt(0) + Math.floor(number / 100));
  return `eu-bench${group}-${number % 100}`;
}
