import { describeRunnersContract } from '@codeconnected/core/sandbox/runners.contract.ts';
import { directTerminals, PROGRAMS } from '../testing/place.ts';
import { FRESH } from '../testing/scripted-sandboxes.ts';

describeRunnersContract('in the runner itself', async () => {
  const { terminals, viewers } = directTerminals();
  return {
    runners: terminals,
    language: FRESH,
    programs: PROGRAMS,
    entry: 'main',
    viewer: () => viewers.viewer(),
    close: () => terminals.closeAll(),
  };
});
