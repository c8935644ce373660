/**
 * Bounds what joins in one cell of a terminal: xterm adds every character without a width of its own to the cell
 * before it, without end.
 */

/**
 * Code points without a width that are kept after a character: emoji families, flags of regions and stacks of Tibetan
 * or Thai marks have fewer.
 */
export const JOINED_MOST = 16;

/**
 * All that xterm gives no width, and some more: it goes by an older Unicode, where one sign was still a mark. DEL is among them: a terminal ignores it, so that what follows joins
 * what was before.
 */
const JOINING = /[\x7f\p{M}\p{Cf}\u06de\u1160-\u11ff]/u;
/** Text in which nothing joins. */
const APART = /^[\0-\x7e\x80-\xac\xae-\u02ff]*$/;
/** The first code point that xterm may give two columns, and the first after Hangul's initials. */
const WIDE_FROM = 0x1100;
const WIDE_INITIALS_END = 0x115f;
const WIDE_AGAIN_FROM = 0x2329;
/** Beyond these are marks, and characters that may be wide. */
const PLAIN_END = 0x02ff;

const wide = (code: number) => code >= WIDE_FROM && (code <= WIDE_INITIALS_END || code >= WIDE_AGAIN_FROM);

export class Joining {
  /** Code points that joined the last character. */
  #joined = 0;
  /** The last character; 0 where there is none to join. */
  #last = 0;
  #wrapping = true;

  /** Whether the last character can be repeated: xterm repeats a cell with all that joined it, and adds to others so. */
  get repeatable(): boolean {
    return this.#joined === 0 && this.#last >= 0x20 && this.#takesJoining;
  }

  /** @returns the text without what would join beyond the limit */
  limit(text: string): string {
    if (APART.test(text)) {
      if (text !== '') this.#begin(text.charCodeAt(text.length - 1));
      return text;
    }
    let kept = '';
    let from = 0;
    for (let at = 0; at < text.length; ) {
      const code = text.codePointAt(at)!;
      const end = at + (code > 0xffff ? 2 : 1);
      if (!(code === 0x7f || code === 0xad || code > PLAIN_END) || !JOINING.test(text.slice(at, end)))
        this.#begin(code);
      else if (!this.#join()) {
        kept += text.slice(from, at);
        from = end;
      }
      at = end;
    }
    return kept + text.slice(from);
  }

  /** A sequence ends what could be joined. @param text after ESC */
  sequence(text: string): void {
    this.#begin(0);
    if (text === 'c' || text === '[!p' || text === '[?7h') this.#wrapping = true;
    else if (/^\[\?.*l$/.test(text) && /[?;:]0*7(?!\d)/.test(text)) this.#wrapping = false;
  }

  /** Another program comes, with a terminal that wraps. */
  reset(): void {
    this.#begin(0);
    this.#wrapping = true;
  }

  #begin(code: number): void {
    this.#last = code;
    this.#joined = 0;
  }

  /**
   * Whether what joins finds the last character. Without wrapping, a wide one in the last column is not written, and
   * another cell would take what joins it, again and again.
   */
  get #takesJoining(): boolean {
    return this.#wrapping || !wide(this.#last);
  }

  /** @returns whether one more may join */
  #join(): boolean {
    this.#joined += 1;
    return this.#joined <= JOINED_MOST && this.#takesJoining;
  }
}
