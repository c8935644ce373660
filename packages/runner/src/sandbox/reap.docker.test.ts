import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import Docker from 'dockerode';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INSTANCE_LABEL, OWNER_LABEL, reapSandboxes } from './reap.ts';
import type { SandboxService } from './sandboxes.ts';
import { DOCKER_SOCKET, startService, temporaryFolder, whenBuilt, whenChanged } from './testing.ts';

const SHELL = 'reaped-by-test' as LanguageId;
const docker = new Docker({ socketPath: DOCKER_SOCKET });

let folder: string;
let service: SandboxService;
beforeAll(async () => {
  folder = await temporaryFolder();
  await cp(join(import.meta.dirname, '..', 'language', 'example'), join(folder, SHELL), { recursive: true });
  service = await startService({ languageFolders: [folder], warm: 1 });
  await whenBuilt(service, SHELL);
});
afterAll(() => service?.close());

const labelled = (label: string) => docker.listContainers({ all: true, filters: { label: [label] } });

test('S5 what a killed owner left is reaped, paused ones too; what lives and what is foreign stays', async () => {
  await whenChanged(service, () => service.health().warm[SHELL] === 1);
  const mine = (await docker.listContainers({ all: true })).filter(
    (each) => each.Labels[OWNER_LABEL]?.split('/')[2] === String(process.pid),
  );
  expect(mine.length).toBeGreaterThan(0);

  const instance = `killed-${crypto.randomUUID()}`;
  const child = fork(join(import.meta.dirname, 'reap.child.ts'), [folder, SHELL, instance], { stdio: 'inherit' });
  await once(child, 'message');
  const image = mine[0]!.Image;
  const build = await docker.createContainer({
    Image: image,
    Cmd: ['true'],
    Labels: { [OWNER_LABEL]: mine[0]!.Labels[OWNER_LABEL]!.replace(`/${process.pid}/`, `/${child.pid}/`) },
  });
  const foreign = await docker.createContainer({ Image: image, Cmd: ['true'], Labels: { other: 'yes' } });
  // Of another process id namespace: nobody here can say whether its owner lives.
  const [boot, , pid, start] = mine[0]!.Labels[OWNER_LABEL]!.split('/');
  const elsewhere = await docker.createContainer({
    Image: image,
    Cmd: ['true'],
    Labels: { [INSTANCE_LABEL]: instance, [OWNER_LABEL]: `${boot}/1/${Number(pid) + 1}/${start}` },
  });
  try {
    expect((await labelled(`${INSTANCE_LABEL}=${instance}`)).length).toBeGreaterThanOrEqual(3);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const reaped = await reapSandboxes(docker);
    expect(reaped.length).toBeGreaterThanOrEqual(3);
    expect(reaped).toContain(build.id);
    expect((await labelled(`${INSTANCE_LABEL}=${instance}`)).map((each) => each.Id)).toEqual([elsewhere.id]);
    const left = new Set((await docker.listContainers({ all: true })).map((each) => each.Id));
    expect(left.has(foreign.id)).toBe(true);
    for (const each of mine) expect(left.has(each.Id)).toBe(true);
  } finally {
    await foreign.remove({ force: true });
    await elsewhere.remove({ force: true });
  }
});

test('S5 closing removes every sandbox, claimed and warm', async () => {
  const instance = `closed-${crypto.randomUUID()}`;
  const other = await startService({ languageFolders: [folder], warm: 2, instance });
  await whenBuilt(other, SHELL);
  await whenChanged(other, () => other.health().warm[SHELL]! > 0);
  const sandbox = await other.claim(SHELL);
  await other.close();
  expect((await sandbox.ended).kind).toBe('released');
  expect(await labelled(`${INSTANCE_LABEL}=${instance}`)).toEqual([]);
});
