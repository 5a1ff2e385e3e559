/** The process dies before and after each of its calls, and once more at each call of its successor. */
import { eachCall, listed, type Trial } from '../harness/memory.ts';
import { create, deletion, edit, WORKS } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

/** And for how long nobody is there, in milliseconds: longer than a pass, and not at all. */
const KILLS = [
  { when: 'before', downMs: 3_000 },
  { when: 'after', downMs: 0 },
] as const;

faultPoints(
  1,
  WORKS.map((work) =>
    listed(work, 'killed before and after each call', (calls) =>
      eachCall(calls, (nth, { name }) =>
        KILLS.map((kill) => ({
          title: `killed ${kill.when} call ${nth}, ${name}`,
          faults: [{ do: 'kill', nth, ...kill }],
        })),
      ),
    ),
  ),
  { world: 'memory' },
);

faultPoints(
  1,
  [create, edit, deletion].map((work) =>
    listed(work, 'killed twice', (calls) =>
      eachCall(calls, (nth, { name }) =>
        calls.map(
          (_, later): Trial => ({
            title: `killed after call ${nth}, ${name}, and after ${later + 1} more`,
            faults: [
              { do: 'kill', nth, when: 'after', downMs: 0 },
              { do: 'kill', nth: nth + later + 1, when: 'after', downMs: 0 },
            ],
          }),
        ),
      ),
    ),
  ),
  { world: 'memory' },
);
