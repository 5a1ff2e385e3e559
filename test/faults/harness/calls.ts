/**
 * The operator's outgoing calls by the names that points are told with, and the moments at which a fault can strike: before and
 * after the nth call of a name. Those to AWS are called as the SDK does (`CreateWorkteam`), those to Kubernetes as below.
 */
import type { Seen } from '../../support/api-proxy.ts';

export type Side = 'AWS' | 'Kubernetes';

/** Before a call acts, or after it acted and before the operator knows. */
export interface Moment {
  readonly side: Side;
  readonly call: string;
  /** Counted from 1 since the fault was placed. */
  readonly nth: number;
  readonly when: 'before' | 'after';
}

/** What a run calls: the declared or the counted. Of calls that are made side by side, either may come first. */
export interface Calls {
  readonly aws: readonly string[];
  readonly kubernetes: readonly string[];
}

/** The write of finalizers and the write of the status: all that the operator writes to a Workteam. */
export const FINALIZER_WRITE = 'the finalizer write';
export const STATUS_WRITE = 'the status write';

/** Which call to Kubernetes a request is; method and path for one that has no name here. */
export function kubernetesCall({ method, path, query }: Seen): string {
  if (method === 'GET' && /\/workteams$/.test(path)) {
    if (query.get('watch') === 'true') return 'the watch';
    return query.get('limit') === '1' ? 'the trial list' : 'the list';
  }
  const known = NAMES.find((name) => name.method === method && name.path.test(path));
  return known?.call ?? `${method} ${path}`;
}

const NAMES: readonly { readonly method: string; readonly path: RegExp; readonly call: string }[] = [
  { method: 'GET', path: /\/workteams\/[^/]+$/, call: 'the live read' },
  { method: 'PATCH', path: /\/workteams\/[^/]+$/, call: FINALIZER_WRITE },
  { method: 'PATCH', path: /\/workteams\/[^/]+\/status$/, call: STATUS_WRITE },
  { method: 'POST', path: /\/events$/, call: 'an event' },
  { method: 'PATCH', path: /\/events\/[^/]+$/, call: 'an event counted up' },
  { method: 'GET', path: /\/customresourcedefinitions\/[^/]+$/, call: 'the read of the CRD' },
  { method: 'GET', path: /^\/api\/v1\/namespaces\/kube-system$/, call: 'the read of kube-system' },
  { method: 'GET', path: /\/leases\/[^/]+$/, call: 'the read of the Lease' },
  { method: 'POST', path: /\/leases$/, call: 'the creation of the Lease' },
  { method: 'PUT', path: /\/leases\/[^/]+$/, call: 'the write of the Lease' },
];

/** Both moments of each call. */
export function momentsOf({ aws, kubernetes }: Calls): Moment[] {
  return [...momentsOn('AWS', aws), ...momentsOn('Kubernetes', kubernetes)];
}

function momentsOn(side: Side, calls: readonly string[]): Moment[] {
  return calls.flatMap((call, index) => {
    const nth = calls.slice(0, index + 1).filter((other) => other === call).length;
    return (['before', 'after'] as const).map((when) => ({ side, call, nth, when }));
  });
}

/** `before CreateWorkteam`, `after DescribeWorkteam, number 2`. */
export function titleOf({ call, nth, when }: Moment): string {
  return `${when} ${call}${nth > 1 ? `, number ${nth}` : ''}`;
}
