/** What is known of Workteams and work teams between passes, and with what a pass begins. */
import { Run, type RunOptions } from './pass.ts';
import type { Log } from './ports.ts';
import { type Facts, initialFacts, isObserved, regionOf, type Settings } from './workteam/facts.ts';
import type { Memory } from './workteam/memory.ts';
import type { NextLook } from './workteam/next-look.ts';
import {
  awaitsSweeps,
  hasChangedMode,
  isConfirmed,
  isNominated,
  isShownWhole,
  isTagTurn,
} from './workteam/nominate.ts';
import type { ObservedWorkteam } from './workteam/observed.ts';
import { effectiveName, type Workteam } from './workteam/schema.ts';

/** What a reconciler works with. */
export interface ReconcilerOptions extends RunOptions {
  readonly settings: Settings;
  readonly log: Log;
  readonly newId: () => string;
}

/** How a pass is run. */
export interface Pass {
  readonly priority: 'high' | 'low';
  readonly signal: AbortSignal;
  /** Whether more Workteams of the region wait than are worked on at a time; no, when left out. */
  readonly crowded?: boolean;
}

/** What the last sweep of a region found. */
interface Sweep {
  readonly number: number;
  readonly teams: ReadonlyMap<string, ObservedWorkteam>;
}

/** What a list showed of a team whose create it was to confirm, and when it was asked for. */
interface Confirmed {
  readonly team: ObservedWorkteam;
  readonly began: number;
}

/** A pass that lasts longer than this says so in the status, in milliseconds. */
const SLOW_PASS_MS = 2_000;

/** Brings Workteams and work teams together, one pass at a time for each key (`namespace/name`). */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #memories = new Map<string, Memory>();
  readonly #sweeps = new Map<string, Sweep>();
  /** Whose tags the last sweep of their region wants to have read. */
  readonly #tagsDue = new Set<string>();
  readonly #confirmed = new Map<string, Confirmed>();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /**
   * One pass. Never run two for the same key at once. Throws for trouble with the Kubernetes API and when the signal aborts;
   * trouble with AWS ends in the status.
   */
  async reconcile(key: string, { crowded = false, ...pass }: Pass): Promise<NextLook> {
    const { cluster, clock, settings, log, newId } = this.#options;
    const workteam = cluster.get(key);
    if (workteam === undefined) {
      this.#memories.delete(key);
      this.#tagsDue.delete(key);
      this.#confirmed.delete(key);
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
      const outcome = await run.converge({ ...this.#facts(workteam, memory, region, key), crowded });
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

  /** Takes over what a list that began at `began` shows of what passes over these keys have created (`atConfirmation`). */
  listed(keys: readonly string[], teams: readonly ObservedWorkteam[], began: number): void {
    const byName = new Map(teams.map((team) => [team.workteamName, team]));
    for (const key of keys) {
      const workteam = this.#options.cluster.get(key);
      const team = workteam && byName.get(effectiveName(workteam));
      if (team !== undefined) this.#confirmed.set(key, { team, began });
    }
  }

  /**
   * What is known before a pass. Where only the tags are to be read, or only a create to be confirmed, a list's word stands
   * for the team.
   */
  #facts(workteam: Workteam, memory: Memory, region: string, key: string): Facts {
    const { settings, clock } = this.#options;
    const facts = initialFacts(workteam, settings, memory, clock.now());
    const confirmed = this.#confirmed.get(key);
    this.#confirmed.delete(key);
    if (
      confirmed !== undefined &&
      !isObserved(facts) &&
      isConfirmed(workteam, memory, confirmed.team, confirmed.began)
    ) {
      return { ...facts, team: confirmed.team, heard: true, created: true };
    }
    const team = this.#sweeps.get(region)?.teams.get(effectiveName(workteam));
    const onlyTags = this.#tagsDue.delete(key) && awaitsSweeps(workteam) && !isObserved(facts);
    const heard = onlyTags && team !== undefined && isShownWhole(workteam, team);
    return { ...facts, inLastSweep: team !== undefined, ...(heard && { team, heard }) };
  }
}
