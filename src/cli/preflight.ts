/** What must be true before the first pass. Each check that fails ends in one sentence that says what to do. */
import type { Clock } from '../controller/clock.ts';
import { isForbidden, isNotFound, isUnauthorized, isUnreachable, KubernetesError } from '../kubernetes/errors.ts';
import type { Transport } from '../kubernetes/transport.ts';
import { type Workteams, workteamsIn } from '../kubernetes/workteams.ts';
import type { Log } from '../ports.ts';
import { type AwsEnvironment, awsEnvironment, NoRegionError } from '../sagemaker/environment.ts';
import { within } from '../sagemaker/within.ts';
import {
  CannotStart,
  cannotListWorkteams,
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
    environment = await awsEnvironment(region);
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
  /** Wait for an API server that does not answer for as long as it takes: a pod that gave up would only be restarted. */
  readonly patient: boolean;
}

/** That the API server answers, knows Workteams, and lets us list them. Throws CannotStart. */
export async function checkCluster(check: ClusterCheck): Promise<void> {
  const { transport, clock, log, signal } = check;
  const began = clock.now();
  for (;;) {
    try {
      for (const namespace of check.namespaces.length > 0 ? check.namespaces : [undefined])
        await list(transport, namespace, signal);
      return;
    } catch (error) {
      if (!isUnreachable(error)) throw cannotList(error, transport.server);
      const message = error instanceof KubernetesError ? error.message : String(error);
      if (!check.patient && clock.now() - began >= UNREACHABLE_FOR_MS) {
        throw new CannotStart(noAnswer(transport.server, message), { cause: error });
      }
      log.warn(
        { server: transport.server, detail: message },
        'the Kubernetes API server does not answer, trying again',
      );
      await clock.sleep(2_000, signal);
    }
  }
}

/** The cluster id of owner tags: the given one, else the UID of the namespace kube-system. Throws CannotStart. */
export async function clusterId(given: string | undefined, workteams: Workteams, signal: AbortSignal): Promise<string> {
  if (given !== undefined) return given;
  try {
    return await workteams.clusterUid(signal);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    throw new CannotStart(NO_CLUSTER_ID, { cause: error });
  }
}

async function list(transport: Transport, namespace: string | undefined, signal: AbortSignal): Promise<void> {
  const { root, plural } = workteamsIn(namespace);
  const path = namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
  await transport.request({ path, query: { limit: 1 }, signal });
}

function cannotList(error: unknown, server: string): unknown {
  if (isNotFound(error)) return new CannotStart(noCrd(server), { cause: error });
  if (isUnauthorized(error)) return new CannotStart(notAccepted(server), { cause: error });
  if (isForbidden(error)) return new CannotStart(notAllowed(server), { cause: error });
  return error instanceof KubernetesError
    ? new CannotStart(cannotListWorkteams(server, error.message), { cause: error })
    : error;
}
