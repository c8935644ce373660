/** Types of packages.mjs. */
export interface LockedPackage {
  readonly version?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}
/** Paths of packages that a lockfile names and that are not installed in that version. */
export declare function missingPackages(
  wanted: Lockfile,
  installed: Lockfile | undefined,
  options: { readonly dev: boolean },
): string[];
/** The file that is locked while something of a clone is made. */
export declare function cloneLock(root: string, name: string): string;
/** The path of npm's Node; undefined where it is missing or too old. */
export declare function nodeBinary(root: string): Promise<string | undefined>;
/** Installs what is missing; the path of the Node to go on with. */
export declare function ensurePackages(root: string, options: { readonly dev: boolean }): Promise<string>;
