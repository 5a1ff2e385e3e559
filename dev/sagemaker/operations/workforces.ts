import { validationError } from '../errors.ts';
import type { TypeOf } from '../shapes.ts';
import type { RegionStore, Workforce } from '../store.ts';
import { reading } from './operation.ts';
import { DEFAULT_PAGE } from './workteams.ts';

export const DescribeWorkforce = reading(
  'DescribeWorkforceRequest',
  'DescribeWorkforceResponse',
  (request, context) => {
    const { region } = context;
    if (region.workforce?.name !== request.WorkforceName) {
      throw validationError(`The workforce ${region.workforceArn(request.WorkforceName)} does not exist`);
    }
    return { Workforce: shownWorkforce(region.workforce, region) };
  },
);

/** A region has one private workforce or none, so there is never a second page; a token is foreign by necessity. */
export const ListWorkforces = reading('ListWorkforcesRequest', 'ListWorkforcesResponse', (request, context) => {
  const { region, scope, pager, now, switches } = context;
  const { NameContains = '', MaxResults = DEFAULT_PAGE, NextToken } = request;
  const found = region.workforce?.name.includes(NameContains) ? [region.workforce] : [];
  const page = pager.page(
    {
      items: found,
      key: ({ name }) => name,
      size: MaxResults,
      token: NextToken,
      query: ['ListWorkforces', scope.account, scope.region, NameContains],
    },
    now,
    switches.nextTokenLifetimeMs,
  );
  return { Workforces: page.items.map((workforce) => shownWorkforce(workforce, region)) };
});

function shownWorkforce(workforce: Workforce, region: RegionStore): TypeOf<'Workforce'> {
  const { name, kind, cognito, createdAt } = workforce;
  return {
    WorkforceName: name,
    WorkforceArn: region.workforceArn(name),
    SubDomain: region.subDomain(),
    CreateDate: createdAt / 1000,
    LastUpdatedDate: createdAt / 1000,
    Status: 'Active',
    ...(kind === 'Cognito' && cognito && { CognitoConfig: cognito }),
    ...(kind === 'Oidc' && { OidcConfig: { ClientId: 'emulator', Issuer: 'https://identity.example.com' } }),
  };
}
