/** Layers of newer Keras: GroupNormalization, RMSNormalization, EinsumDense; ThresholdedReLU. */
import { compose, elementCount, emit, emitAll, shapeOf } from '../../../src/graph/index.ts';
import { readField } from '../../../src/tensorflow/index.ts';
import {
  type Emitter,
  type LayerCall,
  type LayerImporter,
  singleOperand,
  takeWeight,
  weightShape,
} from '../emitter.ts';
import { readAxis, readFlag, readNumber, unsupportedOption } from '../layer-options.ts';
import { applyActivation } from './activations.ts';

function requireLastAxis(emitter: Emitter, call: LayerCall): number {
  const shape = shapeOf(emitter, singleOperand(call));
  const axis = readAxis(call.layer, shape.length);
  if (axis === shape.length - 1) return shape[axis] ?? 1;
  throw unsupportedOption(call.layer, `axis ${axis + 1}`, 'only the last axis (the channels) is read');
}

/** GroupNormalization over all positions; with groups -1 each channel by itself. */
export const importGroupNormalization: LayerImporter = (emitter, call) => {
  const { layer } = call;
  const channels = requireLastAxis(emitter, call);
  const asked = readNumber(layer, 'groups', 32);
  const groups = asked === -1 ? channels : asked;
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw unsupportedOption(layer, `${asked} groups`, `they must divide its ${channels} channels`);
  const input = singleOperand(call);
  const has = { gamma: readFlag(layer, 'scale', true), beta: readFlag(layer, 'center', true) };
  const options: compose.GroupNorm = {
    groups,
    epsilon: readNumber(layer, 'epsilon', 1e-3),
    scale: has.gamma ? takeWeight(emitter, call, 'gamma', [channels]) : new Float32Array(channels).fill(1),
    shift: has.beta ? takeWeight(emitter, call, 'beta', [channels]) : new Float32Array(channels),
  };
  return emitAll(
    emitter,
    compose.groupNorm({ name: layer.name, input, shape: shapeOf(emitter, input) }, options),
  );
};

/** RMSNormalization over the last axis. */
export const importRmsNormalization: LayerImporter = (emitter, call) => {
  const { layer } = call;
  const channels = requireLastAxis(emitter, call);
  const input = singleOperand(call);
  const site = { name: layer.name, input, shape: shapeOf(emitter, input) };
  const scale = takeWeight(emitter, call, 'scale', [channels]);
  return emitAll(emitter, compose.rmsNorm(site, readNumber(layer, 'epsilon', 1e-6), scale));
};

/** ThresholdedReLU: x where it is above theta, else 0. */
export const importThresholdedRelu: LayerImporter = (emitter, call) => {
  const { name } = call.layer;
  const input = singleOperand(call);
  const shape = shapeOf(emitter, input);
  const theta = readNumber(call.layer, 'theta', 1);
  const indices = new Int32Array(elementCount(shape)).fill(-1);
  const zeros = emit(emitter, `${name}_zeros`, { kind: 'rearrange', shape, indices, label: 'zeros' }, [
    input,
  ]);
  const bound = emit(emitter, `${name}_theta`, { kind: 'scale', factor: 1, shift: theta }, [zeros]);
  const isAbove = emit(emitter, `${name}_above`, { kind: 'compare', relation: 'greater' }, [input, bound]);
  return emit(emitter, name, { kind: 'multiply' }, [input, isAbove]);
};

/**
 * EinsumDense that sums over the last axes of its operand, as projections to heads and back do: "abc,cde->abde",
 * "abcd,cde->abe", with "..." for leading axes.
 */
export const importEinsumDense: LayerImporter = (emitter, call) => {
  const { layer } = call;
  const equation = String(readField(layer.config, 'equation'));
  const [, operand = '', kernel = '', result = ''] =
    /^(?:\.\.\.)?(\w*),(\w+)->(?:\.\.\.)?(\w+)$/.exec(equation) ?? [];
  const inner = [...kernel].filter(letter => operand.includes(letter));
  const outer = [...kernel].filter(letter => !operand.includes(letter));
  const summed = inner.join('');
  const kept = operand.slice(0, operand.length - summed.length);
  const isPlain = summed !== '' && kernel === summed + outer.join('') && operand === kept + summed;
  if (!isPlain || result !== kept + outer.join(''))
    throw unsupportedOption(layer, `the equation '${equation}'`, 'sums over the last axes are read');
  const shape = weightShape(emitter, call, 'kernel');
  const units = elementCount(shape.slice(inner.length));
  const input = singleOperand(call);
  const from = shapeOf(emitter, input);
  const leading = from.slice(0, from.length - inner.length);
  const weights = takeWeight(emitter, call, 'kernel', shape);
  const bias = biasOf(emitter, call, { letters: outer, sizes: shape.slice(inner.length) });
  const width = elementCount(shape.slice(0, inner.length));
  const flat = emit(emitter, `${layer.name}_rows`, { kind: 'reshape', shape: [...leading, width] }, [input]);
  const sum = emit(emitter, `${layer.name}_sum`, { kind: 'dense', units, weights, bias }, [flat]);
  const whole = [...leading, ...shape.slice(inner.length)];
  return applyActivation(emitter, layer, emit(emitter, layer.name, { kind: 'reshape', shape: whole }, [sum]));
};

/** One number for each output, of a bias along some of its axes. */
function biasOf(
  emitter: Emitter,
  call: LayerCall,
  { letters, sizes }: { readonly letters: readonly string[]; readonly sizes: readonly number[] },
): Float32Array {
  const axes = readField(call.layer.config, 'bias_axes');
  const count = elementCount(sizes);
  if (axes === null || axes === undefined) return new Float32Array(count);
  const named = [...String(axes)];
  const own = letters.map((letter, i) => (named.includes(letter) ? (sizes[i] ?? 1) : 1));
  if (named.some(letter => !letters.includes(letter)))
    throw unsupportedOption(call.layer, `bias_axes '${String(axes)}'`, 'axes of the kernel are read');
  const given = takeWeight(emitter, call, 'bias', weightShape(emitter, call, 'bias'));
  const spread = compose.expandOp(own, sizes);
  return Float32Array.from(spread.indices, index => given[index] ?? 0);
}
