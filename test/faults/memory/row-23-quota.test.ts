/** No team more can be made, for a while; the answer of a create at the quota may be lost, and whoever sent it may die. */
import type { Deed } from '../../properties/history.ts';
import { eachCall, listed, type Trial, type Work } from '../harness/memory.ts';
import { create, recreation } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

const MINUTE = 60_000;
const CHECKS = ['afterName', 'beforeName'] as const;

/** From at once to when it has long been Stalled, in milliseconds. */
const FREED_AFTER = [0, 1_000, 30_000, 5 * MINUTE, 40 * MINUTE];

const full: Deed = { do: 'quota', left: 0 };
const roomForOne: Deed = { do: 'quota', left: 1 };

const freed = (work: Work): readonly Trial[] =>
  CHECKS.flatMap((quotaCheck) =>
    FREED_AFTER.map(
      (pause): Trial => ({
        title: `checked ${quotaCheck}, freed after ${pause} ms`,
        switches: { quotaCheck },
        faults: work === create ? [full] : [],
        next: [
          { ...full, pause },
          { ...roomForOne, pause: 0 },
        ],
      }),
    ),
  );

faultPoints(
  23,
  [
    listed(create, 'at the quota until a team is freed', () => freed(create), {
      settlingMs: 60 * MINUTE,
      besides: (life, { reasons }) => {
        const waits = life.history.steps.some((step) => step.do === 'quota' && step.pause >= 30_000);
        return waits && !reasons.has('QuotaExceeded') ? ['nothing said QuotaExceeded'] : [];
      },
    }),
    listed(recreation, 'at the quota until a team is freed', () => freed(recreation), { settlingMs: 60 * MINUTE }),
    listed(create, 'the last team that can be made, and its answer lost', (calls) =>
      CHECKS.flatMap((quotaCheck) =>
        (['dropAfter', 'dropBefore'] as const).flatMap((kind) =>
          eachCall([...calls, ...calls], (nth) => [
            {
              title: `checked ${quotaCheck}, ${kind}, killed after call ${nth}`,
              switches: { quotaCheck },
              faults: [
                roomForOne,
                { do: 'fault', nth: 1, operation: 'CreateWorkteam', fault: { kind } },
                { do: 'kill', nth, when: 'after', downMs: 0 },
              ],
            },
          ]),
        ),
      ),
    ),
  ],
  { world: 'memory' },
);
