import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [
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
