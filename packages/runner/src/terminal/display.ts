/**
 * What a room's viewers see: the exact screen, the numbered output, notes between the programs' output.
 *
 * Everything that changes the screen takes its turn in one queue, so that a screen sent to a late joiner holds
 * exactly the output up to its number.
 */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { ServerFrame } from '@codeconnected/core/room/frames.ts';
import type { ConnectionId } from '@codeconnected/core/room/ids.ts';
import type { Size } from '@codeconnected/core/sandbox/runners.ts';
import { FLOOD_CHARACTERS, FLOOD_PARSE_MILLISECONDS } from '@codeconnected/core/terminal/limits.ts';
import { LEFT_OUT_NOTE, wrapNote } from '@codeconnected/core/terminal/notes.ts';
import { OutputBatch } from '@codeconnected/core/terminal/output-batch.ts';
import { type Filtered, OutputFilter } from '@codeconnected/core/terminal/output-filter.ts';
import { Screen } from './screen.ts';

/** Where frames go: over the link, to the viewers' connections. */
export interface Poster {
  /** @param text a frame as JSON */
  post(viewers: readonly ConnectionId[], text: string): void;
  /** Resolves when more can be posted; rejects never. */
  drained(): Promise<void>;
}

/**
 * What is still shown of a program that was replaced, in plain characters: 256 ms of measured parsing at most, many
 * times what an honest one has under way, even on a machine that is busy. The rest is left out, or a hostile one would
 * hold up the next.
 */
const LEFTOVER_COST = 64 * FLOOD_CHARACTERS;

const ERASE_ABOVE = '\x1b[1J';
const ERASE_ALL = '\x1b[2J';

export class Display {
  readonly #poster: Poster;
  readonly #screen: Screen;
  readonly #filter = new OutputFilter();
  readonly #batch: OutputBatch;
  readonly #viewers = new Set<ConnectionId>();
  #epoch = 0;
  #answer: ((text: string) => void) | undefined;
  #tail: Promise<void> = Promise.resolve();
  #closed = false;
  /** Raised with each change of program: what the one before still has to show is not shown one after the other. */
  #program = 0;
  /** Pieces of output that are still to be shown. */
  #rest: Filtered[] = [];

  constructor(poster: Poster, clock: Clock, size: Size) {
    this.#poster = poster;
    this.#screen = new Screen({ ...size, clock, answer: (text) => this.#answer?.(text) });
    this.#batch = new OutputBatch(clock, (n, d) => this.tell({ t: 'output', e: this.#epoch, n, d }));
  }

  get size(): Size {
    return { columns: this.#screen.columns, rows: this.#screen.rows };
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** The epoch of all frames. The first counts as long as this lives, so that viewers need no new screen with each run (C1). */
  begin(epoch: number | undefined): void {
    if (this.#epoch === 0 && epoch !== undefined) this.#epoch = epoch;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Sends a frame to everyone who watches. */
  tell(frame: ServerFrame): void {
    if (this.#viewers.size > 0) this.#poster.post([...this.#viewers], JSON.stringify(frame));
  }

  /**
   * Shows what a sandbox wrote; resolves when it is parsed and the viewers' way is free. It goes piece by piece, each
   * with a turn of its own and no faster than the terminal's share of parsing: what takes long waits for itself alone.
   * @param answer takes answers to the queries in it
   */
  async output(bytes: Uint8Array, answer: (text: string) => void): Promise<void> {
    const program = this.#program;
    await this.#enqueue(() => {
      for (const piece of this.#filter.push(bytes, this.#screen.surface)) this.#rest.push(piece);
    });
    while (this.#rest.length > 0 && program === this.#program) {
      await this.#enqueue(async () => {
        if (program === this.#program) await this.#next(answer);
      });
      await Promise.all([this.#batch.room(), this.#poster.drained()]);
    }
  }

  /** A dim line on a line of its own, where there is no program any more. */
  note(text: string): Promise<void> {
    return this.#enqueue(async () => {
      await this.#finish();
      await this.#show((this.#screen.column > 0 ? '\r\n' : '') + this.#dim(text));
    });
  }

  /** Another program comes: undoes what the one before left behind, then says so. */
  swap(notes: readonly string[]): Promise<void> {
    this.#program += 1;
    return this.#enqueue(async () => {
      const left = await this.#finish();
      this.#filter.reset();
      const all = left ? [LEFT_OUT_NOTE, ...notes] : notes;
      await this.#show(this.#screen.leaveProgram() + all.map((note) => this.#dim(note)).join(''));
    });
  }

  /** Hands out what waits to be sent, so that a state told next comes after it. */
  flush(): void {
    this.#batch.flush();
  }

  /** Adds a viewer, or brings one up to date: the exact screen, then every output after it. */
  watch(viewer: ConnectionId): Promise<void> {
    return this.#enqueue(() => {
      this.#batch.flush();
      const frame: ServerFrame = {
        t: 'screen',
        e: this.#epoch,
        n: this.#batch.number,
        d: this.#screen.serialize(),
        ...this.size,
      };
      this.#viewers.add(viewer);
      this.#poster.post([viewer], JSON.stringify(frame));
    });
  }

  /** @returns whether it was watching */
  unwatch(viewer: ConnectionId): boolean {
    return this.#viewers.delete(viewer);
  }

  /** Changes the size for everyone. */
  resize(size: Size): Promise<void> {
    return this.#enqueue(() => {
      if (size.columns === this.#screen.columns && size.rows === this.#screen.rows) return;
      const n = this.#batch.take();
      this.#screen.resize(size.columns, size.rows);
      this.tell({ t: 'output', e: this.#epoch, n, d: '', ...size });
    });
  }

  /** Empties screen and scrollback for everyone, but for the line that is being written. */
  clear(): Promise<void> {
    return this.#enqueue(() => {
      const n = this.#batch.take();
      this.#screen.clear();
      // A full reset first: the rest is the exact screen, whatever the viewer had.
      this.tell({ t: 'output', e: this.#epoch, n, d: `\x1bc${this.#screen.serialize()}`, clear: true });
    });
  }

  close(): void {
    this.#closed = true;
    this.#rest = [];
    this.#batch.close();
    this.#viewers.clear();
    void this.#tail.then(() => this.#screen.dispose());
  }

  /**
   * Shows the next piece.
   * @returns what it cost, in plain characters
   */
  async #next(answer?: (text: string) => void): Promise<number> {
    const piece = this.#rest.shift();
    if (!piece) return 0;
    this.#answer = answer;
    try {
      return await this.#parse(piece);
    } catch {
      this.#recover();
      return piece.cost;
    } finally {
      this.#answer = undefined;
    }
  }

  /**
   * Shows what is left of the program before, up to a limit.
   * @returns whether something was left out
   */
  async #finish(): Promise<boolean> {
    for (let cost = 0; this.#rest.length > 0 && cost < LEFTOVER_COST; ) cost += await this.#next();
    const left = this.#rest.length > 0;
    this.#rest = [];
    return left;
  }

  /**
   * Viewers are sent what was parsed here without failing: their terminals are of the same make.
   * @returns the cost: as thought or as measured, whichever is more
   */
  async #parse(piece: Filtered): Promise<number> {
    const own = piece.own.split(ERASE_ABOVE);
    const viewers = piece.viewers.split(ERASE_ABOVE);
    let sum = 0;
    for (let i = 0; i < own.length; i++) {
      // From the last cell it erases everything, which xterm does only when asked so: it fails on the other.
      const erase = i === 0 ? '' : this.#screen.atEnd ? ERASE_ALL : ERASE_ABOVE;
      const thought = piece.cost / own.length;
      const milliseconds = await this.#screen.write(erase + own[i], thought);
      const cost = Math.max(thought, (milliseconds * FLOOD_CHARACTERS) / FLOOD_PARSE_MILLISECONDS);
      this.#batch.append(erase + viewers[i], cost);
      sum += cost;
    }
    return sum;
  }

  /** xterm failed on what a program wrote: everyone begins with an empty screen. */
  #recover(): void {
    this.#screen.replace();
    this.#filter.reset();
    this.#rest = [];
    const n = this.#batch.take();
    this.tell({ t: 'output', e: this.#epoch, n, d: '\x1bc', clear: true });
  }

  #dim(note: string): string {
    return `\x1b[0;90m${wrapNote(note, this.#screen.columns).join('\r\n')}\x1b[0m\r\n`;
  }

  async #show(text: string): Promise<void> {
    this.#batch.append(text);
    await this.#screen.write(text);
  }

  #enqueue(turn: () => void | Promise<void>): Promise<void> {
    const done = this.#tail.then(() => (this.#closed ? undefined : turn()));
    this.#tail = done.catch(() => undefined);
    return done;
  }
}
