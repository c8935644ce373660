/** Child of a test: claims one sandbox, warms another, tells so, and waits to be killed. */
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { startService, whenBuilt, whenChanged } from './testing.ts';

const [folder, language, instance] = process.argv.slice(2) as [string, LanguageId, string];
const service = await startService({ languageFolders: [folder], warm: 1, instance });
await whenBuilt(service, language);
await service.claim(language);
await whenChanged(service, () => service.health().warm[language] === 1);
process.send?.('ready');
