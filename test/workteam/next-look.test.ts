import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/workteam/failure.ts';
import { nextLook } from '../../src/workteam/next-look.ts';
import type { Workteam } from '../../src/workteam/schema.ts';
import { report } from '../../src/workteam/status.ts';
import type { Outcome, Reportable } from '../../src/workteam/step.ts';
import { REGION, SPEC, teamLike, workteamOf } from '../support/workteam-fixture.ts';

const START = Date.parse('2030-06-01T12:00:00Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const team = teamLike(SPEC);
const synced: Reportable = { kind: 'synced', team };
const throttled: Failure = { reason: 'Throttled', operation: 'DescribeWorkteam' };
const denied: Failure = { reason: 'AccessDenied', operation: 'UpdateWorkteam', permission: 'sagemaker:UpdateWorkteam' };
const failed = (failure: Failure): Reportable => ({ kind: 'failed', failure });

/** The object after passes that ended so many milliseconds after the start, with the look that the last of them wants. */
function story(...passes: readonly (readonly [Reportable, number])[]) {
  let workteam: Workteam = workteamOf();
  let look = nextLook(workteam, { kind: 'none' }, START);
  for (const [outcome, ms] of passes) {
    workteam = { ...workteam, status: report(workteam, outcome, REGION, new Date(START + ms)) };
    look = nextLook(workteam, outcome, START + ms);
  }
  return look;
}

describe('the next look', () => {
  test.each<[string, Outcome, object]>([
    ['in sync: when a sweep finds something', synced, { look: 'atSweep' }],
    ['observed: when a sweep finds something', { kind: 'observed', team, drift: [] }, { look: 'atSweep' }],
    ['observed, absent: when a sweep finds something', { kind: 'observedAbsent' }, { look: 'atSweep' }],
    ['suspended: on a change', { kind: 'suspended' }, { look: 'onChange' }],
    ['nothing to say: on a change', { kind: 'none' }, { look: 'onChange' }],
    ['the finalizer was written: now', { kind: 'begun' }, { look: 'now' }],
    ['stale: soon', { kind: 'stale' }, { look: 'backOff', baseMs: 200, capMs: 5 * SECOND }],
    ['acting: soon', { kind: 'acting', doing: 'deleting' }, { look: 'backOff', baseMs: 500, capMs: 5 * SECOND }],
    [
      'acting with a time of its own: then',
      { kind: 'acting', doing: 'deleting', againMs: 5 * SECOND },
      { look: 'after', ms: 5 * SECOND },
    ],
    ['adopted: at once', { kind: 'acting', doing: 'adopting', againMs: 0 }, { look: 'after', ms: 0 }],
  ])('%s', (_, outcome, look) => {
    expect(nextLook(workteamOf(), outcome, START)).toEqual(look);
  });

  test.each<Failure>([
    { reason: 'NotOwned', policy: 'Never' },
    { reason: 'NameConflict', holder: 'vision/other' },
    { reason: 'ImmutableField', field: 'workforceName', desired: '"a"', observed: '"b"' },
    { reason: 'InvalidSpec', problems: ['x'] },
  ])('terminal, $reason: at the next resync', (failure) => {
    expect(story([failed(failure), 0])).toEqual({ look: 'atResync' });
  });
});

describe('a transient failure', () => {
  test('backs off from 1 s to 5 min, and is looked at when it becomes Stalled', () => {
    expect(story([failed(throttled), 0])).toEqual({
      look: 'backOff',
      baseMs: SECOND,
      capMs: 5 * MINUTE,
      atMostMs: 10 * MINUTE,
    });
    expect(story([failed(throttled), 0], [failed(throttled), 9 * MINUTE])).toMatchObject({ atMostMs: MINUTE });
  });

  test('has no threshold left once it is Stalled', () => {
    expect(story([failed(throttled), 0], [failed(throttled), 10 * MINUTE])).not.toHaveProperty('atMostMs');
  });

  test('over a settled Workteam is looked at when its first minute is over', () => {
    expect(story([synced, 0], [failed(throttled), 20 * MINUTE])).toMatchObject({ atMostMs: MINUTE });
    const later = [failed(throttled), 20 * MINUTE + 59_999] as const;
    expect(story([synced, 0], [failed(throttled), 20 * MINUTE], later)).toMatchObject({ atMostMs: 1 });
  });

  test('that says when to come again is not looked at before', () => {
    const failure: Failure = { ...throttled, retryAfterMs: 7 * SECOND };
    expect(story([failed(failure), 0])).toMatchObject({ notBeforeMs: 7 * SECOND });
    expect(story([failed(throttled), 0])).not.toHaveProperty('notBeforeMs');
  });
});

describe('a blocked failure', () => {
  test('backs off from 30 s to 15 min, and is looked at when it becomes Stalled', () => {
    expect(story([failed(denied), 0])).toEqual({
      look: 'backOff',
      baseMs: 30 * SECOND,
      capMs: 15 * MINUTE,
      atMostMs: 2 * MINUTE,
    });
    expect(story([failed(denied), 0], [failed(denied), 2 * MINUTE])).not.toHaveProperty('atMostMs');
  });

  test('counts from the first failure of any kind', () => {
    expect(story([failed(throttled), 0], [failed(denied), MINUTE])).toMatchObject({ atMostMs: MINUTE });
  });
});
