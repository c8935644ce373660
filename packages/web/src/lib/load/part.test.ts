import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadPart } from './part.ts';

beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

describe('a part of the page that cannot be loaded', () => {
  /** Fails so often, then is there. */
  function part(failures: number) {
    let left = failures;
    return async () => {
      if (left-- > 0) throw new TypeError('Failed to fetch');
      return 'here';
    };
  }

  it('is tried again with growing waits, said meanwhile, and used as soon as it is there', async () => {
    const told: boolean[] = [];
    const waits: number[] = [];
    const wait = async (milliseconds: number) => void waits.push(milliseconds);
    expect(
      await loadPart(
        part(7),
        (failing) => told.push(failing),
        () => true,
        wait,
      ),
    ).toBe('here');
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(told).toEqual([true, false]);
  });

  it('is not tried any more once nobody wants it', async () => {
    let wanted = true;
    const told: boolean[] = [];
    const wait = async () => {
      wanted = false;
    };
    expect(
      await loadPart(
        part(1),
        (failing) => told.push(failing),
        () => wanted,
        wait,
      ),
    ).toBeUndefined();
    expect(told).toEqual([true, false]);
  });

  it('says nothing where it comes at once', async () => {
    const told: boolean[] = [];
    expect(await loadPart(part(0), (failing) => told.push(failing))).toBe('here');
    expect(told).toEqual([]);
  });
});
