/**
 * Errors that a person sees: said in one place, each with what happened, what was kept and what to do.
 */

/** A sentence for each: what happened, what was kept (may be empty), what to do. */
export interface VisibleError {
  readonly code: ErrorCode;
  readonly happened: string;
  readonly kept: string;
  readonly todo: string;
}

const MESSAGES = {
  'frame-malformed': [
    'This page sent something the server could not read.',
    'Your text is kept here.',
    'Reload the page; if it happens again, tell whoever runs this site.',
  ],
  'frame-too-large': [
    'A message was larger than the server takes.',
    'Your text is kept here.',
    'Paste in smaller pieces.',
  ],
  'update-malformed': [
    'An edit could not be read by the server and was refused.',
    'Your text is kept here.',
    'Copy your text to a safe place, then reload the page.',
  ],
  'update-too-large': [
    'An edit was larger than a room takes at once.',
    'Your text is kept here, but not saved.',
    'Undo it, then paste in smaller pieces.',
  ],
  'update-too-costly': [
    'An edit would have kept the server busy for too long.',
    'Your text is kept here, but not saved.',
    'The page tries again by itself. If that does not help, undo the edit and put it in in smaller pieces.',
  ],
  'room-full': [
    'This room has as many people as it can hold.',
    '',
    'The page goes on trying, and is in once somebody leaves.',
  ],
  'document-full': [
    'This room has reached the most text it can hold.',
    'Everything up to here is saved.',
    'Delete some text, or go on in a new room.',
  ],
  'disk-full': [
    'The server’s disk is full, so nothing can be saved at the moment.',
    'Your text is kept here, in this browser.',
    'Tell whoever runs this site; the page goes on trying.',
  ],
  'room-unknown': [
    'There is no room at this address: it never was, or it expired.',
    '',
    'Check the link, or start a new room.',
  ],
  'document-replaced': [
    'This room was restored to another document while you were away.',
    'Your own text is kept beside it.',
    'Copy what you need from it into the room.',
  ],
  'page-outdated': ['This page is of another version than the server.', 'Your text is kept here.', 'Reload the page.'],
  'not-connected': [
    'The connection to the room is interrupted, so nothing was run.',
    'Your text is kept here.',
    'Try again once the page is connected.',
  ],
  'not-joined': [
    'The server no longer counted this page among those in the room.',
    'Your text is kept here.',
    'The page joins again by itself.',
  ],
  'too-fast': [
    'This page sent more than the server takes in a moment.',
    'Your text is kept here.',
    'It goes on by itself.',
  ],
  'too-many-rooms': [
    'Too many rooms were opened from your network within the hour.',
    '',
    'Use one that is open, or try again later.',
  ],
  'not-allowed': ['You may not do that in this room.', '', 'Ask its owner.'],
  'edits-on-the-way': [
    'Your latest edits had not reached the server, so nothing was run.',
    'Your text is kept here.',
    'Press Run again in a moment.',
  ],
  'nothing-to-run': ['There is no file to run in this language.', '', 'Write something first.'],
  'language-unknown': [
    'This room uses a language that is not installed here.',
    'The text is kept.',
    'Choose another language.',
  ],
  'language-not-ready': [
    'This language is still being installed.',
    'The text is kept.',
    'Its button shows how far it is.',
  ],
  'runner-absent': [
    'No runner is connected, so nothing can run right now.',
    'Editing goes on and is saved.',
    'Try again in a moment.',
  ],
  'runner-full': ['Every sandbox is in use.', 'The text is kept.', 'Try again in a minute.'],
  'runner-failed': [
    'The sandbox could not be started.',
    'The text is kept.',
    'Try again; if it happens again, tell whoever runs this site.',
  ],
  'runner-silent': [
    'The runner did not answer in time.',
    'The text is kept.',
    'See what the terminal shows, then try again.',
  ],
  'run-too-fast': [
    'Run, Reset or the language was pressed more often in this room than sandboxes can be made.',
    'The text is kept.',
    'Wait a few seconds, then press Run or Reset.',
  ],
  'input-too-fast': ['More was typed into the terminal than it takes at once.', '', 'Paste in smaller pieces.'],
  'file-too-large': ['A file is larger than a sandbox takes.', 'The text is kept.', 'Shorten it, then run again.'],
  'guest-unknown': [
    'This browser did not send the cookie by which the server knows it.',
    'Your text is kept here.',
    'Allow cookies for this site, then reload the page.',
  ],
  'server-full': [
    'The server has as many pages open as it can hold.',
    'Your text is kept here.',
    'The page goes on trying.',
  ],
  internal: ['Something went wrong on the server.', 'What was saved is kept.', 'Try again.'],
} as const satisfies Record<string, readonly [string, string, string]>;

export type ErrorCode = keyof typeof MESSAGES;

/** The words for a code. */
export function visibleError(code: ErrorCode): VisibleError {
  const [happened, kept, todo] = MESSAGES[code];
  return { code, happened, kept, todo };
}

/** An error with a code that a person may be shown; anything else is shown as `internal`. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, detail?: string) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = 'CodedError';
    this.code = code;
  }
}

/** The code of whatever was thrown. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof CodedError ? error.code : 'internal';
}

/** Whether a text is a known code; what comes over a wire is checked before it is shown. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(MESSAGES, text);
}
