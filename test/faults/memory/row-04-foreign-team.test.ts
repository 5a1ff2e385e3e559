/** A team of that name that is not ours: it is there before, or it appears at any call, under each policy. */
import { OWNER_TAG_KEY } from '../../../src/workteam/schema.ts';
import type { Deed, Life, Spec } from '../../properties/history.ts';
import { oidcMembers, specWith } from '../../support/specs.ts';
import { eachCall, listed, type Trial, type Work } from '../harness/memory.ts';
import { FULL } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

/** How a team comes to be somebody else's: no tag, another cluster's, or another living object's. */
const OTHERS: Readonly<Record<string, Deed>> = {
  'no tag': { do: 'console', team: 'blue', deed: { make: 'unowned' } },
  "another cluster's tag": { do: 'console', team: 'blue', deed: { make: 'foreign' } },
  "another object's tag": {
    do: 'apply',
    name: 'azure',
    spec: specWith({ description: 'Theirs', memberDefinitions: oidcMembers('theirs') }),
  },
};

/** Policies under which none of them may be taken. */
const POLICIES: readonly Partial<Spec>[] = [{}, { deletionPolicy: 'Delete' }, { deletionPolicy: 'Retain' }];

/** Nothing changes a team but whoever made it. */
function touched({ world: { happenings } }: Life): string[] {
  const writes = happenings.flatMap((happening) =>
    happening.kind === 'call' && happening.entry.effective && !happening.entry.outOfBand ? [happening] : [],
  );
  return writes.flatMap(({ entry: { operation }, before, after }) => {
    const owner = (before.get('blue') ?? after.get('blue'))?.tags[OWNER_TAG_KEY];
    const ours = owner === 'cluster-1/vision/blue' || owner === 'cluster-1/audio/azure';
    return ours ? [] : [`${operation} of a team of ${owner ?? 'nobody'}`];
  });
}

const works = POLICIES.map(
  (fields, index): Work => ({
    title: `a Workteam with policies ${index + 1} of ${POLICIES.length}`,
    before: [{ do: 'wait', pause: 60_000 }],
    deeds: [{ do: 'apply', name: 'blue', spec: { ...FULL, ...fields }, pause: 0 }],
  }),
);

/** Then it is edited, its process dies, and it is deleted: through all of that nobody else's team is touched. */
const afterwards: Trial['next'] = [
  { do: 'edit', name: 'blue', set: { description: 'Edited' }, pause: 30_000 },
  { do: 'restart', downMs: 0, pause: 700_000 },
  { do: 'delete', name: 'blue', pause: 30_000 },
];

faultPoints(
  4,
  works.map((work) =>
    listed(
      work,
      'a team of somebody else there before, and at each call',
      (calls) =>
        Object.entries(OTHERS).flatMap(([whose, deed]): Trial[] => [
          { title: `${whose}, there before`, faults: [deed, { do: 'restart', downMs: 45_000 }], next: afterwards },
          ...eachCall(calls, (nth, { name }) => [
            {
              title: `${whose}, made just before call ${nth}, ${name}`,
              faults: [{ do: 'meanwhile', nth, deed: deed as Exclude<Deed, { do: 'restart' }> }],
              next: afterwards,
            },
          ]),
        ]),
      { alike: [], besides: touched },
    ),
  ),
  { world: 'memory' },
);
