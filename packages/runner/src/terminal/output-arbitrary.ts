/**
 * For tests: output as programs write it, from plain text to everything that a full-screen program does. Left out is
 * where xterm's own result depends on how the text was cut (wide characters without wrapping) or on states that it
 * mixes up itself (colours of underlines, a second character set), and ED 1, on which it fails in the last cell.
 */
import fc from 'fast-check';

const number = (most: number) => fc.integer({ min: 0, max: most });
const csi = (final: string, ...most: number[]) =>
  fc.tuple(...most.map(number)).map((values) => `\x1b[${values.join(';')}${final}`);

const text = fc.oneof(
  fc.stringMatching(/^[ -~]{1,30}$/),
  fc.constantFrom(
    '漢字',
    'é',
    'e\u0301',
    '👍',
    '👩\u200d👧',
    '\u05e9\u05dc',
    '─│┌',
    'a'.repeat(200),
    '漢'.repeat(60),
    ' '.repeat(30),
  ),
);
const attributes = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '0',
        '1',
        '2',
        '3',
        '4',
        '5',
        '7',
        '8',
        '9',
        '53',
        '22',
        '23',
        '24',
        '25',
        '27',
        '29',
        '39',
        '49',
      ),
      fc.constant('4:3'),
      fc.integer({ min: 30, max: 37 }).map(String),
      fc.integer({ min: 40, max: 47 }).map(String),
      fc.integer({ min: 100, max: 107 }).map(String),
      number(255).map((value) => `38;5;${value}`),
      number(255).map((value) => `48;5;${value}`),
      fc.tuple(number(255), number(255), number(255)).map((rgb) => `48;2;${rgb.join(';')}`),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((values) => `\x1b[${values.join(';')}m`);
const movement = fc.oneof(
  csi('H', 30, 90),
  ...[...'ABCDEFGd'].map((final) => csi(final, 20)),
  fc.constantFrom('\r', '\n', '\r\n', '\b', '\t', '\x1b7', '\x1b8', '\x1bM', '\x1bD', '\x1bE'),
);
const editing = fc.oneof(
  ...[...'LMP@XSTb'].map((final) => csi(final, 8)),
  fc.constantFrom('\x1b[J', '\x1b[2J', '\x1b[3J'),
  csi('K', 2),
);
const modes = fc.oneof(
  csi('r', 20, 25),
  fc.constantFrom('\x1bH', '\x1b[g', '\x1b[3g', '\x1b(0', '\x1b(B', '\x1b[!p'),
  fc
    .tuple(fc.constantFrom('1', '6', '25', '45', '1000', '1002', '1003', '1006', '2004'), fc.constantFrom('h', 'l'))
    .map(([mode, final]) => `\x1b[?${mode}${final}`),
  fc.constantFrom('\x1b[4h', '\x1b[4l', '\x1b[4 q'),
);
const screens = fc.constantFrom('\x1b[?1049h', '\x1b[?1049l', '\x1b[?47h', '\x1b[?47l', '\x1bc');

/** One thing that a program writes. */
export const anyOutput: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: text },
  { weight: 4, arbitrary: fc.constant('\r\n') },
  { weight: 4, arbitrary: attributes },
  { weight: 4, arbitrary: movement },
  { weight: 3, arbitrary: editing },
  { weight: 2, arbitrary: modes },
  { weight: 1, arbitrary: screens },
);

/** What is dropped, asked or broken. */
export const anyNoise: fc.Arbitrary<string> = fc.constantFrom(
  '\x1b[6n',
  '\x1b[c',
  '\x1b[>c',
  '\x1b[?6n',
  '\x1b[?1$p',
  '\x1bP$qm\x1b\\',
  '\x1b]52;c;aGVsbG8=\x07',
  '\x1b]8;;http://example.org\x1b\\',
  '\x1b]0;a title\x07',
  '\x1b]11;?\x07',
  '\x1b_apc\x1b\\',
  '\x9b31m',
  '\x1b[12\x18',
  '\x1b[3\n1m',
  '\x1b\x1b[1m',
  '\x07',
  '\0',
);
