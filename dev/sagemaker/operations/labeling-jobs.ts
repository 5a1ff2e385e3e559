import { resourceNotFound } from '../errors.ts';
import type { LabelingJobSummary } from '../shapes.ts';
import { reading } from './operation.ts';
import { DEFAULT_PAGE } from './workteams.ts';

export const ListLabelingJobsForWorkteam = reading(
  'ListLabelingJobsForWorkteamRequest',
  'ListLabelingJobsForWorkteamResponse',
  (request, context) => {
    const { scope, region, switches, pager, now } = context;
    const { WorkteamArn, SortOrder = 'Ascending', MaxResults = DEFAULT_PAGE, NextToken, ...filters } = request;
    const { CreationTimeAfter = -Infinity, CreationTimeBefore = Infinity, JobReferenceCodeContains = '' } = filters;
    const record = region.findByArn(WorkteamArn, switches.names);
    if (!record?.workteam) throw resourceNotFound(`The work team ${WorkteamArn} does not exist`);
    const descending = SortOrder === 'Descending';
    const jobs = [...record.jobs.values()]
      .filter((job) => job.CreationTime > CreationTimeAfter && job.CreationTime < CreationTimeBefore)
      .filter((job) => job.JobReferenceCode.includes(JobReferenceCodeContains))
      .toSorted((a, b) => (key(a) < key(b) === descending ? 1 : -1));
    const page = pager.page(
      {
        items: jobs,
        key,
        descending,
        size: MaxResults,
        token: NextToken,
        query: ['ListLabelingJobsForWorkteam', scope.account, scope.region, WorkteamArn, SortOrder, filters],
      },
      now,
      switches.nextTokenLifetimeMs,
    );
    return {
      LabelingJobSummaryList: page.items,
      ...(page.nextToken !== undefined && { NextToken: page.nextToken }),
    };
  },
);

const key = (job: LabelingJobSummary) => `${job.CreationTime.toFixed(3).padStart(20, '0')} ${job.JobReferenceCode}`;
