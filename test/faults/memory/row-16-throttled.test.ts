/** Every call to AWS is throttled, so many times or for ten minutes, and then none. */
import type { Life } from '../../properties/history.ts';
import { listed, type Trial } from '../harness/memory.ts';
import { adoption, create, deletion, edit, recreation } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

const MINUTE = 60_000;
const TIMES = [1, 2, 3, 5, 8, 13, 21];

/** Ten minutes with a call a second at most would be six hundred; backoff and the pace make far fewer of it. */
const MOST_CALLS = 60;

const trials = TIMES.map(
  (times): Trial => ({
    title: `${times} calls throttled`,
    faults: [{ do: 'fault', nth: 1, times, fault: { kind: 'throttle' } }],
    next: [{ do: 'wait', pause: 30 * MINUTE }],
  }),
);

const forTenMinutes: Trial = {
  title: 'ten minutes',
  faults: [{ do: 'fault', nth: 1, times: 10_000, fault: { kind: 'throttle' } }],
  next: [{ do: 'wait', pause: 10 * MINUTE }],
};

function rate({ world: { happenings }, history }: Life): string[] {
  const hit = happenings.filter((happening) => happening.kind === 'call' && happening.entry.fault === 'throttle');
  return hit.length > MOST_CALLS ? [`${hit.length} throttled calls in a history of ${history.steps.length} steps`] : [];
}

faultPoints(
  16,
  [create, edit, adoption, deletion, recreation].map((work) =>
    listed(work, 'throttled', () => [...trials, forTenMinutes], {
      settlingMs: 60 * MINUTE,
      besides: (life, { reasons }) => [
        ...rate(life),
        ...(life.history.steps.some((step) => step.do === 'fault' && (step.times ?? 0) > 13) &&
        !reasons.has('Throttled') &&
        work !== deletion
          ? ['nothing said that it was throttled']
          : []),
      ],
    }),
  ),
  { world: 'memory' },
);
