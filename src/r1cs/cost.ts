/** Where constraints go: counts by layer and gadget. */
import { printShare, printTable } from './text-table.ts';
import type { ConstraintSystem, SparseRows } from './types.ts';

/** What one gadget costs in one layer. */
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

/** Counts constraints and coefficients by layer and gadget, in the order of the program. */
export function costTable(system: ConstraintSystem): CostRow[] {
  const [constraints, abTerms, cTerms] = countByProvenance(system);
  const rows = new Map<string, CostRow>();
  system.provenance.forEach(({ layer: module, functionName, gadget }, id) => {
    const constraintCount = constraints?.[id] ?? 0;
    if (constraintCount === 0) return;
    const layer = module ?? functionName ?? '';
    const key = `${layer}\n${gadget}`;
    const known = rows.get(key);
    rows.set(key, {
      layer,
      gadget,
      constraintCount: constraintCount + (known?.constraintCount ?? 0),
      abTermCount: (abTerms?.[id] ?? 0) + (known?.abTermCount ?? 0),
      cTermCount: (cTerms?.[id] ?? 0) + (known?.cTermCount ?? 0),
    });
  });
  return [...rows.values()];
}

/** Constraints, A/B terms and C terms by provenance id. */
function countByProvenance(system: ConstraintSystem): Float64Array[] {
  const columns = [0, 1, 2].map(() => new Float64Array(system.provenance.length));
  for (let row = 0; row < system.constraintCount; row++) {
    const id = system.provenanceIds[row] ?? 0;
    const counts = [1, termCount(system.a, row) + termCount(system.b, row), termCount(system.c, row)];
    columns.forEach((column, index) => {
      column[id] = (column[id] ?? 0) + (counts[index] ?? 0);
    });
  }
  return columns;
}

/** Prints the table with totals and shares, for people. */
export function printCostTable(table: readonly CostRow[]): string {
  const total = sumOf(table, row => row.constraintCount);
  const lines = table.map(row => [
    row.layer,
    row.gadget,
    `${row.constraintCount}`,
    printShare(row.constraintCount, total),
    `${row.abTermCount}`,
    `${row.cTermCount}`,
  ]);
  const head = ['layer', 'gadget', 'constraints', 'share', 'A/B terms', 'C terms'];
  const abTotal = `${sumOf(table, row => row.abTermCount)}`;
  const foot = ['total', '', `${total}`, '', abTotal, `${sumOf(table, row => row.cTermCount)}`];
  return printTable([head, ...lines, foot], 2);
}

function sumOf(table: readonly CostRow[], count: (row: CostRow) => number): number {
  return table.reduce((sum, row) => sum + count(row), 0);
}

function termCount(rows: SparseRows, row: number): number {
  return (rows.rowStarts[row + 1] ?? 0) - (rows.rowStarts[row] ?? 0);
}
