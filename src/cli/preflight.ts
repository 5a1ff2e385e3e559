/** What must be true before the first pass. Each check that fails ends in one sentence that says what to do. */
import type { Clock } from '../controller/clock.ts';
import {
  isForbidden,
  isNotFound,
  isTooManyRequests,
  isUnauthorized,
  isUnreachable,
  KubernetesError,
} from '../kubernetes/errors.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { Workteams, workteamsIn } from '../kubernetes/workteams.ts';
import { type LabelSelector, selectorText } from '../label-selector.ts';
import type { Log } from '../ports.ts';
import { type AwsEnvironment, awsEnvironment, NoRegionError } from '../sagemaker/environment.ts';
import { within } from '../sagemaker/within.ts';
import {
  CannotStart,
  cannotListWorkteams,
  NAMESPACE_REFUSED,
  NO_BRAKE,
  NO_CLUSTER_ID,
  NO_REGION,
  noAnswer,
  noCrd,
  noCredentials,
  notAccepted,
  notAllowed,
} from './cannot-start.ts';

/** For how long an API server that does not answer is asked again before giving up, in milliseconds. */
const UNREACHABLE_FOR_MS = 10_000;

/** How long the credential chain may take, in milliseconds; instance metadata that is not there takes a few seconds. */
const CREDENTIALS_WITHIN_MS = 20_000;

/** What both checks need. */
interface Check {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when nobody waits for the check any more; it ends with the signal's reason then. */
  readonly signal: AbortSignal;
}

/** Region and credentials, from the SDK's own chains. Throws CannotStart. */
export async function checkAws(region: string | undefined, { clock, log, signal }: Check): Promise<AwsEnvironment> {
  let environment: AwsEnvironment;
  try {
    environment = await awsEnvironment(region, clock);
  } catch (error) {
    if (!(error instanceof NoRegionError)) throw error;
    throw new CannotStart(NO_REGION, { cause: error });
  }
  log.info({ region: environment.region }, 'looking for AWS credentials');
  try {
    await within(CREDENTIALS_WITHIN_MS, clock, signal, () => environment.credentials());
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.name : String(error);
    throw new CannotStart(noCredentials(why), { cause: error });
  }
  return environment;
}

/** What `checkCluster` needs. */
export interface ClusterCheck extends Check {
  readonly transport: Transport;
  readonly namespaces: readonly string[];
  /** Only Workteams with such labels are listed; all of them when left out. */
  readonly selector?: LabelSelector | undefined;
  /** Wait for an API server that does not answer for as long as it takes: a pod that gave up would only be restarted. */
  readonly patient: boolean;
}

/**
 * That the API server answers, knows Workteams, and lets us list them: of several namespaces, in one at least. A Role goes
 * with its namespace, and the other namespaces are not left alone for that. Throws CannotStart.
 */
export async function checkCluster(check: ClusterCheck): Promise<void> {
  const { namespaces, log, transport } = check;
  const refused: { readonly namespace: string | undefined; readonly error: unknown }[] = [];
  const asked = namespaces.length > 0 ? namespaces : [undefined];
  for (const namespace of asked) {
    try {
      await untilAnswered(check, () => list(check, namespace));
    } catch (error) {
      if (!isClosed(error)) throw cannotList(error, transport.server);
      refused.push({ namespace, error });
    }
  }
  if (refused.length === asked.length) throw cannotList(refused[0]?.error, transport.server);
  for (const { namespace, error } of refused) log.warn({ namespace, err: error }, NAMESPACE_REFUSED);
}

/** Whether the answer says that a namespace cannot be listed, which may change while we run. */
export function isClosed(error: unknown): boolean {
  return isForbidden(error) || isNotFound(error);
}

/**
 * Whether the brake works that keeps work teams when the CRD is deleted. Without the right to read the CRD it does not; with
 * a list of namespaces that is a way to run, so it is said, and no more.
 */
export async function checkBrake({ transport, namespaces, log, signal }: ClusterCheck): Promise<void> {
  if (namespaces.length === 0) return;
  try {
    await new Workteams(transport).crdIsTerminating(signal);
  } catch (error) {
    if (isForbidden(error)) log.warn({}, NO_BRAKE);
  }
}

/** The cluster id of owner tags: the given one, else the UID of the namespace kube-system. Throws CannotStart. */
export async function clusterId(given: string | undefined, check: ClusterCheck): Promise<string> {
  if (given !== undefined) return given;
  const { transport, signal } = check;
  try {
    return await untilAnswered(check, () => new Workteams(transport).clusterUid(signal));
  } catch (error) {
    throw isForbidden(error) ? new CannotStart(NO_CLUSTER_ID, { cause: error }) : cannotList(error, transport.server);
  }
}

/** Asks until there is an answer that means something: nobody there, too busy and out of order are none. */
async function untilAnswered<T>(
  { transport, clock, log, signal, patient }: ClusterCheck,
  ask: () => Promise<T>,
): Promise<T> {
  const began = clock.now();
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isOutOfOrder(error)) throw error;
      if (!patient && clock.now() - began >= UNREACHABLE_FOR_MS) {
        throw new CannotStart(noAnswer(transport.server, error.message), { cause: error });
      }
      const detail = error.message;
      log.warn({ server: transport.server, detail }, 'the Kubernetes API server does not answer, trying again');
      await clock.sleep(2_000, signal);
    }
  }
}

function isOutOfOrder(error: unknown): error is KubernetesError {
  if (!(error instanceof KubernetesError)) return false;
  return isUnreachable(error) || isTooManyRequests(error) || (error.status ?? 0) >= 500;
}

async function list({ transport, selector, signal }: ClusterCheck, namespace: string | undefined): Promise<void> {
  const { root, plural, labelSelector } = workteamsIn(namespace, selector && selectorText(selector));
  const path = namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
  await transport.request({ path, query: { limit: 1, labelSelector }, signal });
}

function cannotList(error: unknown, server: string): unknown {
  if (error instanceof CannotStart) return error;
  if (isNotFound(error)) return new CannotStart(noCrd(server), { cause: error });
  if (isUnauthorized(error)) return new CannotStart(notAccepted(server), { cause: error });
  if (isForbidden(error)) return new CannotStart(notAllowed(server), { cause: error });
  return error instanceof KubernetesError
    ? new CannotStart(cannotListWorkteams(server, error.message), { cause: error })
    : error;
}
