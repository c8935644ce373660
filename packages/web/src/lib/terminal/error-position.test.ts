import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorExpression, errorPositions } from './error-position.ts';

const LANGUAGES = join(import.meta.dirname, '../../../../../languages');
const FILES = new Set(['main.py', 'main.js']);

const positions = (text: string, source: string) =>
  errorPositions(text, errorExpression(source)!, FILES).map(({ file, line }) => `${file}:${line}`);

function expressionOf(language: string): string | undefined {
  const manifest = join(LANGUAGES, language, 'manifest.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).errorPosition : undefined;
}

describe('positions in a traceback', () => {
  it('are found with file, line and place', () => {
    const source = 'File "(?<file>[^"]+)", line (?<line>\\d+)';
    const text = '  File "main.py", line 12, in f';
    const [found] = errorPositions(text, errorExpression(source)!, FILES);
    expect(found).toEqual({ file: 'main.py', line: 12, start: 2, end: 25 });
  });

  it('of files that the room has not lead nowhere', () => {
    expect(positions('File "<stdin>", line 1', 'File "(?<file>[^"]+)", line (?<line>\\d+)')).toEqual([]);
    expect(positions('File "main.py", line 0', 'File "(?<file>[^"]+)", line (?<line>\\d+)')).toEqual([]);
  });

  it('are several where a line names several', () => {
    expect(positions('main.js:3 main.js:7', '(?<file>main\\.js):(?<line>\\d+)')).toEqual(['main.js:3', 'main.js:7']);
  });

  it.each([undefined, '', '(unclosed', '(?<file>x'])('are none where the expression is %j', (source) => {
    expect(errorExpression(source)).toBeUndefined();
  });

  it('are none where the expression names no groups', () => {
    expect(positions('main.py 3', 'main.py (\\d)')).toEqual([]);
  });

  it('every installed language has an expression that compiles, if it has one', () => {
    for (const language of readdirSync(LANGUAGES)) {
      const source = expressionOf(language);
      if (source) expect(errorExpression(source), language).toBeInstanceOf(RegExp);
    }
  });
});
