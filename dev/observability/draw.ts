/**
 * Draws docs/guides/dashboard.svg: every panel of the dashboard, evaluated by a real Prometheus on the recording.
 * Needs Debian's package prometheus.
 *
 *     node dev/observability/draw.ts
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { type Drawn, drawnFrom, type Line, picture } from './picture.ts';
import { type Answer, withPrometheus } from './prometheus.ts';
import { DASHBOARD, PICTURE, panelsOf, RECORDING, recordingOf } from './recording.ts';

const STEP_S = 5;
/** What Grafana takes for `$__rate_interval` where Prometheus scrapes every 5 s, made longer for a calmer line. */
const RATE_INTERVAL = '30s';

const text = await readFile(RECORDING, 'utf8');
const recording = recordingOf(text);
const panels = panelsOf(await readFile(DASHBOARD, 'utf8'));
const start = Date.parse(recording.began) / 1000;
const drawn: Drawn[] = [];

await withPrometheus(recording, async ({ range }) => {
  for (const panel of panels) {
    const lines: Line[] = [];
    for (const { expr, legendFormat = '' } of panel.targets ?? []) {
      const asked = expr.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', RATE_INTERVAL);
      for (const answer of await range(asked, STEP_S)) lines.push(lineOf(answer, legendFormat));
    }
    drawn.push({ panel, lines: lines.toSorted((one, other) => (one.name < other.name ? -1 : 1)) });
    console.log(`${panel.title}: ${lines.length} lines`);
  }
});

const title = `The dashboard of workteam-operator over ${Math.round((recording.timesS.at(-1) ?? 0) / 60)} minutes`;
const digest = createHash('sha256').update(drawnFrom(panels, text)).digest('hex');
await writeFile(PICTURE, picture(drawn, { title, lastS: recording.timesS.at(-1) ?? 0, digest }));

function lineOf({ metric, values }: Answer, legend: string): Line {
  const points = values
    .map(([time, value]) => [Math.round((time - start) * 10) / 10, Number(value)] as const)
    .filter(([, value]) => Number.isFinite(value));
  return { name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''), points };
}
