/**
 * Follows how much of the page can be seen where the keyboard covers it instead of shrinking it (iOS): the room takes
 * that height, so that its bottom is never behind the keyboard.
 * @returns a function that ends it
 */
export function followVisibleHeight(): () => void {
  const visible = window.visualViewport;
  if (!visible) return () => undefined;
  const { style } = document.documentElement;
  const shrink = () => {
    // Pinched larger: the person looks at a part, and the page stays as it is.
    if (visible.scale !== 1) return;
    style.setProperty('--visible-height', `${visible.height}px`);
    window.scrollTo(0, 0);
  };
  visible.addEventListener('resize', shrink);
  // Where the page is pushed up to show what is typed into.
  visible.addEventListener('scroll', shrink);
  return () => {
    visible.removeEventListener('resize', shrink);
    visible.removeEventListener('scroll', shrink);
    style.removeProperty('--visible-height');
  };
}
