/** Medians and spreads of small samples. */

export interface Summary {
  readonly n: number;
  readonly median: number;
  readonly p90: number;
  readonly least: number;
  readonly most: number;
}

/** Rounded to a tenth. */
export function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The middle of a sorted sample, or between its two middle ones. */
function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Summarises a sample, rounded to a tenth; p90 by nearest rank. */
export function summarise(sample: readonly number[]): Summary {
  if (sample.length === 0) throw new Error('nothing was measured');
  const sorted = [...sample].sort((a, b) => a - b);
  return {
    n: sorted.length,
    median: tenth(medianOf(sorted)),
    p90: tenth(sorted[Math.ceil(0.9 * sorted.length) - 1]!),
    least: tenth(sorted[0]!),
    most: tenth(sorted.at(-1)!),
  };
}
