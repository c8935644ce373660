/**
 * Cuts a sandbox's output into whole pieces: text, control characters, complete escape sequences. An unfinished
 * one is held back, so that between two pieces a terminal's parser is always at rest and its screen can be taken.
 *
 * The runner's own terminal gets everything that changes a screen or asks something; viewers get no questions, since
 * each of them would answer. What has effects beyond the screen (clipboard, links, colours of the whole terminal) is
 * dropped for both, so that they never differ.
 */

import { OutputCost, type Surface } from './output-cost.ts';
import { Joining } from './output-joining.ts';

/** A piece of output. */
export interface Filtered {
  /** For the runner's terminal, which answers. */
  readonly own: string;
  /** For the viewers. */
  readonly viewers: string;
  /** What parsing it takes, in plain characters. */
  readonly cost: number;
}

/** Cost of a piece: some 0.4 ms of one core, after which others may come. One sequence may cost more. */
export const PIECE_COST = 16 * 1024;

/** Characters of a control sequence (CSI) that are read; a longer one is dropped. */
const CONTROL_CHARACTERS = 256;
/** Characters of a string sequence (OSC, DCS) that are read; a longer one is dropped. */
const STRING_CHARACTERS = 4096;

/** Greatest number in a sequence that moves, inserts or repeats: beyond every screen's edge it changes nothing more. */
const COUNT_MOST = 1000;
/** Sequences whose numbers are no counts: private ones, colours and modes. */
const NAMING = /^[?>=<]|\$|[mhl]$/;
/** Ends of sequences that shift lines, one step for each of the count: more than there are change nothing more. */
const SHIFTING = /[STLM]$/;

const ESC = '\x1b';
/** OSC numbers that are let through: the title. */
const TITLES = /^[012];/;
/** Questions in control sequences: DA1-3, DSR, DECRQM, XTVERSION, DECREQTPARM, reports of window operations and keyboard. */
const QUESTION =
  /^(?:[?>=]?[0-9;]*c|[?>]?[0-9;]*n|\??[0-9;]*\$p|>[0-9;]*q|[0-9;]*x|[>]?[0-9;]*t|\?[0-9;]*u|\?[0-9;]*m)$/;
/** Every way to say ED 1, which the runner's display has to find. */
const ERASE_ABOVE = /^\??0*1(?:;[0-9;]*)?J$/;
/** Repeating the character before. */
const REPEAT = /^[0-9;:]*b$/;
/** Requests in DCS: DECRQSS, XTGETTCAP. */
const STRING_QUESTION = /^[$+]q/;

/**
 * Stands where a question was: the time fill of the first terminals, which shows nothing. As the question does, it keeps
 * what follows (a combining character, a repetition) from joining what was before.
 */
const NOTHING = '\0';

type Reading =
  | { kind: 'ground' }
  /** After ESC, with intermediates. */
  | { kind: 'escape'; text: string; executed: string }
  | { kind: 'control'; text: string; executed: string; overlong: boolean }
  | { kind: 'string'; opener: string; text: string; overlong: boolean };

const isControlCharacter = (code: number) => code < 0x20;

export class OutputFilter {
  #decoder = new TextDecoder('utf-8');
  #reading: Reading = { kind: 'ground' };
  readonly #joining = new Joining();
  #rows = 0;
  #weight!: OutputCost;
  #pieces: Filtered[] = [];
  #own = '';
  #viewers = '';
  #cost = 0;

  /**
   * Takes the next bytes.
   * @param surface the terminal as it is before them
   * @returns what they come to, in pieces of bounded cost
   */
  push(bytes: Uint8Array, surface: Surface): readonly Filtered[] {
    this.#rows = surface.rows;
    this.#weight = new OutputCost(surface);
    this.#pieces = [];
    this.#take(this.#decoder.decode(bytes, { stream: true }));
    if (this.#cost > 0) this.#cut();
    return this.#pieces;
  }

  /** Forgets an unfinished piece: the output ended there. */
  reset(): void {
    this.#decoder = new TextDecoder('utf-8');
    this.#reading = { kind: 'ground' };
    this.#joining.reset();
  }

  #take(decoded: string): void {
    // The 8-bit controls mean the same as ESC and a letter; in that form there is one grammar.
    const text = decoded.replace(/[\x80-\x9f]/g, (c) => ESC + String.fromCharCode(c.charCodeAt(0) - 0x40));
    let at = 0;
    while (at < text.length) {
      if (this.#reading.kind === 'ground') {
        const next = text.indexOf(ESC, at);
        const end = next < 0 ? text.length : next;
        if (end > at) this.#text(text.slice(at, end));
        if (next < 0) break;
        this.#reading = { kind: 'escape', text: '', executed: '' };
        at = next + 1;
      } else {
        const char = String.fromCodePoint(text.codePointAt(at)!);
        this.#step(char, this.#reading);
        at += char.length;
      }
    }
  }

  #cut(): void {
    this.#pieces.push({ own: this.#own, viewers: this.#viewers, cost: this.#cost });
    this.#own = '';
    this.#viewers = '';
    this.#cost = 0;
  }

  #add(own: string, viewers: string, cost: number): void {
    this.#own += own;
    this.#viewers += viewers;
    this.#cost += cost;
    if (this.#cost >= PIECE_COST) this.#cut();
  }

  /** Text and control characters. */
  #text(whole: string): void {
    const text = this.#joining.limit(whole);
    let from = 0;
    let cost = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      cost += this.#weight.character(code);
      // A pair of surrogates stays whole.
      if (this.#cost + cost < PIECE_COST || (code >= 0xd800 && code <= 0xdbff)) continue;
      const part = text.slice(from, at + 1);
      this.#add(part, part, cost);
      from = at + 1;
      cost = 0;
    }
    const rest = text.slice(from);
    this.#add(rest, rest, cost);
  }

  /** A whole sequence, after ESC, and what viewers get of it. */
  #sequence(text: string, viewers = ESC + text): void {
    this.#joining.sequence(text);
    this.#add(ESC + text, viewers, this.#weight.sequence(text));
  }

  #step(char: string, reading: Exclude<Reading, { kind: 'ground' }>): void {
    const code = char.charCodeAt(0);
    if (code === 0x1b) {
      if (reading.kind === 'string') this.#endString(reading);
      else this.#text(reading.executed);
      this.#reading = { kind: 'escape', text: '', executed: '' };
    } else if (code === 0x18 || code === 0x1a) {
      // CAN and SUB give a sequence up.
      if (reading.kind !== 'string') this.#text(reading.executed);
      this.#reading = { kind: 'ground' };
    } else if (reading.kind === 'string') this.#stepString(char, reading);
    // A control character within a sequence takes effect at once, and the sequence goes on.
    else if (isControlCharacter(code)) reading.executed += char;
    else if (code === 0x7f) return;
    else if (reading.kind === 'escape') this.#stepEscape(char, code, reading);
    else this.#stepControl(char, code, reading);
  }

  #stepEscape(char: string, code: number, reading: Extract<Reading, { kind: 'escape' }>): void {
    if (code >= 0x20 && code <= 0x2f) {
      if (reading.text.length < CONTROL_CHARACTERS) reading.text += char;
      return;
    }
    if (reading.text === '' && char === '[') {
      this.#reading = { kind: 'control', text: '', executed: reading.executed, overlong: false };
      return;
    }
    if (reading.text === '' && ']P_^X'.includes(char)) {
      this.#text(reading.executed);
      this.#reading = { kind: 'string', opener: char, text: '', overlong: false };
      return;
    }
    this.#reading = { kind: 'ground' };
    this.#text(reading.executed);
    // ST without a string means nothing; ESC Z asks for attributes.
    if (code < 0x80 && !(reading.text === '' && (char === '\\' || char === 'Z'))) {
      this.#sequence(reading.text + char);
    } else if (code >= 0x80) this.#text(char);
  }

  #stepControl(char: string, code: number, reading: Extract<Reading, { kind: 'control' }>): void {
    if (code >= 0x80) {
      // Not part of any sequence: the sequence is given up with it.
      this.#text(reading.executed);
      this.#reading = { kind: 'ground' };
      return;
    }
    if (reading.text.length >= CONTROL_CHARACTERS) reading.overlong = true;
    else reading.text += char;
    if (code < 0x40) return;
    this.#reading = { kind: 'ground' };
    this.#text(reading.executed);
    if (reading.overlong) return;
    if (ERASE_ABOVE.test(reading.text)) this.#sequence('[1J');
    else if (REPEAT.test(reading.text) && !this.#joining.repeatable) this.#text(NOTHING);
    else this.#sequence(`[${this.#bounded(reading.text)}`, QUESTION.test(reading.text) ? NOTHING : undefined);
  }

  #bounded(text: string): string {
    if (NAMING.test(text)) return text;
    const most = SHIFTING.test(text) ? this.#rows : COUNT_MOST;
    return text.replace(/\d{2,}/g, (digits) => String(Math.min(Number(digits), most)));
  }

  #stepString(char: string, reading: Extract<Reading, { kind: 'string' }>): void {
    if (char === '\x07' && reading.opener === ']') {
      this.#endString(reading);
      this.#reading = { kind: 'ground' };
    } else if (reading.text.length >= STRING_CHARACTERS) reading.overlong = true;
    else reading.text += char;
  }

  /** Only titles and the questions that the runner's terminal can answer are let through. */
  #endString(reading: Extract<Reading, { kind: 'string' }>): void {
    if (reading.overlong) return;
    if (reading.opener === ']' && TITLES.test(reading.text)) {
      const title = `${ESC}]${reading.text}\x07`;
      this.#message(title, title);
    }
    if (reading.opener === 'P' && STRING_QUESTION.test(reading.text)) {
      this.#message(`${ESC}P${reading.text}${ESC}\\`, NOTHING);
    }
  }

  #message(own: string, viewers: string): void {
    this.#joining.sequence('');
    this.#add(own, viewers, this.#weight.message(own));
  }
}
