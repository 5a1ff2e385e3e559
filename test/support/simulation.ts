/**
 * One Workteam, its operator and its work team, driven through passes as the reconciler drives them, in simulated time.
 * Checks with every step what holds at all times: a pass takes at most 20 steps, every status is one that the API server
 * takes, deletes happen only to what is being deleted.
 */
import { retryDelay } from '../../src/controller/backoff.ts';
import { AwsError } from '../../src/workteam/aws-error.ts';
import { type Facts, initialFacts, type Settings, teamName } from '../../src/workteam/facts.ts';
import { canonicalJson } from '../../src/workteam/json.ts';
import { afterLook, afterRefusal, afterWrite } from '../../src/workteam/learn.ts';
import type { Memory } from '../../src/workteam/memory.ts';
import { type NextLook, nextLook } from '../../src/workteam/next-look.ts';
import { awaitsSweeps, isConfirmed, isNominated, TAGS_EVERY } from '../../src/workteam/nominate.ts';
import { plan } from '../../src/workteam/plan.ts';
import {
  FINALIZER,
  type ObjectMeta,
  REQUESTED_AT_ANNOTATION,
  type Workteam,
  type WorkteamSpec,
} from '../../src/workteam/schema.ts';
import { report } from '../../src/workteam/status.ts';
import { type Action, isReportable, type Look, type Outcome } from '../../src/workteam/step.ts';
import { checkStatus } from './kstatus.ts';
import { FAIR, lost, SimulatedAws } from './simulated-aws.ts';
import { BORN, REGION, SETTINGS, workteamOf } from './workteam-fixture.ts';

const CALL_MS = 50;
const RESYNC_MS = 600_000;
const MAX_STEPS = 20;
/** How long a create may wait for the list that confirms it and others. */
const CONFIRMED_WITHIN_MS = 2_000;

export class Simulation {
  readonly aws = new SimulatedAws();
  readonly settings: Settings;
  object: Workteam | undefined;
  crdTerminating = false;
  /** The reason of Ready in every status that was written. */
  readonly reasons: string[] = [];
  now = 0;
  readonly #random: () => number;
  #memory: Memory = { uid: 'uid-1' };
  #next: { at: number; what: 'pass' | 'sweep' | 'list' } = { at: 0, what: 'pass' };
  #passes: readonly number[] = [];
  #attempts = 0;
  #sweeps = 0;

  constructor(spec: WorkteamSpec, random: () => number, settings: Partial<Settings> = {}) {
    this.settings = { ...SETTINGS, ...settings };
    this.object = { ...workteamOf(), spec };
    this.#random = random;
  }

  get wall(): Date {
    return new Date(Date.parse(BORN) + this.now);
  }

  /** The reason of Ready as it is now. */
  get ready(): string | undefined {
    return this.object?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
  }

  // What people do to the object.

  edit(spec: WorkteamSpec): void {
    if (this.object?.metadata.deletionTimestamp !== undefined) return;
    this.#change((workteam) => ({
      ...workteam,
      spec,
      metadata: { ...workteam.metadata, generation: workteam.metadata.generation + 1 },
    }));
    this.#wake();
  }

  request(value: string): void {
    this.#metadata({ annotations: { [REQUESTED_AT_ANNOTATION]: value } });
    this.#wake();
  }

  /** Without a finalizer the object is gone at once. */
  delete(): void {
    if (this.object === undefined || this.object.metadata.deletionTimestamp !== undefined) return;
    if ((this.object.metadata.finalizers ?? []).length === 0) this.object = undefined;
    const generation = (this.object?.metadata.generation ?? 0) + 1;
    this.#metadata({ deletionTimestamp: this.wall.toISOString(), generation });
    this.#wake();
  }

  // What happens to the operator.

  restart(): void {
    this.#memory = { uid: 'uid-1' };
    this.#wake();
  }

  calm(): void {
    this.aws.weather = FAIR;
  }

  /** Lets time pass, with all the passes that fall due in it. */
  run(ms: number): void {
    const end = this.now + ms;
    while (this.object !== undefined && this.#next.at <= end) {
      this.now = Math.max(this.now, this.#next.at);
      if (this.#next.what === 'pass') this.#pass(this.object, {});
      else if (this.#next.what === 'list') this.#confirm(this.object);
      else this.#sweep(this.object);
    }
    this.now = Math.max(this.now, end);
  }

  /** One sweep over a settled Workteam: it nominates it, or has its tags read, or does nothing. */
  #sweep(workteam: Workteam): void {
    const team = this.aws.view('list', this.now)?.team;
    this.#sweeps += 1;
    this.#next = { at: this.now + RESYNC_MS, what: 'sweep' };
    const observed = workteam.spec.managementPolicy === 'Observe' || this.settings.readOnly;
    if (isNominated(workteam, this.#memory, team, this.now)) this.#pass(workteam, { inLastSweep: team !== undefined });
    else if (this.#sweeps % TAGS_EVERY === 0 && team !== undefined && awaitsSweeps(workteam))
      this.#pass(workteam, { inLastSweep: true, ...(!observed && { team, heard: true }) });
  }

  /** The list that confirms creates: it answers while the object may have changed already. */
  #confirm(workteam: Workteam): void {
    const team = this.aws.view('list', this.now)?.team;
    const known = team !== undefined && isConfirmed(workteam, this.#memory, team, this.now);
    this.#pass(workteam, known ? { team, heard: true, created: true } : {});
  }

  #wake(): void {
    this.#next = { at: this.now, what: 'pass' };
    this.#attempts = 0;
  }

  #change(change: (workteam: Workteam) => Workteam): void {
    if (this.object !== undefined) this.object = change(this.object);
  }

  #metadata(metadata: Partial<ObjectMeta>): void {
    this.#change((workteam) => ({ ...workteam, metadata: { ...workteam.metadata, ...metadata } }));
  }

  // A pass, as the reconciler runs it.

  #pass(workteam: Workteam, heard: Partial<Facts>): void {
    this.#expectPatience();
    const crowded = this.#random() < 0.5;
    const facts = { ...initialFacts(workteam, this.settings, this.#memory, this.now), crowded, ...heard };
    const outcome = this.#converge(facts);
    if (this.object === undefined) return;
    if (isReportable(outcome)) {
      const status = report(this.object, outcome, REGION, this.wall);
      if (canonicalJson(status) !== canonicalJson(this.object.status)) {
        checkStatus(this.object, status);
        this.object = { ...this.object, status };
        if (this.ready !== undefined) this.reasons.push(this.ready);
      }
    }
    this.#schedule(nextLook(this.object, outcome, this.wall.getTime()));
    // Taking our finalizer off a living object is a change of it.
    if (outcome.kind === 'none' && this.object.metadata.deletionTimestamp === undefined) this.#wake();
  }

  /** A key that comes back a hundred times within a minute is in a loop at full speed. */
  #expectPatience(): void {
    this.#passes = [...this.#passes.filter((at) => at > this.now - 60_000), this.now];
    if (this.#passes.length > 100) throw new Error('more than a hundred passes within a minute');
  }

  #converge(initial: Facts): Outcome {
    let facts = initial;
    try {
      for (let steps = 0; steps < MAX_STEPS; steps++) {
        const step = plan(facts);
        switch (step.step) {
          case 'end':
            return step.outcome;
          case 'look':
            facts = this.#look(facts, step.look);
            break;
          case 'lookForSibling':
            facts = { ...facts, siblingExists: false };
            break;
          case 'act':
            facts = this.#act(facts, step.actions);
            break;
          case 'addFinalizer':
            this.#metadata({ finalizers: [FINALIZER] });
            return { kind: 'begun' };
          case 'removeFinalizer':
            if (this.object?.metadata.deletionTimestamp !== undefined) this.object = undefined;
            else this.#metadata({ finalizers: [] });
            return { kind: 'none' };
          default:
            step satisfies never;
        }
      }
    } catch (error) {
      if (error instanceof AwsError) return { kind: 'failed', failure: error.failure };
      throw error;
    }
    throw new Error(`a pass took more than ${MAX_STEPS} steps`);
  }

  #look(facts: Facts, look: Look): Facts {
    this.now += CALL_MS;
    let after = facts;
    if (look.team) {
      this.aws.read('DescribeWorkteam');
      const team = this.aws.view('team', this.now)?.team ?? 'absent';
      after = afterLook(after, { team, answeredAt: this.wall.getTime() }, this.now);
    }
    if (look.tags && typeof after.team === 'object') {
      this.aws.read('ListTags');
      const seen = this.aws.view('tags', this.now);
      if (seen === undefined && this.aws.failsOnMissingTags) throw lost('ListTags');
      after = afterLook(after, { tags: seen?.tags ?? {} }, this.now);
    }
    after = afterLook(
      after,
      { ...(look.object && { live: true }), ...(look.crd && { crdTerminating: this.crdTerminating }) },
      this.now,
    );
    this.#memory = after.memory;
    return after;
  }

  #act(initial: Facts, actions: readonly Action[]): Facts {
    let facts = initial;
    for (const action of actions) {
      this.now += CALL_MS;
      this.#judge(facts, action);
      try {
        const answer = this.aws.write(action, this.now, this.wall);
        facts = afterWrite(facts, action, answer, this.now);
        this.#memory = facts.memory;
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const after = afterRefusal(facts, action, error, this.now);
        this.#memory = after.memory;
        if (after.facts === undefined) throw error;
        return after.facts;
      }
    }
    return facts;
  }

  /** Whether the object as it is at this moment wants this. */
  #judge(facts: Facts, action: Action): void {
    const { metadata, spec } = this.object ?? facts.workteam;
    const deleting = metadata.deletionTimestamp !== undefined;
    const ends = action.do === 'delete' || action.do === 'release';
    if (deleting !== ends) throw new Error(`${action.do} while ${deleting ? 'deleting' : 'not deleting'}`);
    if (spec.suspend === true || spec.managementPolicy === 'Observe') throw new Error(`${action.do} by a bystander`);
    if (action.do === 'delete' && (this.crdTerminating || action.workteamName !== teamName(facts)))
      throw new Error('the wrong delete');
  }

  #schedule(next: NextLook): void {
    const delay = this.#delay(next);
    this.#attempts = next.look === 'backOff' ? this.#attempts + 1 : 0;
    const what = next.look === 'atSweep' ? 'sweep' : next.look === 'atConfirmation' ? 'list' : 'pass';
    this.#next = { at: this.now + delay, what };
  }

  #delay(next: NextLook): number {
    switch (next.look) {
      case 'onChange':
        return Number.POSITIVE_INFINITY;
      case 'now':
        return 0;
      case 'after':
        return next.ms;
      case 'atConfirmation':
        return this.#random() * CONFIRMED_WITHIN_MS;
      case 'atSweep':
      case 'atResync':
        return RESYNC_MS;
      case 'backOff': {
        const delay = retryDelay(this.#attempts, { base: next.baseMs, cap: next.capMs }, this.#random);
        return Math.max(Math.min(delay, next.atMostMs ?? delay), next.notBeforeMs ?? 0);
      }
      default:
        return next satisfies never;
    }
  }
}
