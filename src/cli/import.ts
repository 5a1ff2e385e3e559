/** `workteam-operator import`: manifests for work teams that exist already. Reads from AWS, and never writes there. */
import type { Clock } from '../controller/clock.ts';
import type { Log } from '../ports.ts';
import { SagemakerWorkteams } from '../sagemaker/workteams.ts';
import type { Failure } from '../workteam/failure.ts';
import { type Imported, importWorkteams } from '../workteam/manifest.ts';
import { writeFiles } from './import-files.ts';
import type { ImportOptions } from './import-options.ts';
import { type Count, type Findings, newCount, readWorkteams, type Unread } from './import-read.ts';
import { renderAll, renderOne } from './import-render.ts';
import { checkAws } from './preflight.ts';
import { type Terminal, withProgress } from './progress.ts';

/** What `import` takes from the process it runs in. */
export interface ImportSurroundings {
  readonly version: string;
  readonly clock: Clock;
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal;
  /** Writes to stdout. */
  readonly print: (text: string) => void;
  /** Says a sentence on stderr. */
  readonly tell: (sentence: string) => void;
  /** stderr, when it is a terminal. */
  readonly terminal: Terminal | undefined;
}

/**
 * Prints or writes the manifests when all is read; tells on stderr how many, and everything that could not be read or said.
 * Returns whether the output is everything that was asked for. Throws CannotStart, or the signal's reason with nothing printed.
 */
export async function runImport(options: ImportOptions, surroundings: ImportSurroundings): Promise<boolean> {
  const { signal, tell } = surroundings;
  const count = newCount();
  const { findings, regions } = await withProgress(
    surroundings.terminal,
    surroundings.clock,
    () => progressLine(count),
    () => read(options, surroundings, count),
  );
  const { namespace, ignoreTagKeys } = options;
  const imported = importWorkteams(findings.found, { namespace, ignoreTagKeys });
  signal.throwIfAborted();
  await write(options, imported, surroundings);
  const incomplete = shortcomings(findings, imported);
  if (options.output === 'json') for (const comment of commentsOf(imported)) tell(comment);
  for (const sentence of incomplete) tell(sentence);
  tell(summary(imported, findings, regions));
  return incomplete.length === 0;
}

const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, child: () => SILENT };

async function read(
  options: ImportOptions,
  { version, clock, signal }: ImportSurroundings,
  count: Count,
): Promise<{ findings: Findings; regions: readonly string[] }> {
  const environment = await checkAws(options.awsRegion[0], { clock, log: SILENT, signal });
  const regions = options.awsRegion.length > 0 ? options.awsRegion : [environment.region];
  const aws = new SagemakerWorkteams({
    credentials: environment.credentials,
    userAgent: `workteam-operator/${version}`,
    pace: { perSecond: options.awsRequestsPerSecond, burst: options.awsBurst },
    writeBudget: () => 0,
    timers: clock,
  });
  try {
    const wanted = { names: options.name, tags: options.tag };
    return { findings: await readWorkteams(regions, wanted, { aws, clock, signal, count }), regions };
  } finally {
    aws.close();
  }
}

async function write(
  { output, outputDir, force }: ImportOptions,
  { workteams }: Imported,
  { print, signal }: ImportSurroundings,
): Promise<void> {
  if (outputDir === undefined) return print(renderAll(workteams, output));
  const files = workteams.map((each) => [`${each.manifest.metadata.name}.${output}`, renderOne(each, output)] as const);
  await writeFiles(outputDir, new Map(files), { force, signal });
}

/** What stands beside the manifests in YAML; JSON has no place for it. */
function commentsOf({ workteams }: Imported): string[] {
  return workteams.flatMap(({ region, workteamName, comments }) =>
    comments.map((comment) => `${region}: work team "${workteamName}": ${comment}`),
  );
}

function progressLine({ regions, regionsListed, workteams, workteamsRead, trouble }: Count): string {
  const listed = regions > 1 ? `${regionsListed} of ${regions} regions listed, ` : '';
  return `${listed}${workteamsRead} of ${workteams} work teams read${trouble === '' ? '' : ` (${trouble})`}`;
}

/** Everything that is missing from the output, each in a sentence; in an order of its own. */
function shortcomings({ unread, missing }: Findings, { leftOut }: Imported): string[] {
  return [
    ...missing.map((name) => `There is no work team "${name}".`),
    ...unread.map(unreadSentence).sort(),
    ...leftOut.map(
      ({ region, workteamName, reasons }) =>
        `${region}: work team "${workteamName}" is left out: ${reasons.join('; ')}.`,
    ),
  ];
}

function unreadSentence({ region, workteamName, failure }: Unread): string {
  const what = workteamName === undefined ? 'its work teams' : `work team "${workteamName}"`;
  return `${region}: ${what} could not be read: ${troubleOf(failure)}.`;
}

/** What is the matter, and what to do about it; the beginning and the end of the sentence are not here. */
function troubleOf(failure: Failure): string {
  switch (failure.reason) {
    case 'Throttled':
      return `AWS keeps throttling ${failure.operation}, try later or with a lower --aws-requests-per-second`;
    case 'Unavailable':
      return `${failure.operation} got no usable answer (${failure.detail}), check the name of the region and the network`;
    case 'CredentialsUnavailable':
      return `AWS does not take the credentials (${failure.detail}), check them, and that the account has that region enabled`;
    case 'AccessDenied':
      return `AWS denies ${failure.operation}, allow ${failure.permission}`;
    case 'InvalidRequest':
      return `AWS refused ${failure.operation}: ${failure.detail.replace(/\.$/, '')}`;
    default:
      return failure.reason;
  }
}

function summary({ workteams, leftOut }: Imported, { unread }: Findings, regions: readonly string[]): string {
  const where = regions.length === 1 ? regions[0] : `${regions.length} regions`;
  const lost = leftOut.length + unread.length;
  return `${counted(workteams.length, 'manifest')} for work teams in ${where}; ${lost === 0 ? 'nothing' : lost} left out.`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
