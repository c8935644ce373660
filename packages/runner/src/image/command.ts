/** Runs a program of the machine, keeps its last lines, and takes it down with this process. */
import { spawn } from 'node:child_process';

/** Lines of a failed program's output that are shown. */
const LAST_LINES = 8;

/** A program that ended with an error; the message holds its last lines. */
export class CommandFailed extends Error {
  constructor(program: string, code: number | string, lines: readonly string[]) {
    super([`${program} ended with ${code}`, ...lines].join('\n'));
    this.name = 'CommandFailed';
  }
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Told every line of both outputs. */
  readonly line?: (text: string) => void;
  readonly signal?: AbortSignal;
  /** What `signal` sends; SIGTERM where it is not given. */
  readonly killSignal?: NodeJS.Signals;
}

/** @returns what the program wrote on its standard output */
export function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: options.signal,
      killSignal: options.killSignal,
    });
    const last: string[] = [];
    let output = '';
    const lines = (stream: NodeJS.ReadableStream) => {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        const pieces = (rest + text).split(/[\r\n]+/);
        rest = pieces.pop() ?? '';
        for (const piece of pieces) {
          if (!piece.trim()) continue;
          last.push(piece);
          if (last.length > LAST_LINES) last.shift();
          options.line?.(piece);
        }
      });
      stream.on('end', () => {
        if (rest.trim()) last.push(rest);
      });
    };
    child.stdout.on('data', (text) => {
      output += text;
    });
    lines(child.stdout);
    lines(child.stderr);
    let failed: unknown;
    child.once('error', (error) => {
      failed = error;
      // One that was started is waited for, so that nothing of it is at work any more.
      if (child.pid === undefined) reject(error);
    });
    child.once('close', (code, signal) => {
      if (failed) reject(failed);
      else if (code === 0) resolve(output);
      else reject(new CommandFailed(program, code ?? signal ?? 'an unknown state', last.slice(-LAST_LINES)));
    });
  });
}
