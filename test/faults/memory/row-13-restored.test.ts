/** The objects vanish and come back with other UIDs while nobody looks, whatever was under way. */
import type { Life, Step } from '../../properties/history.ts';
import { eachCall, listed, type Trial } from '../harness/memory.ts';
import { adoption, create, edit, edits, FULL, takeover } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

/** The process is killed, and while it is down the API server is wiped and the manifests are applied again. */
const DOWN_MS = 5_000;
const restored: readonly Step[] = [
  { do: 'wait', pause: 2_000 },
  { do: 'strip', name: 'blue', pause: 0 },
  { do: 'delete', name: 'blue', pause: 0 },
  {
    do: 'apply',
    name: 'blue',
    spec: { ...FULL, description: 'Restored', adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' },
    pause: 0,
  },
];

function harm({ world: { happenings } }: Life): string[] {
  const effects = happenings.flatMap((happening) =>
    happening.kind === 'call' && happening.entry.effective && !happening.entry.outOfBand
      ? [happening.entry.operation]
      : [],
  );
  return [
    ...(effects.includes('DeleteWorkteam') ? ['a team was deleted'] : []),
    ...(effects.filter((operation) => operation === 'CreateWorkteam').length > 1 ? ['a team was created twice'] : []),
  ];
}

faultPoints(
  13,
  [create, edit, edits, adoption, takeover].map((work) =>
    listed(
      work,
      'wiped and applied again',
      (calls) =>
        eachCall(calls, (nth, { name }) =>
          (['before', 'after'] as const).map(
            (when): Trial => ({
              title: `killed ${when} call ${nth}, ${name}, and wiped`,
              faults: [{ do: 'kill', nth, when, downMs: DOWN_MS }],
              next: restored,
            }),
          ),
        ),
      { alike: [], besides: harm },
    ),
  ),
  { world: 'memory' },
);
