/** For tests: terminals on scripted sandboxes, and viewers that keep what they are sent. */
import { type Clock, systemClock } from '@codeconnected/core/clock.ts';
import type { ConnectionId } from '@codeconnected/core/room/ids.ts';
import { Viewed } from '@codeconnected/core/sandbox/viewed.ts';
import { Terminals } from '../terminal/terminals.ts';
import { ScriptedSandboxes } from './scripted-sandboxes.ts';

/** Programs of the scripted language, for the contract. */
export const PROGRAMS = { hello: 'print hello', endless: 'loop', reads: 'input', exits: 'exit 3' } as const;

export const IDLE = { pauseMilliseconds: 30_000, endMilliseconds: 1_800_000, unwatchedMilliseconds: 600_000 } as const;

/** Viewers by connection; what is posted to an unknown one is lost. */
export class ViewerSet {
  readonly #viewers = new Map<ConnectionId, Viewed>();

  viewer(): { readonly id: ConnectionId; readonly viewed: Viewed } {
    const id = `viewer/${this.#viewers.size + 1}` as ConnectionId;
    const viewed = new Viewed();
    this.#viewers.set(id, viewed);
    return { id, viewed };
  }

  /** @returns whether there is such a viewer */
  push(id: ConnectionId, text: string): boolean {
    const viewed = this.#viewers.get(id);
    viewed?.push(text);
    return viewed !== undefined;
  }

  remove(id: ConnectionId): void {
    this.#viewers.delete(id);
  }
}

/** Terminals with nothing between them and their viewers. */
export function directTerminals(clock: Clock = systemClock) {
  const sandboxes = new ScriptedSandboxes();
  const viewers = new ViewerSet();
  const problems: unknown[] = [];
  const terminals = new Terminals({
    sandboxes,
    clock,
    idle: IDLE,
    unsandboxed: false,
    languages: () => sandboxes.languages(),
    limits: () => sandboxes.limits(),
    log: (_room, what, error) => problems.push({ what, error }),
    poster: {
      post: (to, text) => {
        for (const id of to) viewers.push(id, text);
      },
      drained: () => Promise.resolve(),
    },
  });
  return { terminals, sandboxes, viewers, problems };
}
