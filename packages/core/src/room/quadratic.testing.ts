/** Two small updates that together cost Yjs a step for each pair of their items. */

/**
 * @param count items of each
 * @returns in the order in which the second is costly: the first client's items each lie in front of the one before,
 *   the second's each at the beginning of whatever there is
 */
export function quadraticPair(count: number): [Uint8Array, Uint8Array] {
  return [itemsOf(1, count, true), itemsOf(2, count, false)];
}

function itemsOf(client: number, count: number, bound: boolean): Uint8Array {
  const bytes: number[] = [];
  const number = (value: number) => {
    for (; value > 127; value = Math.floor(value / 128)) bytes.push(128 | (value & 127));
    bytes.push(value);
  };
  bytes.push(1);
  number(count);
  bytes.push(client, 0);
  for (let at = 0; at < count; at++) {
    if (bound && at > 0) {
      // A character with a right neighbour.
      bytes.push(4 | 64, client);
      number(at - 1);
    } else bytes.push(4, 1, 1, 102);
    bytes.push(1, 120);
  }
  return Uint8Array.from([...bytes, 0]);
}
