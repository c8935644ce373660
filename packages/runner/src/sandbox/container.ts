/** Rule S2 as Docker's options: what a sandbox may have, in one place. */
import type { SandboxLimits } from '@codeconnected/core/language/manifest.ts';
import type Docker from 'dockerode';
import { SANDBOX_HOME } from '../image/debian.ts';

/** Threads of the sandbox as the host counts them: a backstop only, since an idle sandbox needs some 40 and dies at too few. */
const HOST_PIDS = 1024;
/**
 * Weight of a sandbox when cores are short; others have 1024. What serves the pages, and Docker itself, must not wait
 * for programs that compute without end.
 */
const CPU_SHARES = 128;
/** Open files of one process. */
const OPEN_FILES = 1024;
/** MiB of /dev/shm. */
const SHARED_MEMORY_MIB = 16;
/** Share of the disk that the home folder gets; /tmp gets the rest. */
const HOME_SHARE = 0.75;
const MIB = 1024 * 1024;

export interface ContainerWish {
  readonly image: string;
  readonly boot: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  readonly runtime: string;
  /** uid and gid inside; differs from 1000 only where the kernel counts processes across sandboxes. */
  readonly uid: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** The options of one sandbox's container. */
export function containerOptions(wish: ContainerWish): Docker.ContainerCreateOptions {
  const { limits, uid } = wish;
  const home = Math.round(limits.diskMiB * MIB * HOME_SHARE);
  const temporary = limits.diskMiB * MIB - home;
  const tmpfs = (bytes: number, mode: string) =>
    `rw,nosuid,nodev,exec,size=${bytes},mode=${mode},uid=${uid},gid=${uid}`;
  const ulimit = (Name: string, value: number) => ({ Name, Soft: value, Hard: value });
  const environment = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: SANDBOX_HOME,
    USER: 'user',
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    ...wish.environment,
  };
  return {
    Image: wish.image,
    Cmd: [...wish.boot],
    Entrypoint: [],
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    User: `${uid}:${uid}`,
    WorkingDir: SANDBOX_HOME,
    Hostname: 'sandbox',
    Labels: { ...wish.labels },
    Tty: true,
    OpenStdin: true,
    StdinOnce: false,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    NetworkDisabled: true,
    HostConfig: {
      Runtime: wish.runtime,
      NetworkMode: 'none',
      IpcMode: 'private',
      ReadonlyRootfs: true,
      Tmpfs: { [SANDBOX_HOME]: tmpfs(home, '0700'), '/tmp': tmpfs(temporary, '1777') },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Privileged: false,
      PidsLimit: HOST_PIDS,
      Memory: limits.memoryMiB * MIB,
      MemorySwap: limits.memoryMiB * MIB,
      CpuShares: CPU_SHARES,
      NanoCpus: Math.round(limits.cpus * 1e9),
      ShmSize: SHARED_MEMORY_MIB * MIB,
      Ulimits: [
        ulimit('nproc', limits.processes),
        ulimit('nofile', OPEN_FILES),
        ulimit('fsize', limits.diskMiB * MIB),
        ulimit('core', 0),
      ],
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
    },
  };
}
