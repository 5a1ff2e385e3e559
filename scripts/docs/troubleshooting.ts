/** docs/troubleshooting.md: a section for each reason that a condition can have; the types make a forgotten one an error. */
import type { CONDITION_REASONS, FAILURE_REASONS } from '../../src/workteam/conditions.ts';
import { kindOfReason, STALLED_AFTER_MS } from '../../src/workteam/failure.ts';
import { failureMessage, readyMessage } from '../../src/workteam/messages.ts';
import { page } from './markdown.ts';
import { FAILURES } from './messages.ts';

interface Advice {
  readonly means: string;
  readonly check: string;
  readonly act: string;
}

type Reason = (typeof CONDITION_REASONS)[keyof typeof CONDITION_REASONS][number];
type FailureReason = (typeof FAILURE_REASONS)[number];
/** Where the failures begin in the page, those of every condition are told before. */
type Calm = Exclude<Reason, FailureReason>;

const CALM: Readonly<Record<Calm, Advice>> = {
  Synced: {
    means: 'The work team is as the spec says.',
    check:
      'If somebody misses access all the same: whether the group of the spec is spelled as the identity provider spells it, and whether the person is in it.',
    act: 'Nothing.',
  },
  Observed: {
    means:
      'The operator only looks: `managementPolicy: Observe`, or `--read-only`. With Ready False and Stalled True there is no such work team.',
    check:
      '`Drifted` and `status.drift` for what differs; `status.region` and `status.workteamName` for where it looked.',
    act: 'Nothing; or [let the operator work](guides/read-only.md#let-it-work), or create the work team by hand.',
  },
  Suspended: {
    means: '`spec.suspend` is true: nothing is read or written in AWS, and a deletion waits.',
    check:
      'Who suspended it, and why: the history in Git, the audit log of the API server, the action `suspend` of Argo CD.',
    act: 'Take `suspend` away when that is settled.',
  },
  Progressing: {
    means:
      'A pass is under way that takes longer than usual: AWS does not show a new team yet, or a deletion is not confirmed.',
    check: '`kubectl describe`: the message says what is waited for.',
    act: 'Wait. It becomes another reason by itself, within a minute mostly.',
  },
  ProgressingWithRetry: {
    means:
      'Reason of `Reconciling`: the last pass failed and is tried again by itself. The reason of `Ready` says why.',
    check: 'The section of that reason.',
    act: 'What that section says; transient ones need nothing.',
  },
  Differs: {
    means: 'Reason of `Drifted`, under `Observe` only: the work team is not as the spec says.',
    check: '`status.drift`: each field with both values.',
    act: 'Change the spec, or AWS, or set `managementPolicy: Manage` and let the operator put it right.',
  },
  AsSpecified: {
    means: 'Reason of `Drifted` when it is False: the work team that is observed is as the spec says.',
    check: 'Nothing.',
    act: 'Nothing.',
  },
};

const FAILING: Readonly<Record<FailureReason, Advice>> = {
  Throttled: {
    means: 'AWS refuses calls because there are too many in this account and region, from whomever.',
    check:
      '`workteam_aws_requests_total{code="Throttled"}` on the [dashboard](guides/dashboard.md); CloudTrail for other callers of SageMaker.',
    act: 'Wait. If it lasts: lower `aws.requestsPerSecond`, or make `resyncInterval` longer.',
  },
  Unavailable: {
    means:
      'No usable answer came from AWS: a network that does not lead there, an outage, a region that does not exist.',
    check:
      'The host in the message; DNS, proxies, VPC endpoints and NetworkPolicies of the pod; the AWS Health Dashboard. Whether all Workteams of the region say so, or one.',
    act: 'Repair the path. A wrong region cannot be changed: [let the Workteam go](guides/stuck.md#stop-it-let-it-go) and create it anew.',
  },
  CredentialsUnavailable: {
    means:
      'The operator has no usable credentials: no role, a role that may not be assumed, or credentials that have expired.',
    check:
      'The annotation of the service account (IRSA) or the association (Pod Identity), and the trust policy of the role; `/readyz` and the log.',
    act: 'Repair the role, as in [installing](guides/install.md#a-role-in-aws). It goes on by itself. With the account closed: [closing an account](guides/closing-account.md).',
  },
  AccessDenied: {
    means: 'AWS knows the operator and does not allow it that call.',
    check:
      'The permission in the message against [the policies](operations.md#the-role-in-aws); service control policies, permission boundaries, an explicit deny of [an emergency](guides/deleting.md#stop-everything-at-once). With the guarded policy a tag that was just added may take a moment.',
    act: 'Allow the action. It goes on by itself, at the latest after 15 minutes, or [at once](guides/stuck.md#ask-for-another-look).',
  },
  QuotaExceeded: {
    means: 'The account has as many work teams in the region as it may have. Waiting does not help.',
    check: '`workteam_quota_used`, or `workteam-operator import --aws-region REGION`, which lists them all.',
    act: 'Delete a team that nobody needs, or ask AWS for more (Service Quotas, SageMaker).',
  },
  InvalidRequest: {
    means: 'AWS refuses what the spec asks for, mostly because something that it names is not there.',
    check:
      'The workforce of that region and its kind (Cognito or OIDC); that user pool, client and user groups exist in that region; the topic, and that its policy lets SageMaker publish.',
    act: 'Correct the spec, or create what it names. What was created a moment ago may take a minute to be seen; it is tried again by itself.',
  },
  NotConverging: {
    means: 'AWS took an update and shows something else: it does not keep what we send.',
    check:
      '`status.drift` or the message for the fields, and in CloudTrail whether somebody else changes them at once.',
    act: 'Write what AWS keeps into the spec; take a second writer away; then [ask for another look](guides/stuck.md#ask-for-another-look).',
  },
  DeletionBlocked: {
    means: 'AWS does not delete the work team, because labeling jobs or human loops use it.',
    check: 'Labeling jobs in progress that name the ARN of the team; flow definitions of A2I that do.',
    act: 'Stop or finish them. Or keep the team: `deletionPolicy: Retain` before you do, and the deletion goes through.',
  },
  NotOwned: {
    means:
      'There is a work team of that name, and its owner tag is not of this cluster and this Workteam, or it has none. Nothing was changed.',
    check:
      'The owner in the message. None: it was made by hand or by another tool. Another cluster id: see [another cluster id](guides/cluster-id.md) and [restoring](guides/restoring.md). `workteam-operator plan -f FILE` says what an adoption would change.',
    act: '[Adopt it](guides/adopting.md), or choose another `workteamName`. Deleting this Workteam leaves the work team alone.',
  },
  NameConflict: {
    means: 'Another Workteam of this cluster has the work team. Nothing was changed, and no policy changes that.',
    check: 'The holder in the message: `kubectl get workteam NAME --namespace NAMESPACE`.',
    act: 'Delete one of the two; or [move the team](guides/moving.md): when the holder has let go of it, this one takes it with `adoptionPolicy: IfUnowned`.',
  },
  ImmutableField: {
    means: 'The spec asks for a workforce (or another thing) that AWS fixed when the work team was created.',
    check: 'Both values in the message.',
    act: 'Keep the team: write what it has. Or have another one: delete this Workteam, with `Delete`, and create it again.',
  },
  InvalidSpec: {
    means:
      'The stored spec breaks a rule that came with a later version of the CRD, or was written past the API server.',
    check: 'Each problem in the message names a field and what to write.',
    act: 'Edit the spec.',
  },
};

/** The page. */
export function troubleshootingPage(): string {
  return page(
    'Troubleshooting',
    '`kubectl get workteams` shows the reason of Ready; here is what each means, what to check, and what to do. `kubectl describe workteam NAME` has the sentence of your case. When a Workteam says nothing at all, or does not go away: [stuck](guides/stuck.md). When the program does not start: [messages](reference/messages.md#the-program-cannot-start-leaves-or-warns). When an alert sent you here: [alerts](guides/alerts.md).',
    ...Object.entries(FAILING).flatMap(([reason, advice]) => {
      const kind = kindOfReason(reason as FailureReason);
      const minutes = STALLED_AFTER_MS[kind] / 60_000;
      const when = minutes === 0 ? 'at once' : `after ${minutes} minutes`;
      const samples = FAILURES[reason as FailureReason].map((failure) => `> ${failureMessage(failure, 'NAME')}`);
      return section(reason, advice, `*${kind}: Stalled ${when}.*`, ...samples);
    }),
    '## When nothing is wrong',
    ...Object.entries(CALM).flatMap(([reason, advice]) => section(reason, advice, ...sayings(reason as Calm))),
  );
}

function sayings(reason: Calm): string[] {
  switch (reason) {
    case 'Synced':
      return [`> ${readyMessage('synced', 'NAME')}`];
    case 'Suspended':
      return [`> ${readyMessage('suspended', 'NAME')}`];
    default:
      return [];
  }
}

function section(reason: string, { means, check, act }: Advice, ...before: readonly string[]): string[] {
  const depth = Object.hasOwn(CALM, reason) ? '###' : '##';
  return [
    `${depth} ${reason}`,
    ...before,
    [`- **What it means.** ${means}`, `- **What to check.** ${check}`, `- **What to do.** ${act}`].join('\n'),
  ];
}
