/** Where runners dial in: `/link`, with their credential. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { LINK_FRAME_CHARACTERS } from '@codeconnected/core/sandbox/link.ts';
import { WebSocketServer } from 'ws';
import { isRunner } from '../link/credential.ts';
import type { LinkRunners } from '../link/link-runners.ts';
import { refuseUpgrade } from './upgrade.ts';

/** Bytes of one message: a frame's characters, some of which take three bytes, and its envelope. */
const MESSAGE_BYTES = 4 * LINK_FRAME_CHARACTERS;

export class LinkDoor {
  readonly #runners: Pick<LinkRunners, 'acceptRunner' | 'turnedAway' | 'shutDown'>;
  readonly #credential: string;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES, perMessageDeflate: false });

  /** @param credential the content of the token file */
  constructor(runners: Pick<LinkRunners, 'acceptRunner' | 'turnedAway' | 'shutDown'>, credential: string) {
    this.#runners = runners;
    this.#credential = credential;
  }

  /** Opens the link, or says 401 to whoever has no credential. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!isRunner(request, this.#credential)) {
      this.#runners.turnedAway('it did not bring the link token of this installation');
      refuseUpgrade(socket, 401, 'The link needs the token of this installation.');
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', () => undefined);
      this.#runners.acceptRunner(opened);
    });
  }

  close(): void {
    this.#runners.shutDown();
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }
}
