/** Somebody changes each field, each tag or the owner tag in the console, or deletes the team, at each call and at rest. */
import { type ConsoleDeed, type Deed, SETTLING_MS, type Spec } from '../../properties/history.ts';
import { eachCall, listed, type Trial, type Work } from '../harness/memory.ts';
import { applied, edit, FULL } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

const DRIFTS: Readonly<Record<string, ConsoleDeed>> = {
  'the description': { describe: 'By hand' },
  'a member more': { groups: ['a', 'b', 'intruder'] },
  'a member less': { groups: ['a'] },
  'the topic': { topic: 'arn:aws:sns:eu-west-1:111122223333:by-hand' },
  'no topic': { topic: '' },
  'worker access': { access: { sourceIp: 'Disabled' } },
  'a tag more': { tag: 'other', value: 'by hand' },
  'a tag of ours': { tag: 'kept', value: 'by hand' },
  'a tag less': { untag: 'kept' },
  'no owner tag': { owner: 'none' },
  "another cluster's owner tag": { owner: 'foreign' },
  'no team': { gone: true },
};

/** Whoever sees what has become of it, and what they do about it, by their policies. */
const POLICIES: Readonly<Record<string, Partial<Spec>>> = {
  'by default': {},
  'that may adopt': { adoptionPolicy: 'IfUnowned', deletionPolicy: 'Delete' },
  'that may take over': { adoptionPolicy: 'Always', deletionPolicy: 'Delete' },
  'that observes': { managementPolicy: 'Observe' },
  'that is suspended': { suspend: true },
};

const console = (deed: ConsoleDeed): Deed => ({ do: 'console', team: 'blue', deed });
const drifts = Object.entries(DRIFTS);

/** At rest, found by a sweep, or because somebody asks; then it is deleted, and whatever is not ours stays. */
const atRest = Object.entries(POLICIES).flatMap(([policy, fields]) => {
  const work: Work = {
    title: `a Workteam ${policy}`,
    before: [applied(FULL), { do: 'edit', name: 'blue', set: fields, pause: 60_000 }],
    deeds: [{ do: 'wait', pause: 0 }],
    allowTakeover: true,
  };
  const soon = drifts.flatMap(([drift, deed]): Trial[] => [
    {
      title: `${drift}, and a request to look`,
      next: [
        { ...console(deed), pause: 0 },
        { do: 'ask', name: 'blue', pause: 0 },
      ],
    },
    {
      title: `${drift}, and a deletion`,
      next: [
        { ...console(deed), pause: 0 },
        { do: 'delete', name: 'blue', pause: 0 },
      ],
    },
  ]);
  const late = drifts.flatMap(([drift, deed]): Trial[] => [
    { title: `${drift}, found by a sweep`, next: [{ ...console(deed), pause: 0 }] },
    {
      title: `${drift}, while nobody is there`,
      next: [
        { do: 'restart', downMs: 5_000, pause: 1_000 },
        { ...console(deed), pause: 0 },
      ],
    },
  ]);
  return [
    listed(work, 'its team changed behind its back, and a look or a deletion', () => soon, { alike: [] }),
    listed(work, 'its team changed behind its back', () => late, { alike: [], settlingMs: SETTLING_MS }),
  ];
});

const underWay = listed(
  edit,
  'its team changed behind its back at each call',
  (calls) =>
    eachCall(calls, (nth, { name }) =>
      drifts.map(([drift, deed]) => ({
        title: `${drift}, just before call ${nth}, ${name}`,
        faults: [{ do: 'meanwhile', nth, deed: { do: 'console', team: 'blue', deed } }],
      })),
    ),
  { alike: [], settlingMs: SETTLING_MS },
);

faultPoints(26, [...atRest, underWay], { world: 'memory' });
