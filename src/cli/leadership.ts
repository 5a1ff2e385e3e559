/** Who works when several replicas run: the election as `run` sets it up, and what it leaves an AWS write. */
import type { Config } from '../config.ts';
import type { Clock } from '../kubernetes/clock.ts';
import { LeaderElection } from '../kubernetes/election.ts';
import { isRefused } from '../kubernetes/errors.ts';
import { abortWriteInMs, mayBeginWrite } from '../kubernetes/fence.ts';
import type { loadKubeConfig } from '../kubernetes/kubeconfig.ts';
import { leaseClient } from '../kubernetes/lease.ts';
import type { Transport } from '../kubernetes/transport.ts';
import type { Log } from '../ports.ts';
import type { Health } from '../telemetry/health.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { noLease } from './cannot-start.ts';

/** What an election needs to know. */
export interface Candidacy {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly kubeConfig: ReturnType<typeof loadKubeConfig>;
  readonly transport: Transport;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly identity: string;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * The election, unless it is switched off: then nobody else may run, and nothing stands between us and a write. A process
 * that may not have the Lease can never work, so it is not ready; one that only stands by is.
 */
export function electionOf(config: Config, candidacy: Candidacy): LeaderElection | undefined {
  const { env, kubeConfig, transport, log, metrics, health, identity, clock, random } = candidacy;
  if (!config.leaderElect) {
    // Alerts look for a process that works.
    metrics.leads(config.leaderElectionId, true);
    return undefined;
  }
  const own = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace;
  const namespace = config.leaderElectionNamespace ?? env.POD_NAMESPACE ?? own ?? 'default';
  const name = config.leaderElectionId;
  log.info({ lease: `${namespace}/${name}`, identity }, 'waiting to lead');
  return new LeaderElection({
    lease: leaseClient(transport, namespace, name),
    identity,
    clock,
    random,
    onError: (error) => {
      if (isRefused(error)) health.trouble('lease', noLease(`${namespace}/${name}`, error.message));
      log.warn({ err: error }, 'lease not renewed');
    },
    onKnown: () => health.trouble('lease', undefined),
    onLeader: (leader) => {
      metrics.leads(name, leader === identity);
      log.info({ leader, self: leader === identity }, 'leader elected');
    },
  });
}

/** How long a write that begins now may take, 0 when none may begin; see `kubernetes/fence.ts` for why. */
export function writeBudget(election: LeaderElection | undefined, now: number): number {
  if (election === undefined) return Number.POSITIVE_INFINITY;
  const renewed = election.lastRenewal;
  return renewed !== undefined && mayBeginWrite(now, renewed) ? abortWriteInMs(now, renewed) : 0;
}
