/** Whether a process that runs on and on grows: from the samples of its heap, its memory, its sockets and its files. Pure. */

/** What was measured at one moment. */
export interface Measured {
  /** Seconds since the beginning. */
  readonly at: number;
  readonly value: number;
}

/** How a measure is read. */
export interface Gauge {
  /** Of a window: `least` of what garbage piles up on, `middle` of what goes up and down. */
  readonly windowBy: 'least' | 'middle';
  /** What counts as flat, over the whole time that is judged: the larger of so much, and of so large a part of its median. */
  readonly toleranceAbsolute: number;
  readonly toleranceShare: number;
}

/** The time before `fromS` is left out: caches fill, code is compiled, the heap finds its size. In seconds. */
export interface Span {
  readonly fromS: number;
  readonly windowS: number;
}

/** What became of a measure. */
export interface Trend {
  readonly windows: readonly Measured[];
  readonly median: number;
  readonly perHour: number;
  /** From the beginning of the judged time to its end, by the slope. */
  readonly growth: number;
  readonly tolerance: number;
  readonly flat: boolean;
}

/** Fewer windows than this say nothing. */
const FEWEST_WINDOWS = 6;

/**
 * The slope of the windows by Theil and Sen, the median of the slopes between all pairs: up to 29 % of the windows may be
 * anything (a burst, a collection that came late) without moving it. Shrinking is flat; too few windows are not.
 */
export function trendOf(samples: readonly Measured[], span: Span, gauge: Gauge): Trend {
  const windows = windowsOf(samples, span, gauge.windowBy);
  const perSecond = slope(windows);
  const lastS = (windows.at(-1)?.at ?? 0) - (windows[0]?.at ?? 0);
  const median = middle(windows.map(({ value }) => value));
  const growth = perSecond * lastS;
  const tolerance = Math.max(gauge.toleranceAbsolute, gauge.toleranceShare * median);
  const flat = windows.length >= FEWEST_WINDOWS && growth <= tolerance;
  return { windows, median, perHour: perSecond * 3600, growth, tolerance, flat };
}

/** Each window as one value, at its middle; a last one that is not full is left out. */
function windowsOf(samples: readonly Measured[], { fromS, windowS }: Span, by: Gauge['windowBy']): Measured[] {
  const lastS = samples.at(-1)?.at ?? 0;
  const windows: Measured[] = [];
  for (let start = fromS; start + windowS <= lastS; start += windowS) {
    const values = samples.filter(({ at }) => at >= start && at < start + windowS).map(({ value }) => value);
    if (values.length === 0) continue;
    windows.push({ at: start + windowS / 2, value: by === 'least' ? Math.min(...values) : middle(values) });
  }
  return windows;
}

function slope(windows: readonly Measured[]): number {
  const slopes = windows.flatMap((a, index) =>
    windows.slice(index + 1).map((b) => (b.value - a.value) / (b.at - a.at)),
  );
  return middle(slopes);
}

/** The median; 0 of nothing. */
export function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}
