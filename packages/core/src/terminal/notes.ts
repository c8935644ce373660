/** What the terminal itself says to people, in dim lines between the programs' output. */
import type { SandboxLimits } from '../language/manifest.ts';
import type { SandboxEnd } from '../sandbox/sandbox.ts';
import { AGE_LIMITS, LIFE_LIMITS, STRETCH_LIMITS } from './limits.ts';
import type { HintName, LimitName } from './state.ts';

/** Said whenever an interpreter is replaced. */
const FRESH = 'Earlier definitions are gone.';

/** Numbers where they are known; a note without them still names the limit. */
export type KnownLimits = Partial<SandboxLimits> | undefined;

const amount = (value: number | undefined, unit: string, factor = 1) =>
  value === undefined ? '' : `${value * factor} ${unit} of `;

/** Which limit ended a program, and what to do. */
export function limitNote(limit: LimitName, limits: KnownLimits): string {
  switch (limit) {
    case 'cpu':
      return `Stopped: ${amount(limits?.cpuSeconds, 's')}CPU time without input. Look for a loop that does not end, or do the work in smaller steps.`;
    case 'stretch':
      return `Stopped: ${amount(limits?.cpuSeconds, 's', STRETCH_LIMITS)}CPU time without a pause. Do the work in smaller steps, and let the program wait between them.`;
    case 'life':
      return `Stopped: ${amount(limits?.cpuSeconds, 's', LIFE_LIMITS)}CPU time in one sandbox. Run the program again to go on in a fresh one.`;
    case 'wall':
      return `Stopped: ${amount(limits?.wallSeconds, 's')}time without input. Let the program end earlier, or type something while it waits.`;
    case 'age':
      return `Stopped: ${amount(limits?.wallSeconds, 's', AGE_LIMITS)}waking time in one sandbox. Run the program again to go on in a fresh one.`;
    case 'memory':
      return `Stopped: ${amount(limits?.memoryMiB, 'MiB')}memory. Keep less in memory at once.`;
    case 'output':
      return `Stopped: ${amount(limits?.outputMiB, 'MiB')}output without input. Print less.`;
  }
}

/** Which limit a program met that goes on, and what to do; true whatever made the program speak of it. */
export function hintNote(hint: HintName, limits: KnownLimits): string {
  switch (hint) {
    case 'disk':
      return `Limit: a sandbox has ${amount(limits?.diskMiB, 'MiB')}disk, a quarter of it in /tmp. Write less, or remove files that are no longer needed.`;
    case 'processes':
      return `Limit: a sandbox has ${limits?.processes ?? 'a number of'} processes and threads at once. Start fewer, or let some end first.`;
    case 'memory':
      return `Limit: a sandbox has ${amount(limits?.memoryMiB, 'MiB')}memory. Keep less in memory at once.`;
  }
}

/** Said when a sandbox ended by itself. */
export function endNote(end: SandboxEnd, limits: KnownLimits): string {
  switch (end.kind) {
    case 'exited':
      return `The interpreter ended with exit code ${end.code}. ${FRESH}`;
    case 'limit':
      return `${limitNote(end.limit, limits)} ${FRESH}`;
    case 'lost':
      return `The sandbox was lost: ${end.reason}. ${FRESH}`;
    case 'released':
      return FRESH;
  }
}

/** Said when Ctrl-C did not help. */
export const REPLACED_NOTE = `Stop did not help within 2 s, so the sandbox was replaced. ${FRESH}`;
/** Said when a terminal opens anew in a room that had one before. */
export const ANEW_NOTE = `A fresh sandbox. ${FRESH}`;
/** Said instead of a run that was stopped while its sandbox was being prepared. */
export const UNSTARTED_NOTE = `Stopped before it began. ${FRESH}`;
export const RESET_NOTE = `Reset. ${FRESH}`;
/** Said where a program that was replaced had more to show than is waited for. */
export const LEFT_OUT_NOTE = 'The rest of its output is left out: drawing it takes too long.';
/** Said when the interpreter ends again and again by itself. */
export const GIVEN_UP = 'The interpreter keeps ending at once. Press Reset to try again.';
/** Said of a sandbox that nobody used. */
export function idleNote(minutes: number): string {
  return `Ended after ${minutes} min without use; earlier definitions are gone. Press a key or Run for a fresh prompt.`;
}
/** Said of an idle sandbox that was taken for another room. */
export const GAVE_WAY_NOTE =
  'Every sandbox was in use, so this idle one went to another room; earlier definitions are gone. Press a key or Run for a fresh prompt.';
/** Said when the room went over to another language. */
export function languageNote(name: string): string {
  return `${name} now. ${FRESH}`;
}

/** Breaks a note into lines at word borders; only a word that is longer than a line is left to the terminal. */
export function wrapNote(note: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of note.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && [...line].length + 1 + [...word].length <= columns) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines;
}
