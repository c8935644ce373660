/** A workbench in the same thread, without bounds; for tests. */
import { mergeStored, tryUpdate } from '../document-work.ts';
import type { Workbench } from '../workbench.ts';

/** Makes one. */
export function memoryWorkbench(): Workbench {
  return {
    merge: async (stored) => mergeStored(stored),
    try: async (stored, update) => ({ kind: 'fine', ...tryUpdate(stored, update, (apply) => apply()) }),
  };
}
