/** Claims a sandbox for a room that may hold one already, and says why it could not. */
import { CodedError, type ErrorCode } from '@codeconnected/core/error/visible.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { type ClaimedSandbox, ClaimRefused, type Sandboxes } from '@codeconnected/core/sandbox/sandbox.ts';

const CODES: Readonly<Record<ClaimRefused['reason'], ErrorCode>> = {
  'unknown-language': 'language-unknown',
  'image-missing': 'language-not-ready',
  'no-capacity': 'runner-full',
  'runner-failed': 'runner-failed',
};

/** The code that a person is told. */
export function refusal(error: unknown): ErrorCode {
  if (error instanceof ClaimRefused) return CODES[error.reason];
  return error instanceof CodedError ? error.code : 'runner-failed';
}

/**
 * The new sandbox first, since the old one's removal would slow the start; only where no place is left, the old one
 * makes room before.
 * @param release removes the room's old sandbox; idempotent
 */
export async function claim(
  sandboxes: Sandboxes,
  language: LanguageId,
  release: () => Promise<void>,
  waiting: (message: string) => void,
): Promise<ClaimedSandbox> {
  try {
    return await sandboxes.claim(language, waiting);
  } catch (error) {
    if (!(error instanceof ClaimRefused) || error.reason !== 'no-capacity') throw error;
    await release();
    return await sandboxes.claim(language, waiting);
  }
}
