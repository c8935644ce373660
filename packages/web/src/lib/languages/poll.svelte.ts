/** How ready the languages are, asked again while one of them is not. */
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';

/** Milliseconds between looks while something changes. */
const LOOK_MILLISECONDS = 1500;
/** Longest wait between looks, milliseconds: where no sandbox is kept warm, nothing changes for ever. */
const LOOK_MOST_MILLISECONDS = 60_000;
/** How much longer each wait is in which nothing changed. */
const SLOWER = 1.25;

/**
 * Follows the languages from what the page came with; called while a component is made.
 * @param given what the page came with
 * @param settled whether nothing more is expected of them
 */
export function followLanguages(
  given: () => readonly CatalogueEntry[],
  settled: (languages: readonly CatalogueEntry[]) => boolean,
): { readonly current: readonly CatalogueEntry[] } {
  let fresh = $state.raw<readonly CatalogueEntry[]>();
  const current = $derived(fresh ?? given());
  const done = $derived(settled(current));

  let wait = LOOK_MILLISECONDS;
  async function look(): Promise<void> {
    if (document.hidden) return;
    try {
      const answer = await fetch('/api/languages');
      if (!answer.ok) return;
      const languages = await answer.json();
      const same = JSON.stringify(languages) === JSON.stringify(current);
      wait = same ? Math.min(wait * SLOWER, LOOK_MOST_MILLISECONDS) : LOOK_MILLISECONDS;
      fresh = languages;
    } catch {
      // The server is away for a moment: what was known stays.
    }
  }

  $effect(() => {
    if (done) return;
    let timer: ReturnType<typeof setTimeout>;
    let ended = false;
    const next = () => {
      if (!ended) timer = setTimeout(() => void look().then(next), wait);
    };
    next();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  });
  return {
    get current() {
      return current;
    },
  };
}
