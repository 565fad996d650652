/** The parity tables: one Markdown row a network or function. */
import type { Cost } from './implementation.ts';

/** What one of them costs in each form; undefined where Circom was not run to its end. */
export interface ParityRow {
  readonly name: string;
  readonly o1: Cost | undefined;
  readonly o2: Cost | undefined;
  readonly ours: Cost;
}

const QUANTITIES: readonly (keyof Cost)[] = ['constraints', 'productTerms', 'wires'];

/** The two head lines of a table of networks or functions. */
export function printTableHead(subject: 'network' | 'function'): string {
  const groups = ['constraints', 'A and B', 'wires'];
  const columns = groups.flatMap(group => ['O1', 'O2', 'ours'].map(form => `${group}, ${form}`));
  return `| ${subject} | ${columns.join(' | ')} |\n|---|${'---:|'.repeat(columns.length)}`;
}

/** One line of the table: for each quantity Circom with O1, with O2, and ours. */
export function printRow(row: ParityRow): string {
  const cells = QUANTITIES.flatMap(quantity =>
    [row.o1, row.o2, row.ours].map(cost => (cost === undefined ? '–' : String(cost[quantity]))),
  );
  return `| ${row.name} | ${cells.join(' | ')} |`;
}
