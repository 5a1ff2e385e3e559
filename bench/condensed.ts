/** What is kept of a run, and drawn: of each figure the median and the spread. Pure. */
import { z } from 'zod';
import { type Report, summaries } from './report.ts';

const Spread = z.object({ median: z.number(), lowest: z.number(), highest: z.number() });
export type Spread = z.infer<typeof Spread>;

const CondensedSeries = z.object({
  subject: z.string(),
  setting: z.object({ n: z.number(), latencyMs: z.number(), regions: z.number() }),
  repeats: z.number(),
  figures: z.record(z.string(), Spread),
});
export type CondensedSeries = z.infer<typeof CondensedSeries>;

export const Condensed = z.object({
  date: z.string(),
  commit: z.string(),
  machine: z.object({ cores: z.number(), cpu: z.string(), memoryGiB: z.number(), node: z.string() }),
  commands: z.record(z.string(), z.string()),
  stormRate: z.number().optional(),
  series: z.array(CondensedSeries),
});
export type Condensed = z.infer<typeof Condensed>;

/** Five digits of each value: more would be noise. */
export function condensed({ series, ...about }: Report): Condensed {
  return {
    ...about,
    series: series.map((one) => ({
      subject: one.subject,
      setting: one.setting,
      repeats: one.runs.length,
      figures: Object.fromEntries(
        Object.entries(summaries(one)).map(([key, { median, lowest, highest }]) => [
          key,
          { median: rounded(median), lowest: rounded(lowest), highest: rounded(highest) },
        ]),
      ),
    })),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
