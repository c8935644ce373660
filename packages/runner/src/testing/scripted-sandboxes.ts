/**
 * Sandboxes without Docker, for tests: each speaks a small language, one word a line. The prompt is `> `.
 *
 * `print TEXT`, `exit CODE`, `loop` (until Ctrl-C), `deaf` (a loop that Ctrl-C does not end), `input` (waits for a
 * line and echoes it), `fail CODE` (ends the program), `flood COUNT` (lines), `ask` (ESC[6n), `limit NAME`, `lose`.
 */
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';
import { sandboxLimitsSchema } from '@codeconnected/core/language/manifest.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import {
  type ClaimedSandbox,
  ClaimRefused,
  type Program,
  type SandboxEnd,
  type SandboxEvent,
  type SandboxState,
} from '@codeconnected/core/sandbox/sandbox.ts';
import type { LimitName } from '@codeconnected/core/terminal/state.ts';
import type { SandboxService } from '../sandbox/sandboxes.ts';

type Listener = (event: SandboxEvent) => void | Promise<void>;
type Waiting = 'line' | 'loop' | 'deaf' | undefined;

export class ScriptedSandbox implements ClaimedSandbox {
  readonly id: string;
  readonly language: LanguageId;
  readonly ended: Promise<SandboxEnd>;
  /** What was asked of it, in order. */
  readonly deeds: string[] = [];
  /** Everything that was typed. */
  typed = '';
  answers = '';
  paused = false;
  /** Whether no more input is taken. */
  full = false;
  /** Whether it computes, whatever its marks say. */
  burning = false;
  #state: SandboxState = { kind: 'claimed' };
  #tellEnd!: (end: SandboxEnd) => void;
  #listener: Listener | undefined;
  #events: SandboxEvent[] = [];
  #delivering = false;
  #line = '';
  #waiting: Waiting;
  #what: 'run' | 'line' | undefined;
  #rest: string[] = [];

  constructor(id: string, language: LanguageId) {
    this.id = id;
    this.language = language;
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
  }

  get state(): SandboxState {
    return this.#state;
  }

  listen(listener: Listener): void {
    if (this.#listener) throw new Error('a sandbox has one listener');
    this.#listener = listener;
    void this.#deliver();
  }

  async start(program: Program): Promise<void> {
    if (this.#state.kind === 'ended') return;
    this.deeds.push(`start ${program.entry ?? 'prompt'} ${program.columns}x${program.rows}`);
    this.paused = false;
    this.#waiting = undefined;
    if (program.entry === undefined) this.#prompt();
    else {
      const text = program.files.find((file) => file.name === program.entry)?.text ?? '';
      this.#begin('run', text.split('\n'));
    }
  }

  write(bytes: Uint8Array): boolean {
    if (this.full) return false;
    if (this.#state.kind === 'ended') return true;
    this.paused = false;
    const text = new TextDecoder().decode(bytes);
    this.typed += text;
    for (const char of text) {
      if (char === '\x03') this.#interrupted();
      else if (char === '\r' || char === '\n') this.#enter();
      else {
        this.#line += char;
        this.emit(char);
      }
    }
    return true;
  }

  answer(bytes: Uint8Array): void {
    this.answers += new TextDecoder().decode(bytes);
  }

  interrupt(): void {
    this.deeds.push('interrupt');
    this.paused = false;
    if (this.#state.kind !== 'ended') this.#interrupted();
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.deeds.push(`resize ${columns}x${rows}`);
  }

  async busy(): Promise<boolean> {
    return this.burning;
  }

  async pause(): Promise<void> {
    if (this.#state.kind === 'ended') return;
    this.deeds.push('pause');
    this.paused = true;
  }

  async release(): Promise<void> {
    this.end({ kind: 'released' });
  }

  /** Ends it, as Docker or a limit would. */
  end(end: SandboxEnd): void {
    if (this.#state.kind === 'ended') return;
    this.#state = { kind: 'ended', end };
    if (end.kind === 'released') this.#events = [];
    void this.#deliver().then(() => this.#tellEnd(end));
  }

  /** Writes as a program would. */
  emit(text: string | Uint8Array): void {
    this.#tell({ kind: 'output', bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text });
  }

  #tell(event: SandboxEvent): void {
    this.#events.push(event);
    void this.#deliver();
  }

  async #deliver(): Promise<void> {
    if (this.#delivering || !this.#listener) return;
    this.#delivering = true;
    while (this.#events.length > 0) await this.#listener(this.#events.shift()!);
    this.#delivering = false;
  }

  #prompt(): void {
    this.#what = undefined;
    this.#tell({ kind: 'prompt' });
    this.emit('> ');
  }

  #begin(what: 'run' | 'line', lines: string[]): void {
    this.#what = what;
    this.#rest = lines;
    this.#tell({ kind: 'started', what });
    this.#go();
  }

  #finish(code: number): void {
    this.#waiting = undefined;
    this.#tell({ kind: 'finished', what: this.#what!, code });
    this.#prompt();
  }

  #interrupted(): void {
    this.#line = '';
    if (this.#waiting === 'deaf') return;
    this.emit('^C\r\n');
    if (this.#what) this.#finish(130);
    else this.#prompt();
  }

  #enter(): void {
    const line = this.#line;
    this.#line = '';
    this.emit('\r\n');
    if (this.#waiting === 'line') {
      this.#waiting = undefined;
      this.emit(`got ${line}\r\n`);
      this.#go();
    } else if (this.#what === undefined) {
      if (line === '') this.#prompt();
      else this.#begin('line', [line]);
    }
  }

  #go(): void {
    const ends = (end: SandboxEnd) => {
      this.#rest = [];
      this.end(end);
    };
    for (let line = this.#rest.shift(); line !== undefined; line = this.#rest.shift()) {
      const [word = '', ...more] = line.split(' ');
      const rest = more.join(' ');
      if (word === 'print') this.emit(`${rest}\r\n`);
      else if (word === 'flood') {
        for (let i = 0; i < Number(rest); i++) this.emit(`line ${i} of a flood\r\n`);
      } else if (word === 'ask') this.emit('\x1b[6n');
      else if (word === 'fail') {
        this.#rest = [];
        this.#finish(Number(rest));
        return;
      } else if (word === 'exit') ends({ kind: 'exited', code: Number(rest) });
      else if (word === 'limit') ends({ kind: 'limit', limit: rest as LimitName });
      else if (word === 'lose') ends({ kind: 'lost', reason: 'a test wanted it' });
      else if (word === 'loop' || word === 'deaf') {
        this.#waiting = word;
        return;
      } else if (word === 'input') {
        this.#waiting = 'line';
        return;
      } else if (word !== '') this.emit(`unknown word ${word}\r\n`);
    }
    if (this.#state.kind !== 'ended') this.#finish(0);
  }
}

/** Languages of the double: runs of `fresh` take a sandbox each, those of `kept` share one. */
export const FRESH = 'fresh' as LanguageId;
export const KEPT = 'kept' as LanguageId;

export class ScriptedSandboxes implements SandboxService {
  /** Every sandbox that was claimed, in order. */
  readonly all: ScriptedSandbox[] = [];
  /** How often one was asked for. */
  claims = 0;
  /** Set: the next claims are refused with it. */
  refusal: ClaimRefused['reason'] | undefined;
  /** Set: claims wait for it. */
  gate: Promise<void> | undefined;
  /** Sandboxes at once. */
  most = 100;
  readonly unsandboxed = false;
  readonly #listeners = new Set<() => void>();
  #next = 1;

  get claimed(): number {
    return this.all.filter((sandbox) => sandbox.state.kind === 'claimed').length;
  }

  /** The one claimed last. */
  get last(): ScriptedSandbox {
    const last = this.all.at(-1);
    if (!last) throw new Error('nothing was claimed');
    return last;
  }

  async claim(language: LanguageId, waiting?: (message: string) => void): Promise<ClaimedSandbox> {
    if (language !== FRESH && language !== KEPT) throw new ClaimRefused('unknown-language', language);
    this.claims += 1;
    if (this.refusal) throw new ClaimRefused(this.refusal, 'a test wanted it');
    if (this.claimed >= this.most) throw new ClaimRefused('no-capacity', 'full');
    if (this.gate) {
      waiting?.('Waiting for the gate');
      await this.gate;
    }
    const sandbox = new ScriptedSandbox(`sandbox-${this.#next++}`, language);
    this.all.push(sandbox);
    return sandbox;
  }

  canClaim(language: LanguageId): boolean {
    return (language === FRESH || language === KEPT) && !this.refusal && this.claimed < this.most;
  }

  runStyle(language: LanguageId): 'fresh' | 'kept' {
    return language === KEPT ? 'kept' : 'fresh';
  }

  languages(): readonly CatalogueEntry[] {
    return [FRESH, KEPT].map((id) => ({
      id,
      name: `The ${id} language`,
      fileName: 'main',
      editorMode: 'text',
      indent: 2,
      sample: 'print hello\n',
      image: { kind: 'ready', version: '1' },
      warm: 1,
    }));
  }

  limits() {
    return sandboxLimitsSchema.parse({ cpuSeconds: 10 });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells that something changed. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  async start(): Promise<void> {}

  async close(): Promise<void> {
    for (const sandbox of this.all) await sandbox.release();
  }

  health() {
    return { ready: true, reasons: [], warm: { [FRESH]: 1, [KEPT]: 1 } };
  }
}
