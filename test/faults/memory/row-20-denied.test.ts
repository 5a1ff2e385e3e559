/** One operation is denied, or the credentials are expired, so many times: the right reason, and it heals by itself. */
import { listed, type Trial } from '../harness/memory.ts';
import { adoption, create, deletion, edit, release, WORKS } from '../harness/memory-works.ts';
import { faultPoints } from '../harness/points.ts';

const MINUTE = 60_000;
const TIMES = [1, 4];
const REFUSALS = [
  { kind: 'accessDenied', reason: 'AccessDenied' },
  { kind: 'expiredToken', reason: 'CredentialsUnavailable' },
] as const;

/** What each of these needs; a Describe by itself may be one of the calls that a settled Workteam does without. */
const OPERATIONS = [
  { work: create, operations: ['CreateWorkteam'] },
  { work: edit, operations: ['DescribeWorkteam', 'ListTags', 'UpdateWorkteam', 'DeleteTags', 'AddTags'] },
  { work: adoption, operations: ['DescribeWorkteam', 'ListTags', 'AddTags', 'UpdateWorkteam'] },
  { work: deletion, operations: ['DescribeWorkteam', 'ListTags', 'DeleteWorkteam'] },
  { work: release, operations: ['DescribeWorkteam', 'ListTags', 'DeleteTags'] },
];

faultPoints(
  20,
  [
    ...REFUSALS.flatMap(({ kind, reason }) =>
      OPERATIONS.map(({ work, operations }) =>
        listed(
          work,
          `each operation: ${kind}`,
          () =>
            operations.flatMap((operation) =>
              TIMES.map(
                (times): Trial => ({
                  title: `${kind} on ${operation}, ${times} times`,
                  faults: [{ do: 'fault', nth: 1, operation, times, fault: { kind } }],
                  next: [{ do: 'wait', pause: 20 * MINUTE }],
                }),
              ),
            ),
          { besides: (_, { reasons }) => (reasons.has(reason) ? [] : [`nothing said ${reason}`]) },
        ),
      ),
    ),
    ...WORKS.filter((work) => work !== deletion)
      .slice(0, 1)
      .map((work) =>
        listed(work, 'everything: expired and denied by turns', () => [
          {
            title: 'by turns',
            faults: REFUSALS.flatMap(({ kind }) => [{ do: 'fault' as const, nth: 1, times: 3, fault: { kind } }]),
            next: [{ do: 'wait', pause: 40 * MINUTE }],
          },
        ]),
      ),
  ],
  { world: 'memory' },
);
