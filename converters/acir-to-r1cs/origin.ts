/**
 * Provenance of constraints: turns (function, opcode) and the Noir call stack into layer, gadget, file and line.
 */
import type { SourceLocation } from '../../src/acir/types.ts';
import type { Provenance } from '../../src/r1cs/types.ts';

/** Gives the Noir call stack of an opcode, outermost call first; empty when unknown. */
export type Locate = (functionIndex: number, opcodeIndex: number) => readonly SourceLocation[];

/** What a Noir call stack says to people. */
export interface Place {
  readonly layer?: string;
  readonly file?: string;
  readonly line?: number;
  /** Name of the library function that emitted the opcode ('relu', 'argmax' ...). */
  readonly gadget?: string;
}

/** Reads a call stack; see {@link placeOfStack} for the default. */
export type DescribeStack = (stack: readonly SourceLocation[]) => Place;

/** The origins of one program; ids are positions in the list. */
export interface Origins {
  readonly list: Provenance[];
  readonly locate: Locate;
  readonly describe: DescribeStack;
  readonly functionNames: readonly (string | undefined)[];
}

/**
 * Reads a call stack of a generated package or of any Noir program.
 *
 * The layer is the module below main that holds the innermost file of the package that is not `main.nr`; file and line are
 * that frame's. If deeper frames lie in another crate than `std`, the first of them names the gadget. A program of one file
 * has no layer.
 */
export function placeOfStack(stack: readonly SourceLocation[]): Place {
  const [outermost] = stack;
  if (outermost === undefined) return {};
  const crate = crateOf(outermost.file);
  const own = stack.filter(({ file }) => crateOf(file) === crate);
  const frame = own.findLast(({ file }) => stemOf(file) !== 'main') ?? own.at(-1) ?? outermost;
  const library = stack.find(({ file }) => crateOf(file) !== crate && crateOf(file) !== 'std');
  const layer = (shortPath(frame.file).split('/')[0] ?? '').replace(/\.nr$/, '');
  return {
    file: shortPath(frame.file),
    line: frame.line,
    ...(layer === 'main' ? {} : { layer }),
    ...(library === undefined ? {} : { gadget: library.functionName ?? stemOf(library.file) }),
  };
}

/** Everything up to the last `src/`, or the first folder (`std/field/mod.nr`, `zkml/activation.nr`). */
function crateOf(file: string): string {
  const index = file.lastIndexOf('src/');
  return index < 0 ? (file.split('/')[0] ?? '') : file.slice(0, index + 3);
}

/** The path below `src/`, so that no machine's folders appear in outputs. */
function shortPath(file: string): string {
  const index = file.lastIndexOf('src/');
  return index < 0 ? (file.split('/').at(-1) ?? file) : file.slice(index + 4);
}

function stemOf(file: string): string {
  return (file.split('/').at(-1) ?? file).replace(/\.nr$/, '');
}

/** Records an origin and returns its id. A library function on the call stack overrides the gadget's name. */
export function addOrigin(
  origins: Origins,
  { functionIndex, opcodeIndex, gadget }: Pick<Provenance, 'functionIndex' | 'opcodeIndex' | 'gadget'>,
): number {
  const name = origins.functionNames[functionIndex];
  const stack = origins.locate(functionIndex, opcodeIndex);
  if (stack.length === 0 && name !== undefined) {
    origins.list.push({ gadget, functionIndex, opcodeIndex, functionName: name });
    return origins.list.length - 1;
  }
  const { gadget: library, ...place } = origins.describe(stack);
  origins.list.push({
    gadget: library ?? gadget,
    functionIndex,
    opcodeIndex,
    ...place,
    ...(stack.length === 0 ? {} : { stack }),
    ...(name === undefined ? {} : { functionName: name }),
  });
  return origins.list.length - 1;
}
