/** What a room's terminal opens, and on what. */
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import type { Size } from '@codeconnected/core/sandbox/runners.ts';
import type { ClaimedSandbox, Program, SandboxEnd } from '@codeconnected/core/sandbox/sandbox.ts';
import type { RunOf } from '@codeconnected/core/terminal/activity.ts';
import { ANEW_NOTE } from '@codeconnected/core/terminal/notes.ts';

/** The sandbox that is attached now. */
export interface Attached {
  readonly claimed: ClaimedSandbox;
  readonly language: LanguageId;
}

export interface Opening {
  readonly language: LanguageId;
  readonly epoch?: number;
  readonly notes?: readonly string[];
  /** A person wants to use it, and does not merely look at the room. */
  readonly asked?: boolean;
  readonly run?: RunOf;
  readonly program?: Omit<Program, keyof Size>;
  /** How the sandbox before it ended, where it did so by itself. */
  readonly end?: SandboxEnd;
}

/** What the first opening says: a room that had a terminal before has lost what was in it. */
export function firstNotes(epoch: number): readonly string[] {
  return epoch > 1 ? [ANEW_NOTE] : [];
}
