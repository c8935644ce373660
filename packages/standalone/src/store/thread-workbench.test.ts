import type { PersonId } from '@codeconnected/core/room/ids.ts';
import { quadraticPair } from '@codeconnected/core/room/quadratic.testing.ts';
import { describeWorkbenchContract } from '@codeconnected/core/room/workbench.contract.ts';
import { afterAll, expect, it } from 'vitest';
import * as Y from 'yjs';
import { ThreadWorkbench } from './thread-workbench.ts';

const benches: ThreadWorkbench[] = [];
function make(options?: ConstructorParameters<typeof ThreadWorkbench>[0]): ThreadWorkbench {
  const bench = new ThreadWorkbench(options);
  benches.push(bench);
  return bench;
}
afterAll(() => Promise.all(benches.map((bench) => bench.close())));

describeWorkbenchContract('worker thread', make);

const logged = (update: Uint8Array) => ({
  entries: [{ key: 'k', update, author: 'p' as PersonId, at: 0 }],
  snapshot: undefined,
});

it('gives up an update that takes too long, and goes on', async () => {
  const bench = make();
  const [first, second] = quadraticPair(20_000);
  expect(await bench.try(logged(first), second)).toEqual({ kind: 'too-costly' });
  expect(await bench.try(logged(new Uint8Array([0, 0])), first)).toMatchObject({ kind: 'fine' });
});

it('takes a large edit of somebody who was offline for long', async () => {
  const doc = new Y.Doc();
  doc.getText('f').insert(0, 'word '.repeat(20_000));
  const before = Y.encodeStateAsUpdate(doc);
  const vector = Y.encodeStateVector(doc);
  const text = doc.getText('f');
  doc.transact(() => {
    for (let at = 0; at < 5_000; at++) text.insert((at * 7_919) % text.length, 'w');
  });
  const trial = await make().try(logged(before), Y.encodeStateAsUpdate(doc, vector));
  expect(trial.kind).toBe('fine');
});
