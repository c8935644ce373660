/** Bearer tokens, compared so that the time taken says nothing of how much was right. */
import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** @param header the request's Authorization */
export function bears(header: string | undefined, token: string): boolean {
  const [scheme, given] = (header ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && given !== undefined && timingSafeEqual(digest(given), digest(token));
}
