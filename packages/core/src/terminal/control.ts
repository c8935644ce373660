/**
 * The terminal's control-plane half: who may do what, which text runs, which language the prompt speaks. No transport.
 */
import * as Y from 'yjs';
import type { Clock } from '../clock.ts';
import { CodedError, codeOf, visibleError } from '../error/visible.ts';
import { fromBase64 } from '../room/base64.ts';
import type { Connection } from '../room/connections.ts';
import { entryOf, languageOf, readDocument } from '../room/document.ts';
import type { ServerFrame } from '../room/frames.ts';
import type { History, RoomEvent } from '../room/history.ts';
import type { ConnectionId, LanguageId, RoomId } from '../room/ids.ts';
import { maySend } from '../room/permission.ts';
import type { Publisher } from '../room/publisher.ts';
import type { TerminalFrame, TerminalFrames } from '../room/terminal-frames.ts';
import { type Deletions, readDeletions, readVector } from '../room/vector.ts';
import type { Runners } from '../sandbox/runners.ts';
import type { CodeSessions } from '../session/code-sessions.ts';
import { languageNote, RESET_NOTE } from './notes.ts';
import { runFiles } from './run-files.ts';

/** Rooms whose terminal's language is remembered, to tell a switch from its repetition. */
const LANGUAGES_REMEMBERED = 10_000;

/** Rooms' documents, as far as the terminal needs them. */
export interface DocumentReader {
  read(room: RoomId): Promise<Y.Doc>;
  /** The document once it holds everything up to a vector, and these deletions; undefined if that does not come in time. */
  covering(room: RoomId, vector: ReadonlyMap<number, number>, deletions?: Deletions): Promise<Y.Doc | undefined>;
}

export interface TerminalControlOptions {
  readonly runners: Runners;
  readonly documents: DocumentReader;
  readonly sessions: CodeSessions;
  readonly history: History;
  readonly publisher: Publisher;
  readonly clock: Clock;
  /** Told what went wrong where nobody waits for it. */
  readonly report?: (room: RoomId, problem: unknown) => void;
}

/** What takes a room's terminal over to a language, under way; a run's `done` rejects never. */
interface Takeover {
  readonly language: LanguageId;
  readonly done: Promise<void>;
}

export class TerminalControl implements TerminalFrames {
  readonly #options: TerminalControlOptions;
  readonly #watching = new Map<ConnectionId, Connection>();
  readonly #languages = new Map<RoomId, LanguageId>();
  readonly #switches = new Map<RoomId, Takeover>();
  readonly #runs = new Map<RoomId, Takeover>();
  /** Rooms' latest turn to ask the runner for a takeover. */
  readonly #turns = new Map<RoomId, Promise<void>>();

  constructor(options: TerminalControlOptions) {
    this.#options = options;
  }

  /** Serves one frame. Rejects with a `CodedError` where the person is to be told. */
  async receive(connection: Connection, frame: TerminalFrame): Promise<void> {
    if (!maySend(connection.role, frame.t)) throw new CodedError('not-allowed', frame.t);
    const { runners } = this.#options;
    const { room } = connection;
    switch (frame.t) {
      case 'watch':
        return await this.#watch(connection);
      case 'run':
        return await this.#run(connection, frame);
      case 'stop':
        return await runners.stop(room);
      case 'interrupt':
        return await runners.interrupt(room);
      case 'clear':
        return await runners.clear(room);
      case 'input':
        return await this.#input(connection, frame);
      case 'reset':
        return await this.#reset(connection);
      case 'language':
        return await this.#language(connection, frame.sv);
    }
  }

  /** The connection is gone. */
  async closed(connection: Connection): Promise<void> {
    if (!this.#watching.delete(connection.id)) return;
    await this.#options.runners.unwatch(connection.room, connection.id).catch(ignoreAbsence);
  }

  /** A runner is there again: everyone who watched does so once more. */
  async runnerReady(): Promise<void> {
    await Promise.all([...this.#watching.values()].map((connection) => this.#watch(connection).catch(ignoreAbsence)));
  }

  async #watch(connection: Connection): Promise<void> {
    const { runners, sessions } = this.#options;
    const { room, id } = connection;
    this.#watching.set(id, connection);
    const language = await this.#languageOf(room);
    if (!this.#languages.has(room)) this.#remember(room, language);
    try {
      await runners.watch(room, id, language, () => sessions.raiseTerminalEpoch(room));
    } catch (error) {
      if (codeOf(error) !== 'runner-absent') throw error;
      const { happened, kept, todo } = visibleError('runner-absent');
      const message = [happened, kept, todo].filter(Boolean).join(' ');
      // Epoch 0 is older than any claim's: a runner's own word replaces it.
      const state = { epoch: 0, phase: { kind: 'absent', message }, columns: 80, rows: 24 } as const;
      await this.#push(id, { t: 'terminal', s: 1, state });
    }
    // Switched while it was being added: the terminal must not stay with the language of before.
    const now = await this.#languageOf(room);
    if (now !== language && this.#watching.has(id)) return await this.#watch(connection);
    // Closed while it was being added.
    if (!this.#watching.has(id)) await runners.unwatch(room, id).catch(ignoreAbsence);
  }

  async #run(connection: Connection, frame: Extract<TerminalFrame, { t: 'run' }>): Promise<void> {
    const { runners, sessions, clock } = this.#options;
    const { room, person } = connection;
    const doc = await this.#covering(room, frame.sv, frame.del);
    const text = readDocument(doc);
    const language = text.language;
    if (!language) throw new CodedError('nothing-to-run');
    const { files, entry } = runFiles(text, entryOf(doc, language));
    const version = Y.encodeStateVector(doc);
    const { run, columns, rows } = frame;
    const result = await this.#taking(room, language, () =>
      this.#inTurn(room, async () => {
        const epoch = await sessions.raiseTerminalEpoch(room);
        return () => runners.run(room, { run, by: person, language, files, entry, epoch, columns, rows });
      }),
    );
    if (result === 'joined') return;
    this.#record(room, { kind: 'run', at: clock.now(), person, run, language, version });
  }

  async #input(connection: Connection, frame: Extract<TerminalFrame, { t: 'input' }>): Promise<void> {
    const { c, n, b, d, columns, rows } = frame;
    const input = { client: c, sequence: n, base: b, data: d, columns, rows };
    const taken = await this.#options.runners.input(connection.room, connection.person, input);
    await this.#push(connection.id, { t: 'taken', c, n: taken });
  }

  async #reset(connection: Connection): Promise<void> {
    const { room } = connection;
    const { runners, sessions } = this.#options;
    let language: LanguageId;
    await this.#inTurn(room, async () => {
      language = await this.#languageOf(room);
      const epoch = await sessions.raiseTerminalEpoch(room);
      return () => runners.reset(room, language, epoch, RESET_NOTE);
    });
    this.#remember(room, language!);
  }

  /** Remembers the language of a run that starts, before whoever waits for it goes on. */
  async #taking(room: RoomId, language: LanguageId, run: () => Promise<'started' | 'joined'>) {
    const running = run().then((result) => {
      if (result === 'started') this.#remember(room, language);
      return result;
    });
    const mine: Takeover = { language, done: running.then(ignore, ignore) };
    this.#runs.set(room, mine);
    try {
      return await running;
    } finally {
      if (this.#runs.get(room) === mine) this.#runs.delete(room);
    }
  }

  /**
   * Asks the runner for what takes a terminal over, in the order in which people wanted it: the latest wins there.
   * @param prepare what has to be known before; the answer to what it returns is not waited for by the next
   */
  async #inTurn<T>(room: RoomId, prepare: () => Promise<() => Promise<T>>): Promise<T> {
    const prepared = (this.#turns.get(room) ?? Promise.resolve()).then(prepare);
    // In an object, so that what is asked is not waited for.
    const asked = prepared.then((ask) => ({ answer: ask() }));
    const turn = asked.then(ignore, ignore);
    this.#turns.set(room, turn);
    void turn.then(() => this.#turns.get(room) === turn && this.#turns.delete(room));
    return await (await asked).answer;
  }

  /** The document's language changed: the terminal follows, once, however many tell it. */
  async #language(connection: Connection, vector: string): Promise<void> {
    const { room, person } = connection;
    const language = languageOf(await this.#covering(room, vector));
    // A run in this language is a switch to it, unless it joins one in another.
    for (let run = this.#runs.get(room); run && run.language === language; run = this.#runs.get(room)) await run.done;
    const before = this.#switches.get(room);
    if (!language || (before?.language ?? this.#languages.get(room)) === language) return await before?.done;
    this.#record(room, { kind: 'language', at: this.#options.clock.now(), person, language });
    // Known before anything is awaited: another page tells the same. Remembered only once it succeeded.
    const switched = this.#switch(room, language);
    const done = (async () => {
      await Promise.allSettled([before?.done, switched]);
      await switched;
      this.#remember(room, language);
    })();
    const mine = { language, done };
    this.#switches.set(room, mine);
    try {
      await done;
    } finally {
      if (this.#switches.get(room) === mine) this.#switches.delete(room);
    }
  }

  async #switch(room: RoomId, language: LanguageId): Promise<void> {
    const { runners, sessions } = this.#options;
    await this.#inTurn(room, async () => {
      const offered = (await runners.languages()).find((each) => each.id === language);
      const epoch = await sessions.raiseTerminalEpoch(room);
      return () => runners.reset(room, language, epoch, languageNote(offered?.name ?? language));
    });
  }

  /** What happened stands, whether it could be written down or not; nobody waits for it. */
  #record(room: RoomId, event: RoomEvent): void {
    const { history, report } = this.#options;
    history.record(room, event).catch((problem) => report?.(room, problem));
  }

  async #covering(room: RoomId, vector: string, deletions?: string): Promise<Y.Doc> {
    const read = readVector(fromBase64(vector));
    if (!read) throw new CodedError('frame-malformed', 'state vector');
    const deleted = deletions === undefined ? undefined : readDeletions(fromBase64(deletions));
    if (deletions !== undefined && !deleted) throw new CodedError('frame-malformed', 'deletions');
    const doc = await this.#options.documents.covering(room, read, deleted);
    if (!doc) throw new CodedError('edits-on-the-way');
    return doc;
  }

  async #languageOf(room: RoomId): Promise<LanguageId> {
    const language = languageOf(await this.#options.documents.read(room));
    if (language) return language;
    const session = await this.#options.sessions.read(room);
    if (!session) throw new CodedError('room-unknown');
    return session.language;
  }

  #remember(room: RoomId, language: LanguageId): void {
    this.#languages.delete(room);
    this.#languages.set(room, language);
    if (this.#languages.size > LANGUAGES_REMEMBERED) this.#languages.delete(this.#languages.keys().next().value!);
  }

  async #push(to: ConnectionId, frame: ServerFrame): Promise<void> {
    await this.#options.publisher.push(to, JSON.stringify(frame));
  }
}

const ignore = () => undefined;

/** Without a runner there is nothing to tell it. */
function ignoreAbsence(error: unknown): void {
  if (!(error instanceof CodedError)) throw error;
}
