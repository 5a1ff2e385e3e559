/** docs/performance.md: what it costs and how quick it is, from recorded runs; nothing that was not measured is told. */
import { OURS } from '../../bench/command.ts';
import type { Condensed, CondensedSeries, Spread } from '../../bench/condensed.ts';
import { GROWING, GROWTH_ROWS, growthPower, pointsOf } from '../../bench/curves.ts';
import { ROWS, type Row, told, type Unit } from '../../bench/rows.ts';
import { ABOUT_BASELINE, baselineOf } from '../performance/baseline.ts';
import { type Data, recordedData } from '../performance/data.ts';
import { IN_THE_WAY } from '../performance/in-the-way.ts';
import { type Judged, judged } from '../performance/targets.ts';
import { code, page, table } from './markdown.ts';

const NOT_MEASURED = 'not measured';

/** What grows with N, and why; each is the reason for a row of the table above it. */
const WHY = [
  '**Memory**: each Workteam is kept once, as the API server shows it but without what nobody reads, and of each work team what the last sweep said.',
  '**A start** lists all Workteams, page by page, and sweeps each region once, all regions side by side; no tags are read.',
  '**A resync** makes one ListWorkteams for every region and page of 100 teams, compares each Workteam with what it says, and reads a sixth of the tags. Its calls are so in proportion to N; its processor time is not quite, because the sweep of each region goes through the Workteams of all of them.',
  '**An edit** looks at one Workteam and one work team, so its calls and its time should not depend on N.',
];

/** The page, from what is recorded unless something else is given. */
export function performancePage(
  data: Data = recordedData(),
  inTheWay: Readonly<Record<string, string>> = IN_THE_WAY,
): string {
  const { bench, growth } = data;
  const verdicts = judged(bench, growth);
  return page(
    'Performance',
    `What the operator costs, and how quick it is: the built program, against a real Kubernetes API server and a fake AWS that costs next to nothing, all on one machine. It is compared with ${ABOUT_BASELINE} or, for the time until all are Ready, at once too. The figures of that one, “Go” below, were measured by themselves, not in the same run. A megabyte has 1,000,000 bytes. What was not measured is not told.`,
    bench === undefined ? '**No run is recorded.**' : about(bench),
    '## Targets',
    `${tally(verdicts)} Judged by the median of the repeats; in brackets the lowest and the highest.`,
    table(
      ['', 'AWS after', 'N', 'target: at most', 'measured', ''],
      verdicts.map((verdict) => targetRow(verdict)),
    ),
    ...missedPart(verdicts, inTheWay),
    '## Row by row',
    paced(bench),
    ...(bench === undefined ? [`**${capital(NOT_MEASURED)}.**`] : rowsPart(bench)),
    '## Growth',
    ...(growth === undefined ? [`**${capital(NOT_MEASURED)}.**`] : growthPart(growth)),
    `Why:\n\n${WHY.map((why) => `- ${why}`).join('\n')}`,
    '## Again',
    `${code('npm run bench')} measures the rows, ${code('npm run bench:growth')} the growth; both say with ${code('--help')} how to make it shorter. ${code('npm run bench:report')} records what they measured last and writes this page.`,
  );
}

function about({ date, commit, machine, commands, series }: Condensed): string {
  const { cores, cpu, memoryGiB, node } = machine;
  const repeats = [...new Set(series.map((one) => one.repeats))].toSorted((a, b) => a - b).join(', ');
  return `On ${date.slice(0, 10)}, of commit ${code(commit)}, on ${cores} cores (${cpu}), ${memoryGiB} GiB, Node ${node}; repeats of each setting: ${repeats}. Run as ${code(commands[OURS] ?? '')}.`;
}

function tally(verdicts: readonly Judged[]): string {
  const count = (wanted: Judged['verdict']) => verdicts.filter(({ verdict }) => verdict === wanted).length;
  const missed = count('missed');
  const rest = missed === 0 ? 'none missed' : `**${missed} missed**`;
  return `Of ${verdicts.length} targets ${count('met')} are met, ${rest}, ${count('not measured')} not measured.`;
}

function targetRow({ target, title, unit, n, most, measured, verdict }: Judged): string[] {
  const limit = most === undefined ? target.rule : withRule(told(unit, most), target.rule);
  const shownVerdict = verdict === 'missed' ? '**MISSED**' : verdict;
  return [
    title,
    `${target.latencyMs} ms`,
    number(n),
    limit,
    measured === undefined ? '–' : spread(unit, measured),
    shownVerdict,
  ];
}

/** A limit that is its own rule needs to be said once. */
function withRule(limit: string, rule: string): string {
  return /^[\d.]+( \w+)?$/.test(rule) ? rule : `${limit} (${rule})`;
}

function missedPart(verdicts: readonly Judged[], inTheWay: Readonly<Record<string, string>>): string[] {
  const missed = Map.groupBy(
    verdicts.filter(({ verdict }) => verdict === 'missed'),
    ({ target }) => target.id,
  );
  if (missed.size === 0) return [];
  const parts = [...missed].map(([id, ones]) => {
    const sizes = ones.map(({ n, unit, measured, most }) => {
      return `${told(unit, measured?.median ?? Number.NaN)} instead of ${told(unit, most ?? Number.NaN)} at N = ${number(n)}`;
    });
    const text = inTheWay[id] ?? 'What was tried and what is in the way is not written down.';
    return `- **${ones[0]?.title}**, AWS after ${ones[0]?.target.latencyMs} ms: ${sizes.join('; ')}. ${text}`;
  });
  return ['## Missed', parts.join('\n')];
}

function paced(bench: Condensed | undefined): string {
  const rate = bench?.stormRate;
  const pace = rate === undefined ? '' : `, ${rate} calls a second in the region,`;
  return `A storm: a process has just been started and puts right every work team, all of which were changed behind its back, and a Workteam is edited meanwhile. At the low pace${pace} that would take minutes; there the edits keep so much distance that their own three calls take half of the pace, and they are measured while the storm goes on.`;
}

function rowsPart({ series }: Condensed): string[] {
  const its = series.filter(({ subject }) => subject === OURS);
  const latencies = [...new Set(its.map(({ setting }) => setting.latencyMs))];
  const isDrawn = ({ key }: Row) => its.some(({ figures }) => figures[key] !== undefined);
  return [
    ...latencies.flatMap((latency) => [
      `### AWS answers after ${latency} ms`,
      rowsTable(its.filter(({ setting }) => setting.latencyMs === latency)),
    ]),
    '### The same, drawn',
    ROWS.filter(isDrawn)
      .map(({ key, title }) => `![${title}](performance/${key}.svg)`)
      .join('\n'),
  ];
}

function rowsTable(series: readonly CondensedSeries[]): string {
  const heads = series.flatMap(({ setting: { n, regions } }) => [
    `N = ${number(n)}${regions > 1 ? `, regions: ${regions}` : ''}`,
    'Go',
  ]);
  const rows = ROWS.map((row) => [
    row.title,
    ...series.flatMap(({ figures, setting }) => {
      const baseline = baselineOf(row.key, setting.latencyMs, setting.n);
      return [spread(row.unit, figures[row.key]), baseline === undefined ? '–' : told(row.unit, baseline)];
    }),
  ]);
  return table(['', ...heads], rows);
}

function growthPart(growth: Condensed): string[] {
  const { series } = growth;
  const isDrawn = (lines: object) => Object.keys(lines).some((key) => pointsOf(key, series).length > 0);
  return [
    about(growth),
    table(
      [
        '',
        ...series.map(({ setting: { n, regions } }) => `N = ${number(n)}, regions: ${regions}`),
        'at the end it grows',
      ],
      GROWTH_ROWS.map(({ key, title, unit }) => [
        title,
        ...series.map(({ figures }) => spread(unit, figures[key])),
        power(pointsOf(key, series)),
      ]),
    ),
    'The last column compares the two largest N.',
    GROWING.filter(({ lines }) => isDrawn(lines))
      .map(({ name, title }) => `![${title}](performance/growth-${name}.svg)`)
      .join('\n'),
  ];
}

/** In words, by the power of N. */
function power(points: readonly [number, number][]): string {
  const found = growthPower(points);
  if (found === undefined) return NOT_MEASURED;
  const as = `as N^${found.toFixed(2)}`;
  if (found > 1.15) return `**faster than N**, ${as}`;
  if (found >= 0.85) return `in proportion, ${as}`;
  if (found > 0.15) return `more slowly than N, ${as}`;
  return found > 0 ? `hardly, ${as}` : 'not at all';
}

function spread(unit: Unit, figure: Spread | undefined): string {
  if (figure === undefined) return NOT_MEASURED;
  const { median, lowest, highest } = figure;
  return lowest === highest
    ? told(unit, median)
    : `${told(unit, median)} (${told(unit, lowest)}–${told(unit, highest)})`;
}

function number(n: number): string {
  return n.toLocaleString('en');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
