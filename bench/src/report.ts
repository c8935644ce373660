/** Collects measurements, prints them as a table and keeps the raw numbers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Summary, summarise } from './stats.ts';

/** What a number is to be. */
export type Aim = { readonly most: number } | { readonly least: number };

/** A measurement as it is printed and kept. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly aim?: Aim;
  /** Spread of the sample whose median the value is. */
  readonly summary?: Summary;
  /** Every single measurement behind the value, in the order in which they were made, or what it is a sum of. */
  readonly raw: unknown;
}

/** A part that could not be measured. */
interface Failure {
  readonly part: string;
  readonly reason: string;
}

const RESULTS = join(import.meta.dirname, '../results');
/** Columns of the table, characters. */
const WHAT_WIDTH = 72;
const VALUE_WIDTH = 9;
const UNIT_WIDTH = 6;

/** Whether a value is as it is to be, in words. */
export function judged(value: number, aim: Aim): string {
  const [sign, bound, met] = 'most' in aim ? ['≤', aim.most, value <= aim.most] : ['≥', aim.least, value >= aim.least];
  return `aim ${sign} ${bound}: ${met ? 'met' : 'MISSED'}`;
}

export class Report {
  readonly #file: string;
  readonly #about: Record<string, unknown>;
  readonly #rows: Row[] = [];
  readonly #failures: Failure[] = [];

  /** @param about commit, machine and how often things are measured: kept with the numbers */
  constructor(when: Date, about: Record<string, unknown>) {
    this.#about = { when, ...about };
    this.#file = join(RESULTS, `${when.toISOString().replaceAll(':', '-').slice(0, 19)}.json`);
  }

  /** Adds the median of a sample. */
  sample(what: string, unit: string, sample: readonly number[], more: { aim?: Aim; raw?: object } = {}): number {
    const summary = summarise(sample);
    this.add({
      what,
      value: summary.median,
      unit,
      summary,
      ...(more.aim && { aim: more.aim }),
      raw: { sample, ...more.raw },
    });
    return summary.median;
  }

  add(row: Row): void {
    this.#rows.push(row);
    const { summary, aim } = row;
    const words = [
      summary && `median of ${summary.n}: ${summary.least} to ${summary.most}, p90 ${summary.p90}`,
      aim && judged(row.value, aim),
    ].filter(Boolean);
    const value = String(row.value).padStart(VALUE_WIDTH);
    console.log(`${row.what.padEnd(WHAT_WIDTH)} ${value} ${row.unit.padEnd(UNIT_WIDTH)} ${words.join('; ')}`);
  }

  /** Notes that a part could not be measured. */
  fail(part: string, error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#failures.push({ part, reason });
    console.error(`FAILED: ${part}: ${reason}`);
  }

  get failed(): readonly string[] {
    return this.#failures.map(({ part }) => part);
  }

  /** Writes what there is to `bench/results/<when>.json`, and returns its path. */
  write(more: Record<string, unknown> = {}): string {
    mkdirSync(RESULTS, { recursive: true });
    const all = { ...this.#about, ...more, failures: this.#failures, rows: this.#rows };
    writeFileSync(this.#file, `${JSON.stringify(all, null, 1)}\n`);
    return this.#file;
  }
}
