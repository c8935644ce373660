/** Collects measurements, prints them as a table and keeps the raw numbers. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be, as a sentence with a bound; printed beside it. */
  readonly aim?: string;
  /** Every single measurement behind the value. */
  readonly raw: unknown;
}

const RESULTS = join(import.meta.dirname, '../results');

export class Report {
  readonly rows: Row[] = [];

  add(row: Row): void {
    this.rows.push(row);
    console.log(`${row.what.padEnd(62)} ${String(row.value).padStart(9)} ${row.unit.padEnd(6)} ${row.aim ?? ''}`);
  }

  /** Writes `bench/results/<when>.json` and returns its path. */
  write(when: Date): string {
    mkdirSync(RESULTS, { recursive: true });
    let commit = 'unknown';
    try {
      commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: RESULTS, encoding: 'utf8' }).trim();
    } catch {
      // Outside of a checkout there is no commit to name.
    }
    const file = join(RESULTS, `${when.toISOString().replaceAll(':', '-').slice(0, 19)}.json`);
    const machine = {
      cores: cpus().length,
      model: cpus()[0]?.model,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    };
    writeFileSync(file, `${JSON.stringify({ when, commit, machine, rows: this.rows }, null, 1)}\n`);
    return file;
  }
}
