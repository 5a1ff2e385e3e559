import type { Failure } from './failure.ts';
import type { Memory } from './memory.ts';
import type { ObservedWorkteam, Tags } from './observed.ts';
import type { Owner } from './owner.ts';
import { effectiveName, parseSpec, type Workteam, type WorkteamSpec } from './schema.ts';

/** What the operator was told on its command line, as far as it decides anything about a Workteam. */
export interface Settings {
  readonly clusterId: string;
  /** The region of Workteams that name none. */
  readonly region: string;
  readonly ignoreTagKeys: readonly string[];
  /** Every Workteam is treated as if its managementPolicy were Observe. */
  readonly readOnly: boolean;
  /** Whether adoptionPolicy Always may take a team from another owner. */
  readonly allowTakeover: boolean;
}

/** Everything that a plan may know: gathered by the reconciler, in the course of one pass. Absent means "not looked yet". */
export interface Facts {
  readonly workteam: Workteam;
  /** The spec, checked against the rules of today: a stored object can be older than they are. */
  readonly spec:
    | { readonly ok: true; readonly spec: WorkteamSpec }
    | { readonly ok: false; readonly problems: readonly string[] };
  readonly settings: Settings;
  readonly memory: Memory;
  /** Monotonic milliseconds, the clock of `memory`. */
  readonly now: number;
  /** The object was read from the API server in this pass: same UID, same generation. */
  readonly live: boolean;
  /** The CRD is being deleted, and every object with it. */
  readonly crdTerminating?: boolean;
  /** What DescribeWorkteam answered in this pass, or the answer to our own update. */
  readonly team?: ObservedWorkteam | 'absent';
  /** `team` is only what a list of all or of many showed: enough to find nothing to do, not to decide anything else. */
  readonly heard?: boolean;
  /** The last sweep showed a team of that name. */
  readonly inLastSweep?: boolean;
  /** What ListTags answered in this pass, or what it comes to with our own tag writes since. */
  readonly tags?: Tags;
  /** The Date header of the look, in epoch milliseconds. */
  readonly answeredAt?: number;
  /** Whether the sibling that the owner tag names exists, read live. */
  readonly siblingExists?: boolean;
  /** CreateWorkteam was refused in this pass because the name is taken or a quota (which may hide a taken name) is used up. */
  readonly createRefused?: Failure;
  /** UpdateWorkteam was refused in this pass because there is no such team. */
  readonly updateRefused?: Failure;
  /** DeleteWorkteam was refused in this pass. */
  readonly deleteRefused?: Failure;
  /** Tags of the spec were written in this pass. */
  readonly tagsWritten?: boolean;
  /** The owner tag was removed in this pass, so that the team outlives its Workteam. */
  readonly released?: boolean;
  /** The owner tag was added in this pass to a team that was not ours. */
  readonly adopted?: boolean;
  /** CreateWorkteam was acknowledged in this pass, or in the one before it and `team` is what a list showed since then. */
  readonly created?: boolean;
  /** More Workteams of the region wait for a worker than there are workers: what is created now, one list confirms for all. */
  readonly crowded?: boolean;
}

/** What is known of a Workteam before anybody looked anywhere. */
export function initialFacts(workteam: Workteam, settings: Settings, memory: Memory, now: number): Facts {
  return {
    workteam,
    spec: parseSpec(workteam.spec, workteam.metadata.name),
    settings,
    memory,
    now,
    live: false,
  };
}

/** The name of the work team in AWS. */
export function teamName(facts: Facts): string {
  return effectiveName(facts.workteam);
}

/** What can be part of a host's name, as every region is. */
const REGION = /^[a-z0-9-]{1,63}$/;

/**
 * The region of a Workteam: the spec's, else the one that its status says, else the operator's. What can be no region, in an
 * object older than the rules of today, counts as none; such a spec is invalid, and nothing is created for it anywhere.
 */
export function regionOf({ spec, status }: Workteam, settings: Settings): string {
  return [spec.region, status?.region].find((region) => region !== undefined && REGION.test(region)) ?? settings.region;
}

/** Who this Workteam is on an owner tag. */
export function selfOf(facts: Facts): Owner {
  const { namespace, name } = facts.workteam.metadata;
  return { clusterId: facts.settings.clusterId, namespace, name };
}

/** Whether AWS is only looked at for this Workteam. A policy that is not understood counts as that: it writes nothing. */
export function isObserved({ workteam, settings }: Pick<Facts, 'workteam' | 'settings'>): boolean {
  const policy = workteam.spec.managementPolicy;
  return settings.readOnly || (policy !== undefined && policy !== 'Manage');
}

/** Whether the object is being deleted. */
export function isDeleting(facts: Facts): boolean {
  return facts.workteam.metadata.deletionTimestamp !== undefined;
}
