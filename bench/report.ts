/** What a bench run found, told as JSON and as Markdown tables. */
import { execFileSync } from 'node:child_process';
import type { Machine } from '../scripts/reliability/machine.ts';
import type { Figures, Setting } from './measure.ts';
import { ROWS, shown } from './rows.ts';
import { type Summary, summary } from './statistics.ts';

/** All repeats of one subject under one setting. */
export interface Series {
  readonly subject: string;
  readonly setting: Setting;
  readonly runs: readonly Figures[];
}

export interface Report {
  /** ISO 8601. */
  readonly date: string;
  /** What was built, as `commit` tells it. */
  readonly commit: string;
  readonly machine: Machine;
  readonly commands: Readonly<Record<string, string>>;
  /** AWS calls a second in the storm that is held to a pace; left out where there was none. */
  readonly stormRate?: number;
  readonly series: readonly Series[];
}

/** Of each figure the median over the repeats, and how far they lay apart. */
export function summaries({ runs }: Series): Record<string, Summary> {
  const keys = [...new Set(runs.flatMap((run) => Object.keys(run)))];
  return Object.fromEntries(keys.map((key) => [key, summary(runs.flatMap((run) => run[key] ?? []))]));
}

/** A table for each latency: a column for each number of objects, and of two subjects their ratio. */
export function markdown({ date, commit, machine, commands, stormRate, series }: Report): string {
  const { cores, cpu, memoryGiB, node } = machine;
  const latencies = [...new Set(series.map(({ setting }) => setting.latencyMs))];
  const subjects = Object.entries(commands).map(([name, command]) => `- ${name}: \`${command}\``);
  return [
    `Measured ${date.slice(0, 10)}, commit ${commit}, on ${cores} × ${cpu}, ${memoryGiB} GiB, Node ${node}, against a real API server on the same machine. Medians; in brackets the lowest and the highest of several runs.${stormRate === undefined ? '' : ` The low pace is ${stormRate} calls a second.`}`,
    '',
    ...subjects,
    ...latencies.flatMap((latency) => [
      '',
      `### AWS answers after ${latency} ms`,
      '',
      ...table(series.filter(({ setting }) => setting.latencyMs === latency)),
    ]),
    '',
  ].join('\n');
}

function table(series: readonly Series[]): string[] {
  const heads = series.map(({ subject, setting: { n, regions } }) => {
    const where = regions > 1 ? ` in ${regions} regions` : '';
    return `${subject}, N = ${n}${where}`;
  });
  const medians = series.map((one) => medianOf(one));
  const rows = ROWS.filter(({ key }) => medians.some((figures) => figures[key] !== undefined));
  return [
    `| | ${[...heads, ...ratioHeads(series)].join(' | ')} |`,
    `|---|${[...heads, ...ratioHeads(series)].map(() => '--:|').join('')}`,
    ...rows.map((row) => {
      const cells = series.map((one, index) => `${shown(row, medians[index] ?? {})}${spread(row, one)}`);
      return `| ${row.title} | ${[...cells, ...ratios(row.key, series)].join(' | ')} |`;
    }),
  ];
}

function medianOf(series: Series): Figures {
  return Object.fromEntries(Object.entries(summaries(series)).map(([key, { median }]) => [key, median]));
}

function spread(row: (typeof ROWS)[number], series: Series): string {
  const its = summaries(series)[row.key];
  if (its === undefined || its.lowest === its.highest) return '';
  return ` (${shown(row, { [row.key]: its.lowest })}–${shown(row, { [row.key]: its.highest })})`;
}

/** Pairs of series under the same setting: the first subject against each other one. */
function pairs(series: readonly Series[]): [Series, Series][] {
  const first = series[0]?.subject;
  return series.flatMap((one) =>
    one.subject === first
      ? series
          .filter((other) => other.subject !== first && other.setting.n === one.setting.n)
          .map((other): [Series, Series] => [one, other])
      : [],
  );
}

function ratioHeads(series: readonly Series[]): string[] {
  return pairs(series).map(([one, other]) => `${one.subject} ÷ ${other.subject}, N = ${one.setting.n}`);
}

function ratios(key: string, series: readonly Series[]): string[] {
  return pairs(series).map(([one, other]) => {
    const [a, b] = [medianOf(one)[key], medianOf(other)[key]];
    return a === undefined || b === undefined || b === 0 ? '–' : (a / b).toFixed(2);
  });
}

/** Of the work tree; with a word when there is more in it than that commit. */
export function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const head = git('rev-parse', '--short', 'HEAD');
  return git('status', '--porcelain', '--untracked-files=no') === '' ? head : `${head} with changes`;
}
