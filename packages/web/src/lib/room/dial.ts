/** How a page reaches its room: a WebSocket at the same origin, dropped when the browser says that it went offline. */
import type { Dial } from '@codeconnected/client/api.ts';
import { dialWebSocket } from '@codeconnected/client/browser.ts';

/** @param address the page's own */
export function socketAddress(room: string, address: URL | Location): URL {
  const url = new URL(`/socket?room=${room}`, address.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

/** A socket that lost its network says nothing for minutes; the browser knows at once. */
export function dialRoom(room: string): Dial {
  const dial = dialWebSocket(socketAddress(room, location));
  return (events) => {
    const channel = dial({
      ...events,
      closed() {
        removeEventListener('offline', offline);
        events.closed();
      },
    });
    const offline = () => channel.close();
    addEventListener('offline', offline);
    return {
      send: (text) => channel.send(text),
      get buffered() {
        return channel.buffered;
      },
      close() {
        removeEventListener('offline', offline);
        channel.close();
      },
    };
  };
}
