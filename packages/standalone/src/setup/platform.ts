/** How gVisor intercepts system calls on this machine. */
import { command } from '../../../../scripts/lib/command.mjs';
import { SetupError } from '../../../../scripts/lib/progress.mjs';

/** Best first. kvm is left out: it hangs inside virtual machines. */
const PLATFORMS = ['systrap', 'ptrace'] as const;
/** A platform that has not run `true` within this does not work here, seconds. */
const TRY_SECONDS = 20;

/** Runs `true` in gVisor under one platform after the other; the first that works is taken. */
export async function chooseDaemonPlatform(
  attempt: (platform: string) => Promise<unknown> = (platform) =>
    command('timeout', [
      '-k',
      '1',
      String(TRY_SECONDS),
      'runsc',
      '--network=none',
      '--ignore-cgroups',
      `--platform=${platform}`,
      'do',
      'true',
    ]),
): Promise<string> {
  const refused: string[] = [];
  for (const platform of PLATFORMS) {
    try {
      await attempt(platform);
      return platform;
    } catch (error) {
      refused.push(
        `${platform}: ${error instanceof SetupError ? [error.message, ...error.details].join('; ') : String(error)}`,
      );
    }
  }
  throw new SetupError(
    'gVisor does not run on this machine',
    ['run it on a machine or virtual machine whose kernel allows ptrace and seccomp'],
    refused,
  );
}
