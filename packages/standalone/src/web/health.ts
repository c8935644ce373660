/** Whether everything works, and why not. */
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';
import type { Health } from '@codeconnected/core/session/site.ts';
import type { LinkRunners } from '../link/link-runners.ts';

/**
 * @param languages what is offered
 * @param runner what the runner said last, where one is connected: it alone knows how its languages are
 * @param store why nothing can be kept, where that is so
 * @param turnedAway why a runner that came could not stay, while none is connected
 */
export function healthOf(
  languages: readonly CatalogueEntry[],
  runner: LinkRunners['status'],
  store: string | undefined,
  turnedAway?: string,
): Health {
  const reasons = runner ? [...runner.reasons] : ['No runner is connected.'];
  if (turnedAway !== undefined) reasons.push(`A runner was turned away: ${turnedAway}.`);
  if (store !== undefined) reasons.unshift(store);
  const warm = Object.fromEntries(languages.map(({ id, warm }) => [id, warm]));
  return { ready: store === undefined && runner?.ready === true, reasons, warm };
}
