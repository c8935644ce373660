import { expect, test } from 'vitest';
import { readiness } from './readiness.ts';

const LANGUAGES = ['C', 'JavaScript', 'Python'];

test('where everything works, that is all there is to say', () => {
  const lines = readiness(true, [], LANGUAGES);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('Everything is ready.');
});

test('a language that could not be built is named with its reason, and so are those that work', () => {
  const text = readiness(true, ['Python could not be built: no mirror'], LANGUAGES).join('\n');
  expect(text).not.toContain('Everything is ready');
  expect(text).toContain('Python could not be built: no mirror');
  expect(text).toContain('Ready: C, JavaScript.');
});

test('where nothing works, nothing is called ready', () => {
  expect(readiness(false, ['No runner is connected.'], LANGUAGES).join('\n')).not.toContain('Ready:');
});
