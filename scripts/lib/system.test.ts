import { expect, test } from 'vitest';
import { checkSystem, type Machine } from './system.mjs';

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n';
const machine = (more: Partial<Machine> = {}): Machine => ({
  platform: 'linux',
  processor: 'x64',
  node: '20.20.2',
  uid: 0,
  osRelease: DEBIAN,
  hasCommand: () => true,
  cgroups: true,
  ...more,
});

test('Debian 12 and newer with Node 20 and root lack nothing', () => {
  expect(checkSystem(machine()).missing).toEqual([]);
  expect(checkSystem(machine({ osRelease: DEBIAN.replace('"12"', '"13"'), node: '24.1.0' })).missing).toEqual([]);
  expect(checkSystem(machine({ osRelease: 'ID=debian\nPRETTY_NAME="Debian forky/sid"\n' })).missing).toEqual([]);
});

test.each<[string, Partial<Machine>, string]>([
  ['another system', { platform: 'darwin' }, 'Linux (this is darwin)'],
  ['another distribution', { osRelease: 'ID=fedora\nPRETTY_NAME="Fedora 44"\nVERSION_ID=44\n' }, 'this is Fedora 44'],
  ['an older Debian', { osRelease: DEBIAN.replaceAll('12', '11') }, 'Debian 12 or newer'],
  ['an ordinary user', { uid: 1000 }, 'root'],
  ['an old Node', { node: '18.1.0' }, 'Node 20 or newer (this is 18.1.0)'],
  ['no npm', { hasCommand: (name) => name !== 'npm' }, 'npm'],
  ['no flock', { hasCommand: (name) => name !== 'flock' }, 'the commands flock'],
  ['no control groups', { cgroups: false }, 'memory controller'],
  ['another processor', { processor: 'riscv64' }, 'riscv64'],
])('%s is named', (_, more, named) => {
  const { missing } = checkSystem(machine(more));
  expect(missing).toHaveLength(1);
  expect(missing[0]).toContain(named);
});

test('all that is missing is named at once, each with what to do', () => {
  const { missing, todo } = checkSystem(machine({ uid: 1000, cgroups: false, node: '18.0.0' }));
  expect(missing).toHaveLength(3);
  expect(todo.join('\n')).toContain('sudo npm start');
});
