/** Each AWS write of each work is done by AWS, and its answer is lost. */
import { vi } from 'vitest';
import type { Fault } from '../../dev/sagemaker/faults.ts';
import { momentsOf, titleOf } from './harness/calls.ts';
import { awsFault, useSharedPlayers } from './harness/play.ts';
import { faultPoints, type Point } from './harness/points.ts';
import { settingsFor, useSharedSettings } from './harness/setting.ts';
import { WORKS, type Work } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });

const LOSSES = {
  'the connection breaks': { kind: 'dropAfter' },
  'the answer is a 500': { kind: 'http5xx', acts: true },
  'no answer comes in time': { kind: 'hang', acts: true },
} satisfies Record<string, Fault>;

const WRITES = ['CreateWorkteam', 'UpdateWorkteam', 'DeleteWorkteam', 'AddTags', 'DeleteTags'];

const SAMPLE = [
  'a create, after CreateWorkteam the connection breaks',
  'an edit, after UpdateWorkteam the answer is a 500',
  'an edit of tags, after AddTags the connection breaks',
];

const pointsOf = (work: Work): Point[] =>
  momentsOf({ aws: work.calls.aws, kubernetes: [] })
    .filter(({ call, when }) => when === 'after' && WRITES.includes(call))
    .flatMap((moment) =>
      Object.entries(LOSSES).map(([loss, fault]): Point => {
        const title = `${work.title}, ${titleOf(moment)} ${loss}`;
        return {
          title,
          sampled: SAMPLE.includes(title),
          play: async (note) =>
            note.settled(await players.play(work, awsFault(moment.call, fault, { nth: moment.nth }))),
        };
      }),
    );

const points = WORKS.flatMap(pointsOf);
const players = useSharedPlayers(useSharedSettings(settingsFor(points, WORKS.length)));

faultPoints(2, points, { concurrent: true });
