import { Metrics } from '../../src/telemetry/metrics.ts';
import { code, page, table } from './markdown.ts';

/** docs/reference/metrics.md: every metric that the program exports, but for those of Node itself, which come and go with it. */
export function metricsPage(): string {
  const rows = new Metrics('workteam-operator', 4, () => 0)
    .all()
    .filter(({ name }) => !name.startsWith('nodejs_'))
    .map((metric) => {
      const { labelNames = [] } = metric as unknown as { labelNames?: string[] };
      return [code(metric.name), metric.constructor.name.toLowerCase(), labelNames.map(code).join(' '), metric.help];
    });
  return page(
    'Metrics',
    'What `/metrics` (port 8080) shows. Names that other controllers have mean the same here. Besides these there are the `nodejs_*` metrics of the Prometheus client for Node.',
    table(['metric', 'type', 'labels', 'what it says'], rows),
  );
}
