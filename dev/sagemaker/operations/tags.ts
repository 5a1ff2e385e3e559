import { resourceNotFound, type ServiceError, validationError } from '../errors.ts';
import type { Tag } from '../shapes.ts';
import type { TeamRecord } from '../store.ts';
import { workteamNotFound } from '../texts.ts';
import { type Acted, type Context, reading, writing } from './operation.ts';
import { asTagList, mergedTags, newTags, withoutTags } from './tag-rules.ts';

export const AddTags = writing('AddTagsInput', 'AddTagsOutput', (request, context): Acted<{ Tags: readonly Tag[] }> => {
  const added = newTags(request.Tags);
  const record = tagged(request.ResourceArn, context);
  if (!record) return { output: { Tags: asTagList(added) }, effective: false };
  const tags = mergedTags(record.tags, added);
  const effective = [...added].some(([key, value]) => record.tags.get(key) !== value);
  record.setTags(tags, context.now, context.switches);
  return { output: { Tags: asTagList(tags) }, effective };
});

export const DeleteTags = writing('DeleteTagsInput', 'DeleteTagsOutput', (request, context) => {
  const record = tagged(request.ResourceArn, context);
  if (!record) return { output: {}, effective: false };
  const tags = withoutTags(record.tags, request.TagKeys);
  const effective = tags.size < record.tags.size;
  record.setTags(tags, context.now, context.switches);
  return { output: {}, effective };
});

/** AWS answers at most as many tags as a resource can have. */
const DEFAULT_PAGE = 50;

export const ListTags = reading('ListTagsInput', 'ListTagsOutput', (request, context) => {
  const { ResourceArn, NextToken, MaxResults = DEFAULT_PAGE } = request;
  const { scope, region, switches, pager, now } = context;
  const tags = region.findByArn(ResourceArn, switches.names)?.seenTags.seenBy('listTags', context);
  if (!tags) refuseMissing(ResourceArn, context);
  const page = pager.page(
    {
      items: asTagList(tags ?? new Map()),
      key: ({ Key }) => Key,
      size: Math.max(1, Math.min(MaxResults, switches.tagsPerPage)),
      token: NextToken,
      query: ['ListTags', scope.account, scope.region, ResourceArn],
    },
    now,
    switches.nextTokenLifetimeMs,
  );
  return { Tags: page.items, ...(page.nextToken !== undefined && { NextToken: page.nextToken }) };
});

/** The team with that ARN; undefined when there is none and the switch says that this is no error. */
function tagged(arn: string, context: Context): TeamRecord | undefined {
  const record = context.region.findByArn(arn, context.switches.names);
  if (record?.workteam) return record;
  refuseMissing(arn, context);
  return undefined;
}

function refuseMissing(arn: string, { switches }: Context): void {
  const answers = {
    validation: () => validationError(`The specified resource ${arn} does not exist`),
    sameAsDescribe: () => workteamNotFound(arn.split('/').at(-1) ?? '', arn, switches),
    resourceNotFound: () => resourceNotFound(`Could not find resource ${arn}`),
    empty: () => undefined,
  } satisfies Record<typeof switches.listTagsOnMissing, () => ServiceError | undefined>;
  const refusal = answers[switches.listTagsOnMissing]();
  if (refusal) throw refusal;
}
