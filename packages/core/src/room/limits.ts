/** Numbers of the protocol that both sides know. Apart from the schemas, so that a page does not carry those. */

/** Raised when a frame changes its meaning; a client of another version is asked to reload. */
export const PROTOCOL_VERSION = 1;
/** Bytes of UTF-8 in one client frame: API Gateway closes the connection over 32 KB (rule W1). */
export const CLIENT_FRAME_BYTES = 32 * 1024;
/** Characters of payload in one `part`: leaves room for the envelope and for escapes. All parts are ASCII (base64). */
export const PART_CHARACTERS = 24 * 1024;
/** Parts that one larger frame may have: 24 KiB × 128 = 3 MiB of base64. */
export const PARTS_MOST = 128;
/**
 * Parts that a `join` may have, all that is taken in parts before it: enough for a state vector of some thousands of
 * page loads.
 */
export const JOIN_PARTS = 8;
/** Characters of a state vector in base64 that fit a `join` in parts; a page with a longer one sends it afterwards. */
export const JOIN_VECTOR_CHARACTERS = 128 * 1024;
/** Characters of a person's name. */
export const NAME_CHARACTERS = 40;
/** Characters of one terminal input; larger pastes are cut into several. */
export const INPUT_CHARACTERS = 4096;
/** Columns and rows of a terminal. */
export const TERMINAL_COLUMNS = { least: 20, most: 300 } as const;
export const TERMINAL_ROWS = { least: 5, most: 120 } as const;
/**
 * Bytes of one document update: with base64 twice (in its frame, then in parts) it stays within `PARTS_MOST`.
 * A page cuts or refuses a paste that is larger.
 */
export const EDIT_BYTES = 1024 * 1024;
/** Bytes of a room's whole document, encoded: a novel with its history; modest machines hold several in memory. */
export const DOCUMENT_BYTES = 4 * 1024 * 1024;
/** Parts of one frame from the server: hold the largest document that may be configured, 5 MiB (× 16/9 for base64 twice), what deletions add, and its state vector. */
export const SERVER_PARTS_MOST = 512;
