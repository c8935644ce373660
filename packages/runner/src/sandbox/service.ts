/** The runner's sandboxes as the rest of the runner sees them: what they are made with, and what they offer. */
import type { Clock } from '@codeconnected/core/clock.ts';
import type { CatalogueEntry } from '@codeconnected/core/language/catalogue.ts';
import type { SandboxLimits } from '@codeconnected/core/language/manifest.ts';
import type { LanguageId } from '@codeconnected/core/room/ids.ts';
import type { Sandboxes } from '@codeconnected/core/sandbox/sandbox.ts';
import type { Health } from '@codeconnected/core/session/site.ts';

/** What is logged to; pino fits. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface SandboxesOptions {
  /** The Docker daemon's Unix socket. */
  readonly socketPath: string;
  /** Name of this installation; its sandboxes carry it as a label. */
  readonly instance: string;
  /** Folders that hold `<id>/manifest.json`; an id found in an earlier folder wins. */
  readonly languageFolders: readonly string[];
  /** Machine-wide: downloads, root file systems, locks. */
  readonly cacheFolder: string;
  /** Name of the runtime as the daemon knows it; `runsc`, or `runc` where that was allowed. */
  readonly runtime: string;
  /** Must be set for any runtime that is not gVisor. */
  readonly allowUnsandboxed?: boolean;
  /** Sandboxes kept warm for each language. */
  readonly warm?: number;
  /** Sandboxes at once, warm ones included. */
  readonly sandboxesMost?: number;
  /** MiB that all sandboxes may take together. */
  readonly memoryMiB?: number;
  /** Overrides what the manifests say. */
  readonly limits?: Partial<SandboxLimits>;
  readonly log: Log;
  readonly clock?: Clock;
}

/** The runner's sandboxes, and how ready each language is. */
export interface SandboxService extends Sandboxes {
  languages(): readonly CatalogueEntry[];
  /** What a sandbox of the language may take. */
  limits(language: LanguageId): SandboxLimits | undefined;
  /** Calls back whenever `languages()` or `health()` may have changed. */
  onChange(listener: () => void): () => void;
  /** Reads the languages and reaps what a crash left; images and sandboxes follow in the background. */
  start(): Promise<void>;
  /** Ends and removes every sandbox. */
  close(): Promise<void>;
  health(): Health;
  /** Sandboxes that belong to rooms now. */
  readonly claimed: number;
  readonly unsandboxed: boolean;
}
