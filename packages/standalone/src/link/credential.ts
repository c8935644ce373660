/** Whether somebody who opens a link is the runner; asked at the upgrade, before there is a WebSocket. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Path of the link on the web process's server. */
export const LINK_PATH = '/link';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Compares in a time that says nothing of how much was right. @param credential the content of the token file */
export function isRunner(request: Pick<IncomingMessage, 'headers'>, credential: string): boolean {
  const [scheme, given] = (request.headers.authorization ?? '').split(' ');
  return (
    scheme?.toLowerCase() === 'bearer' && given !== undefined && timingSafeEqual(digest(given), digest(credential))
  );
}
