/** The status after a create, or after an edit, is refused, so many times in a row, each way that there is. */
import type { Deed } from '../../properties/history.ts';
import { listed, type Trial } from '../harness/memory.ts';
import { adoption, create, edit, recreation } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

/** A timeout is a broken connection to whoever waits: `after` is the one that acted. */
const WAYS = ['conflict', 'failure', 'before', 'after'] as const;
/** Once; a few times; for minutes of backoff; and by turns. */
const TIMES = [1, 2, 3, 5, 8];

const refusals = (when: readonly (typeof WAYS)[number][]): Deed[] =>
  when.map((way, index): Deed => ({ do: 'break', nth: index + 1, when: way, call: 'writeStatus' }));

const trials: readonly Trial[] = [
  ...WAYS.flatMap((way) =>
    TIMES.map((times) => ({ title: `${way}, ${times} times`, faults: refusals(Array(times).fill(way)) })),
  ),
  { title: 'each way by turns', faults: refusals([...WAYS, ...WAYS]) },
];

const deaths: readonly Trial[] = WAYS.map((way) => ({
  title: `${way}, and killed after the next call`,
  faults: [...refusals([way, way]), { do: 'kill', nth: 5, when: 'after', downMs: 500 }],
}));

faultPoints(
  3,
  [create, adoption, edit, recreation].map((work) => listed(work, 'its status refused', () => [...trials, ...deaths])),
  { world: 'memory' },
);
