/** Rules S2, S3 and S5 against real gVisor. The programs are shell lines, run by the test language's Perl. */
import { cp } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import { Recorder } from '@codeconnected/core/sandbox/recorder.ts';
import Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SandboxService } from './sandboxes.ts';
import { DOCKER_SOCKET, startService, temporaryFolder, whenBuilt } from './testing.ts';

const SHELL = 'shell-by-test' as LanguageId;
const LIMITS = { memoryMiB: 128, processes: 32, cpuSeconds: 3, wallSeconds: 10, outputMiB: 1, diskMiB: 16 } as const;
const docker = new Docker({ socketPath: DOCKER_SOCKET });

let service: SandboxService;
beforeAll(async () => {
  const folder = await temporaryFolder();
  await cp(join(import.meta.dirname, '..', 'language', 'example'), join(folder, SHELL), { recursive: true });
  service = await startService({ languageFolders: [folder], limits: LIMITS });
  await whenBuilt(service, SHELL);
});
afterAll(() => service?.close());

/** Starts a Perl program. */
async function start(program: string): Promise<Recorder> {
  const recorder = new Recorder(await service.claim(SHELL));
  await recorder.sandbox.start({
    files: [{ name: 'main.pl', text: program }],
    entry: 'main.pl',
    columns: 200,
    rows: 50,
  });
  return recorder;
}

/** What a shell script says, standard error included. */
async function shell(script: string): Promise<string> {
  const recorder = await start(
    `open my $s, '|-', 'sh 2>&1'; print $s <<'END_OF_SCRIPT'; close $s; 1;\n${script}\nEND_OF_SCRIPT\n`,
  );
  await recorder.prompt();
  const { text } = recorder;
  await recorder.sandbox.release();
  return text.slice(0, text.lastIndexOf('perl> '));
}

describe('S2 a sandbox', () => {
  test('S2 has no network but loopback, and no metadata service', async () => {
    const devices = await shell('cat /proc/net/dev');
    expect(devices.match(/^\s*(\w+):/gm)?.map((each) => each.trim())).toEqual(['lo:']);
    for (const address of ['169.254.169.254', '1.1.1.1', '172.17.0.1']) {
      const connect = `use Socket; socket my $s, PF_INET, SOCK_STREAM, 0; my $ok = connect $s, sockaddr_in(80, inet_aton('${address}')); print $ok ? "connected\\n" : "refused: $!\\n"; 1;`;
      const recorder = await start(connect);
      await recorder.prompt();
      expect(recorder.text).toMatch(/^refused: /);
      await recorder.sandbox.release();
    }
  });

  test('S2 cannot write its root, nor any place but its home and /tmp', async () => {
    for (const place of ['/usr/x', '/etc/x', '/x', '/var/x', '/home/x', '/dev/x', '/sys/x']) {
      expect(await shell(`touch ${place}`)).toMatch(/Read-only file system|Permission denied/);
    }
    const writable = await shell(
      'find / \\( -path /proc -o -path /sys \\) -prune -o -type d -writable -print 2>/dev/null',
    );
    expect(writable.trim().split(/\s+/).sort()).toEqual(['/dev/shm', '/home/user', '/tmp']);
  });

  test('S2 runs as uid 1000 without capabilities, and can gain none', async () => {
    const status = await shell('id -u; id -g; grep -E "^Cap" /proc/self/status');
    expect(status).toMatch(/^1000\s+1000\s/);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd']) expect(status).toMatch(new RegExp(`${set}:\\s*0+\\s`));
    // gVisor's /proc does not say; prctl(PR_GET_NO_NEW_PRIVS) does, whose number differs by architecture.
    const prctl = await start(
      `print 'no_new_privs=', syscall(${process.arch === 'x64' ? 157 : 167}, 39, 0, 0, 0, 0), "\\n"; 1;`,
    );
    await prctl.prompt();
    expect(prctl.text).toContain('no_new_privs=1');
    await prctl.sandbox.release();
    expect((await shell('find / -xdev -perm /6000 -type f 2>/dev/null')).trim()).toBe('');
    expect(await shell('chroot / id; unshare -m id; mknod /tmp/d b 8 0; nsenter -t 1 -m id')).not.toMatch(
      /uid=0|uid=1000/,
    );
  });

  test('S2 has no host device', async () => {
    const devices = (await shell('find /dev -type b; find /dev -type c')).trim().split(/\s+/).sort();
    for (const device of devices) {
      expect(device).toMatch(
        /^\/dev\/(?:console|full|null|ptmx|pts\/(?:ptmx|\d+)|random|tty|urandom|zero|fuse|net\/tun)$/,
      );
    }
    expect(await shell('cat /dev/mem /dev/kmsg /dev/sda /dev/vda 2>&1')).not.toMatch(/ELF/);
    // gVisor's own /dev/net/tun: no interface can be made with it.
    const tun = await start(
      'open my $t, "+<", "/dev/net/tun" or print "refused: $!\\n"; my $r = pack "Z16 S x22", "tun0", 1; print ioctl($t, 0x400454ca, $r) ? "made\\n" : "refused: $!\\n"; 1;',
    );
    await tun.prompt();
    expect(tun.text).toMatch(/^refused: /);
    await tun.sandbox.release();
  });

  test('S3 knows nothing of the host: no secret, no path, no kernel line, no neighbour', async () => {
    process.env.CODECONNECTED_TEST_SECRET = 'do-not-tell';
    const neighbour = await start('1;');
    await neighbour.prompt();
    const seen = await shell(
      'env; cat /proc/cmdline; cat /proc/1/environ; cat /proc/mounts; hostname; ls /proc | grep -c "^[0-9]"; dmesg | head -5; ls -a /; cat /proc/1/cmdline',
    );
    expect(seen).not.toMatch(/do-not-tell|docker\.sock|\/var\/lib|overlay2|upperdir|root=/);
    expect(seen).toContain('BOOT_IMAGE=/vmlinuz-4.4.0-gvisor quiet');
    expect(seen).toMatch(/^sandbox\r?$/m);
    // Nor anything that the machine which built the image put into it: its mirror and proxy, its name, its name servers.
    const taken = await shell(
      'cat /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/apt.conf.d/99mmdebstrap; grep -ri "proxy\\|://" /etc/apt; cat /etc/resolv.conf; cat /etc/hostname; cat /etc/hosts',
    );
    expect(taken).not.toMatch(/https?:|^deb |^URIs|[Pp]roxy|^nameserver|^search/m);
    expect(taken.split(/\r?\n/)).not.toContain(hostname());
    const processes = await shell('cat /proc/[0-9]*/cmdline | tr "\\0" " "');
    expect(processes.match(/boot\.pl/g)).toHaveLength(1);
    expect(await shell('ls /sys/fs/cgroup/ 2>/dev/null | head; cat /proc/self/cgroup')).not.toContain(
      neighbour.sandbox.id,
    );
    await neighbour.sandbox.release();
  });

  test('S3 a symlink leads nowhere but within', async () => {
    const text = await shell(
      'ln -s /etc/shadow a; cat a; ln -s /proc/1/root b; ls b/var/lib/docker; rm main.pl; ln -s /etc/passwd main.pl',
    );
    expect(text).not.toMatch(/root:[*!$]/);
    expect(text).toMatch(/No such file|Permission denied/);
  });

  test('S3 a file name that leads out of the home folder is refused', async () => {
    for (const name of ['../x', '/etc/x', 'a/b', '.profile', '', 'a\nentry b', 'a\0b', '..']) {
      const sandbox = await service.claim(SHELL);
      const started = sandbox.start({ files: [{ name, text: '' }], columns: 80, rows: 24 });
      await expect(started).rejects.toThrow('name');
      await sandbox.release();
    }
  });

  test('S2 a full disk is an error in the program, and nothing more', async () => {
    const text = await shell(
      'head -c 100000000 /dev/zero > fill; head -c 100000000 /dev/zero > /tmp/fill; head -c 100000000 /dev/zero > /dev/shm/fill; du -scm fill /tmp/fill /dev/shm/fill | tail -1',
    );
    expect(text).toMatch(/No space left|File too large/);
    expect(Number(/(\d+)\s+total/.exec(text)?.[1])).toBeLessThanOrEqual(LIMITS.diskMiB + 16);
  });

  test('S2 a fork bomb leaves the sandbox alive', async () => {
    const recorder = await start(
      'my $n = 0; while (1) { my $p = fork; last unless defined $p; if (!$p) { sleep 1000; exit } $n++; die if $n > 1000 } print "stopped at $n: $!\\n"; kill 9, -getpgrp if 0; 1;',
    );
    await recorder.prompt();
    const count = Number(/stopped at (\d+)/.exec(recorder.text)?.[1]);
    expect(count).toBeGreaterThan(4);
    expect(count).toBeLessThanOrEqual(LIMITS.processes);
    await recorder.prompt(() => recorder.type('print 6 * 7\r'));
    expect(recorder.text).toContain('42');
    await recorder.sandbox.release();
  });

  test('S2 a real fork bomb ends by a limit or is outlived, and the next sandbox is well', async () => {
    const recorder = await start('fork while 1;');
    await recorder.until(() => recorder.count('started') >= 1);
    const end = await Promise.race([recorder.sandbox.ended, recorder.prompt().then(() => undefined)]);
    if (end) expect(end).toEqual({ kind: 'limit', limit: 'cpu' });
    await recorder.sandbox.release();
    expect(await shell('echo well')).toContain('well');
  });

  test('S2 a memory bomb ends the sandbox, and says so', async () => {
    const recorder = await start('my @x; push @x, "x" x 1e6 while 1;');
    expect(await recorder.sandbox.ended).toEqual({ kind: 'limit', limit: 'memory' });
  });

  test('S2 a flood of output ends the sandbox, and no more than the budget is delivered', async () => {
    const recorder = await start('print "y\\n" x 1000 while 1;');
    expect(await recorder.sandbox.ended).toEqual({ kind: 'limit', limit: 'output' });
    expect(recorder.text.length).toBeLessThanOrEqual(LIMITS.outputMiB * 1024 * 1024);
  });

  test('S2 CPU seconds end a program and a loop at the prompt alike', async () => {
    const run = await start('1 while 1;');
    expect(await run.sandbox.ended).toEqual({ kind: 'limit', limit: 'cpu' });
    const prompt = await start('1;');
    await prompt.prompt();
    prompt.type('1 while 1\r');
    expect(await prompt.sandbox.ended).toEqual({ kind: 'limit', limit: 'cpu' });
  });

  test('S2 marks that a program forges with its real nonce move no limit, whatever is typed meanwhile', async () => {
    // The boot program's own `mark`, which knows the nonce.
    const recorder = await start("$| = 1; while (1) { mark('D;0;what=run'); mark('B'); print 'tick'; 1 for 1 .. 3e6 }");
    let seen = 0;
    const end = recorder.until(() => {
      const ticks = recorder.text.split('tick').length;
      if (ticks > seen) recorder.type('x');
      seen = ticks;
      return false;
    });
    await expect(end).rejects.toThrow('ended');
    expect(await recorder.sandbox.ended).toEqual({ kind: 'limit', limit: 'stretch' });
    expect(recorder.count('finished')).toBeGreaterThan(5);
  });

  test('S2 wall time ends what only sleeps', async () => {
    const recorder = await start('sleep 1000;');
    expect(await recorder.sandbox.ended).toEqual({ kind: 'limit', limit: 'wall' });
  });

  test('S2 the container is bounded from outside too', async () => {
    const recorder = await start('1;');
    await recorder.prompt();
    const { HostConfig, Config } = await docker.getContainer(recorder.sandbox.id).inspect();
    expect(HostConfig).toMatchObject({
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: 1024,
      Privileged: false,
      Memory: LIMITS.memoryMiB * 1024 * 1024,
      MemorySwap: LIMITS.memoryMiB * 1024 * 1024,
      LogConfig: { Type: 'none' },
    });
    expect(HostConfig.Binds ?? []).toEqual([]);
    expect(HostConfig.Devices ?? []).toEqual([]);
    expect(Config.User).toBe('1000:1000');
    await recorder.sandbox.release();
  });
});
