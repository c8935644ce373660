/** What every Outbox does. */
import { type ClientId, drawAccessId } from '@codeconnected/core/room/ids.ts';
import { describe, expect, it } from 'vitest';
import type { Outbox } from './api.ts';

/** @param make an empty outbox, each time of another room */
export function describeOutboxContract(name: string, make: () => Promise<Outbox> | Outbox): void {
  const ada = drawAccessId() as ClientId;
  const bob = drawAccessId() as ClientId;
  const edit = (client: ClientId, sequence: number) => ({ client, sequence, update: Uint8Array.of(sequence, 7) });

  describe(`Outbox: ${name}`, () => {
    it('has nothing at first', async () => {
      expect(await (await make()).load()).toEqual({ epoch: undefined, document: undefined, edits: [], lost: [] });
    });

    it('gives back edits, oldest first, with the epoch of their document', async () => {
      const outbox = await make();
      await outbox.put([edit(ada, 1), edit(ada, 2)], undefined, []);
      await outbox.put([edit(ada, 10)], 'first', []);
      expect((await outbox.load()).edits).toEqual([
        { ...edit(ada, 1), epoch: undefined, living: false },
        { ...edit(ada, 2), epoch: undefined, living: false },
        { ...edit(ada, 10), epoch: 'first', living: false },
      ]);
    });

    it('forgets what was acknowledged, and nothing else', async () => {
      const outbox = await make();
      await outbox.put([edit(ada, 1), edit(ada, 2), edit(bob, 3)], 'first', []);
      await outbox.acknowledged(ada, [1, 99]);
      expect((await outbox.load()).edits).toMatchObject([edit(ada, 2), edit(bob, 3)]);
    });

    it('keeps edits in the place of others', async () => {
      const outbox = await make();
      await outbox.put([edit(ada, 1), edit(ada, 2), edit(bob, 1)], 'first', []);
      await outbox.put([edit(ada, 3)], 'first', [edit(ada, 1), edit(bob, 1)]);
      expect((await outbox.load()).edits).toMatchObject([edit(ada, 2), edit(ada, 3)]);
    });

    it('takes what is called in the order of the calls', async () => {
      const outbox = await make();
      const written = [
        outbox.put([edit(ada, 1), edit(ada, 2)], 'first', []),
        outbox.acknowledged(ada, [1]),
        outbox.keep('first', Uint8Array.of(1)),
        outbox.keep('first', Uint8Array.of(2)),
      ];
      const kept = await outbox.load();
      expect(kept).toMatchObject({ edits: [edit(ada, 2)], document: Uint8Array.of(2) });
      await Promise.all(written);
    });

    it('tells which pages are open', async () => {
      const outbox = await make();
      const release = outbox.claim(ada);
      await outbox.put([edit(ada, 1), edit(bob, 1)], 'first', []);
      const living = async () => (await outbox.load()).edits.map(({ client, living }) => [client, living]);
      expect(new Map((await living()) as [ClientId, boolean][])).toEqual(
        new Map([
          [ada, true],
          [bob, false],
        ]),
      );
      release();
      await expect.poll(async () => (await living()).filter(([, open]) => open)).toEqual([]);
    });

    it('keeps the latest document', async () => {
      const outbox = await make();
      await outbox.keep('first', Uint8Array.of(1));
      await outbox.keep('second', Uint8Array.of(2));
      expect(await outbox.load()).toMatchObject({ epoch: 'second', document: Uint8Array.of(2) });
    });

    it('D4 sets a document aside, with the edits that it holds and no others', async () => {
      const outbox = await make();
      const lost = { id: 'a', epoch: 'first', document: Uint8Array.of(5) };
      await outbox.keep('first', Uint8Array.of(1));
      await outbox.put([edit(ada, 1), edit(bob, 1)], 'first', []);
      await outbox.setAside(lost, [edit(ada, 1)]);
      const kept = await outbox.load();
      expect(kept).toMatchObject({ epoch: undefined, document: undefined, edits: [edit(bob, 1)] });
      expect(kept.lost).toEqual([lost]);
    });

    it('D4 leaves the document that took its place', async () => {
      const outbox = await make();
      await outbox.keep('second', Uint8Array.of(2));
      await outbox.setAside({ id: 'a', epoch: 'first', document: Uint8Array.of(5) }, []);
      expect(await outbox.load()).toMatchObject({ epoch: 'second', document: Uint8Array.of(2) });
    });

    it('D4 forgets only the lost documents that the person has', async () => {
      const outbox = await make();
      const lost = (id: string) => ({ id, epoch: 'first', document: Uint8Array.of(5) });
      await outbox.setAside(lost('a'), []);
      await outbox.setAside(lost('b'), []);
      await outbox.recovered(['a', 'c']);
      expect((await outbox.load()).lost).toEqual([lost('b')]);
    });

    it('keeps rooms apart', async () => {
      const [one, other] = [await make(), await make()];
      await one.put([edit(ada, 1)], 'first', []);
      await one.keep('first', Uint8Array.of(1));
      await one.setAside({ id: 'a', epoch: 'zeroth', document: Uint8Array.of(5) }, []);
      expect(await other.load()).toEqual({ epoch: undefined, document: undefined, edits: [], lost: [] });
      await other.acknowledged(ada, [1]);
      await other.recovered(['a']);
      expect(await one.load()).toMatchObject({
        edits: [edit(ada, 1)],
        document: Uint8Array.of(1),
        lost: [{ id: 'a' }],
      });
    });
  });
}
