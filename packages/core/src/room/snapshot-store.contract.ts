/** What every SnapshotStore does. */
import { describe, expect, it } from 'vitest';
import type { DocumentText } from './document.ts';
import { drawAccessId, type LanguageId, type RoomId } from './ids.ts';
import type { SnapshotStore } from './snapshot-store.ts';

const TEXT: DocumentText = {
  title: 'Überschrift 😀',
  language: 'python' as LanguageId,
  entry: 'f1',
  files: [{ id: 'f1', name: 'main.py', text: 'print("\u0000\u202e")\n' }],
};

function document(fill: number, bytes = 64) {
  return { update: new Uint8Array(bytes).fill(fill), text: { ...TEXT, title: `${TEXT.title} ${fill}` } };
}

/** @param make an empty store, or one that the other tests' rooms are in */
export function describeSnapshotStoreContract(name: string, make: () => Promise<SnapshotStore> | SnapshotStore): void {
  const fresh = () => drawAccessId() as RoomId;

  describe(`SnapshotStore: ${name}`, () => {
    it('has nothing at first', async () => {
      expect(await (await make()).read(fresh())).toBeUndefined();
    });

    it('reads back what was written', async () => {
      const store = await make();
      const room = fresh();
      const written = await store.write(room, document(1, 300_000), undefined);
      const read = await store.read(room);
      expect(written).toEqual({ kind: 'written', version: read!.version });
      expect(Buffer.compare(read!.update, document(1, 300_000).update)).toBe(0);
      expect(read!.text).toEqual(document(1).text);
    });

    it('D3 writes only over the version that was read', async () => {
      const store = await make();
      const room = fresh();
      const first = await store.write(room, document(1), undefined);
      if (first.kind !== 'written') throw new Error('not written');
      expect(await store.write(room, document(2), undefined)).toEqual({ kind: 'conflict' });
      const second = await store.write(room, document(3), first.version);
      if (second.kind !== 'written') throw new Error('not written');
      expect(second.version).not.toBe(first.version);
      expect(await store.write(room, document(4), first.version)).toEqual({ kind: 'conflict' });
      expect((await store.read(room))?.text.title).toBe(document(3).text.title);
    });

    it('D3 lets of two writers at once only one through', async () => {
      const store = await make();
      const room = fresh();
      const results = await Promise.all([1, 2, 3, 4, 5].map((fill) => store.write(room, document(fill), undefined)));
      const winners = results.filter(({ kind }) => kind === 'written');
      expect(winners).toHaveLength(1);
      expect(winners[0]).toEqual({ kind: 'written', version: (await store.read(room))!.version });
    });

    it('D3 gives the same content another version each time', async () => {
      const store = await make();
      const room = fresh();
      const first = await store.write(room, document(1), undefined);
      if (first.kind !== 'written') throw new Error('not written');
      const second = await store.write(room, document(1), first.version);
      expect(second).toMatchObject({ kind: 'written' });
      expect(await store.write(room, document(2), first.version)).toEqual({ kind: 'conflict' });
    });

    it('D3 refuses a version that was removed, even after a new beginning', async () => {
      const store = await make();
      const room = fresh();
      const first = await store.write(room, document(1), undefined);
      if (first.kind !== 'written') throw new Error('not written');
      await store.remove(room);
      await store.remove(room);
      expect(await store.read(room)).toBeUndefined();
      expect(await store.write(room, document(2), first.version)).toEqual({ kind: 'conflict' });
      expect((await store.write(room, document(1), undefined)).kind).toBe('written');
      expect(await store.write(room, document(2), first.version)).toEqual({ kind: 'conflict' });
    });

    it('keeps rooms apart', async () => {
      const store = await make();
      const [one, other] = [fresh(), fresh()];
      await store.write(one, document(1), undefined);
      await store.write(other, document(2), undefined);
      await store.remove(one);
      expect((await store.read(other))?.text.title).toBe(document(2).text.title);
    });
  });
}
