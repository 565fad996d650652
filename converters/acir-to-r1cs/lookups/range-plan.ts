/**
 * Chooses the range tables of a circuit, and how a range of each width is put together from them.
 *
 * A table of k bits costs 2^k + 1 rows once: one for each value, one for the sum. A value of n bits is cut into pieces:
 * - a *limb* of k bits of a table of k bits: 1 row;
 * - a limb v of w < k bits: v and 2^(k-w) v are both looked up in the table of k bits, 2 rows. Both integers are then below
 *   2^k, and since 2^(2k-w) <= p the second is 2^(k-w) times the first as an integer, so v < 2^w;
 * - a *bit*: 1 row.
 * The cheapest cut of each width is found by dynamic programming, and the tables by a local search on the total over the
 * histogram of widths: a few large values justify no table, ten thousand justify one of 2^14 rows, and a second table of
 * 2^8 rows is worth it as soon as 300 values have eight bits. The result is a choice, never a matter of soundness.
 */

/** A piece of a range: bits of the value, lowest pieces first. */
export interface Piece {
  readonly kind: 'bit' | 'limb';
  readonly width: number;
  /** Of a limb: the bits of its table. Wider than the limb where that is looked up twice. */
  readonly tableBits: number;
}

/** Tables and cuts. */
export interface RangePlan {
  /** Bits of each range table, widest first. */
  readonly tableBits: readonly number[];
  /** Rows of all values and of the tables together. */
  readonly rowCount: number;
  /** Pieces of a width, lowest first: bits, limbs that are looked up twice, limbs that are looked up once. */
  readonly piecesOf: (width: number) => readonly Piece[];
}

/** Tables of 2^20 rows are the largest that anything here justifies. */
const TABLE_BITS_MAX = 20;
/** More tables than this were never worth a row. */
const TABLE_COUNT_MAX = 8;
/** Single tables from which the search starts. */
const START_COUNT = 4;

interface Problem {
  readonly prime: bigint;
  /** Values by width. */
  readonly histogram: ReadonlyMap<number, number>;
  readonly widthMax: number;
  /** Rows by the tables that were tried: the search meets the same sets again and again. */
  readonly known: Map<string, number>;
}

/**
 * Plans the ranges of a circuit.
 * @param histogram how many values have each width (bits, at least 1, 2^width <= prime).
 * @param tableBits the tables to use; chosen by cost when absent, and none at all where they save nothing.
 */
export function planRanges(
  prime: bigint,
  histogram: ReadonlyMap<number, number>,
  tableBits?: readonly number[],
): RangePlan {
  const problem = { prime, histogram, widthMax: Math.max(1, ...histogram.keys()), known: new Map() };
  const chosen = [...new Set(tableBits ?? chooseTables(problem))].sort((x, y) => y - x);
  const cuts = bestCuts(problem, chosen);
  return {
    tableBits: chosen,
    rowCount: totalRows(problem, chosen),
    piecesOf: width => piecesOf(cuts, width),
  };
}

/** Adds, removes and exchanges single tables while that saves rows, from several starts. */
function chooseTables(problem: Problem): readonly number[] {
  const candidates = Array.from({ length: TABLE_BITS_MAX }, (_, index) => index + 1).filter(
    bits => 1n << BigInt(bits) <= problem.prime,
  );
  const starts = candidates
    .map(bits => ({ tables: [bits], rows: totalRows(problem, [bits]) }))
    .sort((x, y) => x.rows - y.rows)
    .slice(0, START_COUNT);
  const none = { tables: [] as readonly number[], rows: totalRows(problem, []) };
  let best = none;
  for (const start of starts) {
    const found = descend(problem, candidates, start);
    if (found.rows < best.rows) best = found;
  }
  return best.tables;
}

interface Choice {
  readonly tables: readonly number[];
  readonly rows: number;
}

function descend(problem: Problem, candidates: readonly number[], start: Choice): Choice {
  let current = start;
  for (;;) {
    let next = current;
    for (const tables of neighbours(current.tables, candidates)) {
      const rows = totalRows(problem, tables);
      if (rows < next.rows) next = { tables, rows };
    }
    if (next === current) return current;
    current = next;
  }
}

function neighbours(tables: readonly number[], candidates: readonly number[]): (readonly number[])[] {
  const others = candidates.filter(bits => !tables.includes(bits));
  const removed = tables.map(bits => tables.filter(other => other !== bits));
  const added = tables.length < TABLE_COUNT_MAX ? others.map(bits => [...tables, bits]) : [];
  return [...removed, ...added, ...removed.flatMap(rest => others.map(bits => [...rest, bits]))];
}

function totalRows(problem: Problem, tables: readonly number[]): number {
  const key = [...tables].sort((x, y) => x - y).join();
  const known = problem.known.get(key);
  if (known !== undefined) return known;
  const total = countRows(problem, tables);
  problem.known.set(key, total);
  return total;
}

function countRows(problem: Problem, tables: readonly number[]): number {
  const { rows } = bestCuts(problem, tables);
  let total = tables.reduce((sum, bits) => sum + 2 ** bits + 1, 0);
  for (const [width, count] of problem.histogram) total += count * (rows[width] ?? 0);
  return total;
}

interface Cuts {
  /** By width: the fewest rows, and the piece that the best cut takes off. */
  readonly rows: readonly number[];
  readonly pieces: readonly (Piece | undefined)[];
}

function bestCuts({ prime, widthMax }: Problem, tables: readonly number[]): Cuts {
  const limbs = limbCosts(prime, tables);
  const rows = [0];
  const pieces: (Piece | undefined)[] = [undefined];
  for (let width = 1; width <= widthMax; width++) {
    rows.push((rows[width - 1] ?? 0) + 1);
    pieces.push({ kind: 'bit', width: 1, tableBits: 0 });
    for (const { piece, cost } of limbs) {
      const total = (rows[width - piece.width] ?? Number.POSITIVE_INFINITY) + cost;
      if (piece.width > width || total >= (rows[width] ?? 0)) continue;
      rows[width] = total;
      pieces[width] = piece;
    }
  }
  return { rows, pieces };
}

/** The limbs that cost one lookup or two, cheapest and widest first. */
function limbCosts(
  prime: bigint,
  tables: readonly number[],
): readonly { readonly piece: Piece; readonly cost: number }[] {
  const exact = tables.map(bits => ({ piece: limb(bits, bits), cost: 1 }));
  const shifted = [];
  for (let width = Math.max(0, ...tables) - 1; width > 2; width--) {
    const fitting = tables.filter(bits => bits > width && 1n << BigInt(2 * bits - width) <= prime);
    if (fitting.length > 0 && !tables.includes(width))
      shifted.push({ piece: limb(width, Math.min(...fitting)), cost: 2 });
  }
  return [...exact, ...shifted];
}

function limb(width: number, tableBits: number): Piece {
  return { kind: 'limb', width, tableBits };
}

function piecesOf({ pieces }: Cuts, width: number): readonly Piece[] {
  const found: Piece[] = [];
  for (let rest = width; rest > 0; ) {
    const piece = pieces[rest];
    if (piece === undefined) break;
    found.push(piece);
    rest -= piece.width;
  }
  return found.sort((left, right) => orderOf(left) - orderOf(right));
}

/** The last piece is a form of several wires, so it had better be looked up once. */
function orderOf({ kind, width, tableBits }: Piece): number {
  if (kind === 'bit') return 0;
  return width < tableBits ? 1 : 2;
}
