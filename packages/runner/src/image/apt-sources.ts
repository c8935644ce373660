/**
 * Where this machine gets Debian from, read from its own apt sources, so that a suite it does not list (backports, or
 * the release that images are made of) is taken from the same mirror with the same key. The machine's sources are
 * never changed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One archive of Debian as the machine knows it. */
export interface Archive {
  /** Mirror, without a slash at the end. */
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Options in the order of deb822: `Signed-By` and the like, kept as they stand. */
  readonly options: Readonly<Record<string, string>>;
}

/** Options that say how an archive is trusted and reached; others (Languages, Targets) do not matter here. */
const KEPT_OPTIONS = ['signed-by', 'trusted', 'check-valid-until', 'architectures', 'by-hash'];
/** Their names in the one-line form. */
const LINE_OPTIONS: Readonly<Record<string, string>> = { arch: 'architectures' };

/** Reads `*.sources` (deb822). */
export function parseDeb822(text: string): Archive[] {
  const archives: Archive[] = [];
  for (const stanza of text.split(/\n[ \t]*\n/)) {
    const fields = stanzaFields(stanza);
    const types = (fields.get('types') ?? '').split(/\s+/);
    if (!types.includes('deb') || /^(no|false|0)$/i.test(fields.get('enabled') ?? '')) continue;
    const options = Object.fromEntries([...fields].filter(([name]) => KEPT_OPTIONS.includes(name)));
    for (const uri of words(fields.get('uris'))) {
      archives.push({
        uri: uri.replace(/\/+$/, ''),
        suites: words(fields.get('suites')),
        components: words(fields.get('components')),
        options,
      });
    }
  }
  return archives;
}

/** Fields of a stanza by lower-case name; a continuation line belongs to the field above, comments to none. */
function stanzaFields(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of stanza.split('\n')) {
    if (line.startsWith('#') || line.trim() === '') continue;
    const field = /^([A-Za-z0-9-]+):[ \t]*(.*)$/.exec(line);
    if (field) {
      name = field[1]!.toLowerCase();
      fields.set(name, field[2]!.trim());
    } else if (name && /^[ \t]/.test(line)) {
      fields.set(name, `${fields.get(name)}\n${line.trimEnd()}`);
    }
  }
  return fields;
}

/** Reads `sources.list` (one line each). */
export function parseSourcesList(text: string): Archive[] {
  const archives: Archive[] = [];
  for (const line of text.split('\n')) {
    const entry = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!entry) continue;
    const options: Record<string, string> = {};
    for (const word of words(entry[1])) {
      const [name = '', ...value] = word.split('=');
      const long = LINE_OPTIONS[name.toLowerCase()] ?? name.toLowerCase();
      if (KEPT_OPTIONS.includes(long)) options[long] = value.join('=').replaceAll(',', ' ');
    }
    archives.push({ uri: entry[2]!.replace(/\/+$/, ''), suites: [entry[3]!], components: words(entry[4]), options });
  }
  return archives;
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(Boolean);
}

/** Every archive in the machine's own sources. */
export function machineArchives(folder = '/etc/apt'): Archive[] {
  const archives: Archive[] = [];
  const list = join(folder, 'sources.list');
  if (existsSync(list)) archives.push(...parseSourcesList(readFileSync(list, 'utf8')));
  const parts = join(folder, 'sources.list.d');
  for (const name of existsSync(parts) ? readdirSync(parts).sort() : []) {
    const text = () => readFileSync(join(parts, name), 'utf8');
    if (name.endsWith('.sources')) archives.push(...parseDeb822(text()));
    if (name.endsWith('.list')) archives.push(...parseSourcesList(text()));
  }
  return archives;
}

/** The code name of the machine's own release. */
export function machineRelease(file = '/etc/os-release'): string | undefined {
  return /^VERSION_CODENAME=["']?([a-z]+)/m.exec(readFileSync(file, 'utf8'))?.[1];
}

/** The archive that holds a release itself (not its security or backports suites). */
export function debianArchive(archives: readonly Archive[], codename: string | undefined): Archive | undefined {
  return (
    archives.find((each) => each.suites.includes(codename ?? '') && each.components.includes('main')) ??
    archives.find((each) => each.suites.includes('stable') && each.components.includes('main'))
  );
}

/** A deb822 stanza for another suite of the same archive. */
export function suiteStanza(archive: Archive, suite: string): string {
  const options = Object.entries(archive.options).map(([name, value]) => `${titled(name)}: ${value}\n`);
  return `Types: deb\nURIs: ${archive.uri}\nSuites: ${suite}\nComponents: main\n${options.join('')}`;
}

function titled(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}
