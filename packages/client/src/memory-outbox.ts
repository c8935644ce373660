/** An outbox that lives as long as the page: for tests, Node, and browsers that refuse storage. */
import type { ClientId } from '@codeconnected/core/room/ids.ts';
import type { EditName, KeptEdit, LostDocument, Outbox } from './api.ts';

const keyOf = ({ client, sequence }: EditName) => `${client}#${sequence}`;

/** Opens an empty one; handing the same to a second client shares it, as tabs of one browser do. */
export function openMemoryOutbox(): Outbox {
  const edits = new Map<string, Omit<KeptEdit, 'living'>>();
  const lost = new Map<string, LostDocument>();
  const pages = new Set<ClientId>();
  let kept: { epoch: string; document: Uint8Array } | undefined;
  return {
    durable: false,
    claim(client) {
      pages.add(client);
      return () => pages.delete(client);
    },
    load: async () => ({
      epoch: kept?.epoch,
      document: kept?.document,
      edits: [...edits.values()].map((edit) => ({ ...edit, living: pages.has(edit.client) })),
      lost: [...lost.values()],
    }),
    put: async (put, epoch, instead) => {
      for (const { client, sequence, update } of put) {
        edits.set(keyOf({ client, sequence }), { client, sequence, update, epoch });
      }
      for (const name of instead) edits.delete(keyOf(name));
    },
    acknowledged: async (client, sequences) => {
      for (const sequence of sequences) edits.delete(keyOf({ client, sequence }));
    },
    keep: async (epoch, document) => {
      kept = { epoch, document };
    },
    setAside: async (document, names) => {
      lost.set(document.id, document);
      for (const name of names) edits.delete(keyOf(name));
      if (kept?.epoch === document.epoch) kept = undefined;
    },
    recovered: async (ids) => {
      for (const id of ids) lost.delete(id);
    },
  };
}
