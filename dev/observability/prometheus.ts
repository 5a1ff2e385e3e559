import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../control-plane/ports.ts';
import { type Recording, TARGET } from './recording.ts';

/** A series as Prometheus answers it: its labels, and pairs of a time in Unix seconds and a value. */
export interface Answer {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** What Prometheus says about a recording. */
export interface Asked {
  /** Evaluates an expression at each of the recording's scrapes. @throws Error with what Prometheus said */
  range(expression: string, stepS: number): Promise<Answer[]>;
}

/** How often Prometheus is asked whether it is ready, and how many times. */
const LOOK_MS = 200;
const LOOKS = 300;

/**
 * Puts a recording into a Prometheus of its own on the loopback, and asks it. Needs `prometheus` and `promtool` on the path.
 * Nothing of it is left afterwards.
 */
export async function withPrometheus(recording: Recording, ask: (asked: Asked) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'workteam-operator-prometheus-'));
  try {
    const data = join(folder, 'data');
    const text = join(folder, 'metrics.txt');
    await mkdir(data);
    await writeFile(text, openMetrics(recording));
    await writeFile(join(folder, 'prometheus.yml'), '');
    await promisify(execFile)('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', text, data]);
    const address = `127.0.0.1:${await freePort()}`;
    const flags = {
      'config.file': join(folder, 'prometheus.yml'),
      'storage.tsdb.path': data,
      'storage.tsdb.retention.time': '100y',
      'web.listen-address': address,
      'log.level': 'error',
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    const server = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    try {
      await ready(address);
      await ask({ range: (expression, stepS) => query(address, expression, recording, stepS) });
    } finally {
      server.kill();
      await ended;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ready(address: string): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    const { ok } = await fetch(`http://${address}/-/ready`).catch(() => ({ ok: false }));
    if (ok) return;
    await sleep(LOOK_MS);
  }
  throw new Error('Prometheus did not get ready: is the package prometheus installed?');
}

async function query(address: string, expression: string, { began, timesS }: Recording, stepS: number) {
  const start = Date.parse(began) / 1000;
  const times = { start: `${start + (timesS[0] ?? 0)}`, end: `${start + (timesS.at(-1) ?? 0)}`, step: `${stepS}` };
  const response = await fetch(
    `http://${address}/api/v1/query_range?${new URLSearchParams({ query: expression, ...times })}`,
  );
  const answer = (await response.json()) as { status: string; error?: string; data: { result: Answer[] } };
  if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`);
  return answer.data.result;
}

/** The format that promtool reads; every family is declared unknown, which PromQL does not mind. */
function openMetrics({ began, timesS, series }: Recording): string {
  const start = Date.parse(began) / 1000;
  const families = Map.groupBy(series, ({ name }) => name);
  const lines = [...families].flatMap(([name, members]) => [
    `# TYPE ${name} unknown`,
    ...members.flatMap(({ labels, values }) => {
      const all = Object.entries({ ...labels, ...TARGET }).map(([key, value]) => `${key}="${value}"`);
      return values.flatMap((value, at) =>
        value === null ? [] : [`${name}{${all.join()}} ${value} ${(start + (timesS[at] ?? 0)).toFixed(3)}`],
      );
    }),
  ]);
  return `${lines.join('\n')}\n# EOF\n`;
}
