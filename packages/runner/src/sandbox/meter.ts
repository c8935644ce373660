/** Counts what a claimed sandbox uses since its last input, and says which limit it has reached. */
import type { SandboxLimits } from '@codeconnected/core/language/manifest.ts';
import type { LimitName } from '@codeconnected/core/terminal/state.ts';

/**
 * Share of a core that counts as idling: gVisor itself takes some 2 % for a prompt that merely waits, which must
 * not use up anybody's CPU seconds.
 */
const IDLE_SHARE = 0.05;
const MIB = 1024 * 1024;

export interface Meter {
  /** Somebody typed, or a program was started: counting begins anew. */
  input(): void;
  /** @returns the bytes of a chunk that may still be delivered; fewer than given once the limit is reached */
  output(bytes: number): number;
  /** Told the CPU seconds used in all. @returns the limit that is reached, if one is */
  tick(cpuSeconds: number): LimitName | undefined;
  /** Frozen time counts for nothing. */
  pause(): void;
  resume(): void;
}

/** Makes a meter. @param monotonic milliseconds that only go forward */
export function createMeter(limits: SandboxLimits, monotonic: () => number): Meter {
  let cpuFrom: number | undefined;
  let wallFrom = monotonic();
  let pausedAt: number | undefined;
  let written = 0;
  return {
    input() {
      cpuFrom = undefined;
      wallFrom = monotonic();
      if (pausedAt !== undefined) pausedAt = wallFrom;
      written = 0;
    },
    output(bytes) {
      const left = Math.max(0, Math.floor(limits.outputMiB * MIB) - written);
      written += bytes;
      return Math.min(bytes, left);
    },
    tick(cpuSeconds) {
      const wall = (monotonic() - wallFrom) / 1000;
      cpuFrom ??= cpuSeconds;
      if (cpuSeconds - cpuFrom - wall * IDLE_SHARE >= limits.cpuSeconds) return 'cpu';
      return wall >= limits.wallSeconds ? 'wall' : undefined;
    },
    pause() {
      pausedAt ??= monotonic();
    },
    resume() {
      if (pausedAt !== undefined) wallFrom += monotonic() - pausedAt;
      pausedAt = undefined;
    },
  };
}
