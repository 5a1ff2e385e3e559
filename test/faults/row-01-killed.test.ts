/**
 * Whenever the operator is killed, its successor finishes the work. The moments are counted, not left to chance: before and
 * after each call to AWS and to Kubernetes of every work.
 */
import { describe, expect, test, vi } from 'vitest';
import { type Moment, momentsOf, titleOf } from './harness/calls.ts';
import { killedAt, usePlayers } from './harness/play.ts';
import { faultPoints, type Point } from './harness/points.ts';
import { type OwnSetting, useSettings } from './harness/setting.ts';
import { ELECTED_CREATE, RESTART, WORKS, type Work } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 10, testTimeout: 300_000 });

const players = usePlayers(useSettings());
const works: readonly Work<OwnSetting>[] = [...WORKS, RESTART, ELECTED_CREATE];

/**
 * Starved of its processor, an operator makes calls that the work does not need: the status of a pass that takes longer than
 * two seconds, or a read again. Then the work is played anew; what it always does fails each time.
 */
const OFTEN = { retry: 2 };

describe('these are all its calls:', () => {
  test.concurrent.for(works.map((work) => ({ work, title: work.title })))(
    '$title',
    OFTEN,
    async ({ work }, { task }) => {
      const { calls } = await players.reference(work, (task.result?.retryCount ?? 0) > 0);
      const due = calls.aws.filter((operation) => !work.atItsTurn?.includes(operation));
      expect(due.toSorted()).toEqual(work.calls.aws.toSorted());
      // How often a lease is renewed is a matter of time.
      expect(withoutRepeats(calls.kubernetes, 'the write of the Lease').toSorted()).toEqual(
        work.calls.kubernetes.toSorted(),
      );
    },
  );
});

const SAMPLE = [
  'a create, killed after CreateWorkteam',
  'a create, killed before the status write',
  'an edit, killed after UpdateWorkteam',
  'an edit, killed before AddTags',
  'an edit of tags, killed after DeleteTags',
  'an adoption, killed after AddTags',
  'an adoption, killed before UpdateWorkteam',
  'a deletion, killed before DeleteWorkteam',
  'a deletion, killed before the read of the CRD',
  'a restart, killed before the list',
];

const titleIn = (work: Work<OwnSetting>, moment: Moment) => `${work.title}, killed ${titleOf(moment)}`;

const pointsOf = (work: Work<OwnSetting>): Point[] =>
  momentsOf(work.calls).map((moment) => ({
    title: titleIn(work, moment),
    sampled: SAMPLE.includes(titleIn(work, moment)),
    play: async (note) => note.settled(await players.play(work, killedAt(moment, work))),
  }));

faultPoints(1, works.flatMap(pointsOf), { concurrent: true });

function withoutRepeats(calls: readonly string[], call: string): string[] {
  return calls.filter((each, index) => each !== call || calls.indexOf(call) === index);
}
