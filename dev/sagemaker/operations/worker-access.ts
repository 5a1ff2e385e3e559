import { validationError } from '../errors.ts';
import type { TypeOf } from '../shapes.ts';
import type { Switches } from '../switches.ts';

type Access = TypeOf<'WorkerAccessConfiguration'>;

/** The configuration if it says anything; `{}`, alone or nested, says nothing. */
export function givenAccess(access: Access | undefined): Access | undefined {
  const { SourceIp, VpcSourceIp } = access?.S3Presign?.IamPolicyConstraints ?? {};
  return SourceIp === undefined && VpcSourceIp === undefined ? undefined : access;
}

/** @throws ServiceError ValidationException where the service takes only one of the two fields */
export function checkAccess(access: Access | undefined, switches: Switches): void {
  const { SourceIp, VpcSourceIp } = access?.S3Presign?.IamPolicyConstraints ?? {};
  if (switches.bothAccessFields === 'refused' && SourceIp !== undefined && VpcSourceIp !== undefined) {
    throw validationError('IamPolicyConstraints must have either SourceIp or VpcSourceIp');
  }
}
