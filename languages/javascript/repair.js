/** Brings back to work what an interrupt broke off in the midst: output streams, and the reading of keys. */

const readline = require('node:readline');
/** Kept apart from the globals, which the program may replace. */
const { setImmediate: soon } = require('node:timers');

/** Turns of the event loop after which a write that nothing is left of counts as broken off. */
const SETTLED_TURNS = 3;

/** What Node's readline keeps at a stream whose keys it decodes. */
const DECODERS = ['keypress-decoder', 'escape-decoder'];

/**
 * Brings output streams back to where they take more: what was broken off in the midst of a write never gets to say
 * that the write is over, and everything after it would wait for that.
 */
function settleOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    const state = stream._writableState;
    if (!state?.onwrite) continue;
    const { length } = state;
    let quiet = 0;
    const look = () => {
      if (!state.writing && !state.bufferProcessing) return;
      // A write that is under way ends by itself: its end is told a turn after the terminal took it.
      quiet = stream._handle?.writeQueueSize > 0 || state.length < length ? 0 : quiet + 1;
      if (quiet <= SETTLED_TURNS) return void soon(look);
      state.bufferProcessing = false;
      if (state.writing) state.onwrite();
      else {
        stream.cork();
        stream.uncork();
      }
    };
    look();
  }
}

/**
 * Follows whether the prompt is in the midst of handling keys. Still so in a later turn, that was broken: then the
 * generator by which Node decodes keys counts as running for ever, and another has to take its place.
 */
function followReading(server) {
  const { input } = server;
  let midst = false;
  const begin = () => {
    midst = true;
  };
  const end = () => {
    midst = false;
  };
  const follow = () => {
    input.prependListener('data', begin);
    input.on('data', end);
  };
  follow();
  return {
    get broken() {
      return midst;
    },
    repair() {
      midst = false;
      for (const listener of input.listeners('data')) input.removeListener('data', listener);
      for (const symbol of Object.getOwnPropertySymbols(input)) {
        if (DECODERS.includes(symbol.description)) delete input[symbol];
      }
      readline.emitKeypressEvents(input, server);
      follow();
    },
  };
}

module.exports = { followReading, settleOutput };
