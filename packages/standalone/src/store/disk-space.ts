/** Whether the disk that the data lies on has room. */
import { statfsSync } from 'node:fs';

/** Milliseconds between two looks. */
const LOOK_MILLISECONDS = 1_000;

export class DiskSpace {
  readonly #floor: number;
  readonly #free: () => number;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #full = false;

  /**
   * @param folder a folder on the disk
   * @param floor bytes that are left free
   * @param free bytes that are free; asked now and then
   */
  constructor(folder: string, floor: number, free: () => number = () => freeOn(folder)) {
    this.#floor = floor;
    this.#free = free;
  }

  /** Whether less is free than is to be left free. */
  get full(): boolean {
    const now = performance.now();
    if (now - this.#lookedAt >= LOOK_MILLISECONDS) {
      this.#lookedAt = now;
      this.#full = this.#free() < this.#floor;
    }
    return this.#full;
  }
}

function freeOn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
