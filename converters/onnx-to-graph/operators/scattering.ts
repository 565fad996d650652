/** Writing to constant positions: ScatterND, ScatterElements, and what else only moves elements. */
import { elementCount } from '../../../src/graph/index.ts';
import { intAttribute, stringAttribute, toAxis } from '../attributes.ts';
import { numbersOf } from '../constants.ts';
import {
  type Call,
  constant,
  constantOperand,
  type OperatorImporter,
  operand,
  part,
  range,
  toVariable,
  unsupported,
  type Value,
} from '../context.ts';
import { concatVariables, gatherFlat, reshapeValue, selectAxes } from '../moves.ts';
import { ravel, unravel } from './selecting.ts';

/** Updates are whole slices of the tensor: each row of the indices names one. */
export const importScatterNd: OperatorImporter = call => {
  const [x, indices] = [operand(call, 0), constantOperand(call, 1, 'its indices')];
  const depth = indices.dims.at(-1) ?? 1;
  const length = elementCount(x.dims.slice(depth));
  const positions: number[] = [];
  for (let row = 0; row < indices.data.length; row += depth) {
    const at = range(depth).map(i => fromEnd(indices.data[row + i] ?? 0, x.dims[i] ?? 1));
    const start = ravel(call, at, x.dims.slice(0, depth)) * length;
    positions.push(...range(length).map(i => start + i));
  }
  return [scatter(call, x, positions)];
};

/** Each update names its position along one axis. */
export const importScatterElements: OperatorImporter = call => {
  const [x, indices] = [operand(call, 0), constantOperand(call, 1, 'its indices')];
  const axis = toAxis(call, intAttribute(call, 'axis', 0), x.dims.length);
  const positions = Array.from(indices.data, (index, flat) => {
    const at = unravel(flat, indices.dims);
    at[axis] = fromEnd(index, x.dims[axis] ?? 1);
    return ravel(call, at, x.dims);
  });
  return [scatter(call, x, positions)];
};

function fromEnd(index: number, size: number): number {
  return index < 0 ? index + size : index;
}

/** What a reduction is called, and the operator that does it. */
const REDUCTIONS: Readonly<Record<string, string>> = { add: 'Add', mul: 'Mul', max: 'Max', min: 'Min' };

function scatter(call: Call, x: Value, positions: readonly number[]): Value {
  const updates = reshapeValue(call, operand(call, 2), [positions.length]);
  const reduction = stringAttribute(call, 'reduction', 'none');
  if (reduction === 'none') return overwrite(call, x, updates, positions);
  const opType = REDUCTIONS[reduction];
  if (opType === undefined) throw unsupported(call, `reduces by ${reduction}`, 'Use another reduction.');
  // each pass writes to every position once at most
  let rest = range(positions.length);
  let result = x;
  while (rest.length > 0) {
    const turn = rest.filter(
      (update, i) => rest.findIndex(other => positions[other] === positions[update]) === i,
    );
    const places = turn.map(update => positions[update] ?? 0);
    const old = gatherFlat(call, result, [turn.length], Int32Array.from(places), 'elements written to');
    const fresh = gatherFlat(call, updates, [turn.length], Int32Array.from(turn), 'updates');
    result = overwrite(call, result, part(call, opType, [old, fresh]), places);
    rest = rest.filter(update => !turn.includes(update));
  }
  return result;
}

/** x with elements replaced; of several updates of one element the last counts. */
function overwrite(call: Call, x: Value, updates: Value, positions: readonly number[]): Value {
  const count = elementCount(x.dims);
  const sources = Int32Array.from(range(count));
  for (const [i, position] of positions.entries()) sources[position] = count + i;
  const flat = [reshapeValue(call, x, [count]), updates];
  const isConstant = flat.every(value => value.kind === 'constant');
  const joined = isConstant
    ? part(call, 'Concat', flat, { axis: 0 })
    : concatVariables(
        call,
        flat.map(value => toVariable(call, value)),
        0,
      );
  return gatherFlat(call, joined, x.dims, sources, 'scatter');
}

/** The slices along an axis (or the elements) where a constant list is true. */
export const importCompress: OperatorImporter = call => {
  const x = operand(call, 0);
  const chosen = numbersOf(constantOperand(call, 1, 'its condition')).flatMap((value, i) =>
    value === 0 ? [] : [i],
  );
  const given = call.attributes.get('axis')?.int;
  const source = given === undefined ? reshapeValue(call, x, [elementCount(x.dims)]) : x;
  const axis = toAxis(call, given ?? 0, source.dims.length);
  const maps = source.dims.map((_, i) => (i === axis ? chosen : undefined));
  return [selectAxes(call, source, maps, `keep ${chosen.length} of axis ${axis}`)];
};

/** Sequences of constant lengths, reversed each in itself. */
export const importReverseSequence: OperatorImporter = call => {
  const x = operand(call, 0);
  const lengths = numbersOf(constantOperand(call, 1, 'the lengths of its sequences'));
  const [time, batch] = [intAttribute(call, 'time_axis', 0), intAttribute(call, 'batch_axis', 1)];
  const positions = Int32Array.from(range(elementCount(x.dims)), flat => {
    const at = unravel(flat, x.dims);
    const length = lengths[at[batch] ?? 0] ?? 0;
    const step = at[time] ?? 0;
    at[time] = step < length ? length - 1 - step : step;
    return ravel(call, at, x.dims);
  });
  return [gatherFlat(call, x, x.dims, positions, 'reverse sequences')];
};

/** Cuts or pads axes around their middle. */
export const importCenterCropPad: OperatorImporter = call => {
  const x = operand(call, 0);
  const sizes = numbersOf(constantOperand(call, 1, 'its sizes'));
  const given = call.attributes.get('axes')?.ints ?? range(x.dims.length);
  const axes = given.map(axis => toAxis(call, axis, x.dims.length));
  const maps = x.dims.map((size, axis) => {
    const wanted = sizes[axes.indexOf(axis)];
    if (wanted === undefined || wanted === size) return undefined;
    const before = wanted < size ? Math.floor((size - wanted) / 2) : -Math.floor((wanted - size) / 2);
    return range(wanted).map(i => (i + before >= 0 && i + before < size ? i + before : -1));
  });
  return [selectAxes(call, x, maps, 'crop or pad')];
};

/** Blocks of an image, side by side in columns, added up where they overlap. */
export const importCol2Im: OperatorImporter = call => {
  const x = operand(call, 0);
  const image = numbersOf(constantOperand(call, 1, 'the size of its image'));
  const block = numbersOf(constantOperand(call, 2, 'the size of its blocks'));
  const axes = range(image.length);
  const read = (name: string, fill: number): readonly number[] =>
    call.attributes.get(name)?.ints ?? axes.map(() => fill);
  const [strides, dilations] = [read('strides', 1), read('dilations', 1)];
  const pads = call.attributes.get('pads')?.ints ?? [...axes, ...axes].map(() => 0);
  const counts = axes.map(axis => {
    const span = (dilations[axis] ?? 1) * ((block[axis] ?? 1) - 1) + 1;
    const total = (image[axis] ?? 1) + (pads[axis] ?? 0) + (pads[axis + axes.length] ?? 0);
    return Math.floor((total - span) / (strides[axis] ?? 1)) + 1;
  });
  const taps = elementCount(block);
  const [batch = 1, wide = 1] = x.dims;
  const channels = wide / taps;
  const columns = elementCount(counts);
  const dims = [batch, channels, ...image];
  const layers = range(taps).map(tap => {
    const inBlock = unravel(tap, block);
    const positions = Int32Array.from(range(elementCount(dims)), flat => {
      const [b = 0, c = 0, ...place] = unravel(flat, dims);
      const column = axes.map(axis => {
        const from = (place[axis] ?? 0) + (pads[axis] ?? 0) - (inBlock[axis] ?? 0) * (dilations[axis] ?? 1);
        return from / (strides[axis] ?? 1);
      });
      const isInside = column.every((at, i) => Number.isInteger(at) && at >= 0 && at < (counts[i] ?? 0));
      return isInside ? ((b * channels + c) * taps + tap) * columns + ravel(call, column, counts) : -1;
    });
    return gatherFlat(call, x, dims, positions, `tap ${tap}`);
  });
  const [first = constant('float32', [], [])] = layers;
  return [layers.length === 1 ? first : part(call, 'Sum', layers)];
};
