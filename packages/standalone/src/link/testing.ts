/** For tests: the control plane's end of the link behind a real server, with viewers that keep what they are sent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@codeconnected/core/clock.ts';
import { ViewerSet } from '@codeconnected/runner/testing/place.ts';
import { WebSocketServer } from 'ws';
import { isRunner, LINK_PATH } from './credential.ts';
import { LinkRunners } from './link-runners.ts';

/** Opens it on a free port. @param credential what a runner has to bring */
export async function openControl(credential: string) {
  const viewers = new ViewerSet();
  const said: string[] = [];
  let hear = () => {};
  const say = (message: string) => {
    said.push(message);
    hear();
  };
  const runners = new LinkRunners({
    clock: systemClock,
    log: say,
    warn: say,
    publisher: {
      push: async (to, text) => (viewers.push(to, text) ? 'sent' : 'gone'),
      disconnect: async () => {},
    },
  });
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const refused: string[] = [];
  server.on('upgrade', (request, socket, head) => {
    if (request.url !== LINK_PATH || !isRunner(request, credential)) {
      refused.push(request.headers.authorization ?? '');
      runners.turnedAway('no token');
      socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (each) => runners.acceptRunner(each));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address() as AddressInfo;
  return {
    runners,
    viewers,
    refused,
    /** Everything that was logged. */
    log: said as readonly string[],
    port: address.port,
    url: `ws://127.0.0.1:${address.port}${LINK_PATH}`,
    ready: () => {
      if (runners.status) return Promise.resolve();
      return new Promise<void>((resolve) => {
        const stop = runners.onRunnerReady(() => {
          stop();
          resolve();
        });
      });
    },
    /** Resolves once this was logged. */
    said: (message: string) =>
      new Promise<void>((resolve) => {
        hear = () => {
          if (said.includes(message)) resolve();
        };
        hear();
      }),
    /** Cuts the link as a network would. */
    cut: () => {
      for (const each of sockets.clients) each.terminate();
    },
    close: async () => {
      for (const each of sockets.clients) each.terminate();
      await new Promise((closed) => server.close(closed));
    },
  };
}
