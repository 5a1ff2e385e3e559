/** An operator under measurement: any command line that takes its cluster from KUBECONFIG and AWS from the usual variables. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { accessKeyOf } from '../dev/sagemaker/identity.ts';
import { ACCOUNT } from './fake-aws.ts';

/** What is measured: how it is called in tables, and how it is started. */
export interface Subject {
  readonly name: string;
  /**
   * `{resync}` in it is replaced by the resync interval, as in `10m` or `20s`, `{rate}` by how many AWS calls it may make a
   * second in each region, and `{burst}` by how many at once after a pause.
   */
  readonly command: readonly string[];
}

/** Whether its pace can be set. */
export function isPaced({ command }: Subject): boolean {
  return command.some((word) => word.includes('{rate}'));
}

export interface Surroundings {
  readonly kubeconfig: string;
  readonly endpoint: string;
  readonly region: string;
  /** Where its output goes. */
  readonly log: string;
  readonly resync: string;
  /** AWS calls a second in each region. */
  readonly rate: number;
}

/** As the operator has them where nothing else is set. */
export const USUAL_RESYNC = '10m';
const USUAL_BURST = 20;

/** Its command line, with everything filled in. */
export function filled({ command }: Subject, { resync, rate }: Pick<Surroundings, 'resync' | 'rate'>): string[] {
  const values = { '{resync}': resync, '{rate}': String(rate), '{burst}': String(Math.max(USUAL_BURST, rate)) };
  return command.map((word) => Object.entries(values).reduce((text, [hole, value]) => text.replace(hole, value), word));
}

/** A running one. */
export interface Running {
  /** `performance.now()` just before it was started. */
  readonly startedAt: number;
  /** CPU time used so far, user and system, in milliseconds. */
  cpuMs(): number;
  /** Resident memory, in bytes. */
  rss(): number;
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
  /** Rejects when it ends before it is stopped, and never resolves. */
  readonly broken: Promise<never>;
}

export function startSubject(subject: Subject, surroundings: Surroundings): Running {
  const { log: file } = surroundings;
  const [program = '', ...args] = filled(subject, surroundings);
  const startedAt = performance.now();
  const child = spawn(program, args, { env: environment(surroundings), stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(file, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const ended = once(child, 'exit').finally(() => log.end());
  const pid = pidOf(child);
  let stopping = false;
  const { promise: broken, reject } = Promise.withResolvers<never>();
  broken.catch(() => {}); // whoever waits for something hears of it; between two waits nobody does
  void ended.then(([code, signal]) => {
    if (!stopping) reject(new Error(`the operator ended by itself (${code ?? signal}); its last words are in ${file}`));
  });
  return {
    broken,
    startedAt,
    cpuMs: () => cpuOf(pid),
    rss: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    async stop() {
      stopping = true;
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function environment({ kubeconfig, endpoint, region }: Surroundings): Record<string, string | undefined> {
  return {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    KUBECONFIG: kubeconfig,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyOf(ACCOUNT),
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

function pidOf({ pid, spawnfile }: ChildProcess): number {
  if (pid === undefined) throw new Error(`${spawnfile} could not be started`);
  return pid;
}

/** The kernel counts in hundredths of a second (USER_HZ, proc_pid_stat(5)). */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
