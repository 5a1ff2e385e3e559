/** The work teams that a plan is about, from AWS: read region by region, all regions side by side. */
import type { Clock } from '../controller/clock.ts';
import { SagemakerWorkteams } from '../sagemaker/workteams.ts';
import { AwsError } from '../workteam/aws-error.ts';
import { failureMessage } from '../workteam/messages.ts';
import { CannotStart, NO_REGION } from './cannot-start.ts';
import type { Problem } from './manifest-files.ts';
import { readRegion, type Teams, type Wanted } from './plan-aws.ts';
import type { PlanOptions } from './plan-options.ts';
import { checkAws } from './preflight.ts';
import { type Terminal, withProgress } from './progress.ts';

/** What reading takes. */
export interface Access {
  readonly options: PlanOptions;
  readonly version: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Shows the progress. */
  readonly terminal: Terminal | undefined;
}

/** An AWS account to read, with the region of Workteams that name none. */
export interface Account {
  readonly defaultRegion: string | undefined;
  readonly credentials: Awaited<ReturnType<typeof checkAws>>['credentials'];
}

/** Nothing is logged: what goes wrong is an error. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, child: () => SILENT };

/**
 * The account of the environment. Where nothing names a default region, `named` stands in for finding credentials; without
 * any, and without credentials, throws CannotStart.
 */
export async function openAccount({ options, clock, signal }: Access, named: string | undefined): Promise<Account> {
  const check = { clock, log: SILENT, signal };
  try {
    const { region, credentials } = await checkAws(options.awsRegion, check);
    return { defaultRegion: region, credentials };
  } catch (error) {
    if (!(error instanceof CannotStart) || error.message !== NO_REGION || named === undefined) throw error;
    return { defaultRegion: undefined, credentials: (await checkAws(named, check)).credentials };
  }
}

/** Reads what is wanted. A region that cannot be read is a problem, and is missing from the answer. */
export async function readTeams(
  { options, version, clock, signal, terminal }: Access,
  { credentials }: Account,
  wanted: readonly Wanted[],
): Promise<{ teams: Map<string, Teams>; problems: Problem[] }> {
  const aws = new SagemakerWorkteams({
    credentials,
    userAgent: `workteam-operator/${version}`,
    pace: { perSecond: options.awsRequestsPerSecond, burst: options.awsBurst },
    // None: were there a write by mistake, it would not leave.
    writeBudget: () => 0,
    timers: clock,
  });
  const read = { region: 0, team: 0 };
  const line = () => `Reading from AWS: ${read.region} of ${wanted.length} regions, ${read.team} work teams`;
  const onRead = (what: 'region' | 'team') => {
    read[what] += 1;
  };
  const teams = new Map<string, Teams>();
  const problems: Problem[] = [];
  const readOne = async (want: Wanted): Promise<void> => {
    try {
      teams.set(want.region, await readRegion({ aws, clock, signal, onRead }, want));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const why = failureMessage(error.failure, '');
      problems.push({ message: `Nothing is planned for ${want.region}, whose work teams could not be read. ${why}` });
    }
  };
  try {
    await withProgress(terminal, clock, line, async () => void (await Promise.all(wanted.map(readOne))));
  } finally {
    aws.close();
  }
  return { teams, problems: problems.sort((a, b) => (a.message < b.message ? -1 : 1)) };
}
