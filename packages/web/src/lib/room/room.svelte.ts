/** A room as the page follows it: the client's events as reactive state. */
import type { LinkState, LostText, PersonPresent, RoomClient, SavingState } from '@codeconnected/client/api.ts';
import { openIndexedDbOutbox } from '@codeconnected/client/browser.ts';
import { createRoomClient } from '@codeconnected/client/room-client.ts';
import type { VisibleError } from '@codeconnected/core/error/visible.ts';
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';
import { entryOf, firstFileOf, languageOf, setTitle, titleOf } from '@codeconnected/core/room/document.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import type { TerminalState } from '@codeconnected/core/terminal/state.ts';
import type * as Y from 'yjs';
import { colorOf, NAMELESS } from '#lib/people/palette.ts';
import { dialRoom } from './dial.ts';
import { fileNamesOf } from './file-names.ts';

/** Where an error is shown: beside what caused it. */
export type Place = 'editor' | 'terminal' | 'page';

/** Somebody here, once however many tabs they have. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly you: boolean;
  /** Of one of their other-than-this tabs. */
  readonly head: string | undefined;
}

/** What the terminal draws, in order; kept until it is there. */
export type Drawing =
  | { readonly kind: 'screen'; readonly data: string; readonly columns: number; readonly rows: number }
  | {
      readonly kind: 'output';
      readonly data: string;
      readonly columns?: number;
      readonly rows?: number;
      readonly clear?: boolean;
    };

/** Milliseconds after which an error that cures itself is taken away. */
const PASSING_MILLISECONDS = 6000;
/** Errors that nothing later disproves. */
const PASSING = new Set<VisibleError['code']>([
  'too-fast',
  'input-too-fast',
  'run-too-fast',
  'edits-on-the-way',
  'not-allowed',
]);
/** Frames that open or close nothing but concern the terminal. */
const TERMINAL_FRAMES = new Set(['run', 'stop', 'interrupt', 'reset', 'clear', 'watch', 'input', 'language']);

export class Room {
  readonly id: string;
  readonly client: RoomClient;
  link = $state.raw<LinkState>({ kind: 'connecting' });
  saving = $state.raw<SavingState>('saved');
  /** Unsaved edits outlive the page. */
  keeps = $state.raw(true);
  synced = $state.raw(false);
  /** The document can be edited: it is complete, or it is what was kept here while the server is away. */
  live = $state.raw(false);
  people = $state.raw<readonly PersonPresent[]>([]);
  terminal = $state.raw<TerminalState>();
  /** When the terminal's state came, by the page's monotonic clock. */
  terminalAt = $state.raw(0);
  title = $state.raw('');
  language = $state.raw<LanguageId>();
  fileId = $state.raw<string>();
  fileName = $state.raw('');
  fileNames = $state.raw<ReadonlySet<string>>(new Set());
  errors = $state.raw<Partial<Record<Place, VisibleError>>>({});
  /** Of documents that were replaced (rule D4). */
  lost = $state.raw<LostText>();
  /** Pieces of output that came since the page was opened. */
  outputs = $state.raw(0);
  expiresAt = $state.raw<number>();
  doc = $state.raw<Y.Doc>()!;
  #draw: ((drawing: Drawing) => void) | undefined;
  #undrawn: Drawing[] = [];
  #passing = new Map<Place, ReturnType<typeof setTimeout>>();

  private constructor(id: string, client: RoomClient) {
    this.id = id;
    this.client = client;
    this.keeps = client.keeps;
    client.on('keeps', (keeps) => (this.keeps = keeps));
    client.on('link', (state) => {
      this.link = state;
      this.#enliven();
      if (state.kind === 'live') this.solved('not-connected', 'internal', 'room-full', 'server-full');
      if (state.kind === 'ended') this.#show('page', state.error);
    });
    client.on('saving', (state) => {
      this.saving = state;
      if (state === 'saved')
        this.solved('update-too-large', 'update-too-costly', 'document-full', 'disk-full', 'frame-too-large');
    });
    client.on('synced', () => {
      this.synced = true;
      this.#read();
      this.#enliven();
    });
    client.on('people', (people) => (this.people = people));
    client.on('terminal', (state) => {
      const before = this.terminal?.phase.kind;
      this.terminal = state;
      this.terminalAt = performance.now();
      if (state.phase.kind !== before && state.phase.kind !== 'absent') {
        this.solved(
          'language-not-ready',
          'language-unknown',
          'runner-absent',
          'runner-full',
          'runner-failed',
          'runner-silent',
          'file-too-large',
          'nothing-to-run',
        );
      }
    });
    client.on('screen', (screen) => {
      this.#undrawn = [];
      this.#drawn({ kind: 'screen', ...screen });
    });
    client.on('output', (output) => {
      this.outputs += 1;
      this.#drawn({ kind: 'output', ...output });
    });
    client.on('error', (error, about) => {
      const place = TERMINAL_FRAMES.has(about ?? '') ? 'terminal' : about === 'edit' ? 'editor' : 'page';
      if (error.code !== 'document-replaced') this.#show(place, error);
    });
    client.on('lost', (lost) => (this.lost = lost));
    client.on('replaced', () => {
      this.synced = false;
      this.live = false;
      this.#follow();
    });
    client.on('expires', (at) => (this.expiresAt = at));
    this.#follow();
  }

  /** Opens a room's client; the caller closes it. */
  static async open(id: string, name: string): Promise<Room> {
    const client = createRoomClient({ dial: dialRoom(id), outbox: await openIndexedDbOutbox(id), name });
    const room = new Room(id, client);
    await client.open();
    return room;
  }

  /** One entry for each person, oneself first. */
  get persons(): readonly Person[] {
    const persons = new Map<string, Person>();
    for (const { person, name, color, you, self, cursor } of this.people) {
      const known = persons.get(person);
      const head = self ? undefined : cursor?.head;
      if (!known) persons.set(person, { id: person, name: name || NAMELESS, color: colorOf(color), you, head });
      else if (known.head === undefined && head !== undefined) persons.set(person, { ...known, head });
    }
    return [...persons.values()];
  }

  get others(): readonly Person[] {
    return this.persons.filter(({ you }) => !you);
  }

  rename(title: string): void {
    if (title.trim() !== this.title) setTitle(this.client.doc, title);
  }

  switchLanguage(entry: CatalogueEntry): void {
    this.client.switchLanguage(entry);
  }

  /** Hands over what is to be drawn, beginning with what came before. */
  drawInto(draw: (drawing: Drawing) => void): void {
    this.#draw = draw;
    for (const drawing of this.#undrawn) draw(drawing);
    this.#undrawn = [];
  }

  /** Shows an error that this page found by itself. */
  refuse(place: Place, error: VisibleError, passes = true): void {
    this.#show(place, error, passes);
  }

  dismiss(place: Place): void {
    const { [place]: _, ...rest } = this.errors;
    this.errors = rest;
  }

  /** Takes away errors whose cause is gone. */
  solved(...codes: VisibleError['code'][]): void {
    for (const place of ['editor', 'terminal', 'page'] as const) {
      const error = this.errors[place];
      if (error && codes.includes(error.code)) this.dismiss(place);
    }
  }

  #show(place: Place, error: VisibleError, passes = PASSING.has(error.code)): void {
    this.errors = { ...this.errors, [place]: error };
    clearTimeout(this.#passing.get(place));
    if (!passes) return;
    this.#passing.set(
      place,
      setTimeout(() => {
        if (this.errors[place] === error) this.dismiss(place);
      }, PASSING_MILLISECONDS),
    );
  }

  #drawn(drawing: Drawing): void {
    if (this.#draw) this.#draw(drawing);
    else this.#undrawn.push(drawing);
  }

  /** Once live it stays so, whatever the connection does. */
  #enliven(): void {
    if (this.fileId !== undefined && (this.synced || this.link.kind === 'offline')) this.live = true;
  }

  #follow(): void {
    this.doc = this.client.doc;
    this.doc.on('afterTransaction', () => this.#read());
    this.#read();
  }

  /** What the document says, as far as it says it: others may write any type into it. */
  #read(): void {
    const doc = this.doc;
    const files = doc.getMap('files');
    this.title = titleOf(doc);
    const language = languageOf(doc);
    const entry = language === undefined ? undefined : entryOf(doc, language);
    const fileId = entry ?? firstFileOf(doc);
    const name = fileId === undefined ? undefined : files.get(fileId);
    this.language = language;
    this.fileId = fileId;
    this.fileName = typeof name === 'string' ? name : '';
    this.fileNames = fileNamesOf(doc, this.fileNames);
  }
}
