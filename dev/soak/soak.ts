/** A long run of one operator under edits, drift and faults, and what became of it. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../test/support/eventually.ts';
import type { Spell } from './faults.ts';
import { differences, type Wanted } from './judge.ts';
import { Ledgered } from './ledgered.ts';
import { isReady, Objects, type Slot, slots } from './population.ts';
import { Chance } from './random.ts';
import { type Sample, sample } from './samples.ts';
import { type Ground, openSite, type Site } from './site.ts';
import { type Tally, Works } from './works.ts';

export interface SoakOptions {
  readonly ground: Ground;
  readonly seconds: number;
  readonly teams: number;
  readonly seed: number;
  /** How many things are done a second: edits, changes in the console, objects replaced. */
  readonly rate: number;
  /** `--resync-interval`, in seconds. */
  readonly resyncS: number;
  /** What goes wrong, by name, in an order of chance. */
  readonly spells: Readonly<Record<string, Spell>>;
  /** A spell lasts from this to twice this, and the pause before it too, in milliseconds. */
  readonly spellMs: number;
  /** Seconds between two samples. */
  readonly everyS: number;
  /** Further flags of `run`. */
  readonly flags?: readonly string[];
  /** Ends the works and the faults early; what follows them is done all the same. */
  readonly stop: AbortSignal;
  readonly tell: (line: string) => void;
  /** Told every minute what there is so far. */
  readonly keep?: (samples: readonly Sample[]) => Promise<void>;
}

/** What a soak found. */
export interface Found {
  /** For how long works and faults went on, in seconds. */
  readonly seconds: number;
  readonly samples: readonly Sample[];
  readonly works: Tally;
  readonly spells: Tally;
  /** From the end of the faults until everything was as it should be, in milliseconds. */
  readonly settledMs: number;
  /** Successful writes of the operator to AWS. */
  readonly writes: number;
  /** What was written over `IDLE_RESYNCS` resyncs, once everything was as it should be: nothing. */
  readonly idleWrites: readonly string[];
  /** What the judges object to. */
  readonly objections: readonly string[];
}

/** Over how many resyncs nothing may be written. */
const IDLE_RESYNCS = 3;
/** Backoff grows to 15 minutes where AWS denies; a spell is too short to get there, but several may follow each other. */
const SETTLES_WITHIN_MS = 15 * 60_000;
const BETWEEN_LOOKS_MS = 2_000;

/** @throws Error when the operator ends, or never comes to rest */
export async function soak(options: SoakOptions): Promise<Found> {
  const { ground, tell } = options;
  tell(`starting the emulator and the operator, for ${options.teams} Workteams`);
  const site = await openSite(ground, [`--resync-interval=${options.resyncS}s`, ...(options.flags ?? [])]);
  const objects = new Objects(ground.address.kubeconfig, ground.namespace);
  try {
    const run = new Run(options, site, objects);
    return await Promise.race([run.all(), endedTooEarly(site)]);
  } catch (error) {
    tell(`the last that the operator said:\n${(await readFile(site.log, 'utf8')).split('\n').slice(-30).join('\n')}`);
    throw error;
  } finally {
    objects.close();
    await site.close();
  }
}

async function endedTooEarly({ operator }: Site): Promise<never> {
  const { code, signal } = await operator.ended;
  throw new Error(`the operator ended by itself, with ${code ?? signal}; one process has to last`);
}

class Run {
  readonly #options: SoakOptions;
  readonly #site: Site;
  readonly #objects: Objects;
  readonly #slots: readonly Slot[];
  readonly #ledger: Ledgered;
  readonly #works: Works;
  readonly #chance: Chance;
  readonly #samples: Sample[] = [];
  readonly #spells: Tally = {};
  readonly #over = new AbortController();
  #began = 0;
  #spell = 'no fault';

  constructor(options: SoakOptions, site: Site, objects: Objects) {
    this.#options = options;
    this.#site = site;
    this.#objects = objects;
    this.#slots = slots(options.teams);
    this.#ledger = new Ledgered(site.aws);
    this.#chance = new Chance(options.seed);
    this.#works = new Works(this.#slots, objects, site.aws, this.#ledger, new Chance(options.seed + 1));
  }

  async all(): Promise<Found> {
    const { tell } = this.#options;
    await this.#works.populate();
    tell(`${this.#slots.length} Workteams created`);
    await this.#settled('all Workteams to be Ready');
    tell('all Ready; works and faults begin');
    const seconds = await this.#strike();
    tell('works and faults are over');
    const struck = performance.now();
    await this.#works.finish();
    await this.#settled('everything to be as it should');
    const settledMs = Math.round(performance.now() - struck);
    tell(
      `as it should be after ${Math.round(settledMs / 1000)} s; ${IDLE_RESYNCS} resyncs in which nothing is written`,
    );
    const idleWrites = await this.#idle();
    const { objections, writes } = this.#ledger.judge;
    return {
      seconds,
      samples: this.#samples,
      works: this.#works.tally,
      spells: this.#spells,
      settledMs,
      writes,
      idleWrites,
      objections: [...objections, ...this.#works.problems, ...(await this.#strays())],
    };
  }

  /** Works, faults, samples and progress side by side, until time is up. @returns for how long, in seconds */
  async #strike(): Promise<number> {
    const { seconds, stop, rate, everyS } = this.#options;
    this.#began = performance.now();
    const over = this.#over;
    const end = () => over.abort();
    stop.addEventListener('abort', end);
    if (stop.aborted) end();
    const timer = setTimeout(end, seconds * 1000);
    try {
      await Promise.all([
        this.#every(1000 / rate, async () => this.#works.step()),
        this.#every(everyS * 1000, () => this.#sample()),
        this.#every(BETWEEN_LOOKS_MS, () => this.#ledger.catchUp()),
        this.#every(60_000, () => this.#progress()),
        this.#faults(),
      ]);
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      over.abort();
    }
    return Math.round((performance.now() - this.#began) / 1000);
  }

  async #faults(): Promise<void> {
    const { spells, spellMs } = this.#options;
    const { signal } = this.#over;
    for (let waiting: string[] = []; !signal.aborted; ) {
      if (waiting.length === 0) waiting = shuffled(Object.keys(spells), this.#chance);
      const name = waiting.pop() ?? '';
      await this.#pause(spellMs * (1 + this.#chance.next()));
      const spell = spells[name];
      if (spell === undefined || signal.aborted) continue;
      this.#spell = name;
      this.#spells[name] = (this.#spells[name] ?? 0) + 1;
      const end = await spell(this.#site, this.#chance);
      await this.#pause(spellMs * (1 + this.#chance.next()));
      await end();
      this.#spell = 'no fault';
    }
  }

  async #every(ms: number, step: () => Promise<void>): Promise<void> {
    while (!this.#over.signal.aborted) {
      const due = performance.now() + ms;
      await step();
      await this.#pause(due - performance.now());
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(Math.max(0, ms), undefined, { signal: this.#over.signal }).catch(() => {});
  }

  async #sample(): Promise<void> {
    const { metrics, pid } = this.#site.operator;
    this.#samples.push(await sample(metrics, pid, Math.round((performance.now() - this.#began) / 1000)));
  }

  async #progress(): Promise<void> {
    const last = this.#samples.at(-1);
    if (last === undefined) return;
    const ready = (await this.#objects.list()).filter(isReady).length;
    const { heap, rss, sockets, files, lag, queue, passes, awsCalls } = last;
    const done = Object.values(this.#works.tally).reduce((sum, count) => sum + count, 0);
    this.#options.tell(
      `${Math.round(last.at / 60)} min: ${ready} of ${this.#slots.length} Ready; heap ${mib(heap)}, RSS ${mib(rss)}, ` +
        `${sockets} sockets, ${files} files, lag ${Math.round(lag * 1000)} ms, queue ${queue}; ` +
        `${passes} passes, ${awsCalls} calls to AWS, ${done} works; now: ${this.#spell}; ` +
        `${this.#ledger.judge.objections.length + this.#works.problems.length} objections`,
    );
    await this.#options.keep?.(this.#samples);
  }

  /** Waits until every object is Ready and every team as its object says. */
  async #settled(what: string): Promise<void> {
    let told = performance.now();
    let why = 'nobody looked yet';
    const there = async () => {
      const lacking = await this.#lacking();
      if (lacking.length === 0) return true;
      why = `${lacking.length} lack, as ${lacking[0]}`;
      if (performance.now() - told > 30_000) {
        told = performance.now();
        this.#options.tell(`waiting for ${what}: ${why}`);
      }
      await sleep(BETWEEN_LOOKS_MS);
      return false;
    };
    await eventually(there, { what, within: SETTLES_WITHIN_MS }).catch((error: Error) => {
      throw new Error(`${error.message}: ${why}`);
    });
  }

  async #lacking(): Promise<string[]> {
    await this.#ledger.catchUp();
    const objects = new Map((await this.#objects.list()).map((object) => [object.metadata.name, object]));
    const unready = this.#slots.flatMap(({ name }) => {
      const object = objects.get(name);
      return object !== undefined && isReady(object) ? [] : [`${name} is not Ready: ${JSON.stringify(object?.status)}`];
    });
    return unready.length > 0 ? unready : await this.#strays();
  }

  /** Teams that are missing, not as specified, or nobody's. */
  async #strays(): Promise<string[]> {
    const regions = Map.groupBy(this.#slots, ({ region }) => region);
    const found = [...regions].map(async ([region, wanted]: [string, readonly Wanted[]]) =>
      differences(wanted, await this.#site.aws.teams(region)).map((what) => `${region}: ${what}`),
    );
    return (await Promise.all(found)).flat();
  }

  /** What is written on either side over some resyncs, Leases aside. */
  async #idle(): Promise<string[]> {
    const { proxy } = this.#site;
    const { judge } = this.#ledger;
    await this.#ledger.catchUp();
    const before = { writes: judge.writes, requests: proxy.requests.length, versions: await this.#versions() };
    await sleep(IDLE_RESYNCS * this.#options.resyncS * 1000 * 1.1);
    await this.#ledger.catchUp();
    const moved = [...(await this.#versions())].filter(([name, version]) => before.versions.get(name) !== version);
    const asked = proxy.requests
      .slice(before.requests)
      .filter(({ method, path }) => method !== 'GET' && !path.includes('/leases'));
    return [
      ...(judge.writes > before.writes ? [`${judge.writes - before.writes} writes to AWS`] : []),
      ...moved.map(([name]) => `the object ${name} was written`),
      ...asked.map(({ method, path }) => `${method} ${path}`),
    ];
  }

  async #versions(): Promise<Map<string, string>> {
    const objects = await this.#objects.list();
    return new Map(objects.map(({ metadata: { name, resourceVersion } }) => [name, resourceVersion]));
  }
}

function shuffled<T>(all: readonly T[], chance: Chance): T[] {
  return all
    .map((one) => ({ one, place: chance.next() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ one }) => one);
}

/** `61 MiB` */
export function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
