/**
 * What a person sees while something is set up: every step that takes longer than a second says what, how far and
 * how long. One live line on a terminal, plain lines elsewhere.
 */

/** A step that ends sooner is not worth a line, milliseconds. */
const QUIET_MILLISECONDS = 1000;
/** How often the live line is drawn on a terminal, milliseconds. */
const DRAW_MILLISECONDS = 200;
/** How often a long step says that it is still at it where there is no terminal, milliseconds. */
const PLAIN_MILLISECONDS = 10_000;
/** Characters of the live line: wraps nowhere on the narrowest usual terminal. */
const LINE_CHARACTERS = 79;

const out = process.stdout;
const colours = Boolean(out.isTTY) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
const paint = (code, text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);

export const red = (text) => paint('1;31', text);
export const green = (text) => paint('32', text);
export const bold = (text) => paint('1', text);
export const dim = (text) => paint('2', text);

/** Seconds as people read them. */
export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Something that went wrong in a way a person can mend: `todo` says how. */
export class SetupError extends Error {
  constructor(message, todo = [], details = []) {
    super(message);
    this.name = 'SetupError';
    this.todo = todo;
    this.details = details;
  }
}

/**
 * Does one step and shows it.
 * @param {string} name what is done, as a person says it: "installing packages"
 * @param {(report: (how: string) => void) => Promise<T>} work told how far it is through `report`
 * @returns {Promise<T>}
 * @template T
 */
export async function step(name, work) {
  const start = performance.now();
  let far = '';
  let shown = false;
  let lastPlain = start;
  const tick = () => {
    const passed = performance.now() - start;
    if (passed < QUIET_MILLISECONDS) return;
    if (out.isTTY) {
      const line = `… ${name}${far ? `: ${far}` : ''} (${duration(passed)})`;
      out.write(`\r\x1b[2K${line.slice(0, LINE_CHARACTERS)}`);
      shown = true;
    } else if (!shown || performance.now() - lastPlain >= PLAIN_MILLISECONDS) {
      out.write(`… ${name}${far ? `: ${far}` : ''} (${duration(passed)})\n`);
      shown = true;
      lastPlain = performance.now();
    }
  };
  const timer = setInterval(tick, DRAW_MILLISECONDS);
  try {
    const result = await work((how) => {
      far = how;
    });
    if (shown && out.isTTY) out.write('\r\x1b[2K');
    if (shown) out.write(`${green('✓')} ${name} ${dim(`(${duration(performance.now() - start)})`)}\n`);
    return result;
  } catch (error) {
    if (shown && out.isTTY) out.write('\r\x1b[2K');
    out.write(`${red('✗')} ${name} ${dim(`(${duration(performance.now() - start)})`)}\n`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Prints what went wrong and what to do, and returns the exit code. */
export function complain(error, again) {
  process.stderr.write(`\n${red('Stopped:')} ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof SetupError) {
    for (const line of error.details) process.stderr.write(dim(`  | ${line}\n`));
    for (const line of error.todo) process.stderr.write(`  → ${line}\n`);
  } else if (error instanceof Error && error.stack) {
    process.stderr.write(dim(`${error.stack.split('\n').slice(1, 6).join('\n')}\n`));
  }
  if (again) process.stderr.write(`  → then try again: ${bold(again)}\n`);
  return 1;
}
