/** Medians and spreads of small samples. */

export interface Summary {
  readonly n: number;
  readonly median: number;
  readonly p90: number;
  readonly least: number;
  readonly most: number;
}

/** Nearest-rank quantile of a sample that is sorted already; `q` of 0 to 1. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

/** Summarises a sample, rounded to a tenth. */
export function summarise(sample: readonly number[]): Summary {
  const sorted = [...sample].sort((a, b) => a - b);
  const tenth = (value: number) => Math.round(value * 10) / 10;
  return {
    n: sorted.length,
    median: tenth(quantile(sorted, 0.5)),
    p90: tenth(quantile(sorted, 0.9)),
    least: tenth(sorted[0] ?? Number.NaN),
    most: tenth(sorted.at(-1) ?? Number.NaN),
  };
}
