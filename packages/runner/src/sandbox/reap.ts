/** Rule S5: what a crash left is found by its labels and removed; nothing else is touched. */
import type Docker from 'dockerode';
import { isGone, parseOwner } from './owner.ts';
import { createRemover } from './remove.ts';

/** Label with the installation's name. */
export const INSTANCE_LABEL = 'codeconnected.instance';
/** Label with the process that started it, see owner.ts. */
export const OWNER_LABEL = 'codeconnected.owner';

/**
 * Removes the sandboxes, and containers of image builds, whose owner is dead, of whichever installation: its own next start may never come.
 * @returns the ids of those removed
 */
export async function reapSandboxes(docker: Docker): Promise<string[]> {
  const found = await docker.listContainers({ all: true, filters: { label: [OWNER_LABEL] } });
  const dead = found.filter((each) => {
    const owner = parseOwner(each.Labels[OWNER_LABEL]);
    return owner !== undefined && isGone(owner);
  });
  const remover = createRemover();
  const results = await Promise.allSettled(dead.map((each) => remover.remove(docker.getContainer(each.Id))));
  const failed = results.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
  return dead.map((each) => each.Id);
}
