/**
 * Counts what a claimed sandbox uses, most of it since its last input, and says which limit it has reached. Everything
 * is measured from outside: nothing that the sandbox says of itself moves a limit.
 */
import type { SandboxLimits } from '@codeconnected/core/language/manifest.ts';
import { AGE_LIMITS, LIFE_LIMITS, STRETCH_LIMITS } from '@codeconnected/core/terminal/limits.ts';
import type { LimitName } from '@codeconnected/core/terminal/state.ts';

/**
 * Share of a core that counts as idling: gVisor itself takes some 2 % for a prompt that merely waits, which must
 * not use up anybody's CPU seconds.
 */
const IDLE_SHARE = 0.05;
/** Seconds in which a sandbox that takes less than this share of a core has paused. */
const PAUSE_SECONDS = 1;
const PAUSE_SHARE = 0.2;
const MIB = 1024 * 1024;

export interface Meter {
  /** Somebody typed, or a program was started: what counts since the last input begins anew. */
  input(): void;
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
  /** The latest while, which may turn out to be a pause. */
  let latest = begin();
  let pausedAt: number | undefined;
  let written = 0;

  /** Leaves out what was spent frozen until now. */
  function skipFrozen(): void {
    if (pausedAt === undefined) return;
    const frozen = monotonic() - pausedAt;
    for (const span of [life, sinceInput, stretch, latest]) span.from += frozen;
    pausedAt += frozen;
  }

  const secondsOf = (span: Span) => (monotonic() - span.from) / 1000;
  /** The first answer also sets where it counts from. */
  function usedIn(span: Span, cpuSeconds: number): number {
    span.cpu ??= cpuSeconds;
    return cpuSeconds - span.cpu;
  }
  const exceeds = (span: Span, cpuSeconds: number, most: number) =>
    usedIn(span, cpuSeconds) - secondsOf(span) * IDLE_SHARE >= most * limits.cpuSeconds;

  function lookForPause(cpuSeconds: number): void {
    const used = usedIn(latest, cpuSeconds);
    const seconds = secondsOf(latest);
    if (seconds < PAUSE_SECONDS) return;
    latest = { from: monotonic(), cpu: cpuSeconds };
    if (used < seconds * PAUSE_SHARE) stretch = { ...latest };
  }

  return {
    input() {
      skipFrozen();
      sinceInput = begin();
      written = 0;
    },
    output(bytes) {
      const left = Math.max(0, Math.floor(limits.outputMiB * MIB) - written);
      written += bytes;
      return Math.min(bytes, left);
    },
    tick(cpuSeconds) {
      if (cpuSeconds !== undefined) {
        lookForPause(cpuSeconds);
        // Each of them is asked, so that each knows where it counts from.
        const reached = {
          cpu: exceeds(sinceInput, cpuSeconds, 1),
          stretch: exceeds(stretch, cpuSeconds, STRETCH_LIMITS),
          life: exceeds(life, cpuSeconds, LIFE_LIMITS),
        };
        for (const name of ['cpu', 'stretch', 'life'] as const) if (reached[name]) return name;
      }
      if (secondsOf(sinceInput) >= limits.wallSeconds) return 'wall';
      return secondsOf(life) >= limits.wallSeconds * AGE_LIMITS ? 'age' : undefined;
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
