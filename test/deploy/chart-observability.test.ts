/** The alerts and the dashboard speak of what the program exports, and of nothing else. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { CONDITION_REASONS, FAILURE_REASONS } from '../../src/workteam/conditions.ts';
import { namedIn } from '../support/promql.ts';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const { groups } = parse(await readFile('deploy/observability/alerts.yaml', 'utf8'));
const alerts: readonly Alert[] = groups.flatMap(({ rules }: { rules: Alert[] }) => rules);
const dashboard = JSON.parse(await readFile('deploy/observability/dashboard.json', 'utf8'));
const panels: readonly Panel[] = dashboard.panels;

/** What a scrape adds. */
const OF_THE_SCRAPE = ['namespace', 'pod', 'job', 'instance'];

/** Every sample that `/metrics` can have, with its labels. */
const SAMPLES: ReadonlyMap<string, readonly string[]> = samples();

function samples(): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const metric of new Metrics('lease', 4, () => 0).all()) {
    const { labelNames = [] } = metric as unknown as { labelNames?: string[] };
    const labels = [...labelNames, ...OF_THE_SCRAPE];
    if (metric.constructor.name !== 'Histogram') found.set(metric.name, labels);
    else {
      found.set(`${metric.name}_bucket`, [...labels, 'le']);
      found.set(`${metric.name}_sum`, labels).set(`${metric.name}_count`, labels);
    }
  }
  return found;
}

/** The values that a label can have, where they are few. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  condition: Object.keys(CONDITION_REASONS),
  reason: [...new Set(Object.values(CONDITION_REASONS).flat())],
  controller: ['workteam'],
  code: ['OK', 'NotFound', ...FAILURE_REASONS],
};

/** What of an expression is not there: metrics, labels, values of labels. */
function unknownIn(expression: string): string[] {
  const { metrics, matched, grouped } = namedIn(expression);
  const labels = new Set(metrics.flatMap((metric) => SAMPLES.get(metric) ?? []));
  return [
    ...metrics.filter((metric) => !SAMPLES.has(metric)),
    ...grouped.filter((label) => !labels.has(label)),
    ...matched.filter(({ metric, label }) => !SAMPLES.get(metric)?.includes(label)).map(({ label }) => label),
    ...matched.flatMap(({ label, values }) => values.filter((value) => VALUES[label]?.includes(value) === false)),
  ];
}

test.each([
  ['sum(workteam_resourcez)', ['workteam_resourcez']],
  ['sum by (reasons) (workteam_resources)', ['reasons']],
  ['workteam_resources{state="Ready"} > 0', ['state']],
  ['workteam_resources{condition="Raedy", reason=~"Synced|Sunk"}', ['Raedy', 'Sunk']],
  ['rate(workteam_aws_request_duration_seconds[5m])', ['workteam_aws_request_duration_seconds']],
  ['max by (le) (rate(workteam_deletions_total[5m]))', ['le']],
])('what is not exported is found: %s', (expression, expected) => {
  expect(unknownIn(expression)).toEqual(expected);
});

test('a sign that is not PromQL is an error', () => {
  expect(() => namedIn('workteam_resources § 1')).toThrow('not understood: § 1'.slice(0, 14));
});

describe.each(alerts)('the alert $alert', ({ alert, expr, labels, annotations }) => {
  test('names only what the program exports', () => {
    expect(namedIn(expr).metrics.length).toBeGreaterThan(0);
    expect(unknownIn(expr)).toEqual([]);
  });

  test('has texts that name only labels which are left, and a severity', () => {
    const { summary = '', description = '' } = annotations;
    expect(summary).toMatch(/\.$/);
    expect(description).toMatch(/\.$/);
    const used = [...`${summary} ${description}`.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    expect(namedIn(expr).grouped).toEqual(expect.arrayContaining(used));
    expect(['warning', 'critical']).toContain(labels.severity);
  });

  test('has a section that says what to do', async () => {
    const [page = '', anchor] = annotations.runbook?.split('#') ?? [];
    expect(anchor).toBe(alert.toLowerCase());
    expect(await readFile(page, 'utf8')).toContain(`\n## ${alert}\n`);
  });
});

test('the chart can leave out each of them, and nothing else', async () => {
  const { properties } = JSON.parse(await readFile('deploy/chart/values.schema.json', 'utf8'));
  expect(properties.prometheusRule.properties.disabled.items.enum).toEqual(alerts.map(({ alert }) => alert));
});

test('no section of the guide is about an alert that is not there', async () => {
  const guide = await readFile('docs/guides/alerts.md', 'utf8');
  const sections = [...guide.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  expect(sections).toEqual(alerts.map(({ alert }) => alert));
});

describe('the dashboard', () => {
  const expressions = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));

  test.each(expressions)('names only what the program exports: %s', (_title, expr) => {
    expect(unknownIn(expr)).toEqual([]);
  });

  test('has legends that name only labels which are left', () => {
    for (const { targets = [] } of panels) {
      for (const { expr, legendFormat } of targets) {
        const used = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
        const { grouped, metrics } = namedIn(expr);
        const left =
          grouped.length > 0 && /\bby\b/.test(expr) ? grouped : metrics.flatMap((it) => SAMPLES.get(it) ?? []);
        expect(left).toEqual(expect.arrayContaining(used));
      }
    }
  });

  test('has no panel over another, and none beyond the edge', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
  });

  test('asks for the data source, and shows every kind of metric that is ours', () => {
    expect(dashboard.templating.list.map(({ name }: { name: string }) => name)).toEqual(['datasource', 'namespace']);
    const shown = new Set(expressions.flatMap(([, expr]) => namedIn(expr).metrics.map(familyOf)));
    const ours = [...SAMPLES.keys()].map(familyOf).filter((name) => name.startsWith('workteam_'));
    expect([...shown]).toEqual(expect.arrayContaining([...new Set(ours)]));
  });
});

function familyOf(sample: string): string {
  return sample.replace(/_(bucket|sum|count)$/, '');
}
