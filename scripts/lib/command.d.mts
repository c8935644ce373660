/** Types of command.mjs. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Told each line as it comes. */
  readonly line?: (line: string) => void;
  /** What a person may do when it fails. */
  readonly again?: readonly string[];
  /** Names the command to a person. */
  readonly what?: string;
  /** Further file descriptors for the child, from 3 on. */
  readonly stdio?: readonly number[];
}
/** Runs a command; resolves with its standard output, rejects with a SetupError that holds its last lines. */
export declare function command(file: string, args: readonly string[], options?: CommandOptions): Promise<string>;
