import type { Workteam } from '../../src/workteam/schema.ts';

/** What Flux, Helm's `--wait` and others who go by kstatus make of an object. */
export type Verdict = 'Terminating' | 'InProgress' | 'Failed' | 'Current';

/**
 * The rules of kstatus for a custom resource, in their order (`status.Compute` of sigs.k8s.io/cli-utils and of Flux's copy,
 * v0.37.2): deletion; the generation; the first of Reconciling and Stalled that is True; Ready; and whoever has none of
 * that is current.
 */
export function kstatusOf({ metadata, status }: Pick<Workteam, 'metadata' | 'status'>): Verdict {
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const observed = status?.observedGeneration;
  if (observed !== undefined && observed !== metadata.generation) return 'InProgress';
  const conditions = status?.conditions ?? [];
  const abnormal = conditions.find(
    ({ type, status: value }) => (type === 'Reconciling' || type === 'Stalled') && value === 'True',
  );
  if (abnormal !== undefined) return abnormal.type === 'Stalled' ? 'Failed' : 'InProgress';
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready === undefined || ready.status === 'True' ? 'Current' : 'InProgress';
}
