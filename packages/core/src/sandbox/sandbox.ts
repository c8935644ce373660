/**
 * Port: sandboxes as the terminal uses them. The Docker adapter and the test double pass
 * `sandbox.contract.ts`.
 */
import type { LanguageId } from '../room/ids.ts';
import type { LimitName } from '../terminal/state.ts';

/** A file that is written into the sandbox's home folder before the program starts. */
export interface SandboxFile {
  /** A bare name, no folders. */
  readonly name: string;
  readonly text: string;
}

/** What to start in a claimed sandbox. Without `entry` only the prompt comes. */
export interface Program {
  readonly files: readonly SandboxFile[];
  readonly entry?: string;
  readonly columns: number;
  readonly rows: number;
}

/** Why a sandbox is no more. `code` comes from Docker, since the interpreter is the main process. */
export type SandboxEnd =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'limit'; readonly limit: LimitName }
  | { readonly kind: 'released' }
  | { readonly kind: 'lost'; readonly reason: string };

/** Only ever moves forward (rule S4); busy, idle and paused are properties of `claimed`. */
export type SandboxState =
  | { readonly kind: 'warming' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'claimed' }
  | { readonly kind: 'ended'; readonly end: SandboxEnd };

/** What comes out of a claimed sandbox, in order. Marks drive the display only. */
export type SandboxEvent =
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  /** The prompt waits for input. */
  | { readonly kind: 'prompt' }
  /** The program (`run`) or something typed at the prompt (`line`) starts. */
  | { readonly kind: 'started'; readonly what: 'run' | 'line' }
  | { readonly kind: 'finished'; readonly what: 'run' | 'line'; readonly code: number };

/** A sandbox that belongs to one room until it ends; it never returns to the pool (rule S1). */
export interface ClaimedSandbox {
  readonly id: string;
  readonly language: LanguageId;
  readonly state: SandboxState;
  /** Resolves when it is no more, whoever ended it; never rejects. */
  readonly ended: Promise<SandboxEnd>;
  /**
   * Delivers events to one listener. The next event waits for the promise that the listener returns: this is
   * the backpressure that bounds parsing.
   */
  listen(listener: (event: SandboxEvent) => void | Promise<void>): void;
  /**
   * Delivers the files and starts the program, or only the prompt. For `kept` languages it may be called again. What
   * is written from the call on reaches the program, however early it is.
   */
  start(program: Program): Promise<void>;
  /**
   * Bytes typed by people; resets the limits that count "since the last input".
   * @returns false where too much waits already for a program that does not read: nothing of it is taken
   */
  write(bytes: Uint8Array): boolean;
  /** Answers to a terminal's queries; they reset no limit. */
  answer(bytes: Uint8Array): void;
  /** Ctrl-C. Reaches the program also where it reads nothing of what was typed before. */
  interrupt(): void;
  resize(columns: number, rows: number): Promise<void>;
  /** Whether it computes now, as measured from outside: its marks are its own word. */
  busy(): Promise<boolean>;
  /** Freezes it while nobody uses it; `write`, `start` and `interrupt` thaw it by themselves. */
  pause(): Promise<void>;
  /** Ends and removes it; idempotent. */
  release(): Promise<void>;
}

/** A claim that could not be met. */
export class ClaimRefused extends Error {
  readonly reason: 'unknown-language' | 'image-missing' | 'no-capacity' | 'runner-failed';
  constructor(reason: ClaimRefused['reason'], message: string) {
    super(message);
    this.name = 'ClaimRefused';
    this.reason = reason;
  }
}

/** The warm pool. */
export interface Sandboxes {
  /**
   * Takes a ready sandbox, or starts one where none is ready. Rejects with {@link ClaimRefused}.
   * @param waiting told what a wait of more than a moment is for
   */
  claim(language: LanguageId, waiting?: (message: string) => void): Promise<ClaimedSandbox>;
  /** Whether a claim could be met now or after a start; false for a while after a start that failed. */
  canClaim(language: LanguageId): boolean;
  /** Whether runs of the language share one sandbox. */
  runStyle(language: LanguageId): 'fresh' | 'kept';
}
