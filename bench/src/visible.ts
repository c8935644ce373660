/** When something can be seen or happens in a page, by the page's own clock since 1970. */
import type { Page } from '@playwright/test';

/** The live editor, not what stands in its place before. */
export const EDITOR = '[role="textbox"][aria-label="Code editor"]';
export const TERMINAL = '[aria-label="Terminal"]';

export interface Seen {
  /** The document holds it. */
  readonly changed: number;
  /** The frame that shows it has been painted. */
  readonly painted: number;
}

/** Looks out for a text; resolves once it does, to a wait for the moment. */
export async function watchFor(page: Page, selector: string, text: string): Promise<() => Promise<Seen>> {
  const handle = await page.evaluateHandle(
    ([where, what]) => {
      const now = () => performance.timeOrigin + performance.now();
      const seen = new Promise<{ changed: number; painted: number }>((done) => {
        const look = (): boolean => {
          if (!document.querySelector(where)?.textContent?.includes(what)) return false;
          const changed = now();
          // A message that is sent within a frame comes after it was painted.
          requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => done({ changed, painted: now() });
            channel.port2.postMessage(undefined);
          });
          return true;
        };
        if (look()) return;
        const watcher = new MutationObserver(() => {
          if (look()) watcher.disconnect();
        });
        watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      });
      return { seen };
    },
    [selector, text] as const,
  );
  return () => handle.evaluate(({ seen }) => seen);
}

/** Looks out for the next key or button that goes down, before any handler of the page. */
export async function watchPress(page: Page, kind: 'keydown' | 'pointerdown'): Promise<() => Promise<number>> {
  const handle = await page.evaluateHandle(
    (name) => ({
      pressed: new Promise<number>((done) =>
        addEventListener(name, () => done(performance.timeOrigin + performance.now()), { capture: true, once: true }),
      ),
    }),
    kind,
  );
  return () => handle.evaluate(({ pressed }) => pressed);
}
