import type { Failure } from './failure.ts';
import { cut } from './json.ts';
import type { Doing, Outcome } from './step.ts';

/**
 * Every sentence a user can read in a condition or an announcement: what is the matter, then what to do about it. No
 * timestamp, request id or counter is in any of them, so the same outcome twice gives the same bytes.
 */
export function failureMessage(failure: Failure, workteamName: string): string {
  return cut(sentence(failure, `work team "${workteamName}"`), 4096);
}

function sentence(failure: Failure, team: string): string {
  switch (failure.reason) {
    case 'Throttled':
      return `AWS is throttling ${failure.operation} calls of this account and region. The operator slows down and tries again.`;
    case 'Unavailable':
      if (failure.unknownHost !== undefined) return unknownHost(failure.operation, failure.unknownHost);
      return `${failure.operation} got no usable answer from AWS (${failure.detail}). The operator tries again; if this lasts, check the network path to SageMaker and the AWS Health Dashboard.`;
    case 'CredentialsUnavailable':
      return `The operator has no usable AWS credentials (${failure.detail}). Check the role of its service account (IRSA or EKS Pod Identity).`;
    case 'AccessDenied':
      return `AWS denies the operator ${failure.operation}. Allow ${failure.permission} in the operator's IAM policy.`;
    case 'QuotaExceeded':
      return `${failure.operation} was refused because a quota of this account and region is used up: ${failure.detail} Delete a work team that is no longer needed or ask AWS for a higher quota.`;
    case 'InvalidRequest':
      return `AWS refused ${failure.operation}: ${failure.detail} Correct the spec, or create what it refers to (workforce, user group, topic).`;
    case 'NotConverging':
      return `AWS accepted an update of ${team} and did not keep ${failure.fields.join(', ')}. Change the spec to what AWS keeps, or set a new value for the annotation workteams.dev/requestedAt to try once more.`;
    case 'DeletionBlocked':
      return `AWS does not delete ${team}: ${failure.detail} Stop or finish the labeling jobs and human loops that use it; the operator tries again.`;
    case 'NotOwned':
      return `${capitalized(team)} exists and ${ownedBy(failure.owner)}. Nothing was changed. ${howToOwn(failure)}`;
    case 'NameConflict':
      return `${capitalized(team)} belongs to Workteam ${failure.holder} of this cluster. Delete this Workteam (its deletion leaves the work team alone), and create it again under another spec.workteamName if it is needed.`;
    case 'ImmutableField':
      return `${capitalized(team)} has ${failure.field} ${failure.observed}, the spec says ${failure.desired}, and AWS cannot change that. To keep the work team: set spec.deletionPolicy to Retain, delete this Workteam, and create it again with ${failure.field} ${failure.observed} and spec.adoptionPolicy IfUnowned.`;
    case 'InvalidSpec':
      return `The spec cannot be acted on: ${failure.problems.join('; ')}.`;
    default:
      return failure satisfies never;
  }
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Most often a region that is misspelt, or where there is no SageMaker: then even a deletion would ask in vain. */
function unknownHost(operation: string, host: string): string {
  return `${operation} found no host ${host}. If the region in that name is wrong: set spec.managementPolicy to Observe, delete this Workteam (nothing is asked of AWS then), and create it again with the right spec.region. Otherwise check the DNS of the operator's pod; the operator tries again.`;
}

function howToOwn({ policy, owner }: Extract<Failure, { reason: 'NotOwned' }>): string {
  if (owner === undefined)
    return 'Set spec.adoptionPolicy to IfUnowned to take it over, or delete this Workteam (that leaves the work team alone) and create it under another spec.workteamName.';
  if (policy !== 'Always') {
    return 'Delete this Workteam (that leaves the work team alone) and create it under another spec.workteamName; or, to take the team from that owner, set spec.adoptionPolicy to Always and run the operator with --allow-takeover.';
  }
  return 'The operator takes it only when it runs with --allow-takeover, and only once: if that owner took it back, settle whose it is, then set a new value for the annotation workteams.dev/requestedAt.';
}

function ownedBy(owner: string | undefined): string {
  return owner === undefined ? 'is not owned by this cluster (it has no owner tag)' : `is owned by ${owner}`;
}

/** The message of Ready and Reconciling while a pass is under way or waits for AWS. */
export function doingMessage(doing: Doing, workteamName: string): string {
  switch (doing) {
    case 'working':
      return `Work team "${workteamName}" is being compared with the spec.`;
    case 'waitingForCreate':
      return `Work team "${workteamName}" was created and AWS does not show it completely yet.`;
    case 'adopting':
      return `Work team "${workteamName}" is being taken over.`;
    case 'deleting':
      return `Work team "${workteamName}" is being deleted.`;
    default:
      return doing satisfies never;
  }
}

/** The message of Ready for an outcome that is neither a failure nor under way. */
export function readyMessage(
  kind: Extract<Outcome['kind'], 'synced' | 'observed' | 'observedAbsent' | 'suspended'>,
  workteamName: string,
): string {
  switch (kind) {
    case 'observed':
      return `Work team "${workteamName}" exists and is only observed.`;
    case 'observedAbsent':
      return `There is no work team "${workteamName}" to observe. Create it, or set spec.managementPolicy to Manage to let the operator create it.`;
    case 'synced':
      return `Work team "${workteamName}" is as the spec says.`;
    case 'suspended':
      return 'spec.suspend is true: nothing is read or written in AWS. Set it to false to go on.';
    default:
      return kind satisfies never;
  }
}

/** The message of Drifted: the paths in which the team is not what the spec says. */
export function driftMessage(fields: readonly string[]): string {
  return fields.length === 0
    ? 'The work team is as the spec says.'
    : cut(`The work team differs from the spec in ${fields.join(', ')}; see status.drift.`, 4096);
}

/** Why a Workteam let go of its work team without deleting it. */
export function releasedMessage(
  workteamName: string,
  why: { because: 'notOurs'; owner?: string } | { because: 'crdDeleted' } | { because: 'retained' },
): string {
  const kept = `Work team "${workteamName}" was not deleted`;
  if (why.because === 'crdDeleted') {
    return `${kept}: the Workteam CRD is being deleted, and with it every Workteam. The work team keeps its owner tag; applying the same manifests later takes it up again.`;
  }
  if (why.because === 'retained') return `${kept}, as spec.deletionPolicy says; its owner tag was removed.`;
  return `${kept}: it ${ownedBy(why.owner)}.`;
}

/** A team that existed is created again. */
export function recreatedMessage(workteamName: string): string {
  return `Work team "${workteamName}" was gone from AWS without this operator's doing and was created again.`;
}
