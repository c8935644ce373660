import { describeSandboxContract } from '@codeconnected/core/sandbox/sandbox.contract.ts';
import { FRESH, ScriptedSandboxes } from './scripted-sandboxes.ts';

describeSandboxContract('scripted', async () => {
  const sandboxes = new ScriptedSandboxes();
  return {
    sandboxes,
    language: FRESH,
    programs: { hello: 'print hello', endless: 'loop', exits: 'exit 3' },
    close: () => sandboxes.close(),
  };
});
