/**
 * Workteams as Argo CD may meet them: every row of the conditions, with each of its reasons. Their statuses are made by the
 * code that writes them in a cluster; what Argo CD has to make of them is said here, by hand.
 */
import type { Difference } from '../../src/workteam/compare.ts';
import { type Failure, type FailureReason, kindOf, STALLED_AFTER_MS } from '../../src/workteam/failure.ts';
import { API_VERSION, FINALIZER, KIND, type Workteam, type WorkteamSpec } from '../../src/workteam/schema.ts';
import { report, SETTLED_GRACE_MS } from '../../src/workteam/status.ts';
import type { Doing, Reportable } from '../../src/workteam/step.ts';

/** How Argo CD calls the state of a resource. */
export type Health = 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';

/** One Workteam, and what Argo CD shows of it. */
export interface Row {
  /** For file names. */
  readonly name: string;
  readonly workteam: Workteam;
  readonly health: { readonly status: Health; readonly message: string };
}

/** What the script itself says while no condition speaks of the present spec. */
const NOT_YET = 'The operator has not come to this spec yet.';
const SUSPENDED = 'spec.suspend is true: nothing is read or written in AWS. Set it to false to go on.';

const REGION = 'eu-west-1';
const START = Date.parse('2030-01-01T00:00:00Z');

const SPEC: WorkteamSpec = {
  region: REGION,
  description: 'Labels street scenes for the perception models',
  memberDefinitions: [{ oidcMemberDefinition: { groups: ['street-labelers', 'street-reviewers'] } }],
};

const TEAM = {
  workteamName: 'street-scenes',
  workteamArn: `arn:aws:sagemaker:${REGION}:111122223333:workteam/private-crowd/street-scenes`,
  workforceArn: `arn:aws:sagemaker:${REGION}:111122223333:workforce/private-crowd`,
  description: SPEC.description,
  memberDefinitions: SPEC.memberDefinitions,
  createDate: '2030-01-01T00:00:02Z',
};

const DRIFT: Difference = { field: 'description', desired: SPEC.description, observed: 'By hand', repair: 'update' };

/** One failure of each reason. The type makes a forgotten one an error. */
const FAILURES: { readonly [R in FailureReason]: Extract<Failure, { reason: R }> } = {
  Throttled: { reason: 'Throttled', operation: 'DescribeWorkteam' },
  Unavailable: { reason: 'Unavailable', operation: 'DescribeWorkteam', detail: 'HTTP 503' },
  CredentialsUnavailable: { reason: 'CredentialsUnavailable', detail: 'ExpiredTokenException' },
  AccessDenied: { reason: 'AccessDenied', operation: 'UpdateWorkteam', permission: 'sagemaker:UpdateWorkteam' },
  QuotaExceeded: { reason: 'QuotaExceeded', operation: 'CreateWorkteam', detail: 'The limit is 25.' },
  InvalidRequest: { reason: 'InvalidRequest', operation: 'CreateWorkteam', detail: 'There is no such group.' },
  NotConverging: { reason: 'NotConverging', fields: ['description'] },
  DeletionBlocked: { reason: 'DeletionBlocked', detail: 'A labeling job uses it.' },
  NotOwned: { reason: 'NotOwned', policy: 'Never' },
  NameConflict: { reason: 'NameConflict', holder: 'vision/other' },
  ImmutableField: { reason: 'ImmutableField', field: 'workforceName', desired: '"a"', observed: '"b"' },
  InvalidSpec: { reason: 'InvalidSpec', problems: ['spec.description: Required value'] },
};

const DOING: { readonly [D in Doing]: true } = {
  working: true,
  waitingForCreate: true,
  adopting: true,
  deleting: true,
};

/** A Workteam that was just applied; with `after`, after passes that ended so, each so many milliseconds after the start. */
class Story {
  readonly workteam: Workteam;

  constructor(workteam: Workteam) {
    this.workteam = workteam;
  }

  after(outcome: Reportable, ms = 0): Story {
    const { workteam } = this;
    return new Story({ ...workteam, status: report(workteam, outcome, REGION, new Date(START + ms)) });
  }

  edited(spec: Partial<WorkteamSpec>): Story {
    const { metadata } = this.workteam;
    const edited = { ...metadata, generation: metadata.generation + 1 };
    return new Story({ ...this.workteam, metadata: edited, spec: { ...this.workteam.spec, ...spec } });
  }

  /** Argo CD is to say so, with a message of its own or the one of a condition. */
  is(status: Health, name: string, message: string | { of: 'Ready' | 'Stalled' | 'Drifted'; reason?: true }): Row {
    return { name, workteam: this.workteam, health: { status, message: this.#message(message) } };
  }

  #message(message: Parameters<Story['is']>[2]): string {
    if (typeof message === 'string') return message;
    const condition = this.workteam.status?.conditions?.find(({ type }) => type === message.of);
    if (condition === undefined) throw new Error(`there is no condition ${message.of}`);
    return message.reason ? `${condition.reason}: ${condition.message}` : condition.message;
  }
}

/** The first generation, with the observedGeneration that the CRD puts there. */
export function applied(spec: Partial<WorkteamSpec> = {}): Story {
  return new Story({
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: {
      name: 'street-scenes',
      namespace: 'vision',
      uid: '5b2c9a8e-0d3f-4c51-9a57-1f6f0f8f3a10',
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: new Date(START).toISOString().replace('.000', ''),
      finalizers: [FINALIZER],
    },
    spec: { ...SPEC, ...spec },
    status: { observedGeneration: -1 },
  });
}

export const SYNCED: Reportable = { kind: 'synced', team: TEAM };
const failed = (failure: Failure): Reportable => ({ kind: 'failed', failure });

/** Every row. */
export function rows(): Row[] {
  const { status: _none, ...unseen } = applied().workteam;
  const observing = applied({ managementPolicy: 'Observe' });
  const observed = (drift: Difference[]): Reportable => ({ kind: 'observed', team: TEAM, drift });
  return [
    new Story(unseen).is('Progressing', 'without-status', NOT_YET),
    applied().is('Progressing', 'applied', NOT_YET),
    applied().after(SYNCED).is('Healthy', 'synced', { of: 'Ready' }),
    observing.after(observed([])).is('Healthy', 'observed', { of: 'Ready' }),
    observing.after(observed([DRIFT])).is('Healthy', 'drifted', { of: 'Drifted' }),
    observing.after({ kind: 'observedAbsent' }).is('Degraded', 'observed-absent', { of: 'Stalled' }),
    applied({ suspend: true }).after({ kind: 'suspended' }).is('Suspended', 'suspended', SUSPENDED),
    ...under(),
    ...failing(),
    ...edited(),
  ];
}

function under(): Row[] {
  const words = { of: 'Ready', reason: true } as const;
  const doing = (Object.keys(DOING) as Doing[]).map((what) =>
    applied().after({ kind: 'acting', doing: what }).is('Progressing', kebab(what), words),
  );
  const again = applied().after(SYNCED).after({ kind: 'acting', doing: 'waitingForCreate' }, 600_000);
  return [...doing, again.is('Progressing', 'created-again', words)];
}

function failing(): Row[] {
  const words = { of: 'Ready', reason: true } as const;
  const { Throttled, AccessDenied } = FAILURES;
  const settled = applied().after(SYNCED);
  return [
    ...Object.values(FAILURES).flatMap((failure) => {
      const first = applied().after(failed(failure));
      const lasts = STALLED_AFTER_MS[kindOf(failure)];
      const stalled = first.after(failed(failure), lasts).is('Degraded', kebab(failure.reason), { of: 'Stalled' });
      return lasts === 0 ? [stalled] : [first.is('Progressing', kebab(failure.reason), words), stalled];
    }),
    settled.after(failed(Throttled)).is('Healthy', 'throttled-after-synced', { of: 'Ready' }),
    settled
      .after(failed(Throttled))
      .after(failed(Throttled), SETTLED_GRACE_MS)
      .is('Progressing', 'throttled-after-synced-for-a-minute', words),
    settled.after(failed(AccessDenied)).is('Progressing', 'access-denied-after-synced', words),
  ];
}

function edited(): Row[] {
  const description = 'Labels street scenes';
  const refused = applied().after(failed(FAILURES.NotOwned));
  const again = refused.edited({ description });
  return [
    applied().after(SYNCED).edited({ description }).is('Progressing', 'edited', NOT_YET),
    again.is('Progressing', 'edited-after-degraded', NOT_YET),
    again.after(failed(FAILURES.Throttled)).is('Progressing', 'edited-and-throttled', { of: 'Ready', reason: true }),
    applied().after(SYNCED).edited({ suspend: true }).is('Suspended', 'suspended-just-now', SUSPENDED),
    refused.edited({ suspend: true }).is('Suspended', 'suspended-after-degraded', SUSPENDED),
    applied({ suspend: true })
      .after({ kind: 'suspended' })
      .edited({ suspend: false })
      .is('Progressing', 'resumed', NOT_YET),
  ];
}

/** `waitingForCreate` → `waiting-for-create` */
function kebab(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
