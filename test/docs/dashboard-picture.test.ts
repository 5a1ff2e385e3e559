/** docs/guides/dashboard.svg is a picture of the dashboard as it is now: of all its panels and queries, and of no others. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawnFrom } from '../../dev/observability/picture.ts';
import { DASHBOARD, PICTURE, panelsOf, RECORDING, recordingOf } from '../../dev/observability/recording.ts';
import { namedIn } from '../support/promql.ts';

const picture = readFileSync(PICTURE, 'utf8');
const recordingText = readFileSync(RECORDING, 'utf8');
const recording = recordingOf(recordingText);
const panels = panelsOf(readFileSync(DASHBOARD, 'utf8'));
const HOW = 'draw it again: node dev/observability/draw.ts';

test('each panel is in it, in its place, with its title', () => {
  const drawn = [...picture.matchAll(/data-panel="(\d+)">.*?<text[^>]*font-weight="bold"[^>]*>([^<]*)<\/text>/gs)];
  const titles = panels.map(({ id, title }) => [String(id), title]);
  expect(
    drawn.map(([, id, title]) => [id, title]),
    HOW,
  ).toEqual(titles);
});

test('it was drawn from these panels and this recording', () => {
  const digest = createHash('sha256').update(drawnFrom(panels, recordingText)).digest('hex');
  expect(picture.includes(digest), HOW).toBe(true);
});

test('the recording has every metric that a query names', () => {
  const recorded = new Set(recording.series.map(({ name }) => name));
  const queries = panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m')),
  );
  const named = queries.flatMap((query) => namedIn(query).metrics);
  expect(named.length).toBeGreaterThan(20);
  expect(
    named.filter((metric) => !recorded.has(metric)),
    'record it again: node dev/observability/record.ts',
  ).toEqual([]);
});

test('no line is drawn outside of its panel', () => {
  const points = [...picture.matchAll(/<path d="M([\d. L]+)" fill="none"/g)].flatMap(([, path = '']) =>
    path.split('L').map((point) => Number(point.split(' ')[1])),
  );
  expect(points.length).toBeGreaterThan(500);
  expect(points.filter((y) => !(y >= 0 && y <= 8 * 24))).toEqual([]);
});
