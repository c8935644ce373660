/**
 * The names of things: who, where, and through which connection.
 *
 * All are opaque strings; the brands keep one from being passed for another.
 */

/** Bytes of randomness in an id that grants access: 128 bits (rule P2). */
export const ACCESS_ID_BYTES = 16;

/** A room's id: 22 characters of base64url, 128 random bits; knowing it is what lets somebody in. */
export type RoomId = string & { readonly brand: 'RoomId' };

/** A person's id, the same in every tab of a browser; shown to others, so it grants nothing by itself. */
export type PersonId = string & { readonly brand: 'PersonId' };

/** One WebSocket connection of one tab; chosen by the transport. */
export type ConnectionId = string & { readonly brand: 'ConnectionId' };

/** A client instance (one page load): 22 characters of base64url, never told to others. */
export type ClientId = string & { readonly brand: 'ClientId' };

/** Name of the folder `languages/<id>/`. */
export type LanguageId = string & { readonly brand: 'LanguageId' };

/** 16 bytes as unpadded base64url are exactly 22 characters, the last of which carries 2 bits. */
export const ACCESS_ID_PATTERN = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/**
 * Draws an unguessable id of 128 random bits.
 * @param random fills an array with random bytes; `crypto.getRandomValues` unless a test brings its own
 * @returns 22 characters of base64url
 */
export function drawAccessId(
  random: (bytes: Uint8Array<ArrayBuffer>) => void = (b) => crypto.getRandomValues(b),
): string {
  const bytes = new Uint8Array(ACCESS_ID_BYTES);
  random(bytes);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Whether a text has the form of a room id; says nothing of whether the room exists. */
export function isRoomId(text: string): text is RoomId {
  return ACCESS_ID_PATTERN.test(text);
}
