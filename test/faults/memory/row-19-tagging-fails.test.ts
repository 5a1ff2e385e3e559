/** The update succeeds, and tagging fails: each way that there is, so many times in a row. */
import type { Fault } from '../../../dev/sagemaker/faults.ts';
import { listed } from '../harness/memory.ts';
import { adoption, edit, edits, release } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

const FAULTS: readonly Fault[] = [
  { kind: 'throttle' },
  { kind: 'http5xx' },
  { kind: 'http5xx', acts: true },
  { kind: 'accessDenied' },
  { kind: 'dropBefore' },
  { kind: 'dropAfter' },
  { kind: 'error', code: 'ValidationException', message: 'Tag policy violated.' },
];
const TIMES = [1, 3];

/** What of the tags each of these writes. */
const WRITES = [
  { work: edit, operations: ['AddTags', 'DeleteTags'] },
  { work: edits, operations: ['AddTags', 'DeleteTags'] },
  { work: adoption, operations: ['AddTags'] },
  { work: release, operations: ['DeleteTags'] },
];

faultPoints(
  19,
  WRITES.flatMap(({ work, operations }) =>
    operations.map((operation) =>
      listed(work, `${operation} fails`, () =>
        FAULTS.flatMap((fault) =>
          TIMES.map((times) => ({
            title: `${fault.kind}${'acts' in fault ? ', acted' : ''}, ${times} times`,
            faults: [{ do: 'fault', nth: 1, operation, times, fault }],
          })),
        ),
      ),
    ),
  ),
  { world: 'memory' },
);
