import { describe, expect, test } from 'vitest';
import type { Difference } from '../../src/workteam/compare.ts';
import { regionOf } from '../../src/workteam/facts.ts';
import type { Failure } from '../../src/workteam/failure.ts';
import { canonicalJson } from '../../src/workteam/json.ts';
import {
  type Condition,
  REQUESTED_AT_ANNOTATION,
  type Workteam,
  type WorkteamStatus,
  workteamStatus,
} from '../../src/workteam/schema.ts';
import { failingSince, isSettled, report } from '../../src/workteam/status.ts';
import type { Doing, Reportable } from '../../src/workteam/step.ts';
import { ARN, REGION, SETTINGS, SPEC, teamLike, workteamOf } from '../support/workteam-fixture.ts';

const START = Date.parse('2030-06-01T12:00:00Z');
const MINUTE = 60;

const synced: Reportable = { kind: 'synced', team: teamLike(SPEC) };
const suspended: Reportable = { kind: 'suspended' };
const acting = (doing: Doing = 'deleting'): Reportable => ({ kind: 'acting', doing });
const failed = (failure: Failure): Reportable => ({ kind: 'failed', failure });

const throttled: Failure = { reason: 'Throttled', operation: 'DescribeWorkteam' };
const unavailable: Failure = { reason: 'Unavailable', operation: 'ListTags', detail: 'HTTP 503' };
const denied: Failure = {
  reason: 'AccessDenied',
  operation: 'UpdateWorkteam',
  permission: 'sagemaker:UpdateWorkteam',
};
const notOwned: Failure = { reason: 'NotOwned', policy: 'Never' };

const drifted: Difference = { field: 'description', desired: 'New', observed: 'Old', repair: 'update' };

/** An object as it was just applied: the API server fills in an observedGeneration of -1. */
const fresh = (): Workteam => workteamOf({}, { observedGeneration: -1 });

/** The object after a pass that ended with `outcome`, so many seconds after the start. */
function told(workteam: Workteam, outcome: Reportable, seconds = 0): Workteam {
  return {
    ...workteam,
    status: report(workteam, outcome, regionOf(workteam, SETTINGS), new Date(START + seconds * 1000)),
  };
}

/** The object after several passes, each at its second. */
const story = (...passes: readonly (readonly [Reportable, number])[]): Workteam =>
  passes.reduce((workteam, [outcome, seconds]) => told(workteam, outcome, seconds), fresh());

function edited(workteam: Workteam): Workteam {
  return { ...workteam, metadata: { ...workteam.metadata, generation: workteam.metadata.generation + 1 } };
}

function requested(workteam: Workteam, value: string): Workteam {
  return { ...workteam, metadata: { ...workteam.metadata, annotations: { [REQUESTED_AT_ANNOTATION]: value } } };
}

const conditionOf = ({ status }: Workteam, type: string): Condition | undefined =>
  status?.conditions?.find((condition) => condition.type === type);

/** Conditions in short, as `Ready=False Throttled`. */
const inShort = ({ status }: Workteam): string[] =>
  (status?.conditions ?? []).map(({ type, status: value, reason }) => `${type}=${value} ${reason}`);

const SYNCED = ['Ready=True Synced'];
const RETRYING = (reason: string) => [`Ready=False ${reason}`, 'Reconciling=True ProgressingWithRetry'];
const STALLED = (reason: string) => [`Ready=False ${reason}`, `Stalled=True ${reason}`];

describe('the conditions of each kind', () => {
  test('settled', () => {
    const workteam = told(fresh(), synced);
    expect(inShort(workteam)).toEqual(SYNCED);
    expect(workteam.status?.observedGeneration).toBe(1);
    expect(isSettled(workteam)).toBe(true);
  });

  test('observed, as specified', () => {
    const workteam = told(fresh(), { kind: 'observed', team: teamLike(SPEC), drift: [] });
    expect(inShort(workteam)).toEqual(['Ready=True Observed', 'Drifted=False AsSpecified']);
    expect(workteam.status).toMatchObject({ observedGeneration: 1 });
    expect(workteam.status).not.toHaveProperty('drift');
  });

  test('observed, drifted', () => {
    const workteam = told(fresh(), { kind: 'observed', team: teamLike(SPEC), drift: [drifted] });
    expect(inShort(workteam)).toEqual(['Ready=True Observed', 'Drifted=True Differs']);
    expect(conditionOf(workteam, 'Drifted')?.message).toContain('description');
    expect(workteam.status?.drift).toEqual([{ field: 'description', desired: '"New"', observed: '"Old"' }]);
  });

  test('observed, absent', () => {
    const workteam = told(fresh(), { kind: 'observedAbsent' });
    expect(inShort(workteam)).toEqual(STALLED('Observed'));
    expect(workteam.status?.observedGeneration).toBe(1);
    expect(isSettled(workteam)).toBe(false);
  });

  test('suspended', () => {
    const workteam = told(fresh(), suspended);
    expect(inShort(workteam)).toEqual(['Ready=Unknown Suspended']);
    expect(workteam.status?.observedGeneration).toBe(1);
  });

  test.each(['working', 'waitingForCreate', 'adopting', 'deleting'] as const)('acting: %s', (doing) => {
    const workteam = told(fresh(), acting(doing));
    expect(inShort(workteam)).toEqual(['Ready=Unknown Progressing', 'Reconciling=True Progressing']);
    expect(workteam.status?.observedGeneration).toBe(-1);
  });

  test.each([throttled, unavailable])('transient: $reason', (failure) => {
    const workteam = told(fresh(), failed(failure));
    expect(inShort(workteam)).toEqual(RETRYING(failure.reason));
    expect(workteam.status?.observedGeneration).toBe(-1);
  });

  test.each<Failure>([
    denied,
    { reason: 'CredentialsUnavailable', detail: 'CredentialsProviderError' },
    { reason: 'QuotaExceeded', operation: 'CreateWorkteam', detail: 'Full.' },
    { reason: 'InvalidRequest', operation: 'CreateWorkteam', detail: 'No such group.' },
    { reason: 'NotConverging', fields: ['description'] },
    { reason: 'DeletionBlocked', detail: 'In use.' },
  ])('blocked: $reason', (failure) => {
    const workteam = told(fresh(), failed(failure));
    expect(inShort(workteam)).toEqual(RETRYING(failure.reason));
    expect(workteam.status?.observedGeneration).toBe(-1);
  });

  test.each<Failure>([
    notOwned,
    { reason: 'NameConflict', holder: 'vision/other' },
    { reason: 'ImmutableField', field: 'workforceName', desired: '"a"', observed: '"b"' },
    { reason: 'InvalidSpec', problems: ['spec.description: Required value'] },
  ])('terminal: $reason', (failure) => {
    const workteam = told(fresh(), failed(failure));
    expect(inShort(workteam)).toEqual(STALLED(failure.reason));
    expect(workteam.status?.observedGeneration).toBe(1);
    expect(workteam.status).not.toHaveProperty('failingSince');
  });
});

describe('acting', () => {
  test('makes Ready Unknown after it was True', () => {
    const workteam = story([synced, 0], [acting('waitingForCreate'), 10]);
    expect(inShort(workteam)).toEqual(['Ready=Unknown Progressing', 'Reconciling=True Progressing']);
    expect(workteam.status?.observedGeneration).toBe(1);
  });

  test('leaves False within a generation', () => {
    const workteam = story([failed(throttled), 0], [acting(), 10]);
    expect(inShort(workteam)).toEqual(['Ready=False Throttled', 'Reconciling=True Progressing']);
  });

  test('does not leave False for the next generation', () => {
    const workteam = told(edited(told(fresh(), failed(throttled))), acting(), 10);
    expect(inShort(workteam)).toEqual(['Ready=Unknown Progressing', 'Reconciling=True Progressing']);
  });

  test('leaves Stalled, with its conditions, within a generation', () => {
    const refused = told(fresh(), failed(notOwned));
    expect(told(refused, acting('adopting'), 10).status?.conditions).toEqual(refused.status?.conditions);
  });

  test('does not leave Stalled for the next generation', () => {
    const workteam = told(edited(told(fresh(), failed(notOwned))), acting('adopting'), 10);
    expect(inShort(workteam)).toEqual(['Ready=Unknown Progressing', 'Reconciling=True Progressing']);
    expect(workteam.status?.observedGeneration).toBe(1);
  });

  test('after Suspended, Ready stays Unknown and its time does not move', () => {
    const workteam = story([suspended, 0], [acting(), 60]);
    expect(conditionOf(workteam, 'Ready')).toMatchObject({
      reason: 'Progressing',
      lastTransitionTime: '2030-06-01T12:00:00Z',
    });
  });
});

describe('the thresholds', () => {
  test.each([
    { kind: 'transient', failure: throttled, minutes: 10 },
    { kind: 'blocked', failure: denied, minutes: 2 },
  ])('$kind is Stalled after failing for $minutes min, and not before', ({ failure, minutes }) => {
    const began = told(fresh(), failed(failure));
    const before = told(began, failed(failure), minutes * MINUTE - 1);
    expect(inShort(before)).toEqual(RETRYING(failure.reason));
    expect(before.status?.observedGeneration).toBe(-1);
    for (const seconds of [minutes * MINUTE, minutes * MINUTE + 1, 100 * MINUTE]) {
      const then = told(before, failed(failure), seconds);
      expect(inShort(then)).toEqual(STALLED(failure.reason));
      expect(then.status?.observedGeneration).toBe(1);
    }
  });

  test('a transient failure leaves a settled Workteam as it is for a minute, and not longer', () => {
    const settled = told(fresh(), synced);
    const began = told(settled, failed(throttled), 100);
    expect(began.status).toEqual({ ...settled.status, failingSince: '2030-06-01T12:01:40Z' });
    expect(told(began, failed(unavailable), 159).status).toEqual(began.status);
    expect(inShort(told(began, failed(throttled), 160))).toEqual(RETRYING('Throttled'));
  });

  test('so it does one that is only observed', () => {
    const settled = told(fresh(), { kind: 'observed', team: teamLike(SPEC), drift: [drifted] });
    expect(told(settled, failed(throttled), 100).status?.conditions).toEqual(settled.status?.conditions);
  });

  test('a blocked one does not', () => {
    expect(inShort(story([synced, 0], [failed(denied), 100]))).toEqual(RETRYING('AccessDenied'));
  });

  test('nor does any for an edited Workteam', () => {
    const workteam = told(edited(told(fresh(), synced)), failed(throttled), 100);
    expect(inShort(workteam)).toEqual(RETRYING('Throttled'));
    expect(workteam.status?.observedGeneration).toBe(1);
  });

  test('the minute begins with the first failure, not with the last success', () => {
    const workteam = story([synced, 0], [failed(throttled), 10_000], [failed(throttled), 10_059]);
    expect(inShort(workteam)).toEqual(SYNCED);
  });

  test('a clock that went backwards makes nothing Stalled', () => {
    expect(inShort(story([failed(denied), 3600], [failed(denied), 0]))).toEqual(RETRYING('AccessDenied'));
  });
});

describe('failingSince', () => {
  const since = (workteam: Workteam) => workteam.status?.failingSince;
  const NOON = '2030-06-01T12:00:00Z';

  test('is written by the first failing pass of a generation', () => {
    const workteam = told(fresh(), failed(throttled), 0.9);
    expect(since(workteam)).toBe(NOON);
    expect(failingSince(workteam)).toBe(START);
  });

  test('is kept across reasons and kinds, which have one clock', () => {
    const workteam = story([failed(throttled), 0], [failed(unavailable), 60], [failed(denied), 119]);
    expect(since(workteam)).toBe(NOON);
    expect(inShort(workteam)).toEqual(RETRYING('AccessDenied'));
    expect(inShort(told(workteam, failed(denied), 120))).toEqual(STALLED('AccessDenied'));
    expect(inShort(told(workteam, failed(throttled), 120))).toEqual(RETRYING('Throttled'));
  });

  test('is kept across acting passes', () => {
    const workteam = story([failed(denied), 0], [acting(), 60], [failed(denied), 120]);
    expect(since(workteam)).toBe(NOON);
    expect(inShort(workteam)).toEqual(STALLED('AccessDenied'));
  });

  test.each<[string, Reportable]>([
    ['synced', synced],
    ['observed', { kind: 'observed', team: teamLike(SPEC), drift: [] }],
    ['observed, absent', { kind: 'observedAbsent' }],
    ['suspended', suspended],
    ['terminal', failed(notOwned)],
  ])('is removed when %s', (_, outcome) => {
    const workteam = story([failed(denied), 0], [outcome, 60]);
    expect(since(workteam)).toBeUndefined();
    expect(failingSince(workteam)).toBeUndefined();
  });

  test('begins again with a newer generation that fails', () => {
    const workteam = told(edited(told(fresh(), failed(denied))), failed(denied), 300);
    expect(since(workteam)).toBe('2030-06-01T12:05:00Z');
    expect(inShort(workteam)).toEqual(RETRYING('AccessDenied'));
  });

  test('is removed by an acting pass of a newer generation', () => {
    expect(since(told(edited(told(fresh(), failed(denied))), acting(), 300))).toBeUndefined();
  });

  test('begins again after it was over', () => {
    const workteam = story([failed(denied), 0], [synced, 60], [failed(denied), 130]);
    expect(since(workteam)).toBe('2030-06-01T12:02:10Z');
    expect(inShort(workteam)).toEqual(RETRYING('AccessDenied'));
  });

  test('is nothing that a fresh object has', () => {
    expect(failingSince(fresh())).toBeUndefined();
    expect(failingSince(workteamOf())).toBeUndefined();
  });
});

describe('Stalled', () => {
  const stalled = () => story([failed(denied), 0], [failed(denied), 120]);

  test('stays until settled, whatever fails next', () => {
    const workteam = told(stalled(), failed(throttled), 130);
    expect(inShort(workteam)).toEqual(STALLED('Throttled'));
    expect(inShort(told(workteam, acting(), 140))).toEqual(STALLED('Throttled'));
    expect(inShort(told(workteam, synced, 150))).toEqual(SYNCED);
  });

  test('of a terminal failure stays when looking fails', () => {
    expect(inShort(story([failed(notOwned), 0], [failed(throttled), 10]))).toEqual(STALLED('Throttled'));
  });

  test('stays until edited', () => {
    expect(inShort(told(edited(stalled()), failed(denied), 130))).toEqual(RETRYING('AccessDenied'));
  });

  test('comes back only after another two minutes once it was over', () => {
    const again = told(told(stalled(), synced, 200), failed(denied), 300);
    expect(inShort(again)).toEqual(RETRYING('AccessDenied'));
  });
});

describe('a condition', () => {
  test('moves its time only with its status', () => {
    const workteam = story([failed(throttled), 0], [failed(denied), 60]);
    expect(conditionOf(workteam, 'Ready')).toMatchObject({
      reason: 'AccessDenied',
      lastTransitionTime: '2030-06-01T12:00:00Z',
    });
    expect(conditionOf(told(workteam, synced, 90), 'Ready')?.lastTransitionTime).toBe('2030-06-01T12:01:30Z');
  });

  test('that went and came back has a new time', () => {
    const workteam = story([failed(throttled), 0], [synced, 60], [acting(), 90]);
    expect(conditionOf(workteam, 'Reconciling')?.lastTransitionTime).toBe('2030-06-01T12:01:30Z');
  });

  test("of somebody else's stays as it is, behind ours", () => {
    const theirs: Condition = {
      type: 'example.com/Approved',
      status: 'True',
      reason: 'Yes',
      message: '',
      lastTransitionTime: '2029-01-01T00:00:00Z',
    };
    const workteam = told({ ...fresh(), status: { conditions: [theirs] } }, synced);
    expect(workteam.status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'example.com/Approved']);
    expect(workteam.status?.conditions?.[1]).toEqual(theirs);
  });

  test('says which generation it speaks of', () => {
    const workteam = told(edited(fresh()), failed(throttled));
    expect(workteam.status?.conditions?.map(({ observedGeneration }) => observedGeneration)).toEqual([2, 2]);
  });
});

describe('what the status says of the team', () => {
  test('is what AWS shows', () => {
    const team = {
      ...teamLike(SPEC),
      subDomain: 'labeling.example',
      productListingIds: ['listing'],
      lastUpdatedDate: '2030-01-03T00:00:00Z',
      workerAccessConfiguration: { s3Presign: { iamPolicyConstraints: { sourceIp: 'Disabled' } } },
    };
    const { conditions: _, ...status } = told(fresh(), { kind: 'synced', team }).status ?? {};
    expect(status).toEqual({
      observedGeneration: 1,
      workteamName: 'labelers',
      region: REGION,
      workteamArn: ARN,
      workforceArn: team.workforceArn,
      subDomain: 'labeling.example',
      productListingIds: ['listing'],
      createDate: team.createDate,
      lastUpdatedDate: team.lastUpdatedDate,
      workerAccessConfiguration: team.workerAccessConfiguration,
    });
  });

  test('stays where a list leaves optional members out', () => {
    const known = told(fresh(), { kind: 'synced', team: { ...teamLike(SPEC), subDomain: 'labeling.example' } });
    expect(told(known, synced, 60).status?.subDomain).toBe('labeling.example');
  });

  test('is known from a failure about a team of ours, too', () => {
    const failure: Failure = { reason: 'ImmutableField', field: 'workforceName', desired: '"a"', observed: '"b"' };
    const workteam = told(fresh(), { kind: 'failed', failure, team: teamLike(SPEC) });
    expect(workteam.status).toMatchObject({ workteamArn: ARN });
  });

  test('is nothing for a failure about a team that is not ours', () => {
    expect(told(fresh(), failed(notOwned)).status).not.toHaveProperty('workteamArn');
  });

  test('has the region that it had first', () => {
    const workteam = { ...fresh(), status: { region: 'us-east-1' } };
    expect(told(workteam, synced).status?.region).toBe('us-east-1');
  });

  test('has no region that can be none: somebody else wrote it', () => {
    const workteam = { ...fresh(), status: { region: 'evil.example.com/' } };
    expect(told(workteam, synced).status?.region).toBe(REGION);
  });

  test('lists a hundred differences at most, each cut to what the API server takes', () => {
    const drift = Array.from({ length: 103 }, (_, index): Difference => {
      return {
        field: `tags.${'k'.repeat(125)}${index}`,
        desired: '🚗'.repeat(2_000),
        observed: undefined,
        repair: 'tags',
      };
    });
    const { status } = told(fresh(), { kind: 'observed', team: teamLike(SPEC), drift });
    expect(status?.drift).toHaveLength(100);
    expect([...(status?.drift?.[0]?.desired ?? '')]).toHaveLength(1024);
    expect(workteamStatus.safeParse(status)).toMatchObject({ success: true });
  });

  test('forgets differences that are gone, and those of a team that is managed now', () => {
    const seen = told(fresh(), { kind: 'observed', team: teamLike(SPEC), drift: [drifted] });
    expect(told(seen, { kind: 'observed', team: teamLike(SPEC), drift: [] }).status).not.toHaveProperty('drift');
    expect(told(seen, synced).status).not.toHaveProperty('drift');
    expect(inShort(told(seen, synced))).toEqual(SYNCED);
  });

  test('leaves out a name and a region of a stored object that the API server would not take', () => {
    const { metadata, ...rest } = fresh();
    const old: Workteam = { ...rest, metadata: { ...metadata, name: 'n'.repeat(253) } };
    const failure: Failure = { reason: 'InvalidSpec', problems: ['metadata.name: Too long'] };
    const status = report(old, failed(failure), 'r'.repeat(40), new Date(START));
    expect(workteamStatus.safeParse(status)).toMatchObject({ success: true });
    expect(status).not.toHaveProperty('workteamName');
    expect(status).not.toHaveProperty('region');
  });
});

describe('the echo of requestedAt', () => {
  test.each<[string, Reportable]>([
    ['synced', synced],
    ['suspended', suspended],
    ['acting', acting()],
    ['throttled', failed(throttled)],
    ['refused', failed(notOwned)],
    ['only observed', { kind: 'observedAbsent' }],
  ])('is there when the pass ends %s', (_, outcome) => {
    expect(told(requested(fresh(), 'now'), outcome).status?.lastHandledReconcileAt).toBe('now');
  });

  test('is there also when nothing else changes', () => {
    const settled = told(fresh(), synced);
    expect(told(requested(settled, 'now'), failed(throttled), 5).status).toMatchObject({
      conditions: settled.status?.conditions,
      lastHandledReconcileAt: 'now',
    });
  });

  test('is not there before the pass has ended: a slow one only says that it is under way', () => {
    expect(told(requested(fresh(), 'now'), acting('working')).status).not.toHaveProperty('lastHandledReconcileAt');
    const again = requested(told(requested(fresh(), 'one'), synced), 'two');
    expect(told(again, acting('working'), 5).status?.lastHandledReconcileAt).toBe('one');
  });

  test.each([
    ['', ''],
    ['x'.repeat(256), 'x'.repeat(256)],
    ['x'.repeat(257), 'x'.repeat(256)],
    ['🚗'.repeat(256), '🚗'.repeat(256)],
    ['🚗'.repeat(257), '🚗'.repeat(256)],
  ])('is its first 256 characters', (value, echoed) => {
    expect(told(requested(fresh(), value), synced).status?.lastHandledReconcileAt).toBe(echoed);
  });

  test('stays when the annotation goes', () => {
    const asked = told(requested(fresh(), 'now'), synced);
    const { annotations: _, ...metadata } = asked.metadata;
    expect(told({ ...asked, metadata }, synced).status?.lastHandledReconcileAt).toBe('now');
  });
});

describe('a report', () => {
  test('leaves its arguments alone', () => {
    const workteam = story([failed(denied), 0], [acting(), 60]);
    const before = structuredClone(workteam);
    report(workteam, synced, REGION, new Date(START));
    expect(workteam).toEqual(before);
  });

  test('of the same outcome at another time has the same bytes', () => {
    const workteam = told(requested(fresh(), 'now'), synced);
    expect(canonicalJson(told(workteam, synced, 86_400).status)).toBe(canonicalJson(workteam.status));
  });

  test('needs no status to begin with', () => {
    const status: WorkteamStatus = report(workteamOf(), synced, REGION, new Date(START));
    expect(status).toMatchObject({ observedGeneration: 1, workteamName: 'labelers' });
  });
});
