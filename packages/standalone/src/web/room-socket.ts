/** One browser's WebSocket on the server's side. */
import { type ErrorCode, visibleError } from '@codeconnected/core/error/visible.ts';
import type { ServerFrame } from '@codeconnected/core/room/frames.ts';
import { WebSocket } from 'ws';

/** Close codes: of RFC 6455, and of our own above 4000. */
export const CLOSE = { unsupported: 1003, tooLarge: 1009, restart: 1012, refused: 4000 } as const;
/** Bytes of a close reason that a frame holds. */
const REASON_BYTES = 123;

/** An error frame as text. */
export function errorText(code: ErrorCode, final: boolean): string {
  return JSON.stringify({ t: 'error', code, error: visibleError(code), final } satisfies ServerFrame);
}

/** A reason that fits a close frame. */
export function closeReason(reason: string): string {
  let short = reason;
  while (Buffer.byteLength(short) > REASON_BYTES) short = short.slice(0, -1);
  return short;
}

/** Says in words why it closes where the protocol alone decides: a message over the bound. */
export class RoomSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    if (code === CLOSE.tooLarge && this.readyState === WebSocket.OPEN) {
      this.send(errorText('frame-too-large', true));
      super.close(code, closeReason(visibleError('frame-too-large').happened));
      return;
    }
    super.close(code, reason);
  }
}
