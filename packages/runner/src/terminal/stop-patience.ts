/** The time that Ctrl-C has to help before Stop replaces the sandbox. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ClaimedSandbox } from '@codeconnected/core/sandbox/sandbox.ts';
import type { Activity } from '@codeconnected/core/terminal/activity.ts';
import { STOP_PATIENCE_MILLISECONDS } from '@codeconnected/core/terminal/limits.ts';

/** What Stop is to end. */
export interface Stopped {
  readonly kind: Activity['kind'];
  readonly sandbox: ClaimedSandbox;
}

export class StopPatience {
  readonly #clock: Clock;
  #kind: Activity['kind'] | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Begins to wait, unless it does already. That a prompt waits is the program's own word, so there the sandbox is
   * replaced only if it goes on computing.
   */
  begin({ kind, sandbox }: Stopped, replace: () => void): void {
    if (this.#cancel) return;
    this.#kind = kind;
    const cancel = this.#clock.after(STOP_PATIENCE_MILLISECONDS, () => {
      if (kind !== 'prompt') {
        this.end();
        replace();
        return;
      }
      void sandbox
        .busy()
        .catch(() => false)
        .then((still) => {
          if (this.#cancel !== cancel) return;
          this.end();
          if (still) replace();
        });
    });
    this.#cancel = cancel;
  }

  /** What the terminal does is this now: another kind of thing ends the wait. */
  look(kind: Activity['kind']): void {
    if (kind !== this.#kind) this.end();
  }

  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#kind = undefined;
  }
}
