/**
 * What merge-products.ts calculates: linear maps row by row, and the weights of a bilinear layer made of three of them.
 *
 * Sum j of a cell is the sum over its elements e of reading[j, e] * hub[e] * value[e]. With hub[e] and value[e] linear in few
 * activations each, it is a table of weights, one for each pair of a hub and a value. The table is summed up element by
 * element; where values are themselves made in two steps (a depthwise convolution of what a decoder gives), it is summed
 * over what lies between first: the waist, of which each element reads little. Likewise where many elements have one hub in
 * common, as the pixels of a channel have its factor.
 */
import type { LinearMap } from '../linear-map.ts';
import type { NodeId } from '../types.ts';
import { type Cells, columnsOf, placesOf, supportsOf } from './cells.ts';

/** A linear map, row by row: row r is constant[r] plus values times columns from starts[r] to starts[r + 1]. */
export interface RowMatrix {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  readonly constant: Float64Array;
}

/** A factor of a product as a map of the activations behind it, in one step or by a waist. */
export interface Factor {
  /** The activations, whose elements are the columns of the last step. */
  readonly sources: readonly NodeId[];
  readonly near: RowMatrix;
  /** From the waist on, whose elements are the columns of `near`. */
  readonly far?: RowMatrix;
}

/** What cells read, without the count of their sums. */
export type Supports = Omit<Cells, 'units'>;

/** Writes a map row by row. */
export function toRows(map: LinearMap): RowMatrix {
  const starts = new Int32Array(map.constant.length + 1);
  const columns = columnsOf(map);
  for (const { indices } of columns) for (const row of indices) starts[row + 1] = at(starts, row + 1) + 1;
  for (let row = 0; row < map.constant.length; row++) starts[row + 1] = at(starts, row + 1) + at(starts, row);
  const next = starts.slice();
  const rows = { columns: new Int32Array(map.termCount), values: new Float64Array(map.termCount) };
  columns.forEach(({ indices, values }, column) => {
    indices.forEach((row, i) => {
      const place = at(next, row);
      next[row] = place + 1;
      rows.columns[place] = column;
      rows.values[place] = values[i] as number;
    });
  });
  return { starts, ...rows, constant: map.constant };
}

/** Which activations each cell reads through a factor. */
export function readThrough({ near, far }: Factor, supports: Cells['supports']): Supports {
  return supportsOf(
    supports.map(support => {
      const waist = reached(near, support);
      return [...(far === undefined ? waist : reached(far, waist))].sort((a, b) => a - b);
    }),
  );
}

function reached({ starts, columns }: RowMatrix, rows: Iterable<number>): Set<number> {
  const found = new Set<number>();
  for (const row of rows)
    for (let k = at(starts, row); k < at(starts, row + 1); k++) found.add(columns[k] as number);
  return found;
}

/** What a bilinear layer is made of. */
export interface BilinearPlan {
  /** From products to sums: row cell * units + j. */
  readonly reading: RowMatrix;
  readonly cells: Cells;
  readonly hub: Factor;
  readonly hubs: Supports;
  readonly value: Factor;
  readonly values: Supports;
}

/** Weights as {@link BilinearOp} takes them, and those of the sums' parts that no hub has, as a layer of cells. */
export interface BilinearWeights {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  readonly restKernel: Float32Array;
  readonly restBias: Float32Array;
}

/** Sums up the weights. */
export function bilinearWeights(plan: BilinearPlan): BilinearWeights {
  const { cells, hubs, values, reading } = plan;
  const sums = cells.supports.length * cells.units;
  const forms = sums * hubs.inputCount;
  const weights = {
    kernel: new Float32Array(values.inputCount * forms),
    bias: new Float32Array(forms),
    restKernel: new Float32Array(values.inputCount * sums),
    restBias: new Float32Array(sums),
  };
  const read = new Float64Array(plan.value.near.constant.length);
  for (let cell = 0; cell < cells.supports.length; cell++) {
    const hubRows = hubRowsOf(plan, cell);
    const table = createTable(plan, cell, hubRows);
    for (let sum = cell * cells.units; sum < (cell + 1) * cells.units; sum++) {
      for (let k = at(reading.starts, sum); k < at(reading.starts, sum + 1); k++)
        read[at(reading.columns, k)] = at(reading.values, k);
      fillTable(table, hubRows, read);
      for (let k = at(reading.starts, sum); k < at(reading.starts, sum + 1); k++)
        read[at(reading.columns, k)] = 0;
      writeWeights(weights, spread(table), { sum, sums, width: table.width });
      weights.restBias[sum] = at(weights.restBias, sum) + at(reading.constant, sum);
    }
  }
  return weights;
}

/** Writes what a sum has of each value (and, last, of none), hub by hub (and, last, of none). */
function writeWeights(
  { kernel, bias, restKernel, restBias }: BilinearWeights,
  rows: Float64Array,
  { sum, sums, width }: { readonly sum: number; readonly sums: number; readonly width: number },
): void {
  const hubCount = width - 1;
  const last = rows.length - width;
  for (let start = 0; start < last; start += width) {
    const place = start / width;
    for (let h = 0; h < hubCount; h++) kernel[(place * sums + sum) * hubCount + h] = at(rows, start + h);
    restKernel[place * sums + sum] = at(rows, start + hubCount);
  }
  for (let h = 0; h < hubCount; h++) bias[sum * hubCount + h] = at(rows, last + h);
  restBias[sum] = at(rows, last + hubCount);
}

/** Hubs of a cell's elements as rows: a coefficient for each hub, and the constant last. Elements may have one in common. */
interface HubRows {
  readonly width: number;
  readonly rows: Float64Array;
  /** For each row, the elements that have it. */
  readonly elements: readonly (readonly number[])[];
}

function hubRowsOf({ cells, hub, hubs }: BilinearPlan, cell: number): HubRows {
  const support = cells.supports[cell] ?? [];
  const byHub = new Map<number, number[]>();
  for (const element of support) {
    const key = columnOfMove(hub, element) ?? -1 - element;
    byHub.set(key, [...(byHub.get(key) ?? []), element]);
  }
  const elements = [...byHub.values()];
  const places = placesOf(hubs)[cell] ?? new Map<number, number>();
  const width = hubs.inputCount + 1;
  const rows = new Float64Array(elements.length * width);
  const add = (matrix: RowMatrix, row: number, start: number, factor: number): void => {
    const last = start + width - 1;
    rows[last] = at(rows, last) + factor * at(matrix.constant, row);
    for (let k = at(matrix.starts, row); k < at(matrix.starts, row + 1); k++) {
      const [column, value] = [at(matrix.columns, k), factor * at(matrix.values, k)];
      const target = start + (places.get(column) ?? 0);
      if (matrix === hub.near && hub.far !== undefined) add(hub.far, column, start, value);
      else rows[target] = at(rows, target) + value;
    }
  };
  elements.forEach(([element = 0], index) => {
    add(hub.near, element, index * width, 1);
  });
  return { width, rows, elements };
}

/** The column that a factor's element is, if it is nothing else. */
function columnOfMove(
  { near: { starts, columns, values, constant } }: Factor,
  element: number,
): number | undefined {
  const start = at(starts, element);
  const isMove =
    at(starts, element + 1) === start + 1 && at(values, start) === 1 && at(constant, element) === 0;
  return isMove ? at(columns, start) : undefined;
}

/** Weights of one sum by column of `near` (and one more, for constants) and hub, side by side by hub; and how they are made. */
interface Table {
  readonly width: number;
  readonly weights: Float64Array;
  /** What elements add by the hubs that they have, column by column. */
  readonly terms: Terms;
  /** From columns to what the cell reads (and to constants, which come last). */
  readonly onwards: readonly Batch[];
  readonly placeCount: number;
}

/** In columns: a hub's row, the element that adds it to a place of the table, and the element's value. */
interface Terms {
  readonly places: Int32Array;
  readonly hubRows: Int32Array;
  readonly elements: Int32Array;
  readonly values: Float64Array;
}

/** Rows that are added to one, each times a factor. */
interface Batch {
  readonly target: number;
  readonly rows: number[];
  readonly factors: number[];
}

function createTable(plan: BilinearPlan, cell: number, { elements, width }: HubRows): Table {
  const { cells, value, values } = plan;
  const columns = [...reached(value.near, cells.supports[cell] ?? [])];
  const terms = termsOf(value.near, columns, elements);
  const places = placesOf(values)[cell] ?? new Map<number, number>();
  const onwards = batchesOf(value, columns, places);
  const weights = new Float64Array((columns.length + 1) * width);
  return { width, weights, terms, onwards, placeCount: places.size };
}

function termsOf(near: RowMatrix, columns: readonly number[], elements: HubRows['elements']): Terms {
  const placeOf = new Map(columns.map((column, place) => [column, place]));
  const terms = elements.flatMap((ofRow, hubRow) =>
    ofRow.flatMap(element => {
      const linear: [place: number, value: number][] = [];
      for (let k = at(near.starts, element); k < at(near.starts, element + 1); k++)
        linear.push([placeOf.get(at(near.columns, k)) ?? 0, at(near.values, k)]);
      const constant: [number, number] = [columns.length, at(near.constant, element)];
      return [...linear, constant].map(([place, value]) => ({ place, hubRow, element, value }));
    }),
  );
  terms.sort((a, b) => a.place - b.place || a.hubRow - b.hubRow);
  return {
    places: Int32Array.from(terms, ({ place }) => place),
    hubRows: Int32Array.from(terms, ({ hubRow }) => hubRow),
    elements: Int32Array.from(terms, ({ element }) => element),
    values: Float64Array.from(terms, ({ value }) => value),
  };
}

/** The step behind the waist, or none: then columns are what the cell reads. */
function batchesOf(
  { far }: Factor,
  columns: readonly number[],
  places: ReadonlyMap<number, number>,
): Batch[] {
  const batches = Array.from(
    { length: places.size + 1 },
    (_, target): Batch => ({ target, rows: [], factors: [] }),
  );
  const send = (row: number, place: number, factor: number): void => {
    batches[place]?.rows.push(row);
    batches[place]?.factors.push(factor);
  };
  columns.forEach((column, row) => {
    if (far === undefined) {
      send(row, places.get(column) ?? 0, 1);
      return;
    }
    send(row, places.size, at(far.constant, column));
    for (let k = at(far.starts, column); k < at(far.starts, column + 1); k++)
      send(row, places.get(at(far.columns, k)) ?? 0, at(far.values, k));
  });
  send(columns.length, places.size, 1);
  return batches;
}

/** Fills a table for one sum, of which `read` is what it reads of each element. */
function fillTable({ terms, weights, width }: Table, { rows }: HubRows, read: Float64Array): void {
  const { places, hubRows, elements, values } = terms;
  weights.fill(0);
  let batch: Batch = { target: 0, rows: [], factors: [] };
  let factor = 0;
  for (let i = 0; i < places.length; i++) {
    factor += at(values, i) * at(read, at(elements, i));
    const isSamePlace = places[i + 1] === places[i];
    if (isSamePlace && hubRows[i + 1] === hubRows[i]) continue;
    batch.rows.push(at(hubRows, i));
    batch.factors.push(factor);
    factor = 0;
    if (isSamePlace) continue;
    addRows(weights, rows, { ...batch, target: at(places, i) }, width);
    batch = { target: 0, rows: [], factors: [] };
  }
}

/** Gives a row for each value of the cell, and a last one for constants, of a table through what lies behind the waist. */
function spread({ weights, width, onwards, placeCount }: Table): Float64Array {
  const sums = new Float64Array((placeCount + 1) * width);
  for (const batch of onwards) addRows(sums, weights, batch, width);
  return sums;
}

/** Adds rows of a matrix to one of another, four at a time, so that a sum is read and written once for four products. */
function addRows(
  sums: Float64Array,
  from: Float64Array,
  { target, rows, factors }: Batch,
  width: number,
): void {
  const start = target * width;
  for (let i = 0; i < rows.length; i += 4) {
    const [a = 0, b = 0, c = 0, d = 0] = [factors[i], factors[i + 1], factors[i + 2], factors[i + 3]];
    const first = (rows[i] ?? 0) * width;
    const second = (rows[i + 1] ?? 0) * width;
    const third = (rows[i + 2] ?? 0) * width;
    const fourth = (rows[i + 3] ?? 0) * width;
    for (let h = 0; h < width; h++)
      sums[start + h] =
        (sums[start + h] as number) +
        a * (from[first + h] as number) +
        b * (from[second + h] as number) +
        c * (from[third + h] as number) +
        d * (from[fourth + h] as number);
  }
}

function at(values: Int32Array | Float64Array | Float32Array, index: number): number {
  return values[index] as number;
}
