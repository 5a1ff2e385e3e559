/** docs/reference/messages.md: every message that a user can meet, made by the code that says it, from sample values. */
import {
  cannotListen,
  cannotListWorkteams,
  LEASE_LOST,
  NAMESPACE_REFUSED,
  NO_BRAKE,
  NO_CLUSTER_ID,
  NO_REGION,
  noAnswer,
  noCrd,
  noCredentials,
  noLease,
  notAccepted,
  notAllowed,
} from '../../src/cli/cannot-start.ts';
import { type Announcement, announceFailure, announceWrites } from '../../src/workteam/announce.ts';
import type { Difference } from '../../src/workteam/compare.ts';
import { type SchemaNode, workteamCrd } from '../../src/workteam/crd.ts';
import { type Failure, type FailureReason, kindOf, STALLED_AFTER_MS } from '../../src/workteam/failure.ts';
import {
  doingMessage,
  driftMessage,
  failureMessage,
  readyMessage,
  releasedMessage,
} from '../../src/workteam/messages.ts';
import type { Workteam } from '../../src/workteam/schema.ts';
import type { Action, Doing } from '../../src/workteam/step.ts';
import { code, page, table } from './markdown.ts';

const NAME = 'NAME';
const OPERATION = 'OPERATION';
const OWNER = 'CLUSTER/NAMESPACE/OTHER';
const DETAIL = 'What AWS said.';

/** One sample of each failure, and of each way that it is worded. The type makes a forgotten reason an error. */
export const FAILURES: { readonly [R in FailureReason]: readonly Extract<Failure, { reason: R }>[] } = {
  Throttled: [{ reason: 'Throttled', operation: OPERATION }],
  Unavailable: [
    { reason: 'Unavailable', operation: OPERATION, detail: 'HTTP 503' },
    { reason: 'Unavailable', operation: OPERATION, detail: 'ENOTFOUND', unknownHost: 'HOST' },
  ],
  CredentialsUnavailable: [{ reason: 'CredentialsUnavailable', detail: 'ExpiredTokenException' }],
  AccessDenied: [{ reason: 'AccessDenied', operation: OPERATION, permission: 'sagemaker:ACTION' }],
  QuotaExceeded: [{ reason: 'QuotaExceeded', operation: OPERATION, detail: DETAIL }],
  InvalidRequest: [{ reason: 'InvalidRequest', operation: OPERATION, detail: DETAIL }],
  NotConverging: [{ reason: 'NotConverging', fields: ['FIELD'] }],
  DeletionBlocked: [{ reason: 'DeletionBlocked', detail: DETAIL }],
  NotOwned: [
    { reason: 'NotOwned', policy: 'Never' },
    { reason: 'NotOwned', policy: 'Never', owner: OWNER },
    { reason: 'NotOwned', policy: 'Always', owner: OWNER },
  ],
  NameConflict: [{ reason: 'NameConflict', holder: 'NAMESPACE/OTHER' }],
  ImmutableField: [{ reason: 'ImmutableField', field: 'workforceName', desired: '"this"', observed: '"that"' }],
  InvalidSpec: [{ reason: 'InvalidSpec', problems: ['spec.FIELD: WHAT TO WRITE'] }],
};

const DOING: { readonly [D in Doing]: true } = {
  working: true,
  waitingForCreate: true,
  adopting: true,
  deleting: true,
};

/** The page. */
export function messagesPage(): string {
  return page(
    'Messages',
    'In capitals: what differs from case to case. In brackets after a reason: how it is met. A transient failure heals by waiting and makes a Workteam Stalled after 10 minutes; a blocked one when somebody acts outside the spec, Stalled after 2 minutes; a terminal one by an edit, Stalled at once.',
    '## Conditions: Ready, and Stalled or Reconciling with it',
    table(['reason of Ready', 'message, and what to do'], [...settled(), ...failures()]),
    '## Condition: Drifted',
    table(
      ['reason', 'message'],
      [
        [code('Differs'), driftMessage(['FIELD'])],
        [code('AsSpecified'), driftMessage([])],
      ],
    ),
    '## Events',
    table(['reason', 'type', 'message'], events()),
    '## Refused by the API server',
    'The messages of the CRD. Bounds and enumerations have the API server’s own words.',
    table(['where', 'message'], refusals()),
    '## The program cannot start, leaves, or warns',
    table(
      ['message, and what to do'],
      starts().map((message) => [message]),
    ),
  );
}

function settled(): string[][] {
  return [
    [code('Synced'), readyMessage('synced', NAME)],
    [code('Observed'), readyMessage('observed', NAME)],
    [`${code('Observed')} (Ready is False)`, readyMessage('observedAbsent', NAME)],
    [code('Suspended'), readyMessage('suspended', NAME)],
    ...(Object.keys(DOING) as Doing[]).map((doing) => [code('Progressing'), doingMessage(doing, NAME)]),
  ];
}

function failures(): string[][] {
  return Object.values(FAILURES)
    .flat()
    .map((failure) => {
      const minutes = STALLED_AFTER_MS[kindOf(failure)] / 60_000;
      const kind = minutes === 0 ? 'terminal' : kindOf(failure);
      return [`${code(failure.reason)} (${kind})`, failureMessage(failure, NAME)];
    });
}

function events(): string[][] {
  const differences: Difference[] = [{ field: 'description', desired: 'this', observed: 'that', repair: 'update' }];
  const request = { workteamName: NAME, description: '', memberDefinitions: [] };
  const update: Action = { do: 'update', request, differences };
  const topic: Difference = {
    field: 'notificationConfiguration.notificationTopicArn',
    desired: 'arn',
    observed: undefined,
    repair: 'update',
  };
  const announced: Announcement[] = [
    ...announceWrites(sample(), [{ do: 'create', request: { ...request, tags: {} } }]),
    ...announceWrites(sample({ workteamArn: 'arn' }), [{ do: 'create', request: { ...request, tags: {} } }]),
    ...announceWrites(sample(), [update]),
    ...announceWrites(settledSample(), [update]),
    ...announceWrites(sample(), [{ do: 'adopt', arn: '', ownerTag: '' }]),
    ...announceWrites(sample(), [{ do: 'adopt', arn: '', ownerTag: '', from: OWNER }]),
    ...announceWrites(sample(), [{ do: 'delete', workteamName: NAME }]),
    ...announceWrites(sample(), [{ do: 'update', request, differences: [topic] }]).slice(1),
    ...(['notOurs', 'crdDeleted', 'retained'] as const).map(
      (because): Announcement => ({
        type: because === 'retained' ? 'Normal' : 'Warning',
        reason: 'Released',
        action: 'Release',
        message: releasedMessage(NAME, because === 'notOurs' ? { because, owner: OWNER } : { because }),
      }),
    ),
    ...announceFailure(sample(), failed(false)),
    ...announceFailure(sample(), failed(true)),
  ];
  return announced.map(({ reason, type, message }) => [code(reason), type, message]);
}

function refusals(): string[][] {
  const [version] = workteamCrd().spec.versions;
  const rows: string[][] = [];
  const visit = (node: SchemaNode, path: string): void => {
    for (const rule of (node['x-kubernetes-validations'] ?? []) as { message: string; fieldPath?: string }[]) {
      rows.push([code(`${path}${rule.fieldPath ?? ''}` || 'the object'), rule.message]);
    }
    for (const [name, child] of Object.entries(node.properties ?? {}))
      visit(child, path === '' ? name : `${path}.${name}`);
    if (node.items !== undefined) visit(node.items, `${path}[]`);
  };
  if (version !== undefined) visit(version.schema.openAPIV3Schema, '');
  return rows.map(([where = '', message = '']) => [where.replace('`.', '`'), message]);
}

function starts(): string[] {
  const server = 'https://SERVER';
  return [
    NO_REGION,
    noCredentials('CredentialsProviderError'),
    noAnswer(server, 'ECONNREFUSED'),
    noCrd(server),
    notAccepted(server),
    notAllowed(server),
    cannotListWorkteams(server, '500'),
    NO_CLUSTER_ID,
    cannotListen('metrics', ':8080', 'EADDRINUSE'),
    LEASE_LOST,
    noLease('NAMESPACE/NAME', '403'),
    NAMESPACE_REFUSED,
    NO_BRAKE,
  ];
}

function sample(status?: NonNullable<Workteam['status']>): Workteam {
  const metadata = {
    name: NAME,
    namespace: 'NAMESPACE',
    uid: 'UID',
    generation: 1,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const spec = { description: '', memberDefinitions: [] };
  return { apiVersion: '', kind: '', metadata, spec, ...(status && { status }) };
}

function settledSample(): Workteam {
  return sample({ observedGeneration: 1, conditions: [condition('Ready', 'True', 'Synced', '')] });
}

function failed(terminal: boolean): Workteam {
  const reason = terminal ? 'NotOwned' : 'QuotaExceeded';
  const conditions = [condition('Ready', 'False', reason, 'the message of Ready')];
  if (terminal) conditions.push(condition('Stalled', 'True', reason, ''));
  return sample({ conditions });
}

function condition(type: string, status: 'True' | 'False', reason: string, message: string) {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1 };
}
