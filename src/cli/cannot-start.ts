/** What a person reads when the program cannot start: what is missing, then what to do. */

/** The program cannot start as it was called; the message is for the person who called it. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** Neither a flag nor the environment names a region. */
export const NO_REGION = 'No AWS region: pass --aws-region eu-west-1 (your region), or set AWS_REGION.';

/** The SDK's credential chain ended without credentials; `why` is its error's name. */
export function noCredentials(why: string): string {
  return `No AWS credentials (${why}): give the pod's service account a role (IRSA or EKS Pod Identity), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
}

/** Nobody answers at the API server's address. */
export function noAnswer(server: string, why: string): string {
  return `The Kubernetes API server ${server} does not answer (${why}): check --kubeconfig and the network.`;
}

/** The CRD is not installed. */
export function noCrd(server: string): string {
  return `The cluster ${server} does not know Workteams: install the CRD with "workteam-operator crd | kubectl apply -f -".`;
}

/** 401. */
export function notAccepted(server: string): string {
  return `The cluster ${server} does not accept our credentials: log in again, or name another --kubeconfig.`;
}

/** 403. */
export function notAllowed(server: string): string {
  return `The cluster ${server} does not let us list Workteams: apply the roles of deploy/kustomize, or name the allowed namespaces with --namespace.`;
}

/** Any other refusal of the API server. */
export function cannotListWorkteams(server: string, why: string): string {
  return `The cluster ${server} could not list Workteams (${why}): try again, or ask whoever runs the cluster.`;
}

/** The default cluster id may not be read. */
export const NO_CLUSTER_ID =
  'The namespace kube-system, whose UID is the default cluster id, may not be read: pass --cluster-id, or allow "get" on that namespace.';

/** An address cannot be listened on; `what` is the flag's name without its ending. */
export function cannotListen(what: string, address: string, why: string): string {
  return `Cannot listen on ${address} (${why}): pass another --${what}-bind-address, or 0 to switch it off.`;
}

/** Answered by /readyz: the API server refuses what leader election needs. */
export function noLease(lease: string, why: string): string {
  return `the Lease ${lease} cannot be had (${why}): allow create, get and update on it, as deploy/kustomize does, or name another place with --leader-election-namespace and --leader-election-id`;
}

/** The lease went to somebody else, or could not be renewed in time. */
export const LEASE_LOST = 'the lease was lost, leaving so that another replica (or a new start) takes over';

/** Said at start of each of several namespaces that cannot be listed; the others are worked on. */
export const NAMESPACE_REFUSED =
  'Workteams of this namespace may not be listed, so nothing is done about them; it is asked again by itself. Make its Role and RoleBinding again, or take it off the list of namespaces.';

/** Said at start where a list of namespaces is watched without the right to read the CRD. */
export const NO_BRAKE =
  'the CRD may not be read, so deleting the CRD deletes the work teams in AWS too: allow "get" on customresourcedefinitions workteams.workteams.dev, or set deletionPolicy: Retain';
