/** Types of lock.mjs. */
export interface Lock {
  /** The open file; a process that inherits it holds the lock too. */
  readonly fd: number;
  /** Lets go; idempotent. The kernel does so by itself when the process ends. */
  release(): void;
}
export interface LockOptions {
  readonly shared?: boolean;
  readonly wait?: boolean;
  /** Called once when somebody else holds it. */
  readonly waiting?: () => void;
}
/** Takes a lock on a file for this alone, which is closed to other users; undefined only where `wait` is false and somebody holds it. */
export declare function lock(path: string, options: LockOptions & { readonly wait: false }): Promise<Lock | undefined>;
export declare function lock(path: string, options?: LockOptions): Promise<Lock>;
