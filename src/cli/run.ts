/** `workteam-operator run`: puts the parts together in the order in which they need each other, and takes them down again. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { KubeConfig } from '@kubernetes/client-node';
import type { BindAddress, Config } from '../config.ts';
import { systemClock } from '../controller/clock.ts';
import { type ElectionOutcome, LeaderElection } from '../kubernetes/election.ts';
import { KubernetesError } from '../kubernetes/errors.ts';
import { abortWriteInMs, mayBeginWrite } from '../kubernetes/fence.ts';
import { loadKubeConfig } from '../kubernetes/kubeconfig.ts';
import { leaseClient } from '../kubernetes/lease.ts';
import { Transport } from '../kubernetes/transport.ts';
import { Workteams } from '../kubernetes/workteams.ts';
import type { Log } from '../ports.ts';
import { SagemakerWorkteams } from '../sagemaker/workteams.ts';
import { Health } from '../telemetry/health.ts';
import { type Listening, type Routes, serve } from '../telemetry/http.ts';
import { Metrics } from '../telemetry/metrics.ts';
import { Operator } from './operator.ts';
import { CannotStart, checkAws, checkCluster, clusterId } from './preflight.ts';

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
export async function run(config: Config, { env, version, log, signal }: Surroundings): Promise<ElectionOutcome> {
  const clock = systemClock;
  const metrics = new Metrics(config.leaderElectionId);
  const health = new Health();
  const closers: (() => void | Promise<void>)[] = [];
  try {
    for (const server of await listen(config, metrics, health, log)) closers.push(() => server.close());
    const kubeConfig = kubeConfigOf(config, env);
    const transport = new Transport({
      kubeConfig,
      version,
      clock,
      onRequest: (fact) => metrics.calledKubernetes(fact),
    });
    closers.push(() => transport.close());
    const { namespace: namespaces } = config;
    health.waitFor('AWS credentials');
    const { region, credentials } = await checkAws(config.awsRegion, log);
    health.waitFor('the Kubernetes API');
    const patient = kubeConfig.getCurrentContext() === 'in-cluster';
    await checkCluster({ transport, namespaces, clock, log, signal, patient });
    const id = await clusterId(config.clusterId, new Workteams(transport), signal);
    const election = electionOf(config, env, kubeConfig, transport, log, metrics);
    const aws = new SagemakerWorkteams({
      credentials,
      userAgent: `workteam-operator/${version}`,
      pace: { perSecond: config.awsRequestsPerSecond, burst: config.awsBurst },
      writeBudget: () => writeBudget(election, clock.now()),
      timers: clock,
      onCall: (call) => metrics.calledAws(call),
    });
    closers.push(() => aws.close());
    const { ignoreTagKeys, readOnly, allowTakeover } = config;
    const settings = { clusterId: id, region, ignoreTagKeys, readOnly, allowTakeover };
    log.info({ version, server: transport.server, namespaces, region, clusterId: id }, 'started');
    const { resyncInterval: resyncMs, concurrency } = config;
    const shared = { transport, aws, settings, namespaces, election, log, metrics, health };
    const operator = new Operator({
      ...shared,
      resyncMs,
      concurrency,
      clock,
      random: Math.random,
      newId: () => randomUUID(),
    });
    return await operator.run(signal);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

function kubeConfigOf({ kubeconfig }: Config, env: Surroundings['env']): KubeConfig {
  try {
    return loadKubeConfig({ path: kubeconfig, env });
  } catch (error) {
    if (error instanceof KubernetesError) throw new CannotStart(error.message, { cause: error });
    throw error;
  }
}

/** The election, unless it is switched off: then nobody else may run, and nothing stands between us and a write. */
function electionOf(
  config: Config,
  env: Surroundings['env'],
  kubeConfig: KubeConfig,
  transport: Transport,
  log: Log,
  metrics: Metrics,
): LeaderElection | undefined {
  if (!config.leaderElect) return undefined;
  const own = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace;
  const namespace = config.leaderElectionNamespace ?? env.POD_NAMESPACE ?? own ?? 'default';
  const identity = `${hostname()}_${randomUUID()}`;
  const name = config.leaderElectionId;
  log.info({ lease: `${namespace}/${name}`, identity }, 'waiting to lead');
  return new LeaderElection({
    lease: leaseClient(transport, namespace, name),
    identity,
    clock: systemClock,
    random: Math.random,
    onError: (error) => log.warn({ err: error }, 'lease not renewed'),
    onLeader: (leader) => {
      metrics.leads(name, leader === identity);
      log.info({ leader, self: leader === identity }, 'leader elected');
    },
  });
}

/** How long an AWS write that begins now may take; see `kubernetes/fence.ts` for why. */
function writeBudget(election: LeaderElection | undefined, now: number): number {
  if (election === undefined) return Number.POSITIVE_INFINITY;
  const renewed = election.lastRenewal;
  return renewed !== undefined && mayBeginWrite(now, renewed) ? abortWriteInMs(now, renewed) : 0;
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
    const server = await serve(routes, address);
    log.info({ port: server.port, paths: Object.keys(routes) }, 'listening');
    return [server];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CannotStart(
      `Cannot listen on ${address.host ?? ''}:${address.port} (${why}): pass another --${what}-bind-address, or 0 to switch it off.`,
      { cause: error },
    );
  }
}
