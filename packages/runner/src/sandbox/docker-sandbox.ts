/**
 * One sandbox as a Docker container: its main process is the language's boot program, whose terminal is attached
 * before it starts. Made for one use (rule S1); its state only moves forward (rule S4).
 */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Clock } from '@codeconnected/core/clock.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import type {
  ClaimedSandbox,
  Program,
  SandboxEnd,
  SandboxEvent,
  SandboxState,
} from '@codeconnected/core/sandbox/sandbox.ts';
import { createMarkParser, type MarkParser } from '@codeconnected/core/terminal/marks.ts';
import type Docker from 'dockerode';
import { type ContainerWish, containerOptions } from './container.ts';
import { type CpuReader, openCpuReader } from './cpu.ts';
import { Greeter } from './greeter.ts';
import { createMeter, type Meter } from './meter.ts';
import { type OomReader, openOomReader } from './oom.ts';
import { encodePayload, READY } from './payload.ts';
import { type Remover, within } from './remove.ts';

/** Milliseconds that a boot program may take to be ready; a loaded machine is slow, a broken one never is. */
const READY_MILLISECONDS = 60_000;
/** Milliseconds from the request to Docker until a sandbox is frozen and ready: what hangs would keep its place for ever. */
export const WARM_MILLISECONDS = READY_MILLISECONDS + 30_000;
/** Milliseconds between looks at a busy sandbox's CPU time. */
const METER_MILLISECONDS = 300;
/** Milliseconds that reading its CPU time may take; Docker's answer takes some 10. */
const CPU_READ_MILLISECONDS = 2_000;
/** Readings that may fail in a row: one that cannot be measured must not run on. */
const CPU_FAILURES_MOST = 20;
/** Milliseconds that its CPU time is watched to tell whether it computes, and the share of a core that says so. */
const BUSY_MILLISECONDS = 200;
const BUSY_SHARE = 0.25;
/** Bytes of typed input that may wait for a program that does not read; more is refused. */
const INPUT_BYTES = 256 * 1024;
/** Characters of a failed start's output that its error shows. */
const FAILURE_CHARACTERS = 2000;
/** Milliseconds that Docker may take to see the end of a container whose terminal has closed. */
const END_MILLISECONDS = 5_000;
/** Milliseconds that a removal is waited for; what is stuck for longer must not hold up who waits for its place. */
export const GONE_MILLISECONDS = 10_000;
/** Size of a terminal that nobody has claimed: the commonest, which then needs no change. */
const COLUMNS = 80;
const ROWS = 24;
/** How its terminal is attached. */
const ATTACH = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
/** Ctrl-C, and how a terminal shows that it came. */
const INTERRUPT = Buffer.from([3]);
const INTERRUPT_ECHO = '^C';
/** Milliseconds after which a Ctrl-C that showed no effect is given as a signal: the terminal keeps it behind unread input. */
const INTERRUPT_MILLISECONDS = 200;

export interface SandboxParts {
  readonly docker: Docker;
  readonly remover: Remover;
  readonly clock: Clock;
  readonly language: LanguageId;
  readonly wish: ContainerWish;
}

/** Something that delivers events one at a time. */
type Listener = (event: SandboxEvent) => void | Promise<void>;

export class DockerSandbox implements ClaimedSandbox {
  readonly id: string;
  readonly language: LanguageId;
  readonly ended: Promise<SandboxEnd>;
  readonly #parts: SandboxParts;
  readonly #container: Docker.Container;
  readonly #stream: Duplex;
  readonly #meter: Meter;
  #state: SandboxState = { kind: 'warming' };
  #tellEnd!: (end: SandboxEnd) => void;
  #removed: Promise<void> | undefined;
  #cpu: CpuReader = async () => 0;
  #outOfMemory: OomReader = async () => false;
  #cancelMeter = () => {};
  /** Set while a Ctrl-C has shown no effect yet. */
  #cancelInterrupt: (() => void) | undefined;
  #cpuFailures = 0;
  #parser: MarkParser | undefined;
  #nonce = '';
  #listener: Listener | undefined;
  #listening: Promise<void>;
  #tellListening!: () => void;
  #becameReady!: () => void;
  readonly #ready: Promise<void>;
  #greeting = '';
  readonly #greeter: Greeter;
  /** What was typed before the program had its terminal; the boot program would swallow it. */
  #held: Uint8Array[] | undefined;
  #columns = COLUMNS;
  #rows = ROWS;
  /** What is so, what is wanted, and the work on it, one after the other. */
  #frozen = false;
  #wantFrozen = false;
  #freezing: Promise<unknown> = Promise.resolve();

  private constructor(parts: SandboxParts, container: Docker.Container, stream: Duplex) {
    this.#parts = parts;
    this.#container = container;
    this.#stream = stream;
    this.id = container.id.slice(0, 12);
    this.language = parts.language;
    this.#meter = createMeter(parts.wish.limits, () => parts.clock.monotonic());
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    this.#listening = new Promise((resolve) => {
      this.#tellListening = resolve;
    });
    this.#ready = new Promise((resolve) => {
      this.#becameReady = resolve;
    });
    this.#greeter = new Greeter({ columns: COLUMNS, rows: ROWS }, (answer) => stream.write(answer));
    stream.on('error', () => {});
    void this.#pump();
  }

  /** Starts one and brings it to where it waits for its files, frozen. */
  static async warm(parts: SandboxParts): Promise<DockerSandbox> {
    const { docker, wish, remover, clock } = parts;
    let sandbox = undefined as DockerSandbox | undefined;
    const late = new Error('Docker did not answer in time');
    const created = docker.createContainer(containerOptions(wish));
    const warmed = created.then(async (container) => {
      sandbox = new DockerSandbox(parts, container, (await container.attach(ATTACH)) as Duplex);
      await sandbox.#warm();
      return sandbox;
    });
    try {
      return await within(clock, WARM_MILLISECONDS, warmed, () => {
        throw late;
      });
    } catch (error) {
      if (sandbox) sandbox.#end({ kind: 'lost', reason: String(error) });
      // A container that Docker makes later goes as well; what hangs is not waited for.
      const gone = (sandbox?.gone ?? created.then((container) => remover.remove(container))).catch(() => {});
      if (error !== late) await gone;
      throw error;
    }
  }

  get state(): SandboxState {
    return this.#state;
  }

  async #warm(): Promise<void> {
    await this.#container.start();
    let cancel = () => {};
    const late = new Promise<'late'>((resolve) => {
      cancel = this.#parts.clock.after(READY_MILLISECONDS, () => resolve('late'));
    });
    const first = await Promise.race([this.#ready.then(() => 'ready' as const), late, this.ended]);
    cancel();
    if (first !== 'ready') {
      const why = first === 'late' ? 'the boot program was not ready in time' : 'the boot program ended';
      throw new Error(`${why}: ${this.#greeting.slice(-FAILURE_CHARACTERS)}`);
    }
    const [{ State }] = await Promise.all([this.#container.inspect(), this.#container.resize({ w: COLUMNS, h: ROWS })]);
    this.#cpu = await openCpuReader(this.#container, State.Pid);
    this.#outOfMemory = await openOomReader(this.#container.id, State.Pid);
    await this.#freeze(true);
    if (this.#state.kind === 'warming') this.#state = { kind: 'ready' };
  }

  /** Makes it somebody's: it thaws while its files are on the way. */
  claim(): ClaimedSandbox {
    if (this.#state.kind !== 'ready') throw new Error(`a sandbox that is ${this.#state.kind} cannot be claimed`);
    this.#state = { kind: 'claimed' };
    this.#nonce = randomBytes(16).toString('hex');
    this.#parser = createMarkParser(this.#nonce);
    void this.#freeze(false);
    return this;
  }

  listen(listener: Listener): void {
    if (this.#listener) throw new Error('a sandbox has one listener');
    this.#listener = listener;
    this.#tellListening();
  }

  async start(program: Program): Promise<void> {
    if (this.#state.kind === 'ended') return;
    const payload = encodePayload(this.#nonce, program);
    this.#touch();
    this.#held = [];
    void this.resize(program.columns, program.rows);
    await new Promise<void>((resolve) => this.#stream.write(payload, () => resolve()));
  }

  write(bytes: Uint8Array): boolean {
    this.#touch();
    return this.#send(bytes);
  }

  answer(bytes: Uint8Array): void {
    this.#send(bytes);
  }

  interrupt(): void {
    this.#touch();
    if (this.#state.kind !== 'claimed') return;
    this.#send(INTERRUPT);
    // Before the program has its terminal, what is held reaches it first of all.
    if (this.#held || this.#cancelInterrupt) return;
    this.#cancelInterrupt = this.#parts.clock.after(INTERRUPT_MILLISECONDS, () => {
      this.#cancelInterrupt = undefined;
      void this.#container.kill({ signal: 'SIGINT' }).catch(() => {});
    });
  }

  async resize(columns: number, rows: number): Promise<void> {
    if (this.#state.kind === 'ended' || (columns === this.#columns && rows === this.#rows)) return;
    this.#columns = columns;
    this.#rows = rows;
    await this.#container.resize({ w: columns, h: rows }).catch(() => {});
  }

  async busy(): Promise<boolean> {
    const before = await this.#cpu();
    await new Promise<void>((resolve) => this.#parts.clock.after(BUSY_MILLISECONDS, resolve));
    return (await this.#cpu()) - before > (BUSY_MILLISECONDS / 1000) * BUSY_SHARE;
  }

  pause(): Promise<void> {
    return this.#freeze(true);
  }

  async release(): Promise<void> {
    this.#end({ kind: 'released' });
    await within(this.#parts.clock, GONE_MILLISECONDS, this.gone, () => {});
  }

  #send(bytes: Uint8Array): boolean {
    const waiting = this.#stream.writableLength + (this.#held?.reduce((sum, each) => sum + each.length, 0) ?? 0);
    if (waiting + bytes.length > INPUT_BYTES) return false;
    // What is typed into one that has just ended goes with it.
    if (this.#state.kind !== 'claimed') return true;
    if (this.#held) this.#held.push(bytes);
    else this.#stream.write(bytes);
    return true;
  }

  /** The latest Ctrl-C has reached its program. */
  #interrupted(): void {
    this.#cancelInterrupt?.();
    this.#cancelInterrupt = undefined;
  }

  /** Input of a person: thaws it and begins the counting anew. */
  #touch(): void {
    if (this.#state.kind !== 'claimed') return;
    this.#meter.input();
    if (this.#wantFrozen) void this.#freeze(false);
  }

  #freeze(wanted: boolean): Promise<void> {
    this.#wantFrozen = wanted;
    const done = this.#freezing.then(async () => {
      // A later wish overtakes this one.
      if (this.#state.kind === 'ended' || this.#wantFrozen !== wanted || this.#frozen === wanted) return;
      this.#frozen = wanted;
      try {
        if (wanted) {
          await this.#container.pause();
          this.#meter.pause();
          this.#cancelMeter();
        } else {
          this.#meter.resume();
          await this.#container.unpause();
          if (this.#state.kind === 'claimed') this.#watch();
        }
      } catch (error) {
        this.#end({ kind: 'lost', reason: `Docker could not ${wanted ? 'pause' : 'unpause'} it: ${error}` });
      }
    });
    this.#freezing = done;
    return done;
  }

  /** Looks at its CPU time, wall time and memory as long as it is claimed and not frozen. */
  #watch(): void {
    this.#cancelMeter();
    this.#cancelMeter = this.#parts.clock.after(METER_MILLISECONDS, () => void this.#measure());
  }

  async #measure(): Promise<void> {
    if (this.#state.kind !== 'claimed') return;
    if (this.#frozen) return;
    const read = this.#cpu().then(
      (seconds) => (Number.isFinite(seconds) ? seconds : undefined),
      () => undefined,
    );
    const seconds = await within<number | undefined>(this.#parts.clock, CPU_READ_MILLISECONDS, read, () => undefined);
    const outOfMemory = await this.#outOfMemory();
    if (this.#state.kind !== 'claimed') return;
    if (outOfMemory) {
      this.#end({ kind: 'limit', limit: 'memory' });
      return;
    }
    // Its control group also goes when it is about to end by itself.
    this.#cpuFailures = seconds === undefined ? this.#cpuFailures + 1 : 0;
    const limit = this.#frozen ? undefined : this.#meter.tick(seconds);
    if (limit) this.#end({ kind: 'limit', limit });
    else if (this.#frozen) return;
    else if (this.#cpuFailures < CPU_FAILURES_MOST) this.#watch();
    else this.#end(await this.#whyEnded('its CPU time could not be read'));
  }

  /** Reads what it writes, no faster than the listener takes it, until it ends. */
  async #pump(): Promise<void> {
    try {
      for await (const chunk of this.#stream as AsyncIterable<Buffer>) {
        if (this.#state.kind === 'ended') return;
        if (this.#parser) await this.#deliver(chunk, this.#parser);
        else await this.#greet(chunk);
      }
      for (const event of this.#parser?.flush() ?? []) await this.#tell(event);
    } catch {
      // The connection broke, or the listener threw: what Docker says of the container decides.
    }
    if (this.#state.kind !== 'ended') this.#end(await this.#whyEnded());
  }

  async #greet(chunk: Buffer): Promise<void> {
    this.#greeting = (this.#greeting + chunk.toString('latin1')).slice(-FAILURE_CHARACTERS * 2);
    if (this.#greeting.includes(READY)) {
      this.#greeter.close();
      this.#becameReady();
    } else await this.#greeter.read(chunk);
  }

  async #deliver(chunk: Buffer, parser: MarkParser): Promise<void> {
    const allowed = this.#meter.output(chunk.length);
    for (const event of parser.push(chunk.subarray(0, allowed))) {
      if (event.kind !== 'output') this.#giveHeld();
      if (event.kind !== 'output' || Buffer.from(event.bytes).includes(INTERRUPT_ECHO)) this.#interrupted();
      await this.#tell(event);
    }
    if (allowed < chunk.length) this.#end({ kind: 'limit', limit: 'output' });
  }

  /** The first mark says that the program has its terminal. */
  #giveHeld(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const bytes of held ?? []) this.#stream.write(bytes);
  }

  async #tell(event: SandboxEvent): Promise<void> {
    if (!this.#listener) await Promise.race([this.#listening, this.ended]);
    if (this.#state.kind !== 'ended') await this.#listener?.(event);
  }

  /** @param otherwise why it is given up where Docker does not see its end */
  async #whyEnded(otherwise = 'the connection to its terminal broke'): Promise<SandboxEnd> {
    const look = async (): Promise<SandboxEnd> => {
      await this.#container.wait();
      const { State } = await this.#container.inspect();
      // The exit code is not to be trusted when memory ran out.
      if (State.OOMKilled) return { kind: 'limit', limit: 'memory' };
      return { kind: 'exited', code: State.ExitCode };
    };
    try {
      return await within(this.#parts.clock, END_MILLISECONDS, look(), () => ({ kind: 'lost', reason: otherwise }));
    } catch (error) {
      return { kind: 'lost', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  #end(end: SandboxEnd): void {
    if (this.#state.kind === 'ended') return;
    this.#state = { kind: 'ended', end };
    this.#cancelMeter();
    this.#interrupted();
    this.#greeter.close();
    this.#stream.destroy();
    // Its removal may have to wait for its turn: until then it must not burn on. Docker thaws what it kills.
    if (end.kind !== 'exited') this.#container.kill({ signal: 'SIGKILL' }).catch(() => {});
    this.#removed = this.#parts.remover.remove(this.#container);
    this.#removed.catch(() => {});
    this.#tellEnd(end);
  }

  /** Whether it was ever somebody's: only then did anything run in it. */
  get wasClaimed(): boolean {
    return this.#parser !== undefined;
  }

  /** Resolves when nothing of it is left in Docker; rejects where that could not be done yet. */
  get gone(): Promise<void> {
    return this.#removed ?? Promise.resolve();
  }
}
