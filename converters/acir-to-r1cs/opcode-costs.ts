/** What the opcodes of a program cost, by kind. */
import type { Program } from '../../src/acir/types.ts';
import { printShare, printTable, profileBy } from '../../src/r1cs/index.ts';
import type { ConstraintSystem } from '../../src/r1cs/types.ts';

/** Opcodes of one kind: 'assert-zero', 'range', 'poseidon2-permutation' ... */
export interface OpcodeCost {
  readonly kind: string;
  /** In all functions, each counted once however often it is called. */
  readonly opcodeCount: number;
  /** In all instances. */
  readonly constraintCount: number;
}

/** Counts opcodes and the constraints that come from them, most constraints first. */
export function opcodeCosts(program: Program, system: ConstraintSystem): OpcodeCost[] {
  const opcodeCounts = new Map<string, number>();
  const kinds = program.functions.map(({ opcodes }) =>
    opcodes.map(opcode => {
      const kind = opcode.kind === 'black-box' ? opcode.call.name : opcode.kind;
      opcodeCounts.set(kind, (opcodeCounts.get(kind) ?? 0) + 1);
      return kind;
    }),
  );
  const rows = profileBy(system, ({ functionIndex, opcodeIndex }) => [
    kinds[functionIndex]?.[opcodeIndex] ?? '(none)',
  ]);
  const constraintCounts = new Map(rows.map(({ key, constraintCount }) => [key, constraintCount] as const));
  return [...new Set([...constraintCounts.keys(), ...opcodeCounts.keys()])].map(kind => ({
    kind,
    opcodeCount: opcodeCounts.get(kind) ?? 0,
    constraintCount: constraintCounts.get(kind) ?? 0,
  }));
}

/** Prints the table with shares, for people. */
export function printOpcodeCosts(costs: readonly OpcodeCost[]): string {
  const total = costs.reduce((sum, cost) => sum + cost.constraintCount, 0);
  const rows = costs.map(({ kind, opcodeCount, constraintCount }) => [
    kind,
    `${opcodeCount}`,
    `${constraintCount}`,
    printShare(constraintCount, total),
  ]);
  return printTable([['opcode', 'opcodes', 'constraints', 'share'], ...rows]);
}
