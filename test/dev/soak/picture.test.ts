import { expect, test } from 'vitest';
import { PANELS, picture } from '../../../dev/soak/picture.ts';
import type { Sample } from '../../../dev/soak/samples.ts';

const still: Sample = {
  at: 0,
  heap: 50 * 2 ** 20,
  rss: 150 * 2 ** 20,
  sockets: 20,
  files: 40,
  lag: 0.012,
  queue: 0,
  passes: 0,
  awsCalls: 0,
  kubernetesCalls: 0,
};
const samples = Array.from({ length: 1000 }, (_, index) => ({ ...still, at: index * 10, passes: index * 50 }));

test('has a panel for each measure, a title, and nothing that is no number', () => {
  const svg = picture(samples, 'Teams & <regions>', 600);
  for (const { title } of PANELS) expect(svg).toContain(`>${title}`);
  expect(svg).toContain('Teams &amp; &lt;regions>');
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  expect(svg.match(/<polyline/g)).toHaveLength(PANELS.length);
});

test('draws what only grows as how fast it does', () => {
  const svg = picture(samples, 't', 600);
  const passes = /Passes a second[\s\S]*?points="([^"]*)"/.exec(svg)?.[1]?.split(' ') ?? [];
  expect(new Set(passes.map((point) => point.split(',')[1])).size).toBe(1);
});

test('stays small however many samples there are', () => {
  expect(picture(samples, 't', 600).length).toBeLessThan(60_000);
});

test('draws nothing of no samples', () => {
  expect(picture([], 't', 600)).not.toMatch(/NaN|Infinity/);
});
