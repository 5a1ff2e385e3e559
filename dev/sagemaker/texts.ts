/** Wordings that no public text settles completely, by switch. */
import { resourceInUse, type ServiceError, validationError } from './errors.ts';
import type { Switches } from './switches.ts';

/** Describe, Update and Delete of a missing team: always a ValidationException that contains "The work team". */
export function workteamNotFound(name: string, arn: string, switches: Switches): ServiceError {
  const texts = {
    name: `The work team ${name} does not exist.`,
    arn: `The work team ${arn} cannot be found.`,
    bare: 'The work team was not found.',
    later: `Could not complete the request for ${arn}. The work team does not exist or you do not have access to it.`,
    multiline: `The work team "${name}" does not exist.\nCheck the name and the region.`,
  } satisfies Record<Switches['notFoundText'], string>;
  return validationError(texts[switches.notFoundText]);
}

export function workteamExists(name: string, arn: string, switches: Switches): ServiceError {
  const texts = {
    name: `Work team ${name} already exists.`,
    arn: `${arn} already exists.`,
    bare: 'Cannot create already existing work team.',
  } satisfies Record<Switches['resourceInUseText'], string>;
  return resourceInUse(texts[switches.resourceInUseText]);
}

/** The wording of Service Quotas. */
export function quotaText(quota: number, used: number): string {
  return (
    `The account-level service limit 'Number of work teams' is ${quota} Workteams, with current utilization of ` +
    `${used} Workteams and a request delta of 1 Workteams. Please contact AWS support to request an increase for this limit.`
  );
}
