/** AWS shows an update late, and somebody restarts the operator or deletes the Workteam meanwhile. */
import { vi } from 'vitest';
import { lateReadPoints } from './harness/late-read-points.ts';
import { latenessOf } from './harness/late-reads.ts';
import { EDIT } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 12, testTimeout: 300_000 });

lateReadPoints(
  EDIT,
  latenessOf({
    'Describe and List show the old values': ['updateToDescribeMs', 'updateToListMs'],
    'ListTags shows the old tags': ['tagsToListTagsMs'],
  }),
);
