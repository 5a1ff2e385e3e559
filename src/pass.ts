/**
 * One pass over one Workteam under way: plan, perform, report, say when to look again. Every decision is made in `workteam/`;
 * what happens here is I/O in the order that the plan asks for.
 */
import { Performer, type Subject, type World } from './perform.ts';
import type { Announcer } from './ports.ts';
import { type Announcement, announceFailure, announceWrites } from './workteam/announce.ts';
import { AwsError } from './workteam/aws-error.ts';
import type { Facts } from './workteam/facts.ts';
import { canonicalJson } from './workteam/json.ts';
import { failureMessage } from './workteam/messages.ts';
import { type NextLook, nextLook } from './workteam/next-look.ts';
import { plan } from './workteam/plan.ts';
import { effectiveName, FINALIZER, type Workteam } from './workteam/schema.ts';
import { isSettled, report } from './workteam/status.ts';
import { isReportable, type Outcome, type Reportable, type Step } from './workteam/step.ts';

/** What a pass works with. */
export interface RunOptions extends World {
  readonly announcer: Announcer;
}

/** More steps than any pass needs; the longest ones (a create that turns out taken, then an update and tags) take about ten. */
const MAX_STEPS = 20;

/** One pass under way. */
export class Run {
  readonly #options: RunOptions;
  readonly #subject: Subject;
  readonly #performer: Performer;
  /** The object of the generation that is planned for, with our own writes of this pass. */
  #workteam: Workteam;
  #slowReport: Promise<void> = Promise.resolve();

  constructor(options: RunOptions, workteam: Workteam, subject: Subject) {
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
    if (isReportable(outcome)) {
      const before = this.#workteam;
      await this.#report(outcome);
      // The log tells of a failure below, each time.
      for (const news of announceFailure(before, this.#workteam)) this.#options.announcer.announce(before, news);
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
