/** When the Run button turns into Stop. */
import type { TerminalPhase } from '@codeconnected/core/terminal/state.ts';

/** Milliseconds that a run may take before Run turns into Stop: shorter ones would only flicker. */
const STOP_MILLISECONDS = 300;
/** Milliseconds that what was typed at the prompt may take before a button offers to stop it. */
const STOP_TYPED_MILLISECONDS = 1500;

/** Milliseconds until Stop is offered; undefined where there is nothing to stop. */
export function stopOfferedIn(phase: TerminalPhase | undefined): number | undefined {
  switch (phase?.kind) {
    case 'busy':
      return STOP_TYPED_MILLISECONDS;
    case 'starting':
      return phase.run === undefined ? undefined : Math.max(0, STOP_MILLISECONDS - phase.seconds * 1000);
    case 'running':
      return Math.max(0, STOP_MILLISECONDS - phase.milliseconds);
    default:
      return undefined;
  }
}
