import { readdir, readlink } from 'node:fs/promises';
import { Scrape } from '../../test/support/scrape.ts';

/** The operator at one moment. Bytes, seconds, and numbers since it started. */
export interface Sample {
  /** Seconds since the beginning of the soak. */
  readonly at: number;
  readonly heap: number;
  readonly rss: number;
  readonly sockets: number;
  readonly files: number;
  /** The longest that the event loop was late since the sample before. */
  readonly lag: number;
  readonly queue: number;
  readonly passes: number;
  readonly awsCalls: number;
  readonly kubernetesCalls: number;
}

/** Asks the operator's `/metrics`, and on Linux `/proc`. @throws Error when it does not answer */
export async function sample(metrics: string, pid: number, at: number): Promise<Sample> {
  const response = await fetch(metrics);
  const scrape = new Scrape(await response.text());
  const read = (name: string, labels = {}) => scrape.sum(name, labels) ?? 0;
  const open = await openFiles(pid);
  return {
    at,
    heap: read('nodejs_heap_size_used_bytes'),
    rss: read('process_resident_memory_bytes'),
    sockets: open?.sockets ?? read('nodejs_active_resources', { type: 'TCPSocketWrap' }),
    files: open?.files ?? read('process_open_fds'),
    lag: read('nodejs_eventloop_lag_max_seconds'),
    queue: read('workqueue_depth'),
    passes: read('controller_runtime_reconcile_total'),
    awsCalls: read('workteam_aws_requests_total'),
    kubernetesCalls: read('rest_client_requests_total'),
  };
}

/** Every open file descriptor, and those that are sockets; undefined where there is no `/proc`. */
async function openFiles(pid: number): Promise<{ files: number; sockets: number } | undefined> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) return undefined;
  // One that was closed meanwhile is none.
  const targets = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return {
    files: targets.filter((target) => target !== '').length,
    sockets: targets.filter((target) => target.startsWith('socket:')).length,
  };
}
