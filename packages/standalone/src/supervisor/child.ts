/** One process that is kept alive: started again with growing waits when it dies, ended with patience. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type Clock, systemClock } from '@codeconnected/core/clock.ts';
import { backoff, HEALTHY_MILLISECONDS } from './backoff.ts';

/** Time for an orderly end after SIGTERM before SIGKILL, milliseconds: the runner removes its containers in it. */
export const STOP_MILLISECONDS = 20_000;

/** Deaths that are remembered. */
const DEATHS_KEPT = 10;

export interface ChildPlan {
  /** "web" or "runner". */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** An open file that the child holds as long as it lives, such as a lock. */
  readonly holds?: number;
}

export interface ChildEvents {
  /** A line for the operator. */
  say(message: string): void;
}

export interface SupervisedChild {
  readonly name: string;
  /** Of the process that lives now. */
  readonly pid: number | undefined;
  /** How often it was started. */
  readonly starts: number;
  start(): void;
  /** How the process ended the last times that nobody had asked it to. */
  readonly deaths: readonly string[];
  /** Ends it for good; resolves when it is gone. @returns whether it ended by itself, and was not killed */
  stop(): Promise<boolean>;
}

/**
 * Keeps a process alive. The child's channel closes when we die, by which it notices: see `leaveWithParent`.
 * @param clock handed in by tests
 */
export function superviseChild(plan: ChildPlan, events: ChildEvents, clock: Clock = systemClock): SupervisedChild {
  let child: ChildProcess | undefined;
  let stopping = false;
  let starts = 0;
  /** Deaths in a row without a healthy life between. */
  let row = 0;
  const deaths: string[] = [];
  let cancelWait: (() => void) | undefined;

  function start(): void {
    if (stopping || child) return;
    starts += 1;
    const startedAt = clock.monotonic();
    const started = spawn(plan.file, plan.args, {
      cwd: plan.cwd,
      env: plan.env,
      // A process group of its own: Ctrl-C reaches the supervisor alone, which ends everything in order.
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...(plan.holds === undefined ? [] : [plan.holds])],
    });
    child = started;
    let over = false;
    const ended = (how: string) => {
      if (over) return;
      over = true;
      child = undefined;
      if (stopping) return;
      row = clock.monotonic() - startedAt >= HEALTHY_MILLISECONDS ? 1 : row + 1;
      const wait = backoff(row);
      deaths.push(how);
      if (deaths.length > DEATHS_KEPT) deaths.shift();
      events.say(`${plan.name} ended (${how}); started again in ${wait} ms`);
      cancelWait = clock.after(wait, start);
    };
    started.once('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
    started.once('error', (error) => ended(error.message));
  }

  return {
    name: plan.name,
    get pid() {
      return child?.pid;
    },
    get starts() {
      return starts;
    },
    deaths,
    start,
    async stop() {
      stopping = true;
      cancelWait?.();
      const living = child;
      if (!living) return true;
      let killed = false;
      const gone = new Promise<void>((done) => living.once('exit', () => done()));
      living.kill('SIGTERM');
      const cancel = clock.after(STOP_MILLISECONDS, () => {
        events.say(`${plan.name} did not end within ${STOP_MILLISECONDS / 1000} s and is killed`);
        killed = true;
        living.kill('SIGKILL');
      });
      await gone;
      cancel();
      return !killed;
    },
  };
}
