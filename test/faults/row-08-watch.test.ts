/**
 * Each fault of the watch before each call of a create, an edit and a deletion: once, for a second, for ten. Silence that begins
 * once lasts for good, on a socket that stays open: the operator lists again after 150 s without a byte.
 */
import { faultPoints } from './harness/points.ts';
import { SILENCE, WATCH_FAULTS } from './harness/watch-faults.ts';
import { useWatchRuns } from './harness/watch-runs.ts';

const { points } = useWatchRuns();
const others = WATCH_FAULTS.filter((fault) => fault !== SILENCE);

// What lasts longest begins first.
faultPoints(
  8,
  [...points([SILENCE], 0), ...points(WATCH_FAULTS, 10_000), ...points(WATCH_FAULTS, 1_000), ...points(others, 0)],
  { concurrent: true },
);
