import { readFile } from 'node:fs/promises';
import type { Address } from '../../dev/control-plane/access.ts';

/** One complete call to Kubernetes, as the API server's audit log has it. */
export interface AuditedCall {
  readonly user: string;
  readonly userAgent: string;
  readonly verb: string;
  readonly path: string;
  /** Empty for the core group. */
  readonly apiGroup: string;
  /** Empty for what is no resource, as `/version`. */
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  /** Unknown of a list, and of a create that was refused before its body was read. */
  readonly name: string | undefined;
  /** The HTTP status that the caller got. */
  readonly code: number;
}

interface AuditEvent {
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly userAgent?: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

/**
 * Every call that is in the audit log by now, oldest first: the writes of all, the reads of ServiceAccounts. A call may
 * show a moment after its caller has the answer, and a watch only when it has ended.
 */
export async function auditedCalls({ auditLog }: Pick<Address, 'auditLog'>): Promise<AuditedCall[]> {
  if (auditLog === undefined) throw new Error('The control plane was started without an audit log.');
  const log = await readFile(auditLog, 'utf8');
  // Only whole lines: the last one may still be on its way.
  const lines = log.slice(0, log.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => callOf(JSON.parse(line)));
}

/** The calls of the operators that run as this user; not those of a kubectl that speaks for it. */
export async function operatorCalls(address: Pick<Address, 'auditLog'>, user: string): Promise<AuditedCall[]> {
  const calls = await auditedCalls(address);
  return calls.filter((call) => call.user === user && call.userAgent.startsWith('workteam-operator/'));
}

function callOf({ user, impersonatedUser, userAgent = '', verb, requestURI, ...event }: AuditEvent): AuditedCall {
  const { apiGroup = '', resource = '', subresource, namespace, name } = event.objectRef ?? {};
  return {
    user: impersonatedUser?.username ?? user.username,
    userAgent,
    verb,
    path: requestURI,
    apiGroup,
    resource,
    subresource,
    namespace,
    name,
    code: event.responseStatus?.code ?? 0,
  };
}
