/** When a sandbox that nobody uses is paused, and when it is ended. Pure: the caller keeps the times. */

export interface IdleLimits {
  /** Milliseconds without input and output, at the prompt, after which the sandbox is frozen. */
  readonly pauseMilliseconds: number;
  /** Milliseconds without anybody's input or run after which it is ended, unless a program runs. */
  readonly endMilliseconds: number;
  /** Milliseconds without a viewer after which the room's terminal is ended and forgotten. */
  readonly unwatchedMilliseconds: number;
}

export interface IdleTimes {
  /** Last input, run or other deed of a person; monotonic milliseconds. */
  readonly usedAt: number;
  /** Last output. */
  readonly outputAt: number;
  /** When the last viewer left; undefined while somebody watches. */
  readonly unwatchedAt: number | undefined;
  /** The prompt waits; a program that runs is never frozen, it has limits of its own. */
  readonly atPrompt: boolean;
  readonly running: boolean;
  readonly paused: boolean;
  readonly hasSandbox: boolean;
}

export type IdleDecision =
  | { readonly kind: 'forget' }
  | { readonly kind: 'end' }
  | { readonly kind: 'pause' }
  /** Look again then; undefined: nothing will come of itself. */
  | { readonly kind: 'wait'; readonly milliseconds: number | undefined };

/** @param now monotonic milliseconds */
export function idle(limits: IdleLimits, times: IdleTimes, now: number): IdleDecision {
  const forgetAt = times.unwatchedAt === undefined ? undefined : times.unwatchedAt + limits.unwatchedMilliseconds;
  if (forgetAt !== undefined && forgetAt <= now) return { kind: 'forget' };
  const endAt = times.hasSandbox && !times.running ? times.usedAt + limits.endMilliseconds : undefined;
  if (endAt !== undefined && endAt <= now) return { kind: 'end' };
  const pauseAt =
    times.hasSandbox && times.atPrompt && !times.paused
      ? Math.max(times.usedAt, times.outputAt) + limits.pauseMilliseconds
      : undefined;
  if (pauseAt !== undefined && pauseAt <= now) return { kind: 'pause' };
  const next = [forgetAt, endAt, pauseAt].filter((at) => at !== undefined);
  return { kind: 'wait', milliseconds: next.length > 0 ? Math.min(...next) - now : undefined };
}
