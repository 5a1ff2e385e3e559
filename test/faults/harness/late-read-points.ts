import { beforeAll } from 'vitest';
import { interferencesWith, type Lateness, playLate } from './late-reads.ts';
import { usePlayers } from './play.ts';
import { faultPoints, type Point } from './points.ts';
import { useSettings } from './setting.ts';
import type { Work } from './works.ts';

/** Those that `npm test` plays. */
const SAMPLED = [
  'a create, Describe and List say absent for 1 s; a restart when it is done',
  'a create, Describe and List say absent for 1 s; a deletion when it is done',
  'an edit, Describe and List show the old values for 1 s; a restart when it is done',
];

/** Registers the points of row 17 for a work: each lateness with each interference. */
export function lateReadPoints(work: Work, late: readonly Lateness[]): void {
  const players = usePlayers(useSettings());
  const points = late.flatMap((lateness): Point[] => {
    const settings = useSettings();
    beforeAll(() => settings.emulator.control.setSwitches(lateness.switches));
    return interferencesWith(work).map((interference) => {
      const title = `${work.title}, ${lateness.title}; ${interference.title}`;
      return {
        title,
        sampled: SAMPLED.includes(title),
        play: async (note) => {
          const { ending } = await players.reference(work);
          await using setting = await settings.open();
          note.settled(await playLate(setting, work, interference, ending));
        },
      };
    });
  });
  faultPoints(17, points, { concurrent: true });
}
