/**
 * The languages of this place. Remembered across restarts, so that the pages list them before the runner has dialled
 * in, and while it is away.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';
import type { Runners } from '@codeconnected/core/sandbox/runners.ts';

const FILE = 'languages.json';

export class Catalogue {
  readonly #path: string;
  readonly #runners: Pick<Runners, 'languages'>;
  #known: readonly CatalogueEntry[];
  #kept = '';

  constructor(dataDir: string, runners: Pick<Runners, 'languages'>) {
    this.#path = join(dataDir, FILE);
    this.#runners = runners;
    this.#known = this.#read();
  }

  /** What the runner offers now, or offered when it was last here. */
  async languages(): Promise<readonly CatalogueEntry[]> {
    const now = await this.#runners.languages();
    if (now.length === 0) return this.#known.map((language) => ({ ...language, warm: 0 }));
    this.#known = now;
    this.#keep();
    return now;
  }

  #read(): readonly CatalogueEntry[] {
    try {
      const known: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      return Array.isArray(known) ? (known as CatalogueEntry[]) : [];
    } catch {
      return [];
    }
  }

  /** Only a hint: a crash may lose it. */
  #keep(): void {
    const text = JSON.stringify(this.#known.map(({ image: _image, warm: _warm, ...language }) => language));
    if (text === this.#kept) return;
    this.#kept = text;
    try {
      const entries = this.#known.map((language) => ({ ...language, image: { kind: 'missing' }, warm: 0 }));
      writeFileSync(`${this.#path}.half`, JSON.stringify(entries), { mode: 0o600 });
      renameSync(`${this.#path}.half`, this.#path);
    } catch {
      this.#kept = '';
    }
  }
}
