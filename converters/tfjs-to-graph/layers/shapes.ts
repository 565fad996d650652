/**
 * Layers that move or join data: Flatten, Reshape, Permute, ZeroPadding, Cropping, UpSampling, Concatenate.
 */
import { compose, elementCount, emit, type Padding, type Shape, shapeOf } from '../../../src/graph/index.ts';
import { describe, readField } from '../../../src/tensorflow/index.ts';
import { type LayerCall, type LayerImporter, operandOfRank, singleOperand } from '../emitter.ts';
import {
  readAxis,
  readCount,
  readIntegers,
  readPair,
  requireChannelsLast,
  unsupportedOption,
} from '../layer-options.ts';

/** Flatten: row-major, channels last. */
export const importFlatten: LayerImporter = (emitter, call) => {
  requireChannelsLast(call.layer);
  const tensor = singleOperand(call);
  const shape: Shape = [elementCount(shapeOf(emitter, tensor))];
  return emit(emitter, call.layer.name, { kind: 'reshape', shape }, [tensor]);
};

/** Reshape; one dimension may be -1 (or null) and is then inferred. */
export const importReshape: LayerImporter = (emitter, call) => {
  const tensor = singleOperand(call);
  const target = readIntegers(call.layer, 'target_shape', -1);
  const unknownCount = target.filter(size => size < 0).length;
  if (unknownCount > 1) {
    throw unsupportedOption(
      call.layer,
      `target_shape [${target.join(', ')}]`,
      'one -1 at most can be inferred',
    );
  }
  const known = elementCount(target.filter(size => size >= 0));
  const inferred = elementCount(shapeOf(emitter, tensor)) / known;
  const shape = target.map(size => (size < 0 ? inferred : size));
  return emit(emitter, call.layer.name, { kind: 'reshape', shape }, [tensor]);
};

/** Permute: dims counts axes from 1. */
export const importPermute: LayerImporter = (emitter, call) => {
  const permutation = readIntegers(call.layer, 'dims').map(axis => axis - 1);
  return emit(emitter, call.layer.name, { kind: 'transpose', permutation }, [singleOperand(call)]);
};

/** ZeroPadding2D: one number, one per axis, or [[top, bottom], [left, right]]. */
export const importZeroPadding2d: LayerImporter = (emitter, call) => {
  requireChannelsLast(call.layer);
  operandOfRank(emitter, call, 3, 'height x width x channels');
  const value = readField(call.layer.config, 'padding') ?? 1;
  const [rows, columns]: unknown[] = Array.isArray(value) ? value : [value, value];
  const [top, bottom] = readEnds(call, rows);
  const [left, right] = readEnds(call, columns);
  return emit(
    emitter,
    call.layer.name,
    { kind: 'pad', padding: { top, bottom, left, right } },
    call.operands,
  );
};

/** ZeroPadding1D: one number, or [before, after]. */
export const importZeroPadding1d: LayerImporter = (emitter, call) => {
  requireChannelsLast(call.layer);
  const { name } = call.layer;
  const [steps = 0, channels = 0] = operandOfRank(emitter, call, 2, 'steps x channels');
  const [left, right] = readEnds(call, readField(call.layer.config, 'padding') ?? 1);
  const padding: Padding = { top: 0, bottom: 0, left, right };
  const row = emit(emitter, `${name}_row`, { kind: 'reshape', shape: [1, steps, channels] }, call.operands);
  const padded = emit(emitter, `${name}_pad`, { kind: 'pad', padding }, [row]);
  return emit(emitter, name, { kind: 'reshape', shape: shapeOf(emitter, padded).slice(1) }, [padded]);
};

function readEnds(call: LayerCall, value: unknown): [before: number, after: number] {
  const [before, after]: unknown[] = Array.isArray(value) ? value : [value, value];
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && Number(size) >= 0;
  if (isSize(before) && isSize(after)) return [before, after];
  const option = `padding ${describe(readField(call.layer.config, 'padding') ?? value)}`;
  throw unsupportedOption(call.layer, option, 'whole numbers of zero or more are read');
}

/** Concatenate along any axis but the batch. */
export const importConcatenate: LayerImporter = (emitter, call) => {
  const rank = shapeOf(emitter, call.operands[0] ?? '').length;
  const axis = readAxis(call.layer, rank);
  return emit(emitter, call.layer.name, { kind: 'concat', axis }, call.operands);
};

/** UpSampling2D and UpSampling1D: every element repeated. */
export const importUpSampling: LayerImporter = (emitter, call) => {
  const { layer } = call;
  requireChannelsLast(layer);
  const tensor = singleOperand(call);
  const shape = shapeOf(emitter, tensor);
  const mode = readField(layer.config, 'interpolation') ?? 'nearest';
  if (mode !== 'nearest')
    throw unsupportedOption(layer, `interpolation ${describe(mode)}`, "only 'nearest' is read");
  const factors =
    layer.className === 'UpSampling1D' ? [readCount(layer, 'size', 2)] : readPair(layer, 'size', [2, 2]);
  return emit(emitter, layer.name, compose.repeatOp(shape, [...factors, 1]), [tensor]);
};

/** Cropping2D: one number, one per axis, or [[top, bottom], [left, right]]; Cropping1D: one number or [before, after]. */
export const importCropping: LayerImporter = (emitter, call) => {
  const { layer } = call;
  requireChannelsLast(layer);
  const tensor = singleOperand(call);
  const shape = shapeOf(emitter, tensor);
  const value = readField(layer.config, 'cropping') ?? 1;
  const axes: unknown[] = shape.length === 2 ? [value] : Array.isArray(value) ? value : [value, value];
  const ranges = shape.map((size, axis) => {
    if (axis === shape.length - 1) return undefined;
    const [begin, end] = readEnds(call, axes[axis]);
    return { begin, count: size - begin - end };
  });
  if (ranges.some(range => range !== undefined && range.count < 1)) {
    throw unsupportedOption(
      layer,
      `cropping ${describe(value)}`,
      `its tensor is ${shape.join('x')}, and something must be left`,
    );
  }
  return emit(emitter, layer.name, compose.sliceOp(shape, ranges), [tensor]);
};
