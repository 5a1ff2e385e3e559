import { CreateWorkteam } from './create-workteam.ts';
import { ListLabelingJobsForWorkteam } from './labeling-jobs.ts';
import type { Operation } from './operation.ts';
import { AddTags, DeleteTags, ListTags } from './tags.ts';
import { DescribeWorkforce, ListWorkforces } from './workforces.ts';
import { DeleteWorkteam, DescribeWorkteam, ListWorkteams, UpdateWorkteam } from './workteams.ts';

/** The operations of SageMaker that the emulator knows, by the names in X-Amz-Target. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    CreateWorkteam,
    DescribeWorkteam,
    ListWorkteams,
    UpdateWorkteam,
    DeleteWorkteam,
    AddTags,
    DeleteTags,
    ListTags,
    ListLabelingJobsForWorkteam,
    ListWorkforces,
    DescribeWorkforce,
  }),
);
