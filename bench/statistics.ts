/** What is said of repeated measurements. */
export interface Summary {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly values: readonly number[];
}

/** @throws RangeError when there is nothing to summarise */
export function summary(values: readonly number[]): Summary {
  return {
    median: percentile(values, 50),
    lowest: percentile(values, 0),
    highest: percentile(values, 100),
    values,
  };
}

/**
 * The smallest value that at least `percent` per cent of the values do not exceed (the nearest-rank method).
 * @throws RangeError when there are no values
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError('a percentile of nothing');
  return value;
}
