/** `npm start`: sets up what is missing, then starts everything. */
import { enter } from './lib/enter.mjs';

await enter({ dev: false, main: 'packages/standalone/src/start.ts', again: 'npm start' });
