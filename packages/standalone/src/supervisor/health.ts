/** Asks the web process how it is. */
import { request } from 'node:http';
import type { Health } from '@codeconnected/core/session/site.ts';

/** An answer takes less than this or counts as none, milliseconds. */
const ANSWER_MILLISECONDS = 2000;

/**
 * @param host the Host header, which the web process checks
 * @returns undefined where nobody answers
 */
export function askHealth(origin: string, host: string): Promise<Health | undefined> {
  return new Promise((done) => {
    const asked = request(`${origin}/healthz`, { headers: { host }, timeout: ANSWER_MILLISECONDS }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => done(parse(text)));
      answer.on('error', () => done(undefined));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => done(undefined));
    asked.end();
  });
}

function parse(text: string): Health | undefined {
  try {
    const health = JSON.parse(text) as Partial<Health>;
    return { ready: health.ready === true, reasons: health.reasons ?? [], warm: health.warm ?? {} };
  } catch {
    return undefined;
  }
}
