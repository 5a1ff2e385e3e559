/** AWS shows a create late, and somebody restarts the operator or deletes the Workteam meanwhile. */
import { vi } from 'vitest';
import { lateReadPoints } from './harness/late-read-points.ts';
import { latenessOf } from './harness/late-reads.ts';
import { CREATE } from './harness/works.ts';

vi.setConfig({ maxConcurrency: 12, testTimeout: 300_000 });

lateReadPoints(
  CREATE,
  latenessOf({
    'Describe and List say absent': ['createToDescribeMs', 'createToListMs'],
    'ListTags misses the owner tag': ['tagsToListTagsMs'],
    'Describe and List say absent, and ListTags knows no team': [
      'createToDescribeMs',
      'createToListMs',
      'createToListTagsMs',
      'tagsToListTagsMs',
    ],
  }),
);
