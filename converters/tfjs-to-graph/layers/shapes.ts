/**
 * Layers that move or join data: Flatten, Reshape, Permute, ZeroPadding, Add, Subtract, Concatenate.
 */
import { elementCount, emit, type Padding, type Shape, shapeOf } from '../../../src/graph/index.ts';
import { describe, readField } from '../../../src/tensorflow/index.ts';
import { type LayerCall, type LayerImporter, operandOfRank, singleOperand } from '../emitter.ts';
import { readAxis, readIntegers, requireChannelsLast, unsupportedOption } from '../layer-options.ts';

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
  const option = `padding ${describe(readField(call.layer.config, 'padding'))}`;
  throw unsupportedOption(call.layer, option, 'whole numbers of zero or more are read');
}

/** Add of two or more tensors of one shape. */
export const importAdd: LayerImporter = (emitter, call) =>
  emit(emitter, call.layer.name, { kind: 'add' }, call.operands);

/** Subtract of two tensors of one shape. */
export const importSubtract: LayerImporter = (emitter, call) =>
  emit(emitter, call.layer.name, { kind: 'subtract' }, call.operands);

/** Concatenate along any axis but the batch. */
export const importConcatenate: LayerImporter = (emitter, call) => {
  const rank = shapeOf(emitter, call.operands[0] ?? '').length;
  const axis = readAxis(call.layer, rank);
  return emit(emitter, call.layer.name, { kind: 'concat', axis }, call.operands);
};
