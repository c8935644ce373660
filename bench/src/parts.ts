/** The parts of the measurements, by the names that `npm run bench -- <part>…` takes. */

/** Needs Docker alone. */
const APART = ['sandboxes'] as const;
/** Need the running product. */
const IN_PRODUCT = ['memory', 'page', 'typing', 'running', 'paper'] as const;
export const PARTS = [...APART, ...IN_PRODUCT];
export type PartName = (typeof PARTS)[number];

/** What was asked for on the command line. */
export interface Wish {
  readonly parts: readonly PartName[];
  /** Few samples, to see that it works. */
  readonly quick: boolean;
  /** Any of the parts needs the product. */
  readonly product: boolean;
}

const isPart = (name: string): name is PartName => (PARTS as readonly string[]).includes(name);

/** Reads the command line; no part means all of them. */
export function readWish(args: readonly string[]): Wish {
  const names = args.filter((each) => each !== '--quick');
  const unknown = names.filter((name) => !isPart(name));
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${PARTS.join(', ')}`);
  const parts = PARTS.filter((part) => names.length === 0 || names.includes(part));
  return {
    parts,
    quick: args.includes('--quick'),
    product: parts.some((part) => (IN_PRODUCT as readonly string[]).includes(part)),
  };
}
