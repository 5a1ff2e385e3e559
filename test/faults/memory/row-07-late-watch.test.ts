/** The watch tells of everything late: of an edit there and back, and of a deletion and another create in the gap. */
import type { Deed, Step } from '../../properties/history.ts';
import { eachCall, listed, type Trial, type Work } from '../harness/memory.ts';
import { applied, EDITED, edit, FULL } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

const QUIET = [3_000, 20_000, 120_000];

const thereAndBack: Work = {
  title: 'A → B → A',
  before: [applied(FULL)],
  deeds: [{ do: 'edit', name: 'blue', set: EDITED, pause: 500 }, { ...applied(FULL, 0) }],
};

/** The object goes without us, and another of its name comes. */
const replaced: readonly Deed[] = [
  { do: 'delete', name: 'blue' },
  { do: 'strip', name: 'blue' },
  { do: 'apply', name: 'blue', spec: FULL },
];
const steps = (deeds: readonly Deed[]): Step[] => deeds.map((deed) => ({ ...deed, pause: 0 }));

faultPoints(
  7,
  [
    listed(
      thereAndBack,
      'told late, from before it or from any call on',
      (calls) => [
        ...QUIET.map((ms): Trial => ({ title: `${ms} ms late`, faults: [{ do: 'silence', ms }] })),
        ...eachCall(calls, (nth) =>
          QUIET.map((ms) => ({
            title: `${ms} ms late from call ${nth} on`,
            faults: [{ do: 'meanwhile', nth, deed: { do: 'silence', ms } }],
          })),
        ),
      ],
      { alike: ['teams'] },
    ),
    listed(
      edit,
      'the object replaced in the gap',
      (calls) =>
        eachCall(calls, (nth) =>
          QUIET.flatMap((ms): Trial[] => [
            {
              title: `at once, ${ms} ms late from call ${nth} on`,
              faults: [{ do: 'meanwhile', nth, deed: { do: 'silence', ms } }],
              next: steps(replaced),
            },
            {
              title: `at call ${nth}, ${ms} ms late from then on`,
              faults: [
                { do: 'meanwhile', nth, deed: { do: 'silence', ms } },
                ...replaced.map(
                  (deed): Deed => ({ do: 'meanwhile', nth, deed: deed as Exclude<Deed, { do: 'restart' }> }),
                ),
              ],
            },
          ]),
        ),
      { alike: [] },
    ),
  ],
  { world: 'memory' },
);
