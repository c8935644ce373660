/** `npm test`: sets up what is missing, then shows that everything works. */
import { enter } from './lib/enter.mjs';

await enter({ dev: true, main: 'packages/standalone/src/setup/test/main.ts', again: 'npm test' });
