import { expect, test } from 'vitest';
import type { DocumentText } from '../room/document.ts';
import { RUN_FILES_BYTES } from './limits.ts';
import { runFiles } from './run-files.ts';

const text = (...files: [id: string, name: string, text?: string][]): DocumentText => ({
  title: '',
  language: undefined,
  entry: undefined,
  files: files.map(([id, name, content = '']) => ({ id, name, text: content })),
});

test('S3 only bare names reach a sandbox', () => {
  const names = ['../x', '/etc/passwd', '.profile', 'a/b', 'a\0b', '-rf', '', 'ok.txt', 'größe 2.txt'];
  const { files } = runFiles(text(['e', 'main.py'], ...names.map((name, i): [string, string] => [`f${i}`, name])), 'e');
  expect(files.map((file) => file.name)).toEqual(['main.py', 'ok.txt', 'größe 2.txt']);
});

test('of files with one name the entry counts', () => {
  const { files, entry } = runFiles(text(['a', 'main.py', 'other'], ['e', 'main.py', 'entry']), 'e');
  expect(entry).toBe('main.py');
  expect(files).toEqual([{ name: 'main.py', text: 'entry' }]);
});

test.each([undefined, 'gone', 'bad'])('without an entry there is nothing to run: %s', (entry) => {
  expect(() => runFiles(text(['bad', '../main.py']), entry)).toThrow('nothing-to-run');
});

test('more than a sandbox takes is refused', () => {
  const half = 'é'.repeat(RUN_FILES_BYTES / 4);
  expect(runFiles(text(['e', 'a', half], ['f', 'b', half]), 'e').files.length).toBe(2);
  expect(() => runFiles(text(['e', 'a', half], ['f', 'b', `${half}x`]), 'e')).toThrow('file-too-large');
});
