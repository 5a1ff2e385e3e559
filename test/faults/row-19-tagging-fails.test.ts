/** The team is updated, and tagging it fails. */
import { vi } from 'vitest';
import type { Fault } from '../../dev/sagemaker/faults.ts';
import { momentsOf, titleOf } from './harness/calls.ts';
import { awsFault, useSharedPlayers } from './harness/play.ts';
import { faultPoints, type Point } from './harness/points.ts';
import { settingsFor, useSharedSettings } from './harness/setting.ts';
import { ADOPT, EDIT, TAG, type Work } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });

/** How tagging fails, and how often in a row: what waiting does not heal is tried again after 30 s and longer. */
const FAILURES: readonly { readonly title: string; readonly fault: Fault; readonly most: number }[] = [
  { title: 'is throttled', fault: { kind: 'throttle' }, most: 3 },
  { title: 'is answered with 500', fault: { kind: 'http5xx' }, most: 3 },
  { title: 'finds the connection broken', fault: { kind: 'dropBefore' }, most: 3 },
  { title: 'is denied', fault: { kind: 'accessDenied' }, most: 1 },
  { title: 'is refused', fault: { kind: 'error', code: 'ValidationException', message: 'Invalid tag' }, most: 1 },
];

const SAMPLE = ['an edit, AddTags is throttled', 'an edit, DeleteTags is answered with 500, 2 times'];

const pointsOf = (work: Work): Point[] =>
  momentsOf({ aws: work.calls.aws, kubernetes: [] })
    .filter(({ call, when }) => when === 'before' && (call === 'AddTags' || call === 'DeleteTags'))
    .flatMap(({ call, nth, ...moment }) =>
      FAILURES.flatMap(({ title, fault, most }) =>
        Array.from({ length: most }, (_, index): Point => {
          const times = index + 1;
          const which = titleOf({ ...moment, call, nth }).replace('before ', '');
          const told = `${work.title}, ${which} ${title}${times > 1 ? `, ${times} times` : ''}`;
          return {
            title: told,
            sampled: SAMPLE.includes(told),
            play: async (note) => note.settled(await players.play(work, awsFault(call, fault, { nth, times }))),
          };
        }),
      ),
    );

const works = [EDIT, TAG, ADOPT];
const points = works.flatMap(pointsOf);
const players = useSharedPlayers(useSharedSettings(settingsFor(points, works.length)));

faultPoints(19, points, { concurrent: true });
