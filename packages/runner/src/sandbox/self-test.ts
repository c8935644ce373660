/** Whether a runtime works on this machine, before people find out. */
import type Docker from 'dockerode';
import { createRemover } from './remove.ts';

/** Milliseconds after which a runtime counts as hanging; a cold start takes half a second. */
const SELF_TEST_MILLISECONDS = 20_000;

export type SelfTest =
  | { readonly kind: 'works'; readonly milliseconds: number }
  | { readonly kind: 'fails'; readonly reason: string };

/**
 * Runs `true` in a container under the runtime.
 * @param image any image with a shell's tools that Docker has
 */
export async function selfTest(docker: Docker, runtime: string, image: string): Promise<SelfTest> {
  const began = performance.now();
  let container: Docker.Container | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    container = await docker.createContainer({
      Image: image,
      Cmd: ['true'],
      User: '1000:1000',
      NetworkDisabled: true,
      HostConfig: { Runtime: runtime, NetworkMode: 'none', ReadonlyRootfs: true, CapDrop: ['ALL'] },
    });
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('it hangs')), SELF_TEST_MILLISECONDS);
    });
    const work = container.start().then(() => container!.wait());
    work.catch(() => {});
    const { StatusCode } = (await Promise.race([work, late])) as { StatusCode: number };
    if (StatusCode !== 0) return { kind: 'fails', reason: `"true" ended with ${StatusCode}` };
    return { kind: 'works', milliseconds: performance.now() - began };
  } catch (error) {
    return { kind: 'fails', reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    if (container)
      await createRemover()
        .remove(container)
        .catch(() => {});
  }
}
