/** `npm run bench`: sets up what is missing, then measures. */
import { enter } from './lib/enter.mjs';

await enter({ dev: true, main: 'packages/standalone/src/setup/bench.ts', again: 'npm run bench' });
