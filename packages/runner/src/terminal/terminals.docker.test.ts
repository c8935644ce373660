import { systemClock } from '@codeconnected/core/clock.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { describeRunnersContract } from '@codeconnected/core/sandbox/runners.contract.ts';
import { startService, whenBuilt } from '../sandbox/testing.ts';
import { IDLE, ViewerSet } from '../testing/place.ts';
import { Terminals } from './terminals.ts';

const PYTHON = 'python' as LanguageId;

describeRunnersContract('with Python in Docker', async () => {
  const sandboxes = await startService();
  await whenBuilt(sandboxes, PYTHON);
  const viewers = new ViewerSet();
  const terminals = new Terminals({
    sandboxes,
    clock: systemClock,
    idle: IDLE,
    unsandboxed: false,
    languages: () => sandboxes.languages(),
    limits: (language) => sandboxes.limits(language),
    log: () => {},
    poster: {
      post: (to, text) => {
        for (const id of to) viewers.push(id, text);
      },
      drained: () => Promise.resolve(),
    },
  });
  return {
    runners: terminals,
    language: PYTHON,
    programs: {
      hello: 'print("hello")',
      endless: 'while True: pass',
      reads: 'print("got", input())',
      exits: 'import os\nos._exit(3)',
    },
    entry: 'main.py',
    viewer: () => viewers.viewer(),
    close: async () => {
      await terminals.closeAll();
      await sandboxes.close();
    },
  };
});
