/** How ready the languages are, asked again while one of them is not. */
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';

/** Milliseconds between looks. */
const LOOK_MILLISECONDS = 1500;

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

  async function look(): Promise<void> {
    if (document.hidden) return;
    try {
      const answer = await fetch('/api/languages');
      if (answer.ok) fresh = await answer.json();
    } catch {
      // The server is away for a moment: what was known stays.
    }
  }

  $effect(() => {
    if (done) return;
    const timer = setInterval(look, LOOK_MILLISECONDS);
    return () => clearInterval(timer);
  });
  return {
    get current() {
      return current;
    },
  };
}
