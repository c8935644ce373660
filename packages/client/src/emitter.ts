/** Typed subscriptions. */

// biome-ignore lint/suspicious/noExplicitAny: listeners of any signature are what an event map holds
type Listeners = Record<string, (...given: any[]) => void>;

/** Hands each event to whoever subscribed; one listener that throws keeps no other from hearing it. */
export class Emitter<Events extends { [E in keyof Events]: Listeners[string] }> {
  readonly #listeners = new Map<keyof Events, Set<Listeners[string]>>();

  /** @returns a function that ends the subscription */
  on<E extends keyof Events>(event: E, listener: Events[E]): () => void {
    let all = this.#listeners.get(event);
    if (!all) {
      all = new Set();
      this.#listeners.set(event, all);
    }
    all.add(listener);
    return () => all.delete(listener);
  }

  emit<E extends keyof Events>(event: E, ...given: Parameters<Events[E]>): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(...given);
      } catch (error) {
        console.error(`A listener of "${String(event)}" failed:`, error);
      }
    }
  }
}
