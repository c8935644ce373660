import { CodedError, type ErrorCode } from '@codeconnected/core/error/visible.ts';
import type { ConnectionId, LanguageId, PersonId, RoomId } from '@codeconnected/core/room/ids.ts';
import type { RunRequest, Size, TerminalInput } from '@codeconnected/core/sandbox/runners.ts';
import type { ClaimedSandbox, Program, SandboxEnd, SandboxEvent } from '@codeconnected/core/sandbox/sandbox.ts';
import { type Activity, type ActivityEvent, advance, runOf } from '@codeconnected/core/terminal/activity.ts';
import type { Idler } from '@codeconnected/core/terminal/giving-way.ts';
import * as said from '@codeconnected/core/terminal/notes.ts';
import type { RunResult } from '@codeconnected/core/terminal/state.ts';
import { Announcer } from './announcer.ts';
import { Display } from './display.ts';
import { IdleWatch } from './idle-watch.ts';
import { type Attached, firstNotes, type Opening } from './opening.ts';
import { Presses } from './presses.ts';
import { RoomClaims, refusal } from './room-claims.ts';
import { Sayings } from './sayings.ts';
import { StopPatience } from './stop-patience.ts';
import type { RoomPlace } from './terminal-place.ts';
import { TerminalSize } from './terminal-size.ts';
import { TypedInput } from './typed-input.ts';
import { ViewerPace } from './viewer-pace.ts';

/** Ends in a row, without anybody's doing, after which no further prompt is opened. */
const ENDS_MOST = 3;

export class RoomTerminal {
  readonly room: RoomId;
  readonly #place: RoomPlace;
  readonly #display: Display;
  readonly #announcer: Announcer;
  readonly #typed = new TypedInput();
  #sandbox: Attached | undefined;
  #activity: Activity = { kind: 'absent' };
  #language: LanguageId | undefined;
  #last: RunResult | undefined;
  /** Raised with each change of sandbox: what an older one still awaits is given up. */
  #generation = 0;
  /** A run whose presser, or another, pressed Stop before its sandbox was there. */
  #cancelled: string | undefined;
  /** Why there is no sandbox though one is wanted: told again when that may have changed. */
  #wanted = false;
  #ends = 0;
  readonly #size: TerminalSize;
  readonly #claims: RoomClaims;
  readonly #presses: Presses;
  readonly #sayings = new Sayings();
  readonly #pace: ViewerPace;
  readonly #idle: IdleWatch;
  readonly #patience: StopPatience;
  #closed = false;

  /** @param forget called when nobody has watched for long: drop this terminal */
  constructor(room: RoomId, place: RoomPlace, size: Size, forget: () => void) {
    this.room = room;
    this.#place = place;
    this.#size = new TerminalSize(place.clock, size, {
      screen: (wanted) => this.#background(this.#display.resize(wanted).then(() => this.#announcer.again())),
      sandbox: (wanted) => this.#resizeSandbox(wanted),
    });
    this.#claims = new RoomClaims(place.sandboxes, (what, error) => place.log(room, what, error));
    this.#presses = new Presses(place.clock);
    this.#pace = new ViewerPace(place.clock);
    this.#display = new Display(place.poster, place.clock, size);
    this.#announcer = new Announcer({
      clock: place.clock,
      around: () => ({
        epoch: this.#display.epoch,
        ...this.#display.size,
        last: this.#last,
        unsandboxed: place.unsandboxed || undefined,
      }),
      tell: (frame) => this.#display.tell(frame),
    });
    this.#patience = new StopPatience(place.clock);
    this.#idle = new IdleWatch(place.clock, place.idle, {
      now: () => {
        const { kind } = this.#activity;
        return { atPrompt: kind === 'prompt', running: kind === 'running', hasSandbox: this.#sandbox !== undefined };
      },
      pause: () => {
        this.#move({ kind: 'paused' });
        this.#sandbox?.claimed.pause().catch((error) => place.log(room, 'pause', error));
      },
      end: () => this.#endIdle(said.idleNote(Math.round(place.idle.endMilliseconds / 60_000))),
      forget,
    });
  }

  /**
   * Adds a viewer. Opens a prompt where there was never a sandbox, or only one of another language.
   * @returns false where that needs an epoch and there is none
   */
  async watch(viewer: ConnectionId, language: LanguageId, epoch: number | undefined): Promise<boolean> {
    const open = this.#language !== language;
    if (open && epoch === undefined) return false;
    this.#idle.watched();
    // Where languages change faster than that, a Reset or Run brings the latest.
    if (open && this.#presses.mayTake()) {
      const name = this.#place.languages().find(({ id }) => id === language)?.name ?? language;
      const notes = this.#language === undefined ? firstNotes(epoch!) : [said.languageNote(name)];
      this.#ends = 0;
      this.#background(this.#open({ language, epoch, notes }));
    }
    await this.#pace.show(viewer, async () => {
      await this.#display.watch(viewer);
      this.#place.poster.post([viewer], JSON.stringify(this.#announcer.current()));
    });
    return true;
  }

  unwatch(viewer: ConnectionId): void {
    this.#pace.forget(viewer);
    if (this.#display.unwatch(viewer) && this.#display.viewers === 0) this.#idle.unwatched();
  }

  async run(request: RunRequest): Promise<'started' | 'joined'> {
    if (this.#presses.isKnown(request.run) || (runOf(this.#activity) && !this.#stopping)) return 'joined';
    const { language, run, by, epoch, files, entry } = request;
    this.#presses.take(run);
    this.#idle.used();
    this.#ends = 0;
    this.#size.want(request);
    const opening: Opening = {
      language,
      epoch,
      run: { run, by },
      program: { files, entry },
      asked: true,
      notes: [...(this.#language === undefined ? firstNotes(epoch) : []), `── Run ${entry} ──`],
    };
    const kept =
      !this.#stopping && this.#sandbox?.language === language && this.#place.sandboxes.runStyle(language) === 'kept';
    await (kept ? this.#again(this.#sandbox!, opening) : this.#open(opening));
    return 'started';
  }

  stop(): void {
    this.interrupt();
    const activity = this.#activity;
    if (activity.kind === 'starting' && activity.run) this.#cancelled = activity.run.run;
    const sandbox = this.#sandbox;
    if (!sandbox) return;
    this.#move({ kind: 'stop' });
    this.#patience.begin({ kind: activity.kind, sandbox: sandbox.claimed }, () => {
      if (this.#sandbox !== sandbox) return;
      this.#background(this.#open({ language: sandbox.language, notes: [said.REPLACED_NOTE] }));
    });
  }

  /** Ctrl-C: waits for nothing, and drops what was queued. */
  interrupt(): void {
    this.#idle.used();
    this.#typed.drop();
    this.#move({ kind: 'interrupt' });
    this.#woken();
    this.#sandbox?.claimed.interrupt();
  }

  /** @returns the number that this client's input is complete up to */
  input(by: PersonId, input: TerminalInput & Partial<Size>): number {
    return this.#typed.take(by, input, this.#sandbox !== undefined, (text) => {
      if (input.columns && input.rows) this.#size.want({ columns: input.columns, rows: input.rows });
      this.#type(text);
    });
  }

  resize(size: Size): void {
    this.#idle.used();
    this.#size.want(size);
  }

  clear(): Promise<void> {
    return this.#display.clear();
  }

  /** A fresh prompt; what was there is gone, with the result of its latest run. */
  async reset(language: LanguageId, epoch: number, note: string): Promise<void> {
    this.#presses.take();
    this.#idle.used();
    this.#ends = 0;
    this.#last = undefined;
    await this.#open({ language, epoch, notes: [note], asked: true });
  }

  /** Tries again where a prompt could not be opened, if it could be now. */
  retry(): void {
    if (!this.#wanted || !this.#language || this.#display.viewers === 0) return;
    if (!this.#place.sandboxes.canClaim(this.#language)) return;
    this.#wanted = false;
    this.#background(this.#open({ language: this.#language }));
  }

  /** What is missed where its sandbox goes to another room; undefined where it may not. */
  get idler(): Idler | undefined {
    return this.#sandbox && this.#activity.kind === 'prompt' ? this.#idle.idler : undefined;
  }

  /** Its idle sandbox goes to another room; resolves when the place is free. */
  giveWay(): Promise<void> {
    return this.#endIdle(said.GAVE_WAY_NOTE);
  }

  /** Ends the sandbox and forgets the screen. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#generation += 1;
    this.#claims.giveUp();
    this.#size.close();
    this.#idle.close();
    this.#patience.end();
    this.#pace.close();
    this.#announcer.close();
    this.#display.close();
    const sandbox = this.#sandbox;
    this.#sandbox = undefined;
    await sandbox?.claimed.release();
  }

  /** A Stop is working on the current run: whoever presses Run now wants one of their own. */
  get #stopping(): boolean {
    const activity = this.#activity;
    if (activity.kind === 'starting') return activity.run !== undefined && activity.run.run === this.#cancelled;
    return activity.kind === 'running' && activity.stopping;
  }

  #background(work: Promise<unknown>): void {
    work.catch((error) => {
      if (!(error instanceof CodedError)) this.#place.log(this.room, 'terminal', error);
    });
  }

  #move(event: ActivityEvent): void {
    const { activity, result } = advance(this.#activity, event, this.#place.clock.monotonic());
    const before = this.#activity;
    this.#activity = activity;
    if (result) this.#last = result;
    this.#patience.look(activity.kind);
    if (activity !== before || result) this.#announcer.changed(activity);
    if (activity.kind !== before.kind) this.#idle.look();
  }

  /** Claims a sandbox and starts a program or a prompt in it; the one before is released. */
  async #open(opening: Opening): Promise<void> {
    const generation = ++this.#generation;
    const { language, run } = opening;
    const old = this.#sandbox;
    this.#sandbox = undefined;
    this.#idle.woken();
    this.#wanted = false;
    this.#language = language;
    this.#display.begin(opening.epoch);
    this.#cancelled = undefined;
    if (run) this.#typed.release();
    this.#move({ kind: 'claiming', language, message: 'Preparing a sandbox', run, end: opening.end });
    const release = () => this.#claims.release(old?.claimed);
    let claimed: ClaimedSandbox | undefined;
    try {
      claimed = await this.#claims.claim({
        language,
        release,
        makeRoom: async () => generation === this.#generation && this.#place.makeRoom(opening.asked === true),
        waiting: (message) => {
          if (generation === this.#generation) this.#move({ kind: 'waiting', message });
        },
      });
    } catch (error) {
      this.#background(release());
      const code = refusal(error);
      if (generation === this.#generation) this.#refused(code);
      throw error instanceof CodedError ? error : new CodedError(code, String(error));
    }
    if (!claimed || generation !== this.#generation) {
      this.#background(Promise.all([release(), this.#claims.release(claimed)]));
      return;
    }
    const mine: Attached = { claimed, language };
    this.#sandbox = mine;
    this.#sayings.attached();
    const cancelled = run !== undefined && this.#cancelled === run.run;
    this.#background(this.#display.swap(cancelled ? [said.UNSTARTED_NOTE] : (opening.notes ?? [])));
    claimed.listen((event) => this.#event(mine, event));
    void claimed.ended.then((end) => this.#ended(mine, end));
    this.#move(run && !cancelled ? { kind: 'running', language, run } : { kind: 'opened', language });
    try {
      await this.#start(mine, cancelled ? { files: opening.program?.files ?? [] } : (opening.program ?? { files: [] }));
    } finally {
      this.#background(release());
    }
  }

  /** A further run in the same sandbox, for languages that keep it. */
  async #again(mine: Attached, opening: Opening): Promise<void> {
    this.#background(this.#display.swap(opening.notes ?? []));
    this.#move({ kind: 'running', language: mine.language, run: opening.run! });
    await this.#start(mine, opening.program!);
  }

  async #start(mine: Attached, program: Omit<Program, keyof Size>): Promise<void> {
    this.#woken();
    try {
      const started = mine.claimed.start({ ...program, ...this.#size.start() });
      const typed = this.#typed.release();
      if (typed !== '') this.#write(mine, typed);
      await started;
      this.#sayings.started();
    } catch (error) {
      if (this.#sandbox !== mine) return;
      this.#place.log(this.room, 'start', error);
      this.#sandbox = undefined;
      this.#background(this.#claims.release(mine.claimed));
      this.#move({ kind: 'ended', end: { kind: 'lost', reason: 'it could not be started' } });
      this.#refused('runner-failed');
      throw new CodedError('runner-failed', String(error));
    }
  }

  #refused(code: ErrorCode): void {
    const { message, isNew } = this.#sayings.refused(code);
    this.#wanted = true;
    this.#move({ kind: 'absent', message });
    if (isNew) this.#background(this.#display.note(message));
  }

  async #event(mine: Attached, event: SandboxEvent): Promise<void> {
    if (this.#sandbox !== mine) return;
    if (event.kind === 'output') {
      this.#idle.output();
      this.#sayings.output(event.bytes);
      await this.#display.output(event.bytes, (text) => mine.claimed.answer(new TextEncoder().encode(text)));
      return;
    }
    if (event.kind === 'finished') {
      const notes = this.#sayings.finished(this.#place.limits(mine.language));
      for (const note of notes) this.#background(this.#display.note(note));
    }
    this.#display.flush();
    this.#move({ kind: 'mark', event });
  }

  #ended(mine: Attached, end: SandboxEnd): void {
    if (this.#sandbox !== mine || this.#closed) return;
    this.#sandbox = undefined;
    this.#display.flush();
    this.#ends += 1;
    if (this.#ends > ENDS_MOST) {
      this.#move({ kind: 'ended', end });
      this.#move({ kind: 'absent', message: said.GIVEN_UP });
      this.#background(this.#display.swap([said.GIVEN_UP]));
      return;
    }
    const notes = this.#sayings.ended(end, this.#place.limits(mine.language));
    this.#background(this.#open({ language: mine.language, notes, end }));
  }

  #type(text: string): void {
    this.#idle.used();
    this.#ends = 0;
    if (text.includes('\x03')) this.#move({ kind: 'interrupt' });
    if (this.#sandbox) {
      if (!this.#write(this.#sandbox, text)) throw new CodedError('input-too-fast');
      return;
    }
    this.#typed.hold(text);
    if (this.#activity.kind === 'absent' && this.#language) {
      this.#background(this.#open({ language: this.#language, asked: true }));
    }
  }

  #write(mine: Attached, text: string): boolean {
    const taken = mine.claimed.write(new TextEncoder().encode(text));
    this.#woken();
    return taken;
  }

  /** The sandbox goes on by itself with whatever is asked of it. */
  #woken(): void {
    if (!this.#idle.woken()) return;
    this.#move({ kind: 'woken' });
    this.#size.woken();
  }

  #resizeSandbox({ columns, rows }: Size): boolean {
    if (!this.#sandbox || this.#idle.paused) return false;
    this.#sandbox.claimed.resize(columns, rows).catch((error) => this.#place.log(this.room, 'resize', error));
    return true;
  }

  async #endIdle(note: string): Promise<void> {
    const sandbox = this.#sandbox!;
    this.#sandbox = undefined;
    this.#generation += 1;
    this.#background(this.#display.swap([note]));
    this.#move({ kind: 'absent', message: note });
    await this.#claims.release(sandbox.claimed);
  }
}
