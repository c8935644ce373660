/**
 * Main process of a JavaScript sandbox: waits for a payload on stdin, runs it, then is Node's interactive prompt.
 *
 * languages/README.md describes the payload and the marks. A worker thread watches for Ctrl-C: a thread that is busy
 * in a loop cannot notice a signal by itself, also not when the loop stands in a timer or behind an `await`.
 */

const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const repl = require('node:repl');
const timers = require('node:timers');
const tty = require('node:tty');
const util = require('node:util');
const vm = require('node:vm');
const { Worker } = require('node:worker_threads');

/** What `bash` reports for a program that Ctrl-C ended. */
const INTERRUPTED = 130;
const HOME = process.env.HOME;

/** Kept apart from the globals, which the program may replace. */
const { setImmediate: soon, clearTimeout, clearImmediate } = timers;

let nonce = '';

function emit(body) {
  fs.writeSync(1, `\x1b]133;${body}\x07`);
}
const mark = {
  prompt: () => emit(`A;aid=${nonce}`),
  started: (what) => emit(`C;what=${what};aid=${nonce}`),
  finished: (what, code) => emit(`D;${code};what=${what};aid=${nonce}`),
};

// --- Ctrl-C -------------------------------------------------------------------------------------------------------

/** Shared with the watcher: [0] how many interrupts came, [1] how many of them the main thread has taken. */
const interrupts = new Int32Array(new SharedArrayBuffer(8));

/**
 * Runs in a worker. `breakOnSigint` is the one hook Node has that a signal reaches while JavaScript is busy; it breaks
 * this thread's wait, which then ends what the main thread executes, unless that thread was idle and takes it itself.
 */
const WATCHER = `
const { workerData: interrupts, parentPort } = require('node:worker_threads');
const vm = require('node:vm');
const { Session } = require('node:inspector');
const session = new Session();
session.connectToMainThread();
globalThis.sleep = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
parentPort.once('message', () => {
  for (;;) {
    try {
      vm.runInThisContext('sleep()', { breakOnSigint: true });
    } catch {}
    const came = Atomics.add(interrupts, 0, 1) + 1;
    parentPort.postMessage(came);
    const idle = Atomics.wait(interrupts, 1, came - 1, 40) !== 'timed-out';
    if (!idle) session.post('Runtime.terminateExecution');
  }
});
parentPort.postMessage('ready');
`;

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
  let status;

  const end = (code) => {
    if (over) return;
    over = true;
    cancelTimers();
    process.removeListener('uncaughtException', failed);
    process.removeListener('beforeExit', drained);
    for (const listener of process.listeners('exit')) {
      process.removeListener('exit', listener);
      try {
        listener.call(process, code);
      } catch (error) {
        fs.writeSync(2, `${describe(error)}\n`);
      }
    }
    process.exitCode = undefined;
    mark.finished('run', code);
    ended();
  };
  const failed = (error) => {
    // A blocking read that Ctrl-C broke.
    if (error?.code === 'EINTR' || error?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') return interrupted();
    fs.writeSync(2, `${describe(error)}\n`);
    end(1);
  };
  const drained = () => end(Number(process.exitCode ?? status ?? 0));
  const interrupted = () => {
    if (over) return;
    fs.writeSync(1, '\r\n');
    end(INTERRUPTED);
  };
  process.on('uncaughtException', failed);
  process.on('beforeExit', drained);

  mark.started('run');
  // A turn of its own: an interrupted script unwinds to the event loop, from where the watcher's message is taken.
  soon(() => {
    try {
      const script = new vm.Script(source, {
        filename: entry,
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      });
      script.runInThisContext({ displayErrors: false });
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
  const show = server.displayPrompt;
  server.displayPrompt = function (preserveCursor) {
    if (!server.closed) mark.prompt();
    return show.call(this, preserveCursor);
  };
  const evaluate = server.eval;
  server.eval = (code, context, file, callback) => {
    if (code.trim() === '') return evaluate.call(server, code, context, file, callback);
    mark.started('line');
    evaluate.call(server, code, context, file, (error, value) => {
      mark.finished('line', error && !(error instanceof repl.Recoverable) ? statusOf(error) : 0);
      callback(error, value);
    });
  };
  server.on('exit', () => process.exit());
  return server;
}

const statusOf = (error) => (error?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED' ? INTERRUPTED : 1);
const usable = (stream) => !stream.destroyed && !stream.readableEnded && stream.listenerCount('data') === 0;

// --- Boot ---------------------------------------------------------------------------------------------------------

/** The claim's nonce, the files and the name of the one that starts. */
function unpack(body) {
  let entry;
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(10, at);
    const [key, ...values] = body.toString('utf8', at, end).split(' ');
    at = end + 1;
    if (key === 'nonce') nonce = values[0];
    else if (key === 'entry') entry = values[0];
    else if (key === 'file') {
      const size = Number(values[0]);
      fs.writeFileSync(path.join(HOME, values[1]), body.subarray(at, at + size));
      at += size;
    }
  }
  return entry;
}

function begin(entry, watcher) {
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
  watcher.on('message', (came) => {
    Atomics.store(interrupts, 1, came);
    Atomics.notify(interrupts, 1);
    interrupted();
  });
  const toPrompt = () => {
    interrupted = () => {};
    mark.prompt();
    prompt();
  };
  trackTimers();
  if (entry === undefined) toPrompt();
  else interrupted = run(entry, toPrompt);
}

function boot() {
  process.chdir(HOME);
  process.stdin.setRawMode(true);
  const watcher = new Worker(WATCHER, { eval: true, workerData: interrupts, stdin: false });
  let received = Buffer.alloc(0);
  const onData = (chunk) => {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf(10);
    if (end < 0) return;
    const size = Number(received.toString('ascii', 0, end));
    if (received.length - end - 1 < size) return;
    process.stdin.removeListener('data', onData);
    process.stdin.pause();
    process.stdin.setRawMode(false);
    watcher.postMessage('watch');
    begin(unpack(received.subarray(end + 1, end + 1 + size)), watcher);
  };
  watcher.once('message', () => {
    watcher.unref();
    process.stdin.on('data', onData);
    fs.writeSync(1, '\x1b]133;ready\x07');
  });
}

boot();
