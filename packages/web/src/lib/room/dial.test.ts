import { describe, expect, it } from 'vitest';
import { socketAddress } from './dial.ts';

describe('the socket of a room', () => {
  it('is at the page’s own origin, encrypted where the page is', () => {
    expect(socketAddress('abc', new URL('http://10.0.0.7:3000/s/abc?x#y')).href).toBe(
      'ws://10.0.0.7:3000/socket?room=abc',
    );
    expect(socketAddress('abc', new URL('https://code.example.org/s/abc')).href).toBe(
      'wss://code.example.org/socket?room=abc',
    );
  });
});
