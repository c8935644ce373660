/** Removes containers of this installation that a runner left which could not do so itself (rule S5). */
import { engineRequest } from '../setup/engine.ts';

/** The label that every sandbox carries, with the installation's name. */
const INSTANCE_LABEL = 'codeconnected.instance';

/**
 * Only containers whose label names this installation.
 * @throws where some could not be removed; the next start tries again
 */
export async function reapContainers(socket: string, instance: string): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${INSTANCE_LABEL}=${instance}`] }));
  const find = async () =>
    (await engineRequest(socket, 'GET', `/containers/json?all=1&filters=${filters}`)) as { Id: string }[];
  for (const { Id } of await find()) {
    // A paused container that is removed leaves its shim behind.
    await engineRequest(socket, 'POST', `/containers/${Id}/unpause`).catch(() => {});
    await engineRequest(socket, 'DELETE', `/containers/${Id}?force=1&v=1`).catch(() => {});
  }
  const left = await find();
  if (left.length > 0) throw new Error(`Docker did not remove ${left.length} sandboxes; the next start tries again`);
}
