import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { debianArchive, parseDeb822, parseSourcesList, suiteStanza } from './apt-sources.ts';
import { releaseSource } from './debian.ts';

const DEB822 = `# made by the installer
Types: deb deb-src
# http://snapshot.example/
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no
`;

test('the release’s own archive is found in deb822 sources, mirror and key as the machine has them', () => {
  const archive = debianArchive(parseDeb822(DEB822), 'bookworm');
  expect(suiteStanza(archive!, 'bookworm-backports')).toBe(
    `Types: deb
URIs: http://mirror.example/debian
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
  );
});

test('the release’s own archive is found in one-line sources, options included', () => {
  const archive = debianArchive(
    parseSourcesList(`
# deb http://old.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
deb http://security.example/debian-security bookworm-security main
deb [arch=amd64 signed-by=/k.gpg lang=none] http://mirror.example/debian bookworm main contrib # the mirror
`),
    'bookworm',
  );
  expect(suiteStanza(archive!, 'bookworm-backports')).toBe(
    'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm-backports\nComponents: main\n' +
      'Architectures: amd64\nSigned-By: /k.gpg\n',
  );
});

test('a key that is written into the source itself is carried over whole', () => {
  const [archive] = parseDeb822(`Types: deb
URIs: http://m.example/debian
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBF
 -----END PGP PUBLIC KEY BLOCK-----
`);
  expect(suiteStanza(archive!, 'x')).toContain('Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n');
});

test('a disabled archive, other releases and security are not taken', () => {
  expect(debianArchive(parseDeb822(DEB822), 'trixie')).toBeUndefined();
  expect(debianArchive(parseDeb822(DEB822), 'bookworm')?.uri).toBe('http://mirror.example/debian');
});

test('an image’s release is taken from the machine’s own mirror, with its key and whatever the suite is called there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'apt-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'sources.list.d'));
  writeFileSync(join(folder, 'os-release'), 'ID=debian\nVERSION_CODENAME="bookworm"\n');
  writeFileSync(join(folder, 'sources.list.d', 'a.list'), 'deb http://other.example/apt tools main\n');
  writeFileSync(join(folder, 'sources.list.d', 'b.sources'), DEB822.replaceAll('Suites: bookworm', 'Suites: stable'));
  expect(releaseSource('trixie', folder, join(folder, 'os-release'))).toBe(
    'Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n' +
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n',
  );
  rmSync(join(folder, 'sources.list.d', 'b.sources'));
  expect(() => releaseSource('trixie', folder, join(folder, 'os-release'))).toThrow('no Debian mirror for "bookworm"');
});
