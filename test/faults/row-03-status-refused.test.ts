/** The status cannot be written after a create: the team is known again by its tag, and the status is rebuilt from AWS. */
import { vi } from 'vitest';
import type { Fault } from '../support/api-proxy.ts';
import { STATUS_WRITE } from './harness/calls.ts';
import { useSharedPlayers } from './harness/play.ts';
import { faultPoints, type Point } from './harness/points.ts';
import { settingsFor, useSharedSettings } from './harness/setting.ts';
import { CREATE } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });

const REFUSALS: Readonly<Record<string, { fault: Fault; acts: boolean }>> = {
  'is refused with 409': { fault: { status: 409 }, acts: false },
  'is refused with 500': { fault: { status: 500 }, acts: false },
  'is never answered': { fault: 'silence', acts: false },
  'loses its connection': { fault: 'reset', acts: false },
  'acts, and is answered with 500': { fault: { status: 500 }, acts: true },
  'acts, and loses its connection': { fault: 'reset', acts: true },
};

/** Of a write that acts, the next pass finds nothing left to write: it can happen once only. */
const points = Object.entries(REFUSALS).flatMap(([refusal, { fault, acts }]) =>
  (acts ? [1] : [1, 2, 3]).map(
    (times): Point => ({
      title: `the status write ${refusal}${times === 1 ? '' : `, ${times} times`}`,
      sampled: fault !== 'silence' && times === 1 && !acts,
      play: async (note) =>
        note.settled(
          await players.play(CREATE, (setting) => ({ over: setting.spoil(STATUS_WRITE, fault, { times, acts }) })),
        ),
    }),
  ),
);
const players = useSharedPlayers(useSharedSettings(settingsFor(points, 1)));

faultPoints(3, points, { concurrent: true });
