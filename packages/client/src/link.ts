/** The connection to the room: dials, redials with backoff, notices silence, cuts and reassembles large frames. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ClientFrameInput, ServerFrame } from '@codeconnected/core/room/frames.ts';
import { SERVER_PARTS_MOST } from '@codeconnected/core/room/limits.ts';
import { Assembler, cut } from '@codeconnected/core/room/parts.ts';
import type { Channel, Dial } from './api.ts';

/** First wait before redialling, milliseconds; doubles with every failure. */
const BACKOFF_FIRST_MILLISECONDS = 400;
/** Longest wait: a laptop that wakes is back soon, a dead server is not hammered. */
const BACKOFF_MOST_MILLISECONDS = 10_000;
/** Milliseconds in which something of the document must come while it is not complete, however slow the network. */
const JOIN_MILLISECONDS = 15_000;
/** Silence beyond two pings that counts as a lost connection (a disconnect may never be announced, rule W2). */
const SILENCE_GRACE_MILLISECONDS = 5_000;
/** How long a connection that may have died unnoticed has to answer: a network that works takes less, milliseconds. */
const PROBE_MILLISECONDS = 3_000;
/** Characters of unfinished frames from the server: a whole document and some. */
const ASSEMBLY_CHARACTERS = 32 * 1024 * 1024;

export interface LinkEvents {
  /** A connection is there; nothing was sent on it. */
  opened(): void;
  frame(frame: ServerFrame): void;
  /** The connection is gone; the next try comes after so long. */
  lost(retryInMilliseconds: number): void;
  dialling(): void;
}

export interface LinkOptions {
  readonly dial: Dial;
  readonly clock: Clock;
  /** Between 0 and 1; spreads the redialling of many pages. */
  readonly random: () => number;
  readonly events: LinkEvents;
}

type Stage =
  | { readonly kind: 'idle' }
  | { readonly kind: 'dialling' }
  | { readonly kind: 'open'; joined: boolean }
  | { readonly kind: 'waiting'; readonly cancel: () => void }
  | { readonly kind: 'closed' };

export class Link {
  readonly #options: LinkOptions;
  #stage: Stage = { kind: 'idle' };
  #channel: Channel | undefined;
  /** Distinguishes connections, since an old one may still speak. */
  #generation = 0;
  #failures = 0;
  #parts = 0;
  #assembler: Assembler | undefined;
  #lastSent = 0;
  #lastReceived = 0;
  /** Messages that came, of whatever connection. */
  #received = 0;
  /** Ends the wait for the answer of a connection that may be dead. */
  #cancelProbe: (() => void) | undefined;
  /** When joining last came forward. */
  #progressed = 0;
  /** Bytes that waited here at the last tick, and those sent since. */
  #waited = 0;
  #sentSince = 0;
  #pingMilliseconds = 20_000;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get open(): boolean {
    return this.#stage.kind === 'open';
  }

  /** Bytes that were sent and wait for the network. */
  get buffered(): number {
    return this.#channel?.buffered ?? 0;
  }

  /** Dials, unless a connection is there or on its way. */
  dial(): void {
    const { kind } = this.#stage;
    if (kind === 'dialling' || kind === 'open' || kind === 'closed') return;
    if (this.#stage.kind === 'waiting') this.#stage.cancel();
    const { clock, events } = this.#options;
    const generation = ++this.#generation;
    const current = () => generation === this.#generation;
    const now = clock.monotonic();
    this.#stage = { kind: 'dialling' };
    this.#lastReceived = now;
    this.#lastSent = now;
    this.#progressed = now;
    this.#waited = 0;
    this.#sentSince = 0;
    this.#assembler = new Assembler(
      { parts: SERVER_PARTS_MOST, characters: ASSEMBLY_CHARACTERS, concurrent: 16, milliseconds: 60_000 },
      clock,
    );
    events.dialling();
    const channel = this.#options.dial({
      open: () => {
        if (!current() || this.#stage.kind !== 'dialling') return;
        this.#stage = { kind: 'open', joined: false };
        this.#progressed = clock.monotonic();
        events.opened();
      },
      message: (text) => {
        if (current()) this.#message(text);
      },
      closed: () => {
        if (current()) this.drop();
      },
    });
    if (current()) this.#channel = channel;
    else channel.close();
  }

  /** Redials at once where it was waiting; a connection that counts as open must show that it still is. */
  retry(): void {
    if (this.#stage.kind === 'open') this.#probe();
    if (this.#stage.kind !== 'waiting') return;
    this.#failures = 0;
    this.dial();
  }

  /** Gives up the connection and redials after a while. @param soon without the backoff */
  drop(soon = false): void {
    if (this.#stage.kind === 'closed' || this.#stage.kind === 'waiting') return;
    this.#hangUp();
    const { clock, random, events } = this.#options;
    const most = Math.min(BACKOFF_FIRST_MILLISECONDS * 2 ** this.#failures, BACKOFF_MOST_MILLISECONDS);
    const wait = soon ? 0 : Math.round(most * (0.5 + random() / 2));
    this.#failures++;
    this.#stage = {
      kind: 'waiting',
      cancel: clock.after(wait, () => {
        if (this.#stage.kind === 'waiting') this.dial();
      }),
    };
    events.lost(wait);
  }

  /** Closes for good. */
  close(): void {
    if (this.#stage.kind === 'waiting') this.#stage.cancel();
    this.#stage = { kind: 'closed' };
    this.#hangUp();
  }

  /** The document is complete: the next failure starts with a short wait. */
  joined(pingMilliseconds: number): void {
    this.#pingMilliseconds = pingMilliseconds;
    this.#failures = 0;
    if (this.#stage.kind === 'open') this.#stage.joined = true;
  }

  send(frame: ClientFrameInput): void {
    if (this.#stage.kind !== 'open' || !this.#channel) return;
    this.#lastSent = this.#options.clock.monotonic();
    const id = () => (++this.#parts).toString(36);
    for (const text of cut(JSON.stringify(frame), id)) {
      this.#sentSince += text.length;
      this.#channel?.send(text);
    }
  }

  /** To be called about once a second: pings, and gives up what is silent. */
  tick(): void {
    const now = this.#options.clock.monotonic();
    if (this.#drained()) this.#lastReceived = this.#progressed = now;
    if (this.#stage.kind === 'dialling' || (this.#stage.kind === 'open' && !this.#stage.joined)) {
      if (now - this.#progressed > JOIN_MILLISECONDS) this.drop();
    } else if (this.#stage.kind === 'open') {
      const silent = now - this.#lastReceived;
      if (silent > 2 * this.#pingMilliseconds + SILENCE_GRACE_MILLISECONDS) this.drop();
      else if (Math.max(silent, now - this.#lastSent) >= this.#pingMilliseconds) {
        if (now - this.#lastSent >= this.#pingMilliseconds / 2) this.send({ t: 'ping' });
      }
    }
  }

  #probe(): void {
    if (this.#cancelProbe) return;
    const before = this.#received;
    this.send({ t: 'ping' });
    this.#cancelProbe = this.#options.clock.after(PROBE_MILLISECONDS, () => {
      this.#cancelProbe = undefined;
      // While bytes wait, the question may be among them.
      if (this.#received === before && this.buffered === 0) this.drop(true);
    });
  }

  /**
   * Whether the network took bytes that had waited since the last tick: a slow one is alive although the server says
   * nothing yet. What goes out at once proves nothing, since a dead connection swallows some as well.
   */
  #drained(): boolean {
    const { buffered } = this;
    const drained = this.#waited > 0 && buffered < this.#waited + this.#sentSince;
    this.#waited = buffered;
    this.#sentSince = 0;
    return drained;
  }

  #hangUp(): void {
    this.#generation++;
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
    const channel = this.#channel;
    this.#channel = undefined;
    channel?.close();
  }

  #message(text: string): void {
    this.#lastReceived = this.#options.clock.monotonic();
    this.#received++;
    let frame: ServerFrame;
    try {
      frame = JSON.parse(text) as ServerFrame;
    } catch {
      return;
    }
    if (frame?.t !== 'part') {
      if (frame && typeof frame === 'object') this.#options.events.frame(frame);
      return;
    }
    this.#progressed = this.#lastReceived;
    const result = this.#assembler?.take(frame);
    // A frame that does not come together was lost; joining again brings what it held.
    if (result?.kind === 'refused') this.drop();
    if (result?.kind === 'whole') this.#message(result.text);
  }
}
