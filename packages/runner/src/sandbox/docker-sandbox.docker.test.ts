import { join } from 'node:path';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { describeSandboxContract } from '@codeconnected/core/sandbox/sandbox.contract.ts';
import { readAcceptance } from '../language/acceptance.ts';
import { readLanguages } from '../language/folders.ts';
import { LANGUAGES_FOLDER, startService, whenBuilt } from './testing.ts';

const { languages } = await readLanguages([LANGUAGES_FOLDER]);
const language: LanguageId = languages[0]!.id;

describeSandboxContract('Docker', async () => {
  const acceptance = await readAcceptance(join(LANGUAGES_FOLDER, language));
  const service = await startService();
  await whenBuilt(service, language);
  return {
    sandboxes: service,
    language,
    programs: {
      hello: acceptance.hello.program,
      endless: acceptance.loop.program,
      exits: acceptance.exit.program,
    },
    close: () => service.close(),
  };
});
