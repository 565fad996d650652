/**
 * Layers that move or join data: Flatten, Reshape, Permute, ZeroPadding, Cropping, UpSampling, Concatenate.
 */
import {
  compose,
  elementCount,
  emit,
  emitAll,
  type Padding,
  type Shape,
  shapeOf,
} from '../../../src/graph/index.ts';
import { describe, readField } from '../../../src/tensorflow/index.ts';
import {
  type Emitter,
  type LayerCall,
  type LayerImporter,
  operandOfRank,
  singleOperand,
} from '../emitter.ts';
import {
  readAxis,
  readCount,
  readFlag,
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

/** UpSampling2D and UpSampling1D: every element repeated, or lines between them. */
export const importUpSampling: LayerImporter = (emitter, call) => {
  const { layer } = call;
  requireChannelsLast(layer);
  const tensor = singleOperand(call);
  const shape = shapeOf(emitter, tensor);
  const mode = readField(layer.config, 'interpolation') ?? 'nearest';
  const factors =
    layer.className === 'UpSampling1D' ? [readCount(layer, 'size', 2)] : readPair(layer, 'size', [2, 2]);
  const [height = 1, width = 1] = shape;
  const [rows = 1, columns = 1] = factors;
  if (mode === 'bilinear') return bilinear(emitter, call, [rows * height, columns * width]);
  if (mode !== 'nearest') throw unsupportedOption(layer, `interpolation ${describe(mode)}`, KNOWN_MODES);
  return emit(emitter, layer.name, compose.repeatOp(shape, [...factors, 1]), [tensor]);
};

const KNOWN_MODES = "'nearest' and 'bilinear' are read";

/** Keras aligns the middles of pixels; TensorFlow.js their corners, but has no other way. */
function bilinear(emitter: Emitter, call: LayerCall, size: readonly [number, number]): string {
  const input = singleOperand(call);
  const halfPixelCenters = !emitter.isTensorFlowJs;
  const site = { name: call.layer.name, input, shape: shapeOf(emitter, input) };
  return emitAll(emitter, compose.resizeBilinear(site, { size, alignCorners: false, halfPixelCenters }));
}

/** Resizing to a fixed size, without keeping the ratio of the sides. */
export const importResizing: LayerImporter = (emitter, call) => {
  const { layer } = call;
  requireChannelsLast(layer);
  const [height = 1, width = 1, channels = 1] = operandOfRank(emitter, call, 3, 'height x width x channels');
  const size = [readCount(layer, 'height'), readCount(layer, 'width')] as const;
  const mode = readField(layer.config, 'interpolation') ?? 'bilinear';
  for (const flag of ['crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'antialias']) {
    if (readFlag(layer, flag, false)) throw unsupportedOption(layer, `${flag} true`, 'it is read without');
  }
  if (mode === 'bilinear' && !emitter.isTensorFlowJs) return bilinear(emitter, call, size);
  if (mode !== 'nearest' || emitter.isTensorFlowJs)
    throw unsupportedOption(layer, `interpolation ${describe(mode)}`, `of Keras, ${KNOWN_MODES}`);
  const place = (at: number, from: number, to: number): number => Math.floor(((at + 0.5) * from) / to);
  const op = compose.rearrangeBy([height, width, channels], [...size, channels], 'nearest', position => {
    const [y = 0, x = 0, c = 0] = position;
    return [place(y, height, size[0]), place(x, width, size[1]), c];
  });
  return emit(emitter, layer.name, op, call.operands);
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
