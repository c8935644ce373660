/** HMAC-SHA256 with a key of this installation, for one purpose each. */

/** Bytes of the least key that is taken: 128 bits. */
const KEY_BYTES = 16;

/** Signs texts; `purpose` keeps what was signed for one thing from being used for another. */
export interface KeyedHash {
  /** @returns 43 characters of base64url */
  of(purpose: string, text: string): Promise<string>;
  /** Compares without telling by time how much was right. */
  matches(purpose: string, text: string, hash: string): Promise<boolean>;
}

/** @param key the secret's bytes */
export async function keyedHash(key: Uint8Array<ArrayBuffer>): Promise<KeyedHash> {
  if (key.length < KEY_BYTES) throw new Error('the key is too short');
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
  const message = (purpose: string, text: string) => new TextEncoder().encode(`${purpose}\0${text}`);
  return {
    of: async (purpose, text) =>
      toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', imported, message(purpose, text)))),
    async matches(purpose, text, hash) {
      const bytes = fromBase64Url(hash);
      return bytes !== undefined && crypto.subtle.verify('HMAC', imported, bytes, message(purpose, text));
    },
  };
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return undefined;
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}
