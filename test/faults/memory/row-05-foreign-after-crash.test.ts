/** The process dies at any call of a create, and before it is back somebody else makes a team of that name. */
import { OWNER_TAG_KEY } from '../../../src/workteam/schema.ts';
import type { ConsoleDeed, Life } from '../../properties/history.ts';
import { eachCall, listed } from '../harness/memory.ts';
import { create } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

const OTHERS: Readonly<Record<string, ConsoleDeed>> = {
  'without an owner': { make: 'unowned' },
  "of another cluster's": { make: 'foreign' },
};
/** When, after the death, in milliseconds: while nobody is there, in the same moment as the successor, and after it. */
const WHEN = [500, 2_999, 3_100, 4_000];
const DOWN_MS = 3_000;

function adoptions({ world: { happenings } }: Life): string[] {
  return happenings.flatMap((happening) => {
    if (happening.kind !== 'call' || happening.entry.outOfBand || !happening.entry.effective) return [];
    const [before, after] = [happening.before.get('blue'), happening.after.get('blue')];
    if (before === undefined || before.tags[OWNER_TAG_KEY] === after?.tags[OWNER_TAG_KEY]) return [];
    return [`${happening.entry.operation} changed whose team it is`];
  });
}

faultPoints(
  5,
  [
    listed(
      create,
      'killed, and then somebody else makes the team',
      (calls) =>
        eachCall(calls, (nth, { name }) =>
          (['before', 'after'] as const).flatMap((when) =>
            Object.entries(OTHERS).flatMap(([whose, deed]) =>
              WHEN.map((ms) => ({
                title: `killed ${when} call ${nth}, ${name}; a team ${whose} ${ms} ms later`,
                faults: [{ do: 'kill' as const, nth, when, downMs: DOWN_MS }],
                next: [
                  { do: 'wait' as const, pause: ms },
                  { do: 'console' as const, team: 'blue' as const, deed, pause: 60_000 },
                ],
              })),
            ),
          ),
        ),
      { alike: [], besides: adoptions },
    ),
  ],
  { world: 'memory' },
);
