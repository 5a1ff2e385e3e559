/** What a faulty call gets instead of the service's own answer. */
import { ServiceError, throttled } from './errors.ts';
import type { Fault } from './faults.ts';
import { userArn } from './identity.ts';
import type { Call } from './request.ts';
import { type Answer, htmlPage } from './wire.ts';

/** Faults that put something in the place of the answer. */
export type Replacing = Exclude<Fault, { kind: 'staleRead' | 'delay' | 'dropAfter' | 'dropBefore' }>;

export function replacement(call: Call, fault: Replacing): ServiceError | Answer | 'hang' {
  switch (fault.kind) {
    case 'throttle':
      return throttled();
    case 'error':
      return new ServiceError(fault.code, fault.message, fault.status);
    case 'accessDenied':
      return accessDenied(call);
    case 'expiredToken':
      return new ServiceError('ExpiredTokenException', 'The security token included in the request is expired');
    case 'http5xx':
      return new ServiceError('InternalFailure', 'The request processing has failed', fault.status ?? 500);
    case 'nonJson':
      return htmlPage(fault.status ?? 502);
    case 'hang':
      return 'hang';
    default:
      return fault satisfies never;
  }
}

/** The wording of IAM for an action that no policy allows. */
function accessDenied(call: Call): ServiceError {
  const action = `${call.service}:${call.operation}`;
  const why = `because no identity-based policy allows the ${action} action`;
  const text = `User: ${userArn(call)} is not authorized to perform: ${action} ${why}`;
  return new ServiceError('AccessDeniedException', text);
}
