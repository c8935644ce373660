/** The terminals of all rooms on this runner: the port `Runners` with nothing between. */
import { CodedError } from '@codeconnected/core/error/visible.ts';
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';
import type { ConnectionId, LanguageId, PersonId, RoomId } from '@codeconnected/core/room/ids.ts';
import type { Runners, RunRequest, Size, TerminalInput } from '@codeconnected/core/sandbox/runners.ts';
import { givesWay } from '@codeconnected/core/terminal/giving-way.ts';
import { RoomTerminal } from './room-terminal.ts';
import type { TerminalPlace } from './terminal-place.ts';

/** Size of a terminal that nobody has typed into. */
const FIRST_SIZE: Size = { columns: 80, rows: 24 };

export type TerminalsOptions = TerminalPlace;

export class Terminals implements Runners {
  readonly #options: TerminalsOptions;
  readonly #rooms = new Map<RoomId, RoomTerminal>();

  constructor(options: TerminalsOptions) {
    this.#options = options;
  }

  async languages(): Promise<readonly CatalogueEntry[]> {
    return this.#options.languages();
  }

  async watch(room: RoomId, viewer: ConnectionId, language: LanguageId, epoch: () => Promise<number>): Promise<void> {
    if (await this.watchWith(room, viewer, language, undefined)) return;
    await this.watchWith(room, viewer, language, await epoch());
  }

  /** @returns false where a prompt has to be opened for it, which needs an epoch */
  async watchWith(
    room: RoomId,
    viewer: ConnectionId,
    language: LanguageId,
    epoch: number | undefined,
  ): Promise<boolean> {
    if (epoch === undefined && !this.#rooms.has(room)) return false;
    return await this.#terminal(room).watch(viewer, language, epoch);
  }

  async unwatch(room: RoomId, viewer: ConnectionId): Promise<void> {
    this.#rooms.get(room)?.unwatch(viewer);
  }

  /** The viewer's connection is gone, whatever it watched. */
  gone(viewer: ConnectionId): void {
    for (const terminal of this.#rooms.values()) terminal.unwatch(viewer);
  }

  run(room: RoomId, request: RunRequest): Promise<'started' | 'joined'> {
    return this.#terminal(room).run(request);
  }

  async stop(room: RoomId): Promise<void> {
    this.#rooms.get(room)?.stop();
  }

  async input(room: RoomId, by: PersonId, input: TerminalInput & Partial<Size>): Promise<number> {
    const terminal = this.#rooms.get(room);
    if (!terminal) throw new CodedError('runner-absent', 'the room has no terminal');
    return terminal.input(by, input);
  }

  async interrupt(room: RoomId): Promise<void> {
    this.#rooms.get(room)?.interrupt();
  }

  async resize(room: RoomId, size: Size): Promise<void> {
    this.#rooms.get(room)?.resize(size);
  }

  async clear(room: RoomId): Promise<void> {
    await this.#rooms.get(room)?.clear();
  }

  reset(room: RoomId, language: LanguageId, epoch: number, note: string): Promise<void> {
    return this.#terminal(room).reset(language, epoch, note);
  }

  async close(room: RoomId): Promise<void> {
    const terminal = this.#rooms.get(room);
    this.#rooms.delete(room);
    await terminal?.close();
  }

  /** Closes every terminal, whatever becomes of one; never rejects. */
  async closeAll(): Promise<void> {
    const close = (room: RoomId) => this.close(room).catch((error) => this.#options.log(room, 'close', error));
    await Promise.all([...this.#rooms.keys()].map(close));
  }

  /** A language may have become ready, or a place free: whoever waits for that tries again. */
  retry(): void {
    for (const terminal of this.#rooms.values()) terminal.retry();
  }

  async #makeRoom(asked: boolean): Promise<boolean> {
    const idle = [...this.#rooms.values()].flatMap((terminal) => {
      const { idler } = terminal;
      return idler ? [{ ...idler, terminal }] : [];
    });
    const chosen = givesWay(idle, asked, this.#options.clock.monotonic());
    await chosen?.terminal.giveWay();
    return chosen !== undefined;
  }

  #terminal(room: RoomId): RoomTerminal {
    const known = this.#rooms.get(room);
    if (known) return known;
    const place = { ...this.#options, makeRoom: (asked: boolean) => this.#makeRoom(asked) };
    const terminal = new RoomTerminal(room, place, FIRST_SIZE, () => {
      this.close(room).catch((error) => this.#options.log(room, 'close', error));
    });
    this.#rooms.set(room, terminal);
    return terminal;
  }
}
