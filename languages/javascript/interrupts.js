/**
 * Ctrl-C for a thread that is busy: it cannot notice a signal by itself, also not where a loop stands in a timer or
 * behind an `await`. Two worker threads watch for it.
 */

const { Worker } = require('node:worker_threads');

/**
 * What the threads share, by index: how many signals came, up to which of them the main thread took them, and whether
 * it executes what is written here, which takes its time and must not be broken off.
 */
const CAME = 0;
const TAKEN = 1;
const OWN = 2;
const shared = new Int32Array(new SharedArrayBuffer(12));
Atomics.store(shared, OWN, 1);
/** Milliseconds that the main thread has to take a signal by itself; one that is idle takes it at once. */
const PATIENCE_MILLISECONDS = 40;

/**
 * Catches signals. `breakOnSigint` is the one hook Node has that a signal reaches while JavaScript is busy: it breaks
 * this thread's sleep. The newest of several hooks has the signal, so one of the main thread's own goes first. Without
 * any hook a signal would end the process: the outer one holds while the inner one is set up again.
 */
const CATCHER = `
const { workerData: interrupts, parentPort } = require('node:worker_threads');
const vm = require('node:vm');
globalThis.sleep = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
globalThis.tell = () => {
  const came = Atomics.add(interrupts, ${CAME}, 1) + 1;
  Atomics.notify(interrupts, ${CAME});
  parentPort.postMessage(came);
};
globalThis.untilOne = () => {
  try {
    vm.runInThisContext('sleep()', { breakOnSigint: true });
  } catch {}
  tell();
};
parentPort.once('message', () => {
  for (;;) {
    try {
      vm.runInThisContext('for (;;) untilOne()', { breakOnSigint: true });
    } catch {}
    tell();
  }
});
parentPort.postMessage('ready');
`;

/** Ends what the main thread executes where that took no notice of a signal. */
const BREAKER = `
const { workerData: interrupts, parentPort } = require('node:worker_threads');
const { Session } = require('node:inspector');
parentPort.once('message', () => {
  for (let seen = 0; ; ) {
    Atomics.wait(interrupts, ${CAME}, seen);
    seen = Atomics.load(interrupts, ${CAME});
    for (;;) {
      const taken = Atomics.load(interrupts, ${TAKEN});
      if (taken >= seen) break;
      Atomics.wait(interrupts, ${OWN}, 1);
      const end = Atomics.wait(interrupts, ${TAKEN}, taken, ${PATIENCE_MILLISECONDS});
      if (end !== 'timed-out' || Atomics.load(interrupts, ${OWN}) === 1) continue;
      // Connected for this moment only: a process with a connected session does not end at once.
      const session = new Session();
      session.connectToMainThread();
      session.post('Runtime.terminateExecution', () => session.disconnect());
      break;
    }
  }
});
parentPort.postMessage('ready');
`;

module.exports = {
  /** Tells the other threads that signals up to this one, or all so far, have had their effect. */
  take(came = Atomics.load(shared, CAME)) {
    Atomics.store(shared, TAKEN, Math.max(came, Atomics.load(shared, TAKEN)));
    Atomics.notify(shared, TAKEN);
  },

  /** Whether signals came that the main thread has not taken. */
  get wait() {
    return Atomics.load(shared, CAME) !== Atomics.load(shared, TAKEN);
  },

  /** Says whether what is executed from here on is the boot program's own, or the person's. */
  own(ours) {
    Atomics.store(shared, OWN, ours ? 1 : 0);
    Atomics.notify(shared, OWN);
  },

  /** Blocks this thread for so many milliseconds. */
  sleep(milliseconds) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  },

  /**
   * Starts the threads; they watch from `watch` on, which gives back the one that posts the number of each signal. None
   * of them holds the process up.
   */
  async start() {
    const threads = [CATCHER, BREAKER].map(
      (code) => new Worker(code, { eval: true, workerData: shared, stdin: false }),
    );
    await Promise.all(threads.map((thread) => new Promise((ready) => thread.once('message', ready))));
    for (const thread of threads) thread.unref();
    return {
      watch() {
        for (const thread of threads) thread.postMessage('watch');
        return threads[0];
      },
    };
  },
};
