/** What is changed in AWS behind the operator's back is repaired or reported, as the policies say: each change under each policy. */
import { isDeepStrictEqual } from 'node:util';
import { expect, vi } from 'vitest';
import type { WorkteamSpec } from '../../src/workteam/schema.ts';
import { eventually } from '../support/eventually.ts';
import { conditionOf, isObserved } from '../support/workteams.ts';
import { DRIFTS, type Drift, type Kind, WHOLE_SPEC } from './harness/drifts.ts';
import { judgeQuiet, RESYNCS_UNTIL_TAGS, sweeps } from './harness/judges.ts';
import { faultPoints, type Point } from './harness/points.ts';
import { type Setting, settingsFor, useSharedSettings } from './harness/setting.ts';
import { createReady, DONE_WITHIN_MS, NAME } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 24, testTimeout: 300_000 });

/** What must come of a drift. */
type Verdict =
  | 'repaired'
  /** Not touched, and Ready stays what it was. */
  | 'let be'
  /** Not touched, and the status names the field. */
  | { readonly reported: string }
  /** Not touched, and Ready is False for this reason. */
  | { readonly failed: string };

interface Policy {
  readonly title: string;
  /** What is said from the start. */
  readonly spec: Partial<WorkteamSpec>;
  /** What is said once the team is there and ours, and what Ready then says. */
  readonly later?: { readonly spec: Partial<WorkteamSpec>; readonly reason: string };
  readonly verdict: (kind: Kind) => Verdict;
}

/** Who manages repairs what differs and makes what is gone; the owner tag is what the adoption policy is about. */
const managed =
  (unowned: Verdict) =>
  (kind: Kind): Verdict => {
    switch (kind.is) {
      case 'difference':
      case 'deleted':
        return 'repaired';
      case 'no difference':
        return 'let be';
      case 'owner removed':
        return unowned;
      case 'owner replaced':
        return { failed: kind.reason };
      default:
        return kind satisfies never;
    }
  };

const POLICIES: readonly Policy[] = [
  { title: 'Manage', spec: {}, verdict: managed({ failed: 'NotOwned' }) },
  {
    title: 'adoption IfUnowned',
    spec: { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Retain' },
    verdict: managed('repaired'),
  },
  {
    // A team that was ours and was taken back stays theirs until somebody asks again.
    title: 'adoption Always, with takeover allowed',
    spec: { adoptionPolicy: 'Always', deletionPolicy: 'Retain' },
    verdict: managed('repaired'),
  },
  {
    title: 'Observe',
    spec: {},
    later: { spec: { managementPolicy: 'Observe' }, reason: 'Observed' },
    verdict: (kind) => {
      if (kind.is === 'difference') return { reported: kind.field };
      return kind.is === 'deleted' ? { failed: 'Observed' } : 'let be';
    },
  },
  {
    title: 'suspended',
    spec: {},
    later: { spec: { suspend: true }, reason: 'Suspended' },
    verdict: () => 'let be',
  },
];

const SAMPLE = ['Manage: a tag is removed', 'Manage: all groups are replaced', 'Observe: another description'];

const points = POLICIES.flatMap((policy) =>
  DRIFTS.map((drift): Point => {
    const title = `${policy.title}: ${drift.title}`;
    return { title, sampled: SAMPLE.includes(title), play: async (note) => note.settled(await play(policy, drift)) };
  }),
);
const shared = useSharedSettings(settingsFor(points), ['--allow-takeover', '--ignore-tag-keys', 'billing']);

/** @returns how long it took until the drift was repaired or told of, in milliseconds */
async function play({ spec, later, verdict }: Policy, drift: Drift): Promise<number> {
  await using setting = shared.take();
  const { workteams } = setting;
  await createReady(setting, { ...(drift.spec ?? WHOLE_SPEC), ...spec });
  if (later !== undefined) {
    await workteams.edit(NAME, { ...later.spec });
    const taken = { what: `Ready for ${later.reason}`, within: DONE_WITHIN_MS };
    await workteams.until(NAME, (it) => isObserved(it) && conditionOf(it, 'Ready')?.reason === later.reason, taken);
  }
  const before = { team: contentOf(setting), ready: conditionOf(workteams.get(NAME), 'Ready') };
  await drift.happens(setting);
  const drifted = contentOf(setting);
  const began = performance.now();
  expect(drifted, 'the drift').not.toEqual(before.team);
  await come(setting, verdict(drift.kind), before.team);
  const settled = performance.now() - began;
  await judgeQuiet(setting, RESYNCS_UNTIL_TAGS);
  const wanted = verdict(drift.kind);
  expect(contentOf(setting)).toEqual(wanted === 'repaired' ? before.team : drifted);
  if (wanted === 'repaired' || wanted === 'let be') {
    expect(conditionOf(workteams.get(NAME), 'Ready')).toMatchObject({
      status: before.ready?.status,
      reason: before.ready?.reason,
    });
    expect(workteams.get(NAME).status?.drift ?? []).toEqual([]);
  }
  return settled;
}

/** Resolves when the verdict is to be seen; of what is let be, when its tags have been read and the date of the change is told. */
async function come(setting: Setting, verdict: Verdict, before: unknown): Promise<void> {
  const { workteams } = setting;
  if (verdict === 'let be') await sweeps(setting, RESYNCS_UNTIL_TAGS);
  else if (verdict === 'repaired') {
    const repaired = () => isDeepStrictEqual(contentOf(setting), before);
    await eventually(repaired, { what: 'the repair', within: DONE_WITHIN_MS });
    await workteams.untilReady(NAME, DONE_WITHIN_MS);
  } else if ('failed' in verdict) await workteams.untilFailed(NAME, verdict.failed, DONE_WITHIN_MS);
  else {
    const { reported } = verdict;
    const tells = { what: `drift of ${reported}`, within: DONE_WITHIN_MS };
    await workteams.until(NAME, ({ status }) => status?.drift?.map(({ field }) => field).join() === reported, tells);
    expect(conditionOf(workteams.get(NAME), 'Drifted')?.status).toBe('True');
    expect(conditionOf(workteams.get(NAME), 'Ready')).toMatchObject({ status: 'True', reason: 'Observed' });
  }
}

/** All of the team but its dates. */
function contentOf({ aws }: Setting): unknown {
  if (!aws.has(NAME)) return 'no team';
  const { workteam, tags } = aws.team(NAME);
  const { LastUpdatedDate: _updated, CreateDate: _created, ...rest } = workteam;
  return { ...rest, tags };
}

faultPoints(26, points, { concurrent: true });
