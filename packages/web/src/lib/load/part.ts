/** Loads parts of the page that come after it was shown: again and again until they are there. */

/** Milliseconds before the second try; doubles with every failure. */
const FIRST_MILLISECONDS = 1_000;
/** Longest wait between tries, milliseconds; a network that comes back ends it. */
const MOST_MILLISECONDS = 30_000;

/** Waits, or until the browser says that it is online again. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      done();
    };
    const timer = setTimeout(end, milliseconds);
    addEventListener('online', end);
  });
}

/**
 * Loads one part.
 * @param failing is told when the first try failed, and when it is there after all or not wanted any more
 * @param wanted whether it is still needed
 * @returns undefined where it was not wanted any more
 */
export async function loadPart<T>(
  load: () => Promise<T>,
  failing: (failing: boolean) => void,
  wanted: () => boolean = () => true,
  wait: (milliseconds: number) => Promise<void> = pause,
): Promise<T | undefined> {
  let failures = 0;
  try {
    while (wanted()) {
      try {
        return await load();
      } catch (error) {
        if (failures === 0) {
          console.error('A part of the page could not be loaded:', error);
          failing(true);
        }
      }
      await wait(Math.min(FIRST_MILLISECONDS * 2 ** failures, MOST_MILLISECONDS));
      failures++;
    }
    return undefined;
  } finally {
    if (failures > 0) failing(false);
  }
}
