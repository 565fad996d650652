/** Where constraints go: counts by layer and gadget. */
import { provenanceOf } from './provenance.ts';
import type { ConstraintSystem, SparseRows } from './types.ts';

export interface CostRow {
  /** The model layer; for programs without layers the Noir function. */
  readonly layer: string;
  readonly gadget: string;
  readonly constraintCount: number;
  /** Non-zero coefficients in A and B: what a proving key stores and a prover multiplies. */
  readonly abTermCount: number;
  /** Non-zero coefficients in C: free to prove. */
  readonly cTermCount: number;
}

/** Counts constraints and coefficients by layer and gadget, in the order of first appearance. */
export function costTable(system: ConstraintSystem): CostRow[] {
  const rows = new Map<string, CostRow>();
  for (let row = 0; row < system.constraintCount; row++) {
    const { layer: module, functionName, gadget } = provenanceOf(system, row);
    const layer = module ?? functionName ?? '';
    const key = `${layer}\n${gadget}`;
    const known = rows.get(key) ?? { layer, gadget, constraintCount: 0, abTermCount: 0, cTermCount: 0 };
    rows.set(key, {
      ...known,
      constraintCount: known.constraintCount + 1,
      abTermCount: known.abTermCount + termCount(system.a, row) + termCount(system.b, row),
      cTermCount: known.cTermCount + termCount(system.c, row),
    });
  }
  return [...rows.values()];
}

/** Prints the table with totals and shares, for people. */
export function printCostTable(table: readonly CostRow[]): string {
  const total = sumOf(table, row => row.constraintCount);
  const lines = table.map(row => [
    row.layer,
    row.gadget,
    `${row.constraintCount}`,
    `${((100 * row.constraintCount) / Math.max(1, total)).toFixed(1)} %`,
    `${row.abTermCount}`,
    `${row.cTermCount}`,
  ]);
  const head = ['layer', 'gadget', 'constraints', 'share', 'A/B terms', 'C terms'];
  const abTotal = `${sumOf(table, row => row.abTermCount)}`;
  const foot = ['total', '', `${total}`, '', abTotal, `${sumOf(table, row => row.cTermCount)}`];
  const cells = [head, ...lines, foot];
  const widths = head.map((_, column) => Math.max(...cells.map(line => line[column]?.length ?? 0)));
  const pad = (text: string, column: number): string =>
    column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return `${cells.map(line => line.map(pad).join('  ').trimEnd()).join('\n')}\n`;
}

function sumOf(table: readonly CostRow[], count: (row: CostRow) => number): number {
  return table.reduce((sum, row) => sum + count(row), 0);
}

function termCount(rows: SparseRows, row: number): number {
  return (rows.rowStarts[row + 1] ?? 0) - (rows.rowStarts[row] ?? 0);
}
