/**
 * Wire names <-> circom's `.sym`: one line a signal, `label,wire,component,name`; wire -1 marks a signal that was
 * optimised away.
 */
import { BionoirError } from '../../src/errors.ts';

/** One named signal. */
export interface Symbol {
  readonly label: number;
  /** Absent when the signal was optimised away. */
  readonly wire?: number;
  readonly component: number;
  readonly name: string;
}

/** Prints names for wires 1.. of a system; label and wire agree, as {@link writeR1cs} has it. */
export function writeSym(names: readonly string[]): string {
  return names.map((name, i) => `${i + 1},${i + 1},0,${name}\n`).join('');
}

/**
 * Parses a `.sym` file.
 *
 * @throws BionoirError MALFORMED_R1CS.
 */
export function readSym(text: string): Symbol[] {
  const symbols: Symbol[] = [];
  text.split('\n').forEach((line, i) => {
    if (line === '') return;
    const match = /^(\d+),(-1|\d+),(\d+),(\S+)$/.exec(line.trimEnd());
    if (!match) {
      throw new BionoirError(
        'MALFORMED_R1CS',
        `Line ${i + 1} of the symbol file (.sym) is "${line}"; "label,wire,component,name" is expected.`,
        { details: { line }, location: `line ${i + 1}` },
      );
    }
    const [, label, wire, component, name] = match as unknown as [string, string, string, string, string];
    symbols.push({
      label: Number(label),
      ...(wire === '-1' ? {} : { wire: Number(wire) }),
      component: Number(component),
      name,
    });
  });
  return symbols;
}
