/** Finalizer and status writes meet 409s, so many in a row, and another writer of the object at each call. */
import { eachCall, listed, type Trial } from '../harness/memory.ts';
import { WORKS } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

const CALLS = ['writeFinalizers', 'writeStatus'] as const;
const TIMES = [1, 2, 4];

const conflicts = CALLS.flatMap((call) =>
  TIMES.map(
    (times): Trial => ({
      title: `${times} × 409 on ${call}`,
      faults: Array.from({ length: times }, (_, index) => ({
        do: 'break' as const,
        nth: index + 1,
        when: 'conflict' as const,
        call,
      })),
    }),
  ),
);

faultPoints(
  15,
  WORKS.flatMap((work) => [
    listed(work, 'its writes meet 409s', () => conflicts),
    listed(
      work,
      'another writer at each call',
      (calls) =>
        eachCall(calls, (nth, { name }) => [
          {
            title: `another writer touches it just before call ${nth}, ${name}`,
            faults: [{ do: 'meanwhile', nth, deed: { do: 'touch', name: 'blue' } }],
          },
          {
            title: `another finalizer comes just before call ${nth}, ${name}, and goes in the end`,
            faults: [{ do: 'meanwhile', nth, deed: { do: 'hold', name: 'blue' } }],
          },
        ]),
      { alike: ['teams', 'writes'] },
    ),
  ]),
  { world: 'memory' },
);
