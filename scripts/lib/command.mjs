/** Runs a command, keeps its last lines and fails with them. */
import { spawn } from 'node:child_process';
import { SetupError } from './progress.mjs';

/** Colours and cursor movements. */
const PAINT = /\x1b\[[0-9;?]*[A-Za-z]/g;
/** Lines kept for the complaint. */
const KEPT_LINES = 15;

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, line?: (line: string) => void, again?: string[], what?: string,
 *   stdio?: readonly unknown[] }} options `line` is told each line as it comes; `what` names the command to a
 *   person; `stdio`: further open files for it, from 3 on
 * @returns {Promise<string>} standard output
 */
export function command(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const what = options.what ?? [file, ...args].join(' ');
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe', ...(options.stdio ?? [])],
    });
    const tail = [];
    const chunks = [];
    const follow = (stream, keep) => {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        if (keep) chunks.push(text);
        const lines = (rest + text).split(/\r\n|[\r\n]/);
        rest = lines.pop() ?? '';
        for (const painted of lines) {
          const line = painted.replace(PAINT, '');
          if (line.trim() === '') continue;
          tail.push(line);
          if (tail.length > KEPT_LINES) tail.shift();
          options.line?.(line);
        }
      });
      stream.on('end', () => {
        if (rest.trim()) tail.push(rest);
      });
    };
    follow(child.stdout, true);
    follow(child.stderr, false);
    child.once('error', (error) =>
      reject(new SetupError(`${what} could not be started: ${error.message}`, options.again ?? [])),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve(chunks.join(''));
      else reject(new SetupError(`${what} failed (${signal ?? `exit code ${code}`})`, options.again ?? [], tail));
    });
  });
}
