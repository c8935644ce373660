/** A room's shared terminal as everyone sees it. */
import type { LanguageId, PersonId } from '../room/ids.ts';

/**
 * A limit that ended a sandbox. `cpu`, `wall` and `output` count since the last input. `stretch`: CPU time without a
 * pause, whatever is typed meanwhile. `life`, `age`: CPU time and waking time of the sandbox in all.
 */
export type LimitName = 'cpu' | 'stretch' | 'life' | 'wall' | 'age' | 'memory' | 'output';

/** A limit that ends nothing: the program is refused what is over it, and says so in its own words. */
export type HintName = 'disk' | 'processes' | 'memory';

/**
 * How a run came to its end. `stopped`: somebody pressed Stop or Ctrl-C. `lost`: the runner failed, not the program.
 * `unstarted`: it never began, for this reason, or because somebody wanted something else.
 */
export type RunOutcome =
  | { readonly kind: 'unstarted'; readonly reason?: string }
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'limit'; readonly limit: LimitName }
  | { readonly kind: 'lost'; readonly reason: string };

export interface RunResult {
  readonly run: string;
  readonly outcome: RunOutcome;
  /** From the program's start to its end, as the runner measured it; 0 where it never began. */
  readonly milliseconds: number;
}

/**
 * What the terminal is doing.
 *
 * `absent`: no sandbox; a key or Run brings one. `starting`: one is being claimed, with the reason for the
 * wait. `prompt`: the REPL waits. `running`: a program runs. `busy`: something typed at the prompt runs.
 */
export type TerminalPhase =
  | { readonly kind: 'absent'; readonly message?: string }
  | {
      readonly kind: 'starting';
      readonly language: LanguageId;
      readonly message: string;
      readonly seconds: number;
      /** The run that it is for; it can be stopped. */
      readonly run?: string;
    }
  | {
      readonly kind: 'prompt';
      readonly language: LanguageId;
      /** Frozen, with all that runs in its background, until somebody types. */
      readonly paused?: boolean;
    }
  | { readonly kind: 'busy'; readonly language: LanguageId }
  | {
      readonly kind: 'running';
      readonly language: LanguageId;
      readonly run: string;
      readonly by: PersonId;
      /** How long it had been running when this was sent; the viewer counts on from there by its own clock. */
      readonly milliseconds: number;
      /** Somebody asked for it to stop. */
      readonly stopping: boolean;
    };

export interface TerminalState {
  /** Raised by every claim; what comes with an older one is dropped (rule C1). */
  readonly epoch: number;
  readonly phase: TerminalPhase;
  readonly columns: number;
  readonly rows: number;
  readonly last?: RunResult;
  /** Plain runc was allowed: said in the page. */
  readonly unsandboxed?: boolean;
}
