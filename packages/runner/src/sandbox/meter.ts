/** Counts what a claimed sandbox uses, most of it since its last input, and says which limit it has reached. */
import type { SandboxLimits } from '@codeconnected/core/language/manifest.ts';
import type { LimitName } from '@codeconnected/core/terminal/state.ts';

/**
 * Share of a core that counts as idling: gVisor itself takes some 2 % for a prompt that merely waits, which must
 * not use up anybody's CPU seconds.
 */
const IDLE_SHARE = 0.05;
/** CPU seconds of one busy stretch, in limits: typing gives a program more time, but not for ever. */
const STRETCH_LIMITS = 6;
/** CPU seconds of a sandbox's whole life, in limits: what shows a prompt could be forged, this could not. */
const LIFE_LIMITS = 60;
const MIB = 1024 * 1024;

export interface Meter {
  /** Somebody typed, or a program was started: counting begins anew, but not that of the busy stretch. */
  input(): void;
  /** It says that its prompt waits: the busy stretch is over. */
  prompt(): void;
  /** It says that something runs: from here on no input prolongs its wall time. */
  busy(): void;
  /** @returns the bytes of a chunk that may still be delivered; fewer than given once the limit is reached */
  output(bytes: number): number;
  /**
   * Told the CPU seconds used in all, or nothing where they could not be read.
   * @returns the limit that is reached, if one is
   */
  tick(cpuSeconds: number | undefined): LimitName | undefined;
  /** Frozen time counts for nothing. */
  pause(): void;
  resume(): void;
}

/** What is counted from: its time moves on by what was spent frozen; its CPU seconds are known at the next tick. */
interface Span {
  from: number;
  cpu: number | undefined;
}

/** Makes a meter. @param monotonic milliseconds that only go forward */
export function createMeter(limits: SandboxLimits, monotonic: () => number): Meter {
  const begin = (): Span => ({ from: monotonic(), cpu: undefined });
  const life = begin();
  let sinceInput = begin();
  let stretch = begin();
  let wallFrom = monotonic();
  let isBusy = true;
  let pausedAt: number | undefined;
  let written = 0;

  /** Leaves out what was spent frozen until now. */
  function skipFrozen(): void {
    if (pausedAt === undefined) return;
    const frozen = monotonic() - pausedAt;
    for (const span of [life, sinceInput, stretch]) span.from += frozen;
    wallFrom += frozen;
    pausedAt += frozen;
  }

  function exceeds(span: Span, cpuSeconds: number, most: number): boolean {
    span.cpu ??= cpuSeconds;
    const idle = ((monotonic() - span.from) / 1000) * IDLE_SHARE;
    return cpuSeconds - span.cpu - idle >= most * limits.cpuSeconds;
  }

  return {
    input() {
      skipFrozen();
      sinceInput = begin();
      if (!isBusy) wallFrom = sinceInput.from;
      written = 0;
    },
    prompt() {
      skipFrozen();
      isBusy = false;
      stretch = begin();
      wallFrom = sinceInput.from;
    },
    busy() {
      isBusy = true;
    },
    output(bytes) {
      const left = Math.max(0, Math.floor(limits.outputMiB * MIB) - written);
      written += bytes;
      return Math.min(bytes, left);
    },
    tick(cpuSeconds) {
      if (cpuSeconds !== undefined) {
        // Each of them is asked: the first answer also sets where it counts from.
        const reached = [
          exceeds(sinceInput, cpuSeconds, 1),
          exceeds(stretch, cpuSeconds, STRETCH_LIMITS),
          exceeds(life, cpuSeconds, LIFE_LIMITS),
        ];
        if (reached.includes(true)) return 'cpu';
      }
      return (monotonic() - wallFrom) / 1000 >= limits.wallSeconds ? 'wall' : undefined;
    },
    pause() {
      pausedAt ??= monotonic();
    },
    resume() {
      skipFrozen();
      pausedAt = undefined;
    },
  };
}
