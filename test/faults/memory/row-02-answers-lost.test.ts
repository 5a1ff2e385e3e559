/** Each call to AWS, in turn, acts (or does not) and is not answered. */
import type { Fault } from '../../../dev/sagemaker/faults.ts';
import { eachCall, listed, type Trial } from '../harness/memory.ts';
import { create, WORKS } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

/** Every way to lose an answer, and what is easily taken for one: the request never arrived. */
const LOSSES: readonly Fault[] = [
  { kind: 'dropAfter' },
  { kind: 'http5xx', acts: true },
  { kind: 'nonJson', acts: true },
  { kind: 'hang', acts: true },
  { kind: 'dropBefore' },
  { kind: 'hang' },
];

const nameOf = (fault: Fault) => `${fault.kind}${'acts' in fault ? ', acted' : ''}`;

faultPoints(
  2,
  WORKS.map((work) =>
    listed(work, 'each answer of AWS lost', (calls) =>
      eachCall(
        calls,
        (nth, { name }) =>
          LOSSES.map((fault) => ({
            title: `${nameOf(fault)}: call ${nth} to AWS, ${name}`,
            faults: [{ do: 'fault', nth, fault }],
          })),
        ({ side }) => side === 'aws',
      ),
    ),
  ),
  { world: 'memory' },
);

faultPoints(
  2,
  [
    listed(create, 'the answer lost, and killed at each call', (calls) =>
      eachCall([...calls, ...calls], (nth) =>
        (['before', 'after'] as const).map(
          (when): Trial => ({
            title: `the create acted and its answer was lost; killed ${when} call ${nth}`,
            faults: [
              { do: 'fault', nth: 1, operation: 'CreateWorkteam', fault: { kind: 'dropAfter' } },
              { do: 'kill', nth, when, downMs: 0 },
            ],
          }),
        ),
      ),
    ),
  ],
  { world: 'memory' },
);
