/** An edit that AWS does not take, and back again: whenever it is taken back, everything is as it was. */
import type { Deed } from '../../properties/history.ts';
import { cognitoMembers, oidcMembers } from '../../support/specs.ts';
import { eachCall, listed, type Trial, type Work } from '../harness/memory.ts';
import { applied, FULL } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

const edit = (set: Extract<Deed, { do: 'edit' }>['set']): Deed => ({ do: 'edit', name: 'blue', set });
const good: Deed = { do: 'apply', name: 'blue', spec: FULL };

/** What is bad about it, by the answers of AWS that make it so. */
const BADS = [
  { bad: 'members of the other kind', deed: edit({ memberDefinitions: cognitoMembers('a') }) },
  {
    bad: 'a description that is too long in UTF-16',
    deed: edit({ description: '👷'.repeat(200) }),
    switches: { lengthUnit: 'utf16Units' },
  },
  {
    bad: 'both access fields',
    deed: edit({
      workerAccessConfiguration: {
        s3Presign: { iamPolicyConstraints: { sourceIp: 'Disabled', vpcSourceIp: 'Enabled' } },
      },
    }),
    switches: { bothAccessFields: 'refused' },
  },
  {
    bad: 'too many groups over several definitions',
    deed: edit({ memberDefinitions: [...oidcMembers('a', 'b'), ...oidcMembers('c')], tags: { more: 'tags' } }),
    switches: { updateToDescribeMs: 5_000, tagsToListTagsMs: 5_000 },
  },
] as const;

const works = BADS.map(
  ({ bad, deed, ...more }): Work => ({
    title: bad,
    before: [applied(FULL)],
    deeds: [
      { ...deed, pause: 40_000 },
      { ...good, pause: 0 },
    ],
    ...more,
  }),
);

/** From at once over in the middle of the pass to when it has long been Stalled, in milliseconds. */
const SOON = [0, 50, 150, 250, 350, 500, 1_000, 5_000, 31_000, 200_000, 1_000_000];

faultPoints(
  25,
  works.flatMap((work) => {
    const [bad, back] = work.deeds;
    if (bad === undefined || back === undefined) throw new Error('each of them goes there and back');
    return [
      listed(
        { ...work, deeds: [back] },
        'taken back sooner or later',
        () =>
          SOON.map(
            (pause): Trial => ({
              title: `taken back after ${pause} ms`,
              next: [
                { ...bad, pause },
                { ...back, pause: 0 },
              ],
            }),
          ),
        { alike: ['teams'] },
      ),
      listed(
        work,
        'killed at each call',
        (calls) =>
          eachCall(calls, (nth, { name }) => [
            { title: `killed after call ${nth}, ${name}`, faults: [{ do: 'kill', nth, when: 'after', downMs: 0 }] },
          ]),
        { alike: ['objects', 'teams'] },
      ),
    ];
  }),
  { world: 'memory' },
);
