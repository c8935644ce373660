/** The room client's surroundings in a browser: WebSocket and IndexedDB. */
import type { Dial, Outbox } from './api.ts';
import { openIndexedDb } from './indexeddb-outbox.ts';
import { openMemoryOutbox } from './memory-outbox.ts';

/**
 * Dials a WebSocket. Works in Node too, whose `WebSocket` is the same.
 * @param url `ws:` or `wss:`
 */
export function dialWebSocket(url: string | URL): Dial {
  return (events) => {
    let open = true;
    const closed = () => {
      if (!open) return;
      open = false;
      events.closed();
    };
    const socket = new WebSocket(url);
    socket.onopen = () => events.open();
    socket.onmessage = ({ data }) => {
      if (open && typeof data === 'string') events.message(data);
    };
    // An `error` is always followed by `close`.
    socket.onclose = closed;
    return {
      send(text) {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      get buffered() {
        return socket.bufferedAmount;
      },
      close() {
        socket.close();
        // The closing handshake of a dead connection takes minutes; nobody waits for it.
        closed();
      },
    };
  };
}

/** The room's outbox in IndexedDB, or in memory where the browser refuses storage. */
export async function openIndexedDbOutbox(room: string): Promise<Outbox> {
  try {
    return await openIndexedDb(room);
  } catch {
    return openMemoryOutbox();
  }
}
