/**
 * Copies a text; works over plain HTTP too, where browsers offer no `navigator.clipboard`.
 * @param beside where a field may stand for a moment: what closes when the focus leaves it stays open for one inside
 * @returns whether it is on the clipboard
 */
export async function copyText(text: string, beside: Element = document.body): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not permitted: the older way may still be.
  }
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  beside.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
