/** Types of progress.mjs, which is plain JavaScript because it runs before anything is installed. */
export declare const red: (text: string) => string;
export declare const green: (text: string) => string;
export declare const bold: (text: string) => string;
export declare const dim: (text: string) => string;
/** Seconds as people read them. */
export declare function duration(milliseconds: number): string;
/** Something that went wrong in a way a person can mend: `todo` says how, `details` what the machine said. */
export declare class SetupError extends Error {
  readonly todo: readonly string[];
  readonly details: readonly string[];
  constructor(message: string, todo?: readonly string[], details?: readonly string[]);
}
/** Does one step and shows it where it takes longer than a second. */
export declare function step<T>(name: string, work: (report: (how: string) => void) => Promise<T>): Promise<T>;
/** Prints what went wrong and what to do, and returns the exit code. */
export declare function complain(error: unknown, again?: string): number;
