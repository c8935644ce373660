import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';

/**
 * Leaves out of the page what libraries bring and nobody calls, but no bundler may drop by itself: the editor binding's
 * own carets (ours are in `lib/editor/remote-carets.ts`), and schemas that lib0 makes when it is loaded.
 */
const leaveOut: Plugin = {
  name: 'leave-out',
  enforce: 'pre',
  load(id) {
    if (!id.endsWith('/y-codemirror.next/src/y-remote-selections.js')) return null;
    return 'export const yRemoteSelections = [], yRemoteSelectionsTheme = [];';
  },
  transform(code, id) {
    if (!id.endsWith('/lib0/dom.js')) return null;
    return { code: code.replaceAll('$.$custom(', '/* @__PURE__ */ $.$custom('), map: null };
  },
};

export default defineConfig({
  plugins: [
    leaveOut,
    sveltekit({
      adapter: adapter(),
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          // Style elements need the nonce; attributes are what the terminal colours its cells with.
          'style-src': ['self'],
          'style-src-attr': ['unsafe-inline'],
          'img-src': ['self', 'data:'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
      // Pages outlive a restart of the server; they say themselves when the protocol changed.
      version: { pollInterval: 0 },
    }),
  ],
  build: {
    // Inlined fonts could not be cached apart from the styles.
    assetsInlineLimit: 0,
  },
});
