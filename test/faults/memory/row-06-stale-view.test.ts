/** The view stands still while the object goes and another of its name comes, at each call: the new one's team lives. */
import type { Deed, Life } from '../../properties/history.ts';
import { eachCall, listed, type Trial, type Work } from '../harness/memory.ts';
import { applied, deletion, edit, FULL, release } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

/** How long the view stands still, in milliseconds. */
const STILL = [0, 5_000, 60_000];

/** Somebody takes our finalizer off, so that the object goes, and applies the manifest again: another UID. */
const replaced = (nth: number): Deed[] => [
  { do: 'meanwhile', nth, deed: { do: 'strip', name: 'blue' } },
  { do: 'meanwhile', nth, deed: { do: 'delete', name: 'blue' } },
  { do: 'meanwhile', nth, deed: { do: 'apply', name: 'blue', spec: { ...FULL, description: 'The second' } } },
];

/** A deletion that was under way may still get its delete through; once the second is there, none begins. */
function deletes({ world: { happenings } }: Life): string[] {
  const second = happenings.findIndex(({ kind, ...rest }) =>
    'written' in rest ? kind === 'written' && rest.written.after?.metadata.uid === 'uid-2' : false,
  );
  const since = happenings[second]?.at ?? Number.POSITIVE_INFINITY;
  return happenings.flatMap(({ at, ...rest }) =>
    'entry' in rest && rest.entry.operation === 'DeleteWorkteam' && rest.entry.effective && at > since + CALL_MS
      ? [`DeleteWorkteam ${at - since} ms after the second object came`]
      : [],
  );
}

/** From an answer of the API server to the arrival of the call that it allowed: at most both ways, in milliseconds. */
const CALL_MS = 600;

const retained: Work = { ...release, title: 'a release' };
const living: Work = { ...edit, title: 'an edit', before: [applied(FULL)] };

faultPoints(
  6,
  [deletion, retained, living].map((work) =>
    listed(
      work,
      'replaced by another of its name behind a view that stands still',
      (calls) =>
        eachCall(calls, (nth) =>
          STILL.map(
            (ms): Trial => ({
              title: `replaced just before call ${nth}, and the view ${ms} ms late`,
              faults: [{ do: 'meanwhile', nth, deed: { do: 'silence', ms } }, ...replaced(nth)],
              next: [
                { do: 'wait', pause: 90_000 },
                { do: 'apply', name: 'blue', spec: { ...FULL, description: 'The second' }, pause: 0 },
              ],
            }),
          ),
        ),
      { alike: [], besides: deletes },
    ),
  ),
  { world: 'memory' },
);
