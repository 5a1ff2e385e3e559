/**
 * A SageMaker that costs next to nothing, for measuring: it answers each call after the same latency, without holding
 * up any other, checks nothing and keeps counts instead of a ledger. For how AWS behaves see dev/sagemaker.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultSwitches } from '../dev/sagemaker/switches.ts';
import { workteamNotFound } from '../dev/sagemaker/texts.ts';

export const ACCOUNT = '123456789012';
const JSON_TYPE = 'application/x-amz-json-1.1';
const LARGEST_PAGE = 100;

const DRIFTED = 'changed by somebody else';

interface Tag {
  readonly Key: string;
  readonly Value: string;
}

interface Team {
  readonly shown: Record<string, unknown>;
  readonly tags: Map<string, string>;
}

type Parameters = Record<string, unknown>;

/** One call, at the moment at which all of it had arrived. */
export interface SeenCall {
  readonly operation: string;
  readonly region: string;
  /** Of ListTags, AddTags and DeleteTags too. */
  readonly workteamName: string | undefined;
  readonly description: string | undefined;
  /** `performance.now()` */
  readonly at: number;
}

export interface FakeAws extends AsyncDisposable {
  readonly endpoint: string;
  /** Milliseconds from the arrival of a call to its answer. */
  latencyMs: number;
  /** How many calls of each operation arrived so far. */
  counts(): Record<string, number>;
  /** `performance.now()` of the last call; 0 before any. */
  readonly lastCallAt: number;
  /** Told of each call as it arrives. */
  onCall: (call: SeenCall) => void;
  /** As if somebody had changed every team in the console. */
  driftAll(): void;
  /** How many of those have not been put right yet. */
  drifted(): number;
}

export async function startFakeAws(): Promise<FakeAws> {
  const regions = new Map<string, Map<string, Team>>();
  const counts = new Map<string, number>();
  let lastCallAt = 0;

  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const call = callOf(request, body);
    lastCallAt = performance.now();
    counts.set(call.operation, (counts.get(call.operation) ?? 0) + 1);
    const { operation, region, parameters } = call;
    const description = typeof parameters.Description === 'string' ? parameters.Description : undefined;
    aws.onCall({ operation, region, description, workteamName: nameIn(parameters), at: lastCallAt });
    const answer = () => reply(response, call, regionIn(regions, call.region));
    if (aws.latencyMs > 0) setTimeout(answer, aws.latencyMs);
    else answer();
  });
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const aws: FakeAws = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    latencyMs: 0,
    counts: () => Object.fromEntries(counts),
    get lastCallAt() {
      return lastCallAt;
    },
    onCall: () => {},
    driftAll: () => {
      for (const { shown } of teamsOf(regions)) shown.Description = DRIFTED;
    },
    drifted: () => teamsOf(regions).filter(({ shown }) => shown.Description === DRIFTED).length,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return aws;
}

interface Call {
  readonly operation: string;
  readonly region: string;
  readonly parameters: Parameters;
}

function callOf({ headers }: IncomingMessage, body: string): Call {
  const target = String(headers['x-amz-target'] ?? '').replace('SageMaker.', '');
  const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? 'none';
  // STS speaks forms; GetCallerIdentity is all that is asked of it.
  if (target === '') return { operation: 'GetCallerIdentity', region, parameters: {} };
  return { operation: target, region, parameters: JSON.parse(body) };
}

function reply(response: ServerResponse, call: Call, teams: Map<string, Team>): void {
  const { status, type = JSON_TYPE, body } = answerTo(call, teams);
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

const ok = (output: unknown): Answer => ({ status: 200, body: JSON.stringify(output) });

function answerTo({ operation, region, parameters }: Call, teams: Map<string, Team>): Answer {
  if (operation === 'GetCallerIdentity') return identity();
  if (operation === 'ListWorkteams') return listed(teams, parameters);
  const name = nameIn(parameters) ?? '';
  if (operation === 'CreateWorkteam') return created(teams, name, region, parameters);
  const team = teams.get(name);
  if (team === undefined) return notFound(name, region);
  switch (operation) {
    case 'DescribeWorkteam':
      return ok({ Workteam: team.shown });
    case 'UpdateWorkteam':
      Object.assign(team.shown, membersOf(parameters), { LastUpdatedDate: Date.now() / 1000 });
      return ok({ Workteam: team.shown });
    case 'DeleteWorkteam':
      return ok({ Success: teams.delete(name) });
    case 'ListTags':
      return ok({ Tags: tagsOf(team) });
    case 'AddTags':
      for (const { Key, Value } of parameters.Tags as Tag[]) team.tags.set(Key, Value);
      return ok({ Tags: tagsOf(team) });
    case 'DeleteTags':
      for (const key of parameters.TagKeys as string[]) team.tags.delete(key);
      return ok({});
    default:
      return { status: 400, body: JSON.stringify({ __type: 'UnknownOperationException', message: operation }) };
  }
}

function created(teams: Map<string, Team>, name: string, region: string, parameters: Parameters): Answer {
  if (teams.has(name)) return { status: 400, body: JSON.stringify({ __type: 'ResourceInUse', message: name }) };
  const now = Date.now() / 1000;
  const arn = arnOf(name, region);
  teams.set(name, {
    shown: {
      ...membersOf(parameters),
      WorkteamName: name,
      WorkteamArn: arn,
      WorkforceArn: `arn:aws:sagemaker:${region}:${ACCOUNT}:workforce/default`,
      SubDomain: `bench.labeling.${region}.sagemaker.aws`,
      CreateDate: now,
      LastUpdatedDate: now,
    },
    tags: new Map(((parameters.Tags ?? []) as Tag[]).map(({ Key, Value }) => [Key, Value])),
  });
  return ok({ WorkteamArn: arn });
}

/** In the order in which they were created, or the other way round. */
function listed(teams: Map<string, Team>, { NextToken, MaxResults = LARGEST_PAGE, SortOrder }: Parameters): Answer {
  const from = Number(NextToken ?? 0);
  const to = from + Number(MaxResults);
  const all = [...teams.values()];
  const page = (SortOrder === 'Descending' ? all.toReversed() : all).slice(from, to).map(({ shown }) => shown);
  return ok({ Workteams: page, ...(to < teams.size ? { NextToken: String(to) } : {}) });
}

function notFound(name: string, region: string): Answer {
  const { code, message } = workteamNotFound(name, arnOf(name, region), defaultSwitches());
  return { status: 400, body: JSON.stringify({ __type: code, message }) };
}

function identity(): Answer {
  const fields = `<Arn>arn:aws:iam::${ACCOUNT}:user/bench</Arn><UserId>AIDABENCH</UserId><Account>${ACCOUNT}</Account>`;
  const body = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${fields}</GetCallerIdentityResult></GetCallerIdentityResponse>`;
  return { status: 200, type: 'text/xml', body };
}

/** What a caller says of a team, as the service shows it. */
function membersOf(parameters: Parameters): Parameters {
  const { WorkteamName: _name, WorkforceName: _workforce, Tags: _tags, ...shown } = parameters;
  return shown;
}

const tagsOf = ({ tags }: Team): Tag[] => [...tags].map(([Key, Value]) => ({ Key, Value }));

const arnOf = (name: string, region: string) => `arn:aws:sagemaker:${region}:${ACCOUNT}:workteam/private-crowd/${name}`;

function nameIn({ WorkteamName, ResourceArn }: Parameters): string | undefined {
  if (typeof WorkteamName === 'string') return WorkteamName;
  return typeof ResourceArn === 'string' ? ResourceArn.split('/').at(-1) : undefined;
}

function teamsOf(regions: Map<string, Map<string, Team>>): Team[] {
  return [...regions.values()].flatMap((teams) => [...teams.values()]);
}

function regionIn(regions: Map<string, Map<string, Team>>, region: string): Map<string, Team> {
  const teams = regions.get(region) ?? new Map<string, Team>();
  regions.set(region, teams);
  return teams;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
