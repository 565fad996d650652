/**
 * Index tables of rearrangements as loops that people can read.
 *
 * A rearrangement is regular when the outputs that are not zero form a grid (along each axis a first, a step, a count), and
 * when every coordinate of the element read is a sum of terms of one loop variable each: k * i, k * (i % n), k * (i / n), or
 * an entry of a small table. Slices, tiles, expansions, resizings, reversals, padding, zero insertion and
 * depth-to-space all are.
 */
import type { Shape } from '../quantize/types.ts';

/** Loops over `counts` in which output[target] = input[source]. */
export interface IndexMap {
  readonly counts: readonly number[];
  readonly target: (indices: readonly string[]) => string[];
  readonly source: (indices: readonly string[]) => string[];
  readonly tables: readonly IndexTable[];
}

export interface IndexTable {
  readonly name: string;
  readonly values: readonly number[];
}

/** Finds the loops of a rearrangement; undefined when it has none. */
export function indexMap(from: Shape, to: Shape, indices: Int32Array): IndexMap | undefined {
  const grid = findGrid(to, indices);
  if (grid === undefined) return undefined;
  const counts = grid.map(axis => axis.count);
  const read = (position: readonly number[]): readonly number[] => {
    const place = position.map((i, axis) => (grid[axis]?.first ?? 0) + i * (grid[axis]?.step ?? 1));
    return coordinates(indices[flatIndex(to, place)] ?? 0, from);
  };
  const origin = counts.map(() => 0);
  const base = read(origin);
  // terms[b][a][i]: what loop variable a adds to coordinate b of the element read when it is i
  const terms = from.map((_, b) =>
    counts.map((count, a) =>
      Array.from({ length: count }, (_, i) => (read(origin.with(a, i))[b] as number) - (base[b] as number)),
    ),
  );
  if (!isSumOfTerms(counts, read, base, terms)) return undefined;
  const tables: IndexTable[] = [];
  const texts = terms.map((row, b) => coordinateText(base[b] as number, row, tables));
  return {
    counts,
    target: names =>
      names.map((name, axis) => affineText(grid[axis]?.first ?? 0, [[grid[axis]?.step ?? 1, name]])),
    source: names => texts.map(text => text(names)),
    tables,
  };
}

interface GridAxis {
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

/** The grid of the outputs that are not zero, if they form one. */
function findGrid(to: Shape, indices: Int32Array): GridAxis[] | undefined {
  const seen = to.map(() => new Set<number>());
  let present = 0;
  for (const [i, index] of indices.entries()) {
    if (index < 0) continue;
    present += 1;
    for (const [axis, at] of coordinates(i, to).entries()) seen[axis]?.add(at);
  }
  const grid: GridAxis[] = [];
  for (const values of seen) {
    const sorted = [...values].sort((a, b) => a - b);
    const [first = 0, second = first + 1] = sorted;
    if (sorted.some((value, i) => value !== first + i * (second - first))) return undefined;
    grid.push({ first, step: second - first, count: sorted.length });
  }
  return present === grid.reduce((product, axis) => product * axis.count, 1) && present > 0
    ? grid
    : undefined;
}

function coordinates(flat: number, shape: Shape): number[] {
  const position = new Array<number>(shape.length).fill(0);
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    position[axis] = rest % (shape[axis] as number);
    rest = Math.floor(rest / (shape[axis] as number));
  }
  return position;
}

function flatIndex(shape: Shape, position: readonly number[]): number {
  return position.reduce((flat, at, axis) => flat * (shape[axis] as number) + at, 0);
}

function isSumOfTerms(
  counts: readonly number[],
  read: (position: readonly number[]) => readonly number[],
  base: readonly number[],
  terms: readonly (readonly (readonly number[])[])[],
): boolean {
  const total = counts.reduce((product, count) => product * count, 1);
  for (let i = 0; i < total; i++) {
    const position = coordinates(i, counts);
    const source = read(position);
    const fits = source.every((at, b) => {
      const sum = position.reduce((value, j, a) => value + (terms[b]?.[a]?.[j] ?? 0), base[b] as number);
      return sum === at;
    });
    if (!fits) return false;
  }
  return true;
}

type Piece = readonly [factor: number, text: (names: readonly string[]) => string];

/** One coordinate of the element read, as a text of the loop variables. */
function coordinateText(
  base: number,
  row: readonly (readonly number[])[],
  tables: IndexTable[],
): (names: readonly string[]) => string {
  let constant = base;
  const pieces: Piece[] = [];
  for (const [axis, values] of row.entries()) {
    if (values.every(value => value === 0)) continue;
    const simple = simplePiece(values, axis);
    if (simple !== undefined) {
      pieces.push(simple);
      continue;
    }
    // Entries are positions themselves where nothing else adds to them.
    const least = Math.min(...values);
    const lift = row.filter(other => other.some(value => value !== 0)).length === 1 ? constant : -least;
    const name = `POSITIONS_${tables.length}`;
    tables.push({ name, values: values.map(value => value + lift) });
    constant -= lift;
    pieces.push([1, names => `${name}[${names[axis]}]`]);
  }
  return names =>
    affineText(
      constant,
      pieces.map(([factor, text]) => [factor, text(names)] as const),
    );
}

/** k * i, k * (i % n) or k * (i / n), where a loop variable adds that. */
function simplePiece(values: readonly number[], axis: number): Piece | undefined {
  const step = values[1] ?? 0;
  if (values.every((value, i) => value === i * step)) return [step, names => names[axis] as string];
  const period = values.indexOf(0, 1);
  if (period > 1 && values.every((value, i) => value === (i % period) * step)) {
    return [step, names => `(${names[axis]} % ${period})`];
  }
  const run = values.findIndex(value => value !== 0);
  const rise = values[run] ?? 0;
  if (run > 1 && values.every((value, i) => value === Math.floor(i / run) * rise)) {
    return [rise, names => `(${names[axis]} / ${run})`];
  }
  return undefined;
}

/** constant + k * x + ...: what is added stands before what is taken away, since indices are unsigned. */
function affineText(constant: number, pieces: readonly (readonly [factor: number, text: string])[]): string {
  const product = ([factor, text]: readonly [number, string]): string =>
    Math.abs(factor) === 1 ? text : `${Math.abs(factor)} * ${text}`;
  const added = [...(constant > 0 ? [`${constant}`] : []), ...pieces.filter(([k]) => k > 0).map(product)];
  const taken = [...(constant < 0 ? [`${-constant}`] : []), ...pieces.filter(([k]) => k < 0).map(product)];
  const text = [added.length === 0 ? '0' : added.join(' + '), ...taken].join(' - ');
  return pieces.length === 1 && text.startsWith('(') && text.endsWith(')') ? text.slice(1, -1) : text;
}
