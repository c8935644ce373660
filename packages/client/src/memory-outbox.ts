/** An outbox that lives as long as the page: for tests, Node, and browsers that refuse storage. */
import type { Outbox, PendingEdit } from './api.ts';

/** Opens an empty one; handing the same to a second client shares it, as tabs of one browser do. */
export function openMemoryOutbox(): Outbox {
  const edits = new Map<string, PendingEdit>();
  let kept: { epoch: string; document: Uint8Array } | undefined;
  return {
    durable: false,
    load: async () => ({ epoch: kept?.epoch, edits: [...edits.values()], document: kept?.document }),
    put: async (edit) => {
      edits.set(`${edit.client}#${edit.sequence}`, edit);
    },
    acknowledged: async (client, sequences) => {
      for (const sequence of sequences) edits.delete(`${client}#${sequence}`);
    },
    keep: async (epoch, document) => {
      kept = { epoch, document };
    },
    clear: async () => {
      edits.clear();
      kept = undefined;
    },
  };
}
