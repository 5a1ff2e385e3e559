import type { Clock } from './clock.ts';
import { isConflict, isNotFound, KubernetesError } from './errors.ts';
import { type Lease, type LeaseClient, type LeaseSpec, microTime } from './lease.ts';

/** In milliseconds; client-go's numbers. */
export interface ElectionTiming {
  /** How long others leave a lease alone whose holder they saw renew it. */
  readonly leaseDurationMs: number;
  /** How long after its last renewal a leader stops leading by itself. */
  readonly renewDeadlineMs: number;
  /** Between two attempts. Candidates wait up to 1.2 times longer, at random, so that they do not come all at once. */
  readonly retryPeriodMs: number;
}

const TIMING: ElectionTiming = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
const JITTER = 1.2;

export interface ElectionOptions {
  readonly lease: LeaseClient;
  /** Another one for each process, also on the same host: `<host>_<uuid>`. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told of each attempt that failed for another reason than that somebody else leads or was faster. Must not throw. */
  readonly onError: (error: unknown) => void;
  /** Told of each attempt that showed who leads. Must not throw. */
  readonly onKnown?: () => void;
  /** Told whenever somebody else than before leads. Must not throw. */
  readonly onLeader?: (identity: string) => void;
  readonly timing?: Partial<ElectionTiming>;
}

/** How an election ended: stopped before we led, given back after we led, or lost while we led. */
export type ElectionOutcome = 'stopped' | 'released' | 'lost';

/**
 * Leader election over a Lease, with client-go's rules:
 *
 * - no two clocks are compared: a lease is free when its record has not *changed* for its own duration, measured here
 *   and monotonically from when the change was seen, or when its holder gave it back;
 * - each write is guarded by the resourceVersion that was looked at, so that of two candidates one wins;
 * - a leader that could not renew for 10 s stops leading, 5 s before anyone else may begin. The 10 s count from when
 *   the last successful request began;
 * - it is given back only after the work has ended, so that the next leader finds nobody at work.
 */
export class LeaderElection {
  readonly #options: ElectionOptions;
  readonly #timing: ElectionTiming;
  /** The Lease as last seen, when its record was seen to change, and whether that may have been too long ago to write. */
  #seen: { readonly lease: Lease; readonly changedAt: number; readonly stale: boolean } | undefined;
  #lastRenewal: number | undefined;
  #leader: string | undefined;

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
  }

  /**
   * When the last request that made or kept us leader began, by the clock's `now`; undefined while we do not lead.
   * What `mayBeginWrite` is asked with.
   */
  get lastRenewal(): number | undefined {
    return this.#lastRenewal;
  }

  /** Who leads, as far as we know. */
  get leader(): string | undefined {
    return this.#leader;
  }

  /**
   * Waits to become leader, then runs `lead`, once. The signal that `lead` gets aborts when `signal` does and when the
   * lease is lost; `lead` should end soon after. While it ends the lease is still renewed, then given back. Throws what
   * `lead` throws.
   */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<ElectionOutcome> {
    if (!(await this.#acquire(signal))) return 'stopped';
    const lost = new AbortController();
    const ended = new AbortController();
    const renewing = this.#keep(ended.signal).then((kept) => {
      if (kept) return;
      this.#lastRenewal = undefined;
      lost.abort(new DOMException('the lease was lost', 'AbortError'));
    });
    try {
      await lead(AbortSignal.any([signal, lost.signal]));
    } finally {
      ended.abort();
      await renewing;
      if (!lost.signal.aborted) await this.#release();
    }
    return lost.signal.aborted ? 'lost' : 'released';
  }

  /** Tries until we lead or are stopped. A request under way is always waited for: it may be the one that succeeds. */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, random } = this.#options;
    while (!signal.aborted) {
      if ((await this.#attempt(this.#timing.renewDeadlineMs / 2)) === 'leading') {
        if (!signal.aborted) return true;
        await this.#release();
        return false;
      }
      await clock.sleep(this.#timing.retryPeriodMs * (1 + JITTER * random()), signal).catch(() => {});
    }
    return false;
  }

  /** Renews until `ended` (true) or until the lease is lost (false). */
  async #keep(ended: AbortSignal): Promise<boolean> {
    const { renewDeadlineMs, retryPeriodMs } = this.#timing;
    const left = () => (this.#lastRenewal ?? 0) + renewDeadlineMs - this.#options.clock.now();
    while (!ended.aborted) {
      await this.#options.clock.sleep(Math.min(retryPeriodMs, Math.max(0, left())), ended).catch(() => {});
      if (ended.aborted) return true;
      if (left() <= 0) return false;
      if ((await this.#attempt(Math.min(left(), renewDeadlineMs / 2))) === 'held') return false;
    }
    return true;
  }

  /** One attempt to become or stay leader. `held`: somebody else leads. */
  async #attempt(limitMs: number): Promise<'leading' | 'held' | 'failed'> {
    try {
      const result = await this.#limited(limitMs, async (signal) => {
        const lease = await this.#current(signal);
        if (lease !== undefined && !this.#isOurs(lease) && !this.#isFree(lease)) return 'held';
        const spec = this.#claim(lease?.spec ?? {});
        const began = this.#options.clock.now();
        const { lease: client } = this.#options;
        this.#see(lease === undefined ? await client.create(spec, signal) : await client.update(lease, spec, signal));
        this.#lastRenewal = began;
        return 'leading';
      });
      this.#options.onKnown?.();
      return result;
    } catch (error) {
      this.#distrust();
      if (!isConflict(error)) this.#options.onError(error);
      return 'failed';
    }
  }

  /** Gives the lease back, so that the next one need not wait. When that fails it expires by itself. */
  async #release(): Promise<void> {
    this.#lastRenewal = undefined;
    try {
      await this.#limited(this.#timing.renewDeadlineMs / 2, async (signal) => {
        const lease = await this.#current(signal);
        if (lease === undefined || !this.#isOurs(lease)) return;
        const { holderIdentity: _, ...spec } = lease.spec ?? {};
        const renewTime = microTime(this.#options.clock.wall());
        await this.#options.lease.update(lease, { ...spec, renewTime, leaseDurationSeconds: 1 }, signal);
      });
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** What a Lease says whose holder we are, after what it said before. */
  #claim(before: LeaseSpec): LeaseSpec {
    const now = microTime(this.#options.clock.wall());
    const mine = before.holderIdentity === this.#options.identity;
    const transitions = before.leaseTransitions ?? 0;
    const first = before.renewTime === undefined;
    return {
      ...before,
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#timing.leaseDurationMs / 1_000),
      acquireTime: (mine ? before.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: mine || first ? transitions : transitions + 1,
    };
  }

  #isOurs(lease: Lease): boolean {
    return lease.spec?.holderIdentity === this.#options.identity;
  }

  #isFree({ spec = {} }: Lease): boolean {
    if (spec.holderIdentity === undefined || spec.holderIdentity === '') return true;
    const seconds = spec.leaseDurationSeconds;
    const duration = seconds === undefined ? this.#timing.leaseDurationMs : seconds * 1_000;
    return this.#seen !== undefined && this.#options.clock.now() - this.#seen.changedAt >= duration;
  }

  /**
   * The Lease to decide by: while we lead and nothing went wrong, as our own last write left it, which saves a read.
   * Undefined when there is none.
   */
  async #current(signal: AbortSignal): Promise<Lease | undefined> {
    if (this.#seen !== undefined && !this.#seen.stale && this.#isOurs(this.#seen.lease)) return this.#seen.lease;
    try {
      const lease = await this.#options.lease.get(signal);
      this.#see(lease);
      return lease;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #see(lease: Lease): void {
    const changed = JSON.stringify(lease.spec) !== JSON.stringify(this.#seen?.lease.spec);
    const changedAt = changed || this.#seen === undefined ? this.#options.clock.now() : this.#seen.changedAt;
    this.#seen = { lease, changedAt, stale: false };
    const leader = lease.spec?.holderIdentity ?? '';
    if (leader !== '' && leader !== this.#leader) this.#options.onLeader?.(leader);
    this.#leader = leader === '' ? undefined : leader;
  }

  #distrust(): void {
    if (this.#seen !== undefined) this.#seen = { ...this.#seen, stale: true };
  }

  async #limited<R>(ms: number, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const limit = new AbortController();
    const late = new KubernetesError(`the Lease could not be read and written within ${ms} ms`, { code: 'ETIMEDOUT' });
    const cancel = this.#options.clock.setTimeout(() => limit.abort(late), ms);
    try {
      return await work(limit.signal);
    } finally {
      cancel();
    }
  }
}
