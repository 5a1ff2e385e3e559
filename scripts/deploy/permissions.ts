/**
 * Everything that the operator may do in a cluster: the one source of the roles of deploy/kustomize, of those of the
 * chart, and of docs/reference/permissions.md. A test compares it with what the API server's audit log has seen the
 * operator do, and another takes the permissions away one by one.
 */

/** The Lease of an installation as it comes (`--leader-election-id`). */
export const DEFAULT_LEASE = 'workteam-operator';

/**
 * Which role a permission belongs to, by where it must hold: `workteams` wherever Workteams are watched, cluster-wide or in
 * each of a list of namespaces; `cluster` in the whole cluster; `leaderElection` in the operator's own namespace.
 */
export type Scope = 'workteams' | 'cluster' | 'leaderElection';

/** One verb on one resource. */
export interface Permission {
  readonly scope: Scope;
  readonly apiGroup: string;
  /** With its subresource: `workteams/status`. */
  readonly resource: string;
  readonly verb: string;
  /** The only object that it is for; left out, it is for all of them. */
  readonly resourceName?: string;
  /** What it is used for. */
  readonly why: string;
  /** What a user sees when it is missing. */
  readonly without: string;
}

const WORKTEAMS = { scope: 'workteams', apiGroup: 'workteams.dev', resource: 'workteams' } as const;
const EVENTS = { scope: 'workteams', apiGroup: 'events.k8s.io', resource: 'events' } as const;
const LEASES = { scope: 'leaderElection', apiGroup: 'coordination.k8s.io', resource: 'leases' } as const;

/** In the order of the roles. Permissions that differ in nothing but the verb stand together and become one rule. */
export const PERMISSIONS: readonly Permission[] = [
  {
    ...WORKTEAMS,
    verb: 'get',
    why: 'the object as it is now, before the first write to AWS of a pass; whether the Workteam that an owner tag names exists',
    without:
      'Nothing is written to AWS: no work team is created, edited or deleted; "pass broken off" in the log, with the refusal.',
  },
  {
    ...WORKTEAMS,
    verb: 'list',
    why: 'which Workteams there are',
    without:
      'The operator does not start, and says why. Where only some of several namespaces are refused, it works on the others, says so, and asks again.',
  },
  {
    ...WORKTEAMS,
    verb: 'watch',
    why: 'what changes',
    without: 'Changes are seen up to half a minute late: "watch interrupted" in the log, with the refusal.',
  },
  {
    ...WORKTEAMS,
    verb: 'patch',
    why: 'the finalizer; no spec, label or annotation is ever written',
    without:
      'No Workteam gets its finalizer, nothing is created in AWS: "pass broken off" in the log, with the refusal.',
  },
  {
    ...WORKTEAMS,
    resource: 'workteams/status',
    verb: 'patch',
    why: 'the status',
    without: 'No status is written: "pass broken off" in the log, with the refusal.',
  },
  {
    ...EVENTS,
    verb: 'create',
    why: 'what happened, for kubectl describe',
    without: 'There are no events: "event not recorded" in the log at level debug.',
  },
  {
    ...EVENTS,
    verb: 'patch',
    why: 'counting up an event that comes again',
    without: 'An event that comes again counts 1 for ever: "event not recorded" in the log at level debug.',
  },
  {
    scope: 'cluster',
    apiGroup: 'apiextensions.k8s.io',
    resource: 'customresourcedefinitions',
    verb: 'get',
    resourceName: 'workteams.workteams.dev',
    why: 'whether a Workteam goes because the whole definition goes: then its work team in AWS stays',
    without:
      'No deletion ends: "pass broken off" in the log, with the refusal. With --namespace the operator goes on without it, says so at start, and deleting the CRD deletes the work teams too.',
  },
  {
    scope: 'cluster',
    apiGroup: '',
    resource: 'namespaces',
    verb: 'get',
    resourceName: 'kube-system',
    why: 'its UID names this cluster in the owner tags, unless --cluster-id does',
    without: 'The operator does not start, and asks for --cluster-id.',
  },
  {
    ...LEASES,
    verb: 'create',
    why: 'the Lease, once; a role cannot restrict this to a name',
    without: 'The operator never leads where there is no Lease yet: /readyz says why.',
  },
  {
    ...LEASES,
    verb: 'get',
    resourceName: DEFAULT_LEASE,
    why: 'who leads',
    without: 'The operator never leads: /readyz says why.',
  },
  {
    ...LEASES,
    verb: 'update',
    resourceName: DEFAULT_LEASE,
    why: 'taking, renewing and giving back the Lease',
    without:
      'The operator never leads where there is a Lease already, and leaves when it cannot renew its own: /readyz says why.',
  },
];
