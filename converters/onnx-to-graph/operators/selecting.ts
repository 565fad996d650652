/** Operators that take some elements, repeat them, or put others around: Slice, Gather, Split, Pad, Tile ... */
import { elementCount, type Op } from '../../../src/graph/index.ts';
import { intAttribute, intsAttribute, stringAttribute, toAxis } from '../attributes.ts';
import { broadcastDims, expandConstant, numbersOf } from '../constants.ts';
import {
  type Call,
  constant,
  constantOperand,
  emit,
  malformedNode,
  type OperatorImporter,
  operand,
  optionalConstant,
  range,
  unsupported,
  type Value,
} from '../context.ts';
import { reshapeNode } from '../layout.ts';
import { expandVariable, gatherFlat, reshapeValue, selectAxes } from '../moves.ts';
import type { Constant } from '../tensors.ts';
import { scaleBy } from './elementwise.ts';
import { gatherAt, gatherEach } from './lookups.ts';

/** Slice: attributes to opset 9, operands since. */
export const importSlice: OperatorImporter = call => {
  const x = operand(call, 0);
  const rank = x.dims.length;
  const read = (index: number, name: string): readonly number[] | undefined => {
    const given = optionalConstant(call, index, 'its ranges');
    return given === undefined ? intsAttribute(call, name) : numbersOf(given);
  };
  const [starts, ends] = [read(1, 'starts') ?? [], read(2, 'ends') ?? []];
  const axes = (read(3, 'axes') ?? range(starts.length)).map(axis => toAxis(call, axis, rank));
  const steps = read(4, 'steps') ?? starts.map(() => 1);
  const maps: (number[] | undefined)[] = x.dims.map(() => undefined);
  for (const [i, axis] of axes.entries()) {
    maps[axis] = slicePositions(call, x.dims[axis] ?? 0, [starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1]);
  }
  const texts = maps.map(map => (map === undefined ? ':' : `${map[0]}..${map.at(-1)}`));
  return [nonEmpty(call, selectAxes(call, x, maps, `slice [${texts.join(', ')}]`))];
};

/** Positions that a slice takes, clamped as ONNX (and NumPy) clamps them. */
function slicePositions(call: Call, size: number, [start, end, step]: [number, number, number]): number[] {
  if (step === 0) throw malformedNode(call, 'has a step of 0');
  const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
  const fromEnd = (value: number): number => (value < 0 ? value + size : value);
  const isForward = step > 0;
  const from = clamp(fromEnd(start), 0, isForward ? size : size - 1);
  const to = clamp(fromEnd(end), isForward ? 0 : -1, size);
  const count = Math.max(0, Math.ceil((to - from) / step));
  return range(count).map(i => from + i * step);
}

/** Empty tensors mean something only while shapes are computed. */
function nonEmpty(call: Call, value: Value): Value {
  if (value.kind === 'constant' || elementCount(value.dims) > 0) return value;
  throw malformedNode(call, `takes nothing: its result is [${value.dims.join(', ')}]`);
}

/** Gather with constant indices moves elements; with others it looks up (see lookups.ts). */
export const importGather: OperatorImporter = call => {
  const [x, indices] = [operand(call, 0), operand(call, 1)];
  const axis = toAxis(call, intAttribute(call, 'axis', 0), x.dims.length);
  if (indices.kind === 'variable') return [gatherAt(call, x, indices, axis)];
  const size = x.dims[axis] ?? 1;
  const positions = numbersOf(indices).map(index => (index < 0 ? index + size : index));
  const wrong = positions.find(at => !Number.isInteger(at) || at < 0 || at >= size);
  if (wrong !== undefined) throw malformedNode(call, `takes index ${wrong} of an axis with ${size} elements`);
  const maps = x.dims.map((_, i) => (i === axis ? positions : undefined));
  const label = positions.length === 1 ? `gather [${positions[0]}]` : `gather ${positions.length}`;
  const taken = selectAxes(call, x, maps, `${label} of axis ${axis}`);
  const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
  return [reshapeValue(call, taken, dims)];
};

/** For each element of the result, indices name the position along one axis. */
export const importGatherElements: OperatorImporter = call => {
  const [x, indices] = [operand(call, 0), operand(call, 1)];
  const axis = toAxis(call, intAttribute(call, 'axis', 0), x.dims.length);
  if (indices.kind === 'variable') return [gatherEach(call, x, indices, axis)];
  const size = x.dims[axis] ?? 1;
  const positions = Int32Array.from(indices.data, (index, flat) => {
    const at = unravel(flat, indices.dims);
    at[axis] = index < 0 ? index + size : index;
    return ravel(call, at, x.dims);
  });
  return [gatherFlat(call, x, indices.dims, positions, `gather elements of axis ${axis}`)];
};

export const importGatherNd: OperatorImporter = call => {
  const [x, indices] = [operand(call, 0), constantOperand(call, 1, 'its indices')];
  const batch = intAttribute(call, 'batch_dims', 0);
  const depth = indices.dims.at(-1) ?? 1;
  const leading = x.dims.slice(0, batch);
  const rowDims = x.dims.slice(batch + depth);
  const length = elementCount(rowDims);
  const rowsInBatch = elementCount(indices.dims.slice(batch, -1));
  const positions: number[] = [];
  for (let row = 0; row * depth < indices.data.length; row++) {
    const at = range(depth).map(i => {
      const index = indices.data[row * depth + i] ?? 0;
      return index < 0 ? index + (x.dims[batch + i] ?? 1) : index;
    });
    const place = [...unravel(Math.floor(row / rowsInBatch), leading), ...at];
    const start = ravel(call, place, x.dims.slice(0, batch + depth)) * length;
    for (let i = 0; i < length; i++) positions.push(start + i);
  }
  const dims = [...indices.dims.slice(0, -1), ...rowDims];
  return [gatherFlat(call, x, dims, Int32Array.from(positions), 'gather points')];
};

/** A row-major position, axis by axis. */
export function unravel(flat: number, dims: readonly number[]): number[] {
  let rest = flat;
  return [...dims]
    .reverse()
    .map(size => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    })
    .reverse();
}

/**
 * The row-major position of a place.
 *
 * @throws MALFORMED_MODEL when it is outside.
 */
export function ravel(call: Call, position: readonly number[], dims: readonly number[]): number {
  const isInside = position.every((at, axis) => Number.isInteger(at) && at >= 0 && at < (dims[axis] ?? 0));
  if (!isInside) throw malformedNode(call, `takes position [${position.join(', ')}] of [${dims.join(', ')}]`);
  return position.reduce((flat, at, axis) => flat * (dims[axis] ?? 1) + at, 0);
}

/** Split: sizes as attribute to opset 12, as operand since; equal parts when there are none. */
export const importSplit: OperatorImporter = call => {
  const x = operand(call, 0);
  const axis = toAxis(call, intAttribute(call, 'axis', 0), x.dims.length);
  const size = x.dims[axis] ?? 1;
  const given = optionalConstant(call, 1, 'its sizes');
  const listed = given === undefined ? intsAttribute(call, 'split') : numbersOf(given);
  const parts = call.usedOutputs.length;
  const share = Math.ceil(size / parts);
  const sizes = listed ?? range(parts).map(i => Math.min(share, size - i * share));
  if (sizes.reduce((sum, part) => sum + part, 0) !== size) {
    throw malformedNode(call, `splits ${size} elements into [${sizes.join(', ')}]`);
  }
  let begin = 0;
  return sizes.map((part, i) => {
    const from = begin;
    begin += part;
    const maps = x.dims.map((_, other) => (other === axis ? range(part).map(at => from + at) : undefined));
    if (!call.usedOutputs[i] || part === 0) return constant(x.type, [0], []);
    return selectAxes(call, x, maps, `slice ${from}..${begin - 1} of axis ${axis}`);
  });
};

/** Pad: attributes to opset 10, operands since. */
export const importPad: OperatorImporter = call => {
  const x = operand(call, 0);
  const rank = x.dims.length;
  const given = optionalConstant(call, 1, 'its sizes');
  const pads = given === undefined ? (intsAttribute(call, 'pads') ?? []) : numbersOf(given);
  const chosen = optionalConstant(call, 3, 'its axes');
  const axes = chosen === undefined ? range(rank) : numbersOf(chosen).map(axis => toAxis(call, axis, rank));
  if (pads.length !== 2 * axes.length) {
    throw malformedNode(call, `has ${pads.length} paddings for ${axes.length} axes`);
  }
  const mode = stringAttribute(call, 'mode', 'constant');
  const maps: (number[] | undefined)[] = x.dims.map(() => undefined);
  for (const [i, axis] of axes.entries()) {
    const around = [pads[i] ?? 0, pads[i + axes.length] ?? 0] as const;
    maps[axis] = paddedPositions(call, x.dims[axis] ?? 1, around, mode);
  }
  const value = call.opset < 11 ? (call.attributes.get('value')?.float ?? 0) : padValue(call);
  const padded = imagePad(call, x, maps) ?? selectAxes(call, x, maps, `${mode} padding`);
  return [mode === 'constant' && value !== 0 ? fillAround(call, x, padded, maps, value) : padded];
};

function padValue(call: Call): number {
  return optionalConstant(call, 2, 'its value')?.data[0] ?? 0;
}

function paddedPositions(
  call: Call,
  size: number,
  [before, after]: readonly [number, number],
  mode: string,
): number[] {
  const fold = (at: number): number => {
    if (at >= 0 && at < size) return at;
    if (mode === 'constant') return -1;
    if (mode === 'edge') return at < 0 ? 0 : size - 1;
    if (mode === 'wrap') return ((at % size) + size) % size;
    if (mode !== 'reflect')
      throw unsupported(call, `pads in mode '${mode}'`, 'constant, edge, reflect and wrap are imported.');
    const period = Math.max(1, 2 * (size - 1));
    const folded = ((at % period) + period) % period;
    return Math.min(folded, period - folded);
  };
  return range(Math.max(0, size + before + after)).map(i => fold(i - before));
}

/** Zeros around height and width of a channels-last image: the graph's own padding, which convolutions take up. */
function imagePad(call: Call, x: Value, maps: readonly (readonly number[] | undefined)[]): Value | undefined {
  if (x.kind === 'constant' || x.dims.length !== 4 || x.dims[0] !== 1) return undefined;
  const isChannelsLast =
    x.order.filter(axis => x.dims[axis] !== 1).join() === [2, 3, 1].filter(axis => x.dims[axis] !== 1).join();
  const sides = [0, 1, 2, 3].map(axis => sidesOf(x.dims[axis] ?? 1, maps[axis]));
  const [batch, channels, rows, columns] = sides;
  if (
    !isChannelsLast ||
    !rows ||
    !columns ||
    batch?.some(n => n > 0) !== false ||
    channels?.some(n => n > 0) !== false
  )
    return undefined;
  const [top = 0, bottom = 0] = rows;
  const [left = 0, right = 0] = columns;
  if (top + bottom + left + right === 0) return undefined;
  const [, c = 1, h = 1, w = 1] = x.dims;
  const source = reshapeNode(call.importer, x.node, [h, w, c]);
  const op: Op = { kind: 'pad', padding: { top, bottom, left, right } };
  const node = emit(call.importer, call.name, op, [source]);
  return { ...x, dims: [1, c, h + top + bottom, w + left + right], order: [0, 2, 3, 1], node };
}

/** Zeros before and after a whole axis; undefined when the map is anything else. */
function sidesOf(size: number, map: readonly number[] | undefined): readonly [number, number] | undefined {
  if (map === undefined) return [0, 0];
  const before = map.indexOf(0);
  const isWhole = before >= 0 && range(size).every(i => map[before + i] === i);
  const rest = map.filter(at => at === -1).length;
  return isWhole && rest === map.length - size ? [before, map.length - size - before] : undefined;
}

/** A padding value other than zero: added where the padding is. */
function fillAround(
  call: Call,
  x: Value,
  padded: Value,
  maps: readonly (readonly number[] | undefined)[],
  value: number,
): Value {
  const ones = constant('float32', x.dims, new Float64Array(elementCount(x.dims)).fill(1));
  const inside = selectAxes(call, ones, maps, '') as Constant; // constants stay constants
  const fill: Constant = { ...inside, data: inside.data.map(one => (one === 0 ? value : 0)) };
  if (padded.kind === 'variable') return scaleBy(call, padded, 1, fill);
  return { ...padded, data: padded.data.map((element, i) => element + (fill.data[i] as number)) };
}

export const importTile: OperatorImporter = call => {
  const x = operand(call, 0);
  const repeats = numbersOf(constantOperand(call, 1, 'its repeats'));
  const maps = x.dims.map((size, axis) => range(size * (repeats[axis] ?? 1)).map(at => at % size));
  return [nonEmpty(call, selectAxes(call, x, maps, `tile ${repeats.join('x')}`))];
};

export const importExpand: OperatorImporter = call => {
  const x = operand(call, 0);
  const dims = broadcastDims(call, [x.dims, numbersOf(constantOperand(call, 1, 'its shape'))]);
  return [x.kind === 'constant' ? expandConstant(x, dims) : expandVariable(call, x, dims)];
};

/** Zeros below or above a diagonal: a constant mask. */
export const importTrilu: OperatorImporter = call => {
  const x = operand(call, 0);
  const k = optionalConstant(call, 1, 'k')?.data[0] ?? 0;
  const isUpper = intAttribute(call, 'upper', 1) !== 0;
  const [rows = 1, columns = 1] = x.dims.slice(-2);
  const keeps = (row: number, column: number): boolean => (isUpper ? column - row >= k : column - row <= k);
  const mask = constant(
    'float32',
    [rows, columns],
    range(rows * columns).map(i => Number(keeps(Math.floor(i / columns), i % columns))),
  );
  if (x.kind === 'variable') return [scaleBy(call, x, mask, 0)];
  const wide = expandConstant(mask, x.dims);
  return [{ ...x, data: x.data.map((value, i) => (wide.data[i] === 0 ? 0 : value)) }];
};

/** Positions of the elements that are not zero: of constants only. */
export const importNonZero: OperatorImporter = call => {
  const x = constantOperand(call, 0, 'what it searches');
  const found = [...x.data].flatMap((value, flat) => (value === 0 ? [] : [unravel(flat, x.dims)]));
  const rows = x.dims.map((_, axis) => found.map(position => position[axis] ?? 0));
  return [constant('int64', [x.dims.length, found.length], rows.flat())];
};
