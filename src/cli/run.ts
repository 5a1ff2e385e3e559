/** `workteam-operator run`: puts the parts together in the order in which they need each other, and takes them down again. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config.ts';
import { systemClock } from '../controller/clock.ts';
import type { ElectionOutcome } from '../kubernetes/election.ts';
import { KubernetesError } from '../kubernetes/errors.ts';
import { Events } from '../kubernetes/events.ts';
import { loadKubeConfig } from '../kubernetes/kubeconfig.ts';
import { Transport } from '../kubernetes/transport.ts';
import { selectorText } from '../label-selector.ts';
import type { BindAddress } from '../option-values.ts';
import type { Announcer, Log } from '../ports.ts';
import { guardAccount, untilUsable } from '../sagemaker/account.ts';
import type { AwsEnvironment } from '../sagemaker/environment.ts';
import { SagemakerWorkteams } from '../sagemaker/workteams.ts';
import { Health } from '../telemetry/health.ts';
import { type Listening, type Routes, serve } from '../telemetry/http.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { CannotStart, cannotListen } from './cannot-start.ts';
import { electionOf, writeBudget } from './leadership.ts';
import { Operator } from './operator.ts';
import { checkAws, checkBrake, checkCluster, clusterId } from './preflight.ts';

/** Which cluster, and as whom. */
type KubeConfig = ReturnType<typeof loadKubeConfig>;

/** How long events that are still under way may take when everything else has ended, in milliseconds. */
const EVENTS_GRACE_MS = 2_000;

/** What `run` takes from the process it runs in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Log;
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal;
}

/**
 * Runs the operator until the signal aborts (`stopped`, `released`) or its lease is lost (`lost`). Throws CannotStart, with
 * one sentence that says what to do, when something it needs is not there.
 */
export async function run(config: Config, surroundings: Surroundings): Promise<ElectionOutcome> {
  const health = new Health();
  const metrics = new Metrics(config.leaderElectionId, config.concurrency, () => systemClock.now());
  const closers: Closer[] = [];
  try {
    for (const server of await listen(config, metrics, health, surroundings.log)) closers.push(() => server.close());
    const operator = await assemble(config, surroundings, health, metrics, closers);
    return await operator.run(surroundings.signal);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** Takes down again what was put up. */
type Closer = () => void | Promise<void>;

async function assemble(
  config: Config,
  { env, version, log, signal }: Surroundings,
  health: Health,
  metrics: Metrics,
  closers: Closer[],
): Promise<Operator> {
  const [clock, random] = [systemClock, Math.random];
  const kubeConfig = kubeConfigOf(config, env);
  const transport = new Transport({ kubeConfig, version, clock, onRequest: (fact) => metrics.calledKubernetes(fact) });
  closers.push(() => transport.close());
  const { namespace: namespaces, watchLabelSelector: selector, resyncInterval: resyncMs, concurrency } = config;
  const { ignoreTagKeys, readOnly, allowTakeover } = config;
  health.waitFor('AWS credentials');
  const environment = await checkAws(config.awsRegion, { clock, log, signal });
  const { region } = environment;
  health.waitFor('the Kubernetes API');
  const patient = kubeConfig.getCurrentContext() === 'in-cluster';
  const check = { transport, namespaces, selector, clock, log, signal, patient };
  await checkCluster(check);
  await checkBrake(check);
  const id = await clusterId(config.clusterId, check);
  const identity = `${hostname()}_${randomUUID()}`;
  const election = electionOf(config, { env, kubeConfig, transport, log, metrics, health, identity, clock, random });
  const credentials = credentialsOf(config, environment, health, log);
  // Of the wrong account they do not keep us from starting: the probe says why we are not ready, and nothing is called.
  await credentials().catch(() => void untilUsable(credentials, clock, signal));
  const aws = new SagemakerWorkteams({
    credentials,
    userAgent: `workteam-operator/${version}`,
    pace: { perSecond: config.awsRequestsPerSecond, burst: config.awsBurst },
    writeBudget: () => writeBudget(election, clock.now()),
    timers: clock,
    onCall: (call) => metrics.calledAws(call),
  });
  closers.push(() => aws.close());
  const announcer = announcerOf(transport, identity, metrics, log, closers);
  const settings = { clusterId: id, region, ignoreTagKeys, readOnly, allowTakeover };
  const labelSelector = selector && selectorText(selector);
  log.info({ version, server: transport.server, namespaces, labelSelector, region, clusterId: id }, 'started');
  const parts = {
    transport,
    aws,
    announcer,
    settings,
    namespaces,
    selector,
    election,
    resyncMs,
    concurrency,
    log,
    metrics,
    health,
  };
  return new Operator({ ...parts, clock, random, newId: () => randomUUID() });
}

/** The credentials of the environment; with `--aws-account-id`, only while they are of that account. */
function credentialsOf(
  config: Config,
  environment: AwsEnvironment,
  health: Health,
  log: Log,
): AwsEnvironment['credentials'] {
  const { credentials, region } = environment;
  if (config.awsAccountId === undefined) return credentials;
  return guardAccount({
    accountId: config.awsAccountId,
    credentials,
    region,
    now: () => systemClock.now(),
    onVerdict: (problem) => {
      health.trouble('credentials', problem && `the AWS credentials cannot be used: ${problem}`);
      if (problem !== undefined) log.warn({ detail: problem }, 'AWS credentials not used');
    },
  });
}

/** Events and the metrics that count them; a refused event is no more than a line in the log. */
function announcerOf(transport: Transport, instance: string, metrics: Metrics, log: Log, closers: Closer[]): Announcer {
  const events = new Events({
    transport,
    instance,
    clock: systemClock,
    onError: (error, { reason }) => log.debug({ err: error, reason }, 'event not recorded'),
  });
  closers.push(() => events.close(EVENTS_GRACE_MS));
  return {
    announce: (workteam, announcement) => {
      metrics.announced(announcement);
      events.record(workteam, announcement);
    },
  };
}

function kubeConfigOf({ kubeconfig }: Config, env: Surroundings['env']): KubeConfig {
  try {
    return loadKubeConfig({ path: kubeconfig, env });
  } catch (error) {
    if (error instanceof KubernetesError) throw new CannotStart(error.message, { cause: error });
    throw error;
  }
}

async function listen(config: Config, metrics: Metrics, health: Health, log: Log): Promise<Listening[]> {
  const probes = { '/livez': () => health.livez(), '/readyz': () => health.readyz() };
  const scrape = { '/metrics': async () => ({ status: 200, ...(await metrics.expose()) }) };
  const listening = await listenOn('health-probe', probes, config.healthProbeBindAddress, log);
  try {
    return [...listening, ...(await listenOn('metrics', scrape, config.metricsBindAddress, log))];
  } catch (error) {
    for (const server of listening) await server.close();
    throw error;
  }
}

async function listenOn(
  what: string,
  routes: Routes,
  address: BindAddress | undefined,
  log: Log,
): Promise<Listening[]> {
  if (address === undefined) return [];
  try {
    const server = await serve(routes, address, (path, error) => log.warn({ err: error, path }, 'answer not made'));
    log.info({ port: server.port, paths: Object.keys(routes) }, 'listening');
    return [server];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CannotStart(cannotListen(what, `${address.host ?? ''}:${address.port}`, why), { cause: error });
  }
}
