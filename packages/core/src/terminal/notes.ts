/** What the terminal itself says to people, in dim lines between the programs' output. */
import type { SandboxLimits } from '../language/manifest.ts';
import type { SandboxEnd } from '../sandbox/sandbox.ts';
import type { LimitName } from './state.ts';

/** Said whenever an interpreter is replaced. */
const FRESH = 'Earlier definitions are gone.';

/** Numbers where they are known; a note without them still names the limit. */
export type KnownLimits = Partial<SandboxLimits> | undefined;

const amount = (value: number | undefined, unit: string) => (value === undefined ? '' : `${value} ${unit} of `);

/** Which limit ended a program, and what to do. */
export function limitNote(limit: LimitName, limits: KnownLimits): string {
  switch (limit) {
    case 'cpu':
      return `Stopped: ${amount(limits?.cpuSeconds, 's')}CPU time without input. Look for a loop that does not end, or do the work in smaller steps.`;
    case 'wall':
      return `Stopped: ${amount(limits?.wallSeconds, 's')}running time. Let the program end earlier, then run it again.`;
    case 'memory':
      return `Stopped: ${amount(limits?.memoryMiB, 'MiB')}memory. Keep less in memory at once.`;
    case 'output':
      return `Stopped: ${amount(limits?.outputMiB, 'MiB')}output without input. Print less.`;
    case 'disk':
      return `Stopped: ${amount(limits?.diskMiB, 'MiB')}disk. Write less, or remove files that are no longer needed.`;
    case 'processes':
      return `Stopped: ${limits?.processes === undefined ? 'too many' : `more than ${limits.processes}`} processes and threads. Start fewer.`;
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
export const RESET_NOTE = `Reset. ${FRESH}`;
/** Said where a program that was replaced had more to show than is waited for. */
export const LEFT_OUT_NOTE = 'The rest of its output is left out: drawing it takes too long.';
/** Said when the interpreter ends again and again by itself. */
export const GIVEN_UP = 'The interpreter keeps ending at once. Press Reset to try again.';
/** Said of a sandbox that nobody used. */
export function idleNote(minutes: number): string {
  return `Ended after ${minutes} min without use; earlier definitions are gone. Press a key or Run for a fresh prompt.`;
}
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
