/** What a person is told when preparing the languages is over. */
import { green, red } from '../../../../scripts/lib/progress.mjs';

/**
 * @param ready whether every language that could be built works
 * @param reasons what does not work, each beginning with the language's name where it is about one
 * @param languages names of those that are offered
 * @returns lines to print
 */
export function readiness(ready: boolean, reasons: readonly string[], languages: readonly string[]): string[] {
  if (ready && reasons.length === 0) return [`${green('Everything is ready.')} Ctrl-C stops all of it.`];
  const working = languages.filter((name) => !reasons.some((reason) => reason.startsWith(`${name} `)));
  return [
    red('Not everything is ready:'),
    ...reasons.map((reason) => red(`  ${reason.replaceAll('\n', '\n  ')}`)),
    ...(ready && working.length > 0 ? [green(`Ready: ${working.join(', ')}.`)] : []),
    'It goes on trying; Ctrl-C stops all of it.',
  ];
}
