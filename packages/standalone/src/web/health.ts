/** Whether everything works, and why not. */
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';
import type { Health } from '@codeconnected/core/session/site.ts';
import type { LinkRunners } from '../link/link-runners.ts';

/**
 * @param languages what is offered
 * @param runner what the runner said last, where one is connected
 * @param store why nothing can be kept, where that is so
 */
export function healthOf(
  languages: readonly CatalogueEntry[],
  runner: LinkRunners['status'],
  store: string | undefined,
): Health {
  const reasons: string[] = [];
  if (store !== undefined) reasons.push(store);
  if (!runner) reasons.push('No runner is connected.');
  else reasons.push(...runner.reasons, ...languages.flatMap(lack));
  const warm = Object.fromEntries(languages.map(({ id, warm }) => [id, warm]));
  return { ready: reasons.length === 0, reasons, warm };
}

function lack({ name, image }: CatalogueEntry): string[] {
  switch (image.kind) {
    case 'ready':
      return [];
    case 'missing':
      return [`${name} is not built yet.`];
    case 'building':
      return [`${name} is being built: ${image.step}, ${Math.floor(image.done * 100)} %.`];
    case 'failed':
      return [`${name} could not be built: ${image.reason}`];
  }
}
