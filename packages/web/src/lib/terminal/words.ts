/** The terminal's state in words. */
import type { LimitName, RunResult, TerminalPhase } from '@codeconnected/core/terminal/state.ts';
import { duration } from '#lib/time/relative.ts';

/** Which limit ended it, and what to do. */
const LIMITS: Readonly<Record<LimitName, string>> = {
  cpu: 'it used more computing time than one run may. Look for a loop without end, or compute less at once',
  stretch: 'it computed for longer without a pause than it may. Do the work in smaller steps',
  life: 'it used all the computing time of one sandbox. Run it again for a fresh one',
  wall: 'it went on for longer without input than it may. Let it end earlier, or type while it waits',
  age: 'it was awake for as long as one sandbox may be. Run it again for a fresh one',
  memory: 'it used more memory than a sandbox has. Keep less in memory at once',
  output: 'it wrote more output than the terminal takes. Print less',
};

export interface ResultWords {
  readonly text: string;
  /** `bad` is shown in red: the program failed, or the place did. */
  readonly tone: 'good' | 'plain' | 'bad';
}

/** How a run ended. */
export function resultWords({ outcome, milliseconds }: RunResult): ResultWords {
  const time = duration(milliseconds);
  switch (outcome.kind) {
    case 'exited':
      return outcome.code === 0
        ? { text: `finished in ${time}, exit 0`, tone: 'good' }
        : { text: `failed after ${time}, exit ${outcome.code}`, tone: 'bad' };
    case 'unstarted':
      return outcome.reason === undefined
        ? { text: 'stopped before it began', tone: 'plain' }
        : { text: `did not begin: ${outcome.reason}`, tone: 'bad' };
    case 'stopped':
      return { text: `stopped after ${time}`, tone: 'plain' };
    case 'limit':
      return { text: `ended after ${time}: ${LIMITS[outcome.limit]}`, tone: 'bad' };
    case 'lost':
      return { text: `lost after ${time}: ${outcome.reason}`, tone: 'bad' };
  }
}

/** What the terminal is doing; `seconds` since the phase began, counted by the viewer. */
export function phaseWords(phase: TerminalPhase | undefined, language: string, seconds: number): string {
  switch (phase?.kind) {
    case undefined:
      return 'connecting…';
    case 'absent':
      return phase.message ?? `${language}: press Run, or type to wake it`;
    case 'starting':
      return `${phase.message.replace(/…$/, '')}… ${seconds} s`;
    case 'prompt':
      return phase.paused ? `${language}, paused; a key wakes it` : `${language}, ready`;
    case 'busy':
      return seconds < 1 ? `${language}, working` : `${language}, working… ${seconds} s`;
    case 'running':
      return phase.stopping ? `stopping… ${seconds} s` : `running… ${seconds} s`;
  }
}
