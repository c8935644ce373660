/**
 * Cuts a sandbox's output into whole pieces: text, control characters, complete escape sequences. An unfinished
 * one is held back, so that between two pieces a terminal's parser is always at rest and its screen can be taken.
 *
 * The runner's own terminal gets everything that changes a screen or asks something; viewers get no questions, since
 * each of them would answer. What has effects beyond the screen (clipboard, links, colours of the whole terminal) is
 * dropped for both, so that they never differ.
 */

import { TERMINAL_ROWS } from '../room/limits.ts';

/** What a chunk comes to. */
export interface Filtered {
  /** For the runner's terminal, which answers. */
  readonly own: string;
  /** For the viewers. */
  readonly viewers: string;
}

/** Characters of a control sequence (CSI) that are read; a longer one is dropped. */
const CONTROL_CHARACTERS = 256;
/** Characters of a string sequence (OSC, DCS) that are read; a longer one is dropped. */
const STRING_CHARACTERS = 4096;

/** Greatest number in a sequence that moves, inserts or repeats: beyond every screen's edge it changes nothing more. */
const COUNT_MOST = 1000;
/** Sequences whose numbers are no counts: private ones, colours and modes. */
const NAMING = /^[?>=<]|\$|[mhl]$/;
/** Ends of sequences that shift lines, one step for each of the count: xterm takes microseconds for a step. */
const SHIFTING = /[STLM]$/;

const ESC = '\x1b';
/** OSC numbers that are let through: the title. */
const TITLES = /^[012];/;
/** Questions in control sequences: DA1-3, DSR, DECRQM, XTVERSION, DECREQTPARM, reports of window operations and keyboard. */
const QUESTION =
  /^(?:[?>=]?[0-9;]*c|[?>]?[0-9;]*n|\??[0-9;]*\$p|>[0-9;]*q|[0-9;]*x|[>]?[0-9;]*t|\?[0-9;]*u|\?[0-9;]*m)$/;
/** Every way to say ED 1, which the runner's display has to find. */
const ERASE_ABOVE = /^\??0*1(?:;[0-9;]*)?J$/;
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
  #own = '';
  #viewers = '';
  #rows: number = TERMINAL_ROWS.most;

  /**
   * Takes the next bytes.
   * @param rows of the screen: shifting further than that empties it and costs a terminal its thread
   */
  push(bytes: Uint8Array, rows: number = TERMINAL_ROWS.most): Filtered {
    this.#rows = rows;
    return this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Forgets an unfinished piece: the output ended there. */
  reset(): void {
    this.#decoder = new TextDecoder('utf-8');
    this.#reading = { kind: 'ground' };
  }

  #take(decoded: string): Filtered {
    // The 8-bit controls mean the same as ESC and a letter; in that form there is one grammar.
    const text = decoded.replace(/[\x80-\x9f]/g, (c) => ESC + String.fromCharCode(c.charCodeAt(0) - 0x40));
    this.#own = '';
    this.#viewers = '';
    let at = 0;
    while (at < text.length) {
      if (this.#reading.kind === 'ground') {
        const next = text.indexOf(ESC, at);
        const end = next < 0 ? text.length : next;
        if (end > at) this.#both(text.slice(at, end));
        if (next < 0) break;
        this.#reading = { kind: 'escape', text: '', executed: '' };
        at = next + 1;
      } else {
        this.#step(text[at]!, this.#reading);
        at += 1;
      }
    }
    return { own: this.#own, viewers: this.#viewers };
  }

  #both(text: string): void {
    this.#own += text;
    this.#viewers += text;
  }

  #step(char: string, reading: Exclude<Reading, { kind: 'ground' }>): void {
    const code = char.charCodeAt(0);
    if (code === 0x1b) {
      if (reading.kind === 'string') this.#endString(reading);
      else this.#both(reading.executed);
      this.#reading = { kind: 'escape', text: '', executed: '' };
    } else if (code === 0x18 || code === 0x1a) {
      // CAN and SUB give a sequence up.
      if (reading.kind !== 'string') this.#both(reading.executed);
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
      this.#both(reading.executed);
      this.#reading = { kind: 'string', opener: char, text: '', overlong: false };
      return;
    }
    this.#reading = { kind: 'ground' };
    this.#both(reading.executed);
    // ST without a string means nothing; ESC Z asks for attributes.
    if (code < 0x80 && !(reading.text === '' && (char === '\\' || char === 'Z'))) {
      this.#both(ESC + reading.text + char);
    } else if (code >= 0x80) this.#both(char);
  }

  #stepControl(char: string, code: number, reading: Extract<Reading, { kind: 'control' }>): void {
    if (code >= 0x80) {
      // Not part of any sequence: the sequence is given up with it.
      this.#both(reading.executed);
      this.#reading = { kind: 'ground' };
      return;
    }
    if (reading.text.length >= CONTROL_CHARACTERS) reading.overlong = true;
    else reading.text += char;
    if (code < 0x40) return;
    this.#reading = { kind: 'ground' };
    this.#both(reading.executed);
    if (reading.overlong) return;
    const sequence = ERASE_ABOVE.test(reading.text) ? `${ESC}[1J` : `${ESC}[${this.#bounded(reading.text)}`;
    this.#own += sequence;
    this.#viewers += QUESTION.test(reading.text) ? NOTHING : sequence;
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
    if (reading.opener === ']' && TITLES.test(reading.text)) this.#both(`${ESC}]${reading.text}\x07`);
    if (reading.opener === 'P' && STRING_QUESTION.test(reading.text)) {
      this.#own += `${ESC}P${reading.text}${ESC}\\`;
      this.#viewers += NOTHING;
    }
  }
}
