/** Every write to a Workteam of every work is refused with a conflict, or somebody else writes between the read and the write. */
import { vi } from 'vitest';
import { FINALIZER } from '../../src/workteam/schema.ts';
import { FINALIZER_WRITE, type Moment, momentsOf, STATUS_WRITE, titleOf } from './harness/calls.ts';
import type { Ending } from './harness/judges.ts';
import { OTHER_FINALIZER, OTHER_WRITERS, type OtherWriter, patchMetadata } from './harness/other-writers.ts';
import { useSharedPlayers } from './harness/play.ts';
import { faultPoints, type Point } from './harness/points.ts';
import { type Setting, settingsFor, useSharedSettings } from './harness/setting.ts';
import { DELETE, NAME, WORKS, type Work } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });

const SAMPLE = [
  'a create, 409 for the finalizer write',
  'an edit, 2 times 409 for the status write',
  'a deletion, 409 for the finalizer write',
  'a create, somebody adds a finalizer before the status write',
];

/** The moments before each write to the Workteam. */
const writesOf = ({ calls }: Work): Moment[] =>
  momentsOf({ aws: [], kubernetes: calls.kubernetes }).filter(
    ({ call, when }) => when === 'before' && [FINALIZER_WRITE, STATUS_WRITE].includes(call),
  );

function point(title: string, play: () => Promise<number>): Point {
  return { title, sampled: SAMPLE.includes(title), play: async (note) => note.settled(await play()) };
}

const refused = WORKS.flatMap((work) =>
  writesOf(work).flatMap(({ call, nth }) =>
    [1, 2, 3].map((times) => {
      const title = `${work.title}, ${times === 1 ? '' : `${times} times `}409 for ${call}${nth > 1 ? `, number ${nth}` : ''}`;
      return point(title, () =>
        players.play(work, (setting) => ({ over: setting.spoil(call, { status: 409 }, { nth, times }) })),
      );
    }),
  ),
);

/** What the other writer wrote is there at the end, besides what the reference left; a deleted Workteam is gone. */
function besides({ leaves }: OtherWriter): (ending: Ending) => Ending {
  return (ending) => {
    const before = ending.objects[NAME];
    if (before === undefined) return ending;
    const { finalizers, labels, annotations } = leaves;
    const metadata = {
      ...before.metadata,
      finalizers: [...before.metadata.finalizers, ...(finalizers ?? [])].toSorted(),
      ...(labels !== undefined && { labels }),
      annotations: { ...before.metadata.annotations, ...annotations },
    };
    return { ...ending, objects: { [NAME]: { ...before, metadata } } };
  };
}

/** While it is being deleted, finalizers can only be taken off. */
const met = WORKS.flatMap((work) =>
  writesOf(work).flatMap((moment) =>
    OTHER_WRITERS.filter(({ whileDeleting }) => work !== DELETE || whileDeleting).map((writer) => {
      const place = (setting: Setting) => ({
        over: setting.at(moment, async () => {
          await writer.write(setting);
          return undefined;
        }),
      });
      const title = `${work.title}, ${writer.title} ${titleOf(moment)}`;
      return point(title, () => players.play(work, place, besides(writer)));
    }),
  ),
);

/** A second finalizer from before: it goes when its owner takes it off, at the worst moment, and never by us. */
const TWO_FINALIZERS: Work = {
  ...DELETE,
  title: 'a deletion with a second finalizer',
  async prepare(setting) {
    await DELETE.prepare(setting);
    await patchMetadata(setting, { finalizers: [FINALIZER, OTHER_FINALIZER] });
  },
  async done(setting) {
    await setting.workteams.until(NAME, ({ metadata }) => metadata.finalizers?.join() === OTHER_FINALIZER);
    await patchMetadata(setting, { finalizers: null });
    await DELETE.done(setting);
  },
};

const second = [
  point(`${TWO_FINALIZERS.title}: it stays`, () => players.play(TWO_FINALIZERS, () => ({ over: Promise.resolve() }))),
  point(`${TWO_FINALIZERS.title}: taken off before ${FINALIZER_WRITE}`, () =>
    players.play({ ...TWO_FINALIZERS, done: DELETE.done }, (setting) => ({
      over: setting.at({ side: 'Kubernetes', call: FINALIZER_WRITE, nth: 1, when: 'before' }, async () => {
        await patchMetadata(setting, { finalizers: [FINALIZER] });
        return undefined;
      }),
    })),
  ),
];

const points = [...refused, ...met, ...second];
const players = useSharedPlayers(useSharedSettings(settingsFor(points, WORKS.length + 1)));

faultPoints(15, points, { concurrent: true });
