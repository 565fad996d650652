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
    restBias: Float32Array.from(reading.constant),
  };
  const valuePlaces = placesOf(values);
  for (let cell = 0; cell < cells.supports.length; cell++) {
    const hubRows = hubRowsOf(plan, cell);
    const table = createTable(plan, cell, hubRows.width);
    for (let unit = 0; unit < cells.units; unit++) {
      const sum = cell * cells.units + unit;
      const places = valuePlaces[cell] ?? new Map();
      fillTable(plan, table, hubRows, sum);
      spread(plan, table, places, (h, place, weight) =>
        addWeight(weights, { hubs, sums, sum }, h, place, weight),
      );
    }
  }
  return weights;
}

/** Adds a weight of a hub (or of none: h is their count) and a value (or of none: place is -1). */
function addWeight(
  { kernel, bias, restKernel, restBias }: BilinearWeights,
  { hubs, sums, sum }: { readonly hubs: Supports; readonly sums: number; readonly sum: number },
  h: number,
  place: number,
  weight: number,
): void {
  const { inputCount } = hubs;
  const hasHub = h < inputCount;
  const form = hasHub ? sum * inputCount + h : sum;
  const [list, constants] = hasHub ? [kernel, bias] : [restKernel, restBias];
  const index = place < 0 ? form : place * (hasHub ? sums * inputCount : sums) + form;
  const target = place < 0 ? constants : list;
  target[index] = (target[index] as number) + weight;
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

/** Weights of one sum by column of `near` (and one more, for constants) and hub, side by side by hub. */
interface Table {
  readonly columns: readonly number[];
  readonly places: ReadonlyMap<number, number>;
  readonly width: number;
  readonly weights: Float64Array;
  /** Room for what a sum reads of each element, and for sums by column; zeros in between. */
  readonly read: Float64Array;
  readonly sums: Float64Array;
}

function createTable({ cells, value }: BilinearPlan, cell: number, width: number): Table {
  const columns = [...reached(value.near, cells.supports[cell] ?? [])];
  const places = new Map(columns.map((column, place) => [column, place]));
  const weights = new Float64Array((columns.length + 1) * width);
  const read = new Float64Array(value.near.constant.length);
  return { columns, places, width, weights, read, sums: new Float64Array(columns.length + 1) };
}

function fillTable({ reading, value }: BilinearPlan, table: Table, hubRows: HubRows, sum: number): void {
  const { near } = value;
  const { weights, places, columns, read, sums } = table;
  weights.fill(0);
  for (let k = at(reading.starts, sum); k < at(reading.starts, sum + 1); k++)
    read[at(reading.columns, k)] = at(reading.values, k);
  hubRows.elements.forEach((elements, row) => {
    const touched = new Set<number>();
    const add = (place: number, weight: number): void => {
      touched.add(place);
      sums[place] = at(sums, place) + weight;
    };
    for (const element of elements) {
      const weight = at(read, element);
      add(columns.length, weight * at(near.constant, element));
      for (let n = at(near.starts, element); n < at(near.starts, element + 1); n++)
        add(places.get(at(near.columns, n)) ?? 0, weight * at(near.values, n));
    }
    for (const place of touched) {
      addRow(weights, place, hubRows, { row, factor: at(sums, place) });
      sums[place] = 0;
    }
  });
  for (let k = at(reading.starts, sum); k < at(reading.starts, sum + 1); k++)
    read[at(reading.columns, k)] = 0;
}

function addRow(
  weights: Float64Array,
  place: number,
  { rows, width }: HubRows,
  { row, factor }: { readonly row: number; readonly factor: number },
): void {
  if (factor === 0) return;
  const [target, from] = [place * width, row * width];
  for (let h = 0; h < width; h++) weights[target + h] = at(weights, target + h) + factor * at(rows, from + h);
}

/** Sends a table's weights to the values, through what lies behind the waist. */
function spread(
  { value: { far } }: BilinearPlan,
  { columns, width, weights }: Table,
  places: ReadonlyMap<number, number>,
  add: (h: number, place: number, weight: number) => void,
): void {
  const size = places.size;
  const sums = new Float64Array((size + 1) * width);
  const addAll = (place: number, from: number, factor: number): void => {
    for (let h = 0; h < width; h++)
      sums[place * width + h] = at(sums, place * width + h) + factor * at(weights, from + h);
  };
  columns.forEach((column, index) => {
    if (far === undefined) {
      addAll(places.get(column) ?? 0, index * width, 1);
      return;
    }
    addAll(size, index * width, at(far.constant, column));
    for (let k = at(far.starts, column); k < at(far.starts, column + 1); k++)
      addAll(places.get(at(far.columns, k)) ?? 0, index * width, at(far.values, k));
  });
  addAll(size, columns.length * width, 1);
  for (let place = 0; place <= size; place++)
    for (let h = 0; h < width; h++) add(h, place === size ? -1 : place, at(sums, place * width + h));
}

function at(values: Int32Array | Float64Array, index: number): number {
  return values[index] as number;
}
