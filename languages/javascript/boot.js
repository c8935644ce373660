/**
 * Main process of a JavaScript sandbox: waits for a payload on stdin, runs it, then is Node's interactive prompt.
 *
 * languages/README.md describes the payload and the marks. Worker threads watch for Ctrl-C: a thread that is busy in a
 * loop cannot notice a signal by itself, also not when the loop stands in a timer or behind an `await`.
 */

const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const repl = require('node:repl');
const timers = require('node:timers');
const tty = require('node:tty');
const util = require('node:util');
const vm = require('node:vm');
const interrupts = require('./interrupts.js');
const { followReading, settleOutput } = require('./repair.js');

/** What `bash` reports for a program that Ctrl-C ended. */
const INTERRUPTED = 130;
const HOME = process.env.HOME;
/** Between tries of a terminal that is not ready: its flags may be shared with Node's own handle, which does not wait. */
const RETRY_MILLISECONDS = 2;

/** Kept apart from the globals, which the program may replace. */
const { setImmediate: soon, clearTimeout, clearImmediate } = timers;

let nonce = '';

/** Writes all of it, also where the terminal takes only a part at once, or nothing for a moment. */
function put(text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      interrupts.sleep(RETRY_MILLISECONDS);
    }
  }
}

function emit(body) {
  put(`\x1b]133;${body}\x07`);
}
const mark = {
  prompt: () => emit(`B;aid=${nonce}`),
  started: (what) => emit(`C;what=${what};aid=${nonce}`),
  finished: (what, code) => emit(`D;${code};what=${what};aid=${nonce}`),
};

// --- The run ------------------------------------------------------------------------------------------------------

/** Timers of the program, so that a run that was interrupted or failed leaves none behind. */
const pending = new Set();

function trackTimers() {
  const wrap = (name, repeat) => {
    const original = timers[name];
    const wrapped = (callback, ...rest) => {
      if (typeof callback !== 'function') return original(callback, ...rest);
      const timer = original(
        function (...values) {
          if (!repeat) pending.delete(timer);
          return callback.apply(this, values);
        },
        ...rest,
      );
      pending.add(timer);
      return timer;
    };
    Object.defineProperty(wrapped, 'name', { value: name });
    if (original[util.promisify.custom]) wrapped[util.promisify.custom] = original[util.promisify.custom];
    globalThis[name] = timers[name] = wrapped;
  };
  wrap('setTimeout', false);
  wrap('setImmediate', false);
  wrap('setInterval', true);
}

function cancelTimers() {
  for (const timer of pending) {
    clearTimeout(timer);
    clearImmediate(timer);
  }
  pending.clear();
}

/** An error as Node prints it, without the frames of this file. */
function describe(error) {
  if (!(error instanceof Error) && !util.types.isNativeError(error)) {
    return `Uncaught:\n${util.inspect(error, { colors: true })}`;
  }
  const text = util
    .inspect(error)
    .replace(/\n\s+at [^\n]*(?:\/usr\/lib\/codeconnected\/|node:internal\/|node:vm:)[^\n]*/g, '');
  const place = /\bat (?:[^\n]*\()?([^\s():]+\.[cm]?js):(\d+):(\d+)\)?/.exec(text);
  if (error instanceof SyntaxError || !place) return text;
  let line;
  try {
    line = fs.readFileSync(path.resolve(HOME, place[1]), 'utf8').split('\n')[place[2] - 1];
  } catch {}
  if (line === undefined) return text;
  return `${place[1]}:${place[2]}\n${line}\n${' '.repeat(place[3] - 1)}^\n\n${text}`;
}

function run(entry, ended) {
  const file = path.join(HOME, entry);
  const source = fs.readFileSync(file, 'utf8').replace(/^#!.*/, '');
  let over = false;

  const end = (code) => {
    if (over) return;
    over = true;
    interrupts.own(true);
    cancelTimers();
    process.removeListener('uncaughtException', failed);
    process.removeListener('beforeExit', drained);
    interrupts.own(false);
    for (const listener of process.listeners('exit')) {
      process.removeListener('exit', listener);
      try {
        listener.call(process, code);
      } catch (error) {
        fs.writeSync(2, `${describe(error)}\n`);
      }
    }
    interrupts.own(true);
    process.exitCode = undefined;
    mark.finished('run', code);
    ended();
    interrupts.own(false);
  };
  const failed = (error) => {
    // What Node itself broke: a script in its first turn, a blocking read.
    if (error?.code === 'EINTR' || error?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') {
      interrupts.take();
      return interrupted();
    }
    fs.writeSync(2, `${describe(error)}\n`);
    end(1);
  };
  const drained = () => {
    // The event loop may have run empty because the last thing in it was broken.
    if (interrupts.wait) interrupted();
    else end(Number(process.exitCode ?? 0));
  };
  const interrupted = () => {
    if (over) return;
    settleOutput();
    put('\r\n');
    end(INTERRUPTED);
  };
  process.on('uncaughtException', failed);
  process.on('beforeExit', drained);

  mark.started('run');
  // A turn of its own: the caller gets what interrupts it first.
  soon(() => {
    try {
      const script = new vm.Script(source, {
        filename: entry,
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      });
      interrupts.own(false);
      script.runInThisContext({ displayErrors: false, breakOnSigint: true });
    } catch (error) {
      failed(error);
    }
  });
  return interrupted;
}

// --- The prompt ---------------------------------------------------------------------------------------------------

function prompt() {
  // The program may have ended or closed `process.stdin`; descriptor 2 is the same terminal.
  const server = repl.start({
    prompt: '> ',
    input: usable(process.stdin) ? process.stdin : new tty.ReadStream(2),
    output: process.stdout,
    terminal: true,
    useGlobal: true,
    breakEvalOnSigint: true,
    preview: false,
  });
  const reading = followReading(server);
  let running = false;
  let awaiting = false;
  const finish = (status) => {
    awaiting = false;
    if (!running) return;
    running = false;
    mark.finished('line', status);
    server._setRawMode(true);
  };
  const show = server.displayPrompt;
  server.displayPrompt = function (preserveCursor) {
    finish(1);
    show.call(this, preserveCursor);
    if (!server.closed) mark.prompt();
  };
  const evaluate = server.eval;
  server.eval = (code, context, file, callback) => {
    if (code.trim() === '') return evaluate.call(server, code, context, file, callback);
    running = true;
    // From the mark on Ctrl-C is to be a signal, not a key that waits to be read.
    server._setRawMode(false);
    mark.started('line');
    evaluate.call(server, code, context, file, (error, value) => {
      finish(error && !(error instanceof repl.Recoverable) ? 1 : 0);
      callback(error, value);
    });
    awaiting = running;
  };
  // Where an uncaught error arrives before the prompt prints it.
  server._domain?.prependListener('error', (error) => {
    const interrupt = error?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
    if (interrupt) {
      settleOutput();
      if (!awaiting) interrupts.take();
      delete error.code;
      error.stack = 'Interrupted';
    }
    finish(interrupt ? INTERRUPTED : 1);
  });
  // Node's own prompt ends at a second Ctrl-C; here that may be an impatient Stop, which must not take the definitions.
  const [usual] = server.listeners('SIGINT');
  server.removeListener('SIGINT', usual);
  server.on('SIGINT', () => {
    if (awaiting || server.editorMode || server.line !== '') usual.call(server);
    else {
      put('\r\n');
      server.clearBufferedCommand();
      server.displayPrompt();
    }
  });
  mark.prompt();
  server.on('exit', () => process.exit());
  return () => {
    if (awaiting) server.emit('SIGINT');
    else if (running || reading.broken) {
      // Nothing of the prompt's own turn came to its end, not even the reading of keys.
      finish(INTERRUPTED);
      reading.repair();
      settleOutput();
      put('Uncaught Interrupted\r\n');
      server.clearBufferedCommand();
      server.displayPrompt();
    }
  };
}

const usable = (stream) => !stream.destroyed && !stream.readableEnded && stream.listenerCount('data') === 0;

// --- Boot ---------------------------------------------------------------------------------------------------------

function readExactly(size) {
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    try {
      const count = fs.readSync(0, buffer, at, size - at, null);
      if (count === 0) process.exit(0);
      at += count;
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      interrupts.sleep(RETRY_MILLISECONDS);
    }
  }
  return buffer;
}

function readLine() {
  let line = '';
  for (let byte = ''; byte !== '\n'; byte = readExactly(1).toString('latin1')) line += byte;
  return line;
}

/** The claim's nonce, the files and the name of the one that starts. */
function unpack(body) {
  let entry;
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(10, at);
    // A name may have spaces.
    const [, key, value] = /^(\w+) (.*)$/s.exec(body.toString('utf8', at, end));
    at = end + 1;
    if (key === 'nonce') nonce = value;
    else if (key === 'entry') entry = value;
    else if (key === 'file') {
      const [, bytes, name] = /^(\d+) (.*)$/s.exec(value);
      const size = Number(bytes);
      fs.writeFileSync(path.join(HOME, name), body.subarray(at, at + size));
      at += size;
    }
  }
  return entry;
}

function begin(entry, catcher) {
  const require = createRequire(path.join(HOME, entry ?? 'prompt.js'));
  const module = {
    exports: {},
    id: '.',
    filename: path.join(HOME, entry ?? ''),
    loaded: false,
    children: [],
    paths: [],
  };
  require.main = module;
  for (const [name, value] of Object.entries({
    require,
    module,
    exports: module.exports,
    __filename: module.filename,
    __dirname: HOME,
  })) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  }
  process.argv = [process.execPath, module.filename];
  let interrupted = () => {};
  catcher.on('message', (came) => {
    interrupts.take(came);
    interrupted();
  });
  // A listener holds the event loop open; only the program's own work is to do that.
  catcher.unref();
  const toPrompt = () => {
    interrupted = prompt();
  };
  trackTimers();
  if (entry !== undefined) {
    interrupted = run(entry, toPrompt);
    return;
  }
  toPrompt();
  interrupts.own(false);
}

async function boot() {
  process.chdir(HOME);
  process.stdin.setRawMode(true);
  const threads = await interrupts.start();
  fs.writeSync(1, '\x1b]133;ready\x07');
  // Read to its last byte and no further: what is typed meanwhile belongs to the program.
  const size = Number(readLine());
  const body = readExactly(size);
  process.stdin.setRawMode(false);
  const catcher = threads.watch();
  // A turn of its own: what the program throws is no rejection of this function.
  soon(() => begin(unpack(body), catcher));
}

boot();
