/** The few requests that set-up makes of a Docker daemon, over its Unix socket. */
import { request } from 'node:http';

/** A daemon that does not answer within this is as good as none, milliseconds. */
const ANSWER_MILLISECONDS = 5000;

/** What a daemon says of itself, as far as set-up needs it. */
export interface DaemonInfo {
  readonly Runtimes?: Readonly<Record<string, unknown>>;
  readonly ServerVersion?: string;
}

/** One request; rejects where nobody answers or the answer is not a success. */
export function engineRequest(socket: string, method: 'GET' | 'POST' | 'DELETE', path: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: socket, method, path, timeout: ANSWER_MILLISECONDS }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const status = answer.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve(text ? JSON.parse(text) : undefined);
        else reject(new Error(`Docker answered ${status} to ${method} ${path}: ${text.slice(0, 200)}`));
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('Docker does not answer')));
    asked.on('error', reject);
    asked.end();
  });
}

/** @returns what the daemon says of itself, or undefined where none answers */
export async function daemonInfo(socket: string): Promise<DaemonInfo | undefined> {
  return (await engineRequest(socket, 'GET', '/info').catch(() => undefined)) as DaemonInfo | undefined;
}
