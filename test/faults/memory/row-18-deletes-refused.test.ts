/** A delete is refused in each way that AWS may have, and what is not there is told of in each way, too. */
import { type SwitchName, switchTable } from '../../../dev/sagemaker/switches.ts';
import { FINALIZER } from '../../../src/workteam/schema.ts';
import type { Life } from '../../properties/history.ts';
import { listed, type Trial } from '../harness/memory.ts';
import { again, create, deletion, recreation, release } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

const answers = (name: Extract<SwitchName, 'notFoundText' | 'listTagsOnMissing' | 'deleteInUse'>) =>
  Object.keys(switchTable[name].choices);

const texts = answers('notFoundText').flatMap((notFoundText) =>
  answers('listTagsOnMissing').map((listTagsOnMissing): Trial => {
    const switches = Object.fromEntries(Object.entries({ notFoundText, listTagsOnMissing }));
    return { title: `not found: ${notFoundText}; tags of it: ${listTagsOnMissing}`, switches };
  }),
);

/** In use for as long as people take their time. */
const inUse = answers('deleteInUse')
  .filter((answer) => answer !== 'allowed')
  .flatMap((deleteInUse) =>
    answers('notFoundText').map(
      (notFoundText): Trial => ({
        title: `in use: ${deleteInUse}; not found: ${notFoundText}`,
        switches: Object.fromEntries(Object.entries({ deleteInUse, notFoundText })),
        faults: [{ do: 'jobs', team: 'blue', pending: 3 }],
        next: [
          { do: 'ask', name: 'blue', pause: 300_000 },
          { do: 'restart', downMs: 0, pause: 300_000 },
          { do: 'jobs', team: 'blue', pending: 0, pause: 0 },
        ],
      }),
    ),
  );

/** Nobody lets go of a team that AWS would not delete. */
function lettingGo({ world: { happenings } }: Life): string[] {
  return happenings.flatMap((happening) => {
    if (happening.kind !== 'written' || happening.written.what !== 'finalizers') return [];
    const { before, after } = happening.written;
    const had = before?.metadata.finalizers?.includes(FINALIZER) === true;
    return had && after === undefined && happening.teams.size > 0 ? ['the finalizer went before the team'] : [];
  });
}

faultPoints(
  18,
  [
    ...[create, deletion, release, again, recreation].map((work) =>
      listed(work, 'nothing found, in each way', () => texts, { alike: ['teams', 'writes'] }),
    ),
    listed(deletion, 'refused while in use, in each way', () => inUse, {
      besides: (life, { reasons }) => [
        ...lettingGo(life),
        ...(reasons.has('DeletionBlocked') ? [] : ['nothing said that the deletion was blocked']),
      ],
    }),
  ],
  { world: 'memory' },
);
