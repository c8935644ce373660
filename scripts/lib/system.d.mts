/** Types of system.mjs. */
export interface Machine {
  readonly platform: string;
  readonly processor: string;
  readonly node: string;
  readonly uid: number;
  /** Text of /etc/os-release. */
  readonly osRelease: string;
  hasCommand(name: string): boolean;
  /** The memory controller can be used. */
  readonly cgroups: boolean;
}
/** The machine this runs on. */
export declare function thisMachine(): Machine;
/** One field of os-release. */
export declare function osReleaseField(text: string, name: string): string;
/** What is missing, and what to do about it; empty lists when all is there. */
export declare function checkSystem(machine: Machine): { missing: string[]; todo: string[] };
