/**
 * One pass over one Workteam: gather facts, plan, perform, report, say when to look again. Every decision is made in
 * `workteam/`; what happens here is I/O in the order that the plan asks for.
 */
import { Performer, type Subject, type World } from './perform.ts';
import type { Announcer, Log } from './ports.ts';
import { type Announcement, announceFailure, announceWrites } from './workteam/announce.ts';
import { AwsError } from './workteam/aws-error.ts';
import { type Facts, initialFacts, isObserved, regionOf, type Settings } from './workteam/facts.ts';
import { canonicalJson } from './workteam/json.ts';
import type { Memory } from './workteam/memory.ts';
import { failureMessage } from './workteam/messages.ts';
import { type NextLook, nextLook } from './workteam/next-look.ts';
import { awaitsSweeps, hasChangedMode, isNominated, isShownWhole, isTagTurn } from './workteam/nominate.ts';
import type { ObservedWorkteam } from './workteam/observed.ts';
import { plan } from './workteam/plan.ts';
import { effectiveName, FINALIZER, type Workteam } from './workteam/schema.ts';
import { isSettled, type Reportable, report } from './workteam/status.ts';
import type { Outcome, Step } from './workteam/step.ts';

/** What a reconciler works with. */
export interface ReconcilerOptions extends World {
  readonly settings: Settings;
  readonly announcer: Announcer;
  readonly log: Log;
  readonly newId: () => string;
}

/** How a pass is run. */
export interface Pass {
  readonly priority: 'high' | 'low';
  readonly signal: AbortSignal;
}

/** What the last sweep of a region found. */
interface Sweep {
  readonly number: number;
  readonly teams: ReadonlyMap<string, ObservedWorkteam>;
}

/** A pass that lasts longer than this says so in the status, in milliseconds. */
const SLOW_PASS_MS = 2_000;

/** More steps than any pass needs; the longest ones (a create that turns out taken, then an update and tags) take about ten. */
const MAX_STEPS = 20;

/** Brings Workteams and work teams together, one pass at a time for each key (`namespace/name`). */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #memories = new Map<string, Memory>();
  readonly #sweeps = new Map<string, Sweep>();
  /** Whose tags the last sweep of their region wants to have read. */
  readonly #tagsDue = new Set<string>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /**
   * One pass. Never run two for the same key at once. Throws for trouble with the Kubernetes API and when the signal aborts;
   * trouble with AWS ends in the status.
   */
  async reconcile(key: string, pass: Pass): Promise<NextLook> {
    const { cluster, clock, settings, log, newId } = this.#options;
    const workteam = cluster.get(key);
    if (workteam === undefined) {
      this.#memories.delete(key);
      this.#tagsDue.delete(key);
      return { look: 'onChange' };
    }
    const { uid, generation } = workteam.metadata;
    const known = this.#memories.get(key);
    const memory = known?.uid === uid ? known : { uid };
    const region = regionOf(workteam, settings);
    const run = new Run(this.#options, workteam, {
      key,
      call: { region, ...pass },
      log: log.child({ workteam: key, reconcileId: newId(), generation }),
      remember: (kept) => this.#memories.set(key, kept),
    });
    const cancel = clock.setTimeout(() => run.reportSlowness(), SLOW_PASS_MS);
    try {
      const outcome = await run.converge(this.#facts(workteam, memory, region, key));
      cancel();
      return await run.conclude(outcome);
    } finally {
      cancel();
      await run.idle();
    }
  }

  /**
   * Takes over what a sweep of a region found that began at `began`, and returns the keys that it gives a reason to look at:
   * those whose team is missing or different, those that are observed now and were managed before or the other way round,
   * and those whose turn it is to have their tags read.
   */
  swept(region: string, teams: readonly ObservedWorkteam[], began: number): string[] {
    const { cluster, settings } = this.#options;
    const number = (this.#sweeps.get(region)?.number ?? -1) + 1;
    const byName = new Map(teams.map((team) => [team.workteamName, team]));
    this.#sweeps.set(region, { number, teams: byName });
    return cluster.list().flatMap((workteam) => {
      if (regionOf(workteam, settings) !== region) return [];
      const key = `${workteam.metadata.namespace}/${workteam.metadata.name}`;
      if (isNominated(workteam, this.#memories.get(key), byName.get(effectiveName(workteam)), began)) return [key];
      // --read-only came or went with a restart: no generation tells of it.
      if (hasChangedMode(workteam, isObserved({ workteam, settings }))) return [key];
      if (!awaitsSweeps(workteam) || !isTagTurn(workteam, number)) return [];
      this.#tagsDue.add(key);
      return [key];
    });
  }

  /** What is known before a pass. Where only the tags are to be read, the sweep's word stands for the team. */
  #facts(workteam: Workteam, memory: Memory, region: string, key: string): Facts {
    const { settings, clock } = this.#options;
    const facts = initialFacts(workteam, settings, memory, clock.now());
    const team = this.#sweeps.get(region)?.teams.get(effectiveName(workteam));
    const onlyTags = this.#tagsDue.delete(key) && awaitsSweeps(workteam) && !isObserved(facts);
    const heard = onlyTags && team !== undefined && isShownWhole(workteam, team);
    return { ...facts, inLastSweep: team !== undefined, ...(heard && { team, heard }) };
  }
}

/** One pass under way. */
class Run {
  readonly #options: ReconcilerOptions;
  readonly #subject: Subject;
  readonly #performer: Performer;
  /** The object of the generation that is planned for, with our own writes of this pass. */
  #workteam: Workteam;
  #slowReport: Promise<void> = Promise.resolve();

  constructor(options: ReconcilerOptions, workteam: Workteam, subject: Subject) {
    this.#options = options;
    this.#subject = subject;
    this.#performer = new Performer(options, subject);
    this.#workteam = workteam;
  }

  /** Takes the steps of the plan until one ends the pass. */
  async converge(initial: Facts): Promise<Outcome> {
    let facts = initial;
    try {
      for (let steps = 0; steps < MAX_STEPS; steps++) {
        const after = await this.#take(plan(facts), facts);
        if ('outcome' in after) return after.outcome;
        facts = after.facts;
      }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      this.#performer.failedRequestId = error.requestId;
      return { kind: 'failed', failure: error.failure };
    } finally {
      this.#announce(announceWrites(this.#workteam, this.#performer.done));
    }
    throw new Error(`a pass over ${this.#subject.key} took more than ${MAX_STEPS} steps, which is a bug in the plan`);
  }

  async #take(step: Step, facts: Facts): Promise<{ facts: Facts } | { outcome: Outcome }> {
    const { cluster } = this.#options;
    const finalizers = this.#workteam.metadata.finalizers ?? [];
    switch (step.step) {
      case 'end':
        return { outcome: step.outcome };
      case 'look':
        return this.#performer.look(facts, step.look);
      case 'lookForSibling': {
        const { namespace, name } = step.owner;
        return { facts: { ...facts, siblingExists: await cluster.exists(namespace, name, this.#subject.call.signal) } };
      }
      case 'act': {
        return { facts: await this.#performer.act(facts, step.actions) };
      }
      case 'addFinalizer':
        await this.#writeFinalizers([...finalizers, FINALIZER]);
        return { outcome: { kind: 'begun' } };
      case 'removeFinalizer':
        await this.#writeFinalizers(finalizers.filter((finalizer) => finalizer !== FINALIZER));
        if (step.announce !== undefined) this.#announce([step.announce]);
        // An object that stays is to be looked at, and no change will say so: our own write is no news.
        return { outcome: { kind: this.#workteam.metadata.deletionTimestamp === undefined ? 'begun' : 'none' } };
      default:
        return step satisfies never;
    }
  }

  /** Writes the status when the outcome changes it, and says when the next pass is due. */
  async conclude(outcome: Outcome): Promise<NextLook> {
    await this.#slowReport;
    const { clock } = this.#options;
    switch (outcome.kind) {
      case 'none':
      case 'begun':
      case 'stale':
        break;
      default: {
        const before = this.#workteam;
        await this.#report(outcome);
        // The log tells of a failure below, each time.
        for (const news of announceFailure(before, this.#workteam)) this.#options.announcer.announce(before, news);
      }
    }
    if (outcome.kind === 'failed') {
      const { reason } = outcome.failure;
      const message = failureMessage(outcome.failure, effectiveName(this.#workteam));
      const awsRequestId = this.#performer.failedRequestId;
      this.#subject.log.warn({ reason, detail: message, awsRequestId }, 'pass failed');
    } else {
      this.#subject.log.debug({ outcome: outcome.kind }, 'pass ended');
    }
    return nextLook(this.#workteam, outcome, clock.wall().getTime());
  }

  /** Says in the status that the pass is still under way, unless the Workteam is settled and stays so. */
  reportSlowness(): void {
    if (isSettled(this.#workteam)) return;
    this.#slowReport = this.#report({ kind: 'acting', doing: 'working' }).catch((error: unknown) => {
      this.#subject.log.debug({ err: error }, 'status of a slow pass not written');
    });
  }

  /** Resolves when nothing of this pass is under way any more. */
  idle(): Promise<void> {
    return this.#slowReport;
  }

  async #writeFinalizers(finalizers: readonly string[]): Promise<void> {
    await this.#slowReport;
    await this.#options.cluster.writeFinalizers(this.#workteam, finalizers, this.#subject.call.signal);
  }

  /** Writes the status if `outcome` makes it another one than the object has. */
  async #report(outcome: Reportable): Promise<void> {
    const { cluster, clock } = this.#options;
    const status = report(this.#workteam, outcome, this.#subject.call.region, clock.wall());
    if (canonicalJson(status) === canonicalJson(this.#workteam.status)) return;
    this.#workteam = await cluster.writeStatus(this.#workteam, status, this.#subject.call.signal);
  }

  #announce(announcements: readonly Announcement[]): void {
    for (const announcement of announcements) {
      const { type, reason, message } = announcement;
      this.#subject.log[type === 'Warning' ? 'warn' : 'info']({ reason, detail: message }, 'announced');
      this.#options.announcer.announce(this.#workteam, announcement);
    }
  }
}
