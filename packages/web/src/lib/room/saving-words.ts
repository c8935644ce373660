/** What the page says of unsaved edits; it promises nothing that the browser does not hold. */
import type { SavingState } from '@codeconnected/client/api.ts';

/** @param keeps whether unsaved edits outlive the page */
export function savingWords(saving: SavingState, keeps: boolean): string {
  if (saving === 'saved') return 'Saved';
  if (saving === 'saving') return 'Saving…';
  return keeps ? 'Offline: your changes are kept here' : 'Offline: keep this tab open';
}

/** Asked before leaving with unsaved edits. @param keeps whether they outlive the page */
export function leavingWords(keeps: boolean): string {
  const rest = keeps
    ? 'They are kept in this browser and sent when you come back.'
    : 'This browser does not store them: if you leave now, they are lost.';
  return `Your latest edits are not saved yet. ${rest}`;
}

/** Asked before leaving others. @param connected otherwise nobody knows who is still here */
export function othersWords(names: readonly string[], connected: boolean): string {
  const [are, were] = names.length === 1 ? ['is', 'was'] : ['are', 'were'];
  const where = connected ? `${are} still here` : `${were} here when the connection was lost`;
  return `${names.join(', ')} ${where}; the room goes on without you.`;
}
