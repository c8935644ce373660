/** Answers to a WebSocket handshake that is not accepted. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Refuses with a status and a sentence, then closes. */
export function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  socket.on('error', () => undefined);
  const body = `${text}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
