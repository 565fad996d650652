/** Layers of sequences: Embedding, RepeatVector, TimeDistributed; attention. */
import { compose, elementCount, emit, emitAll, type Shape, shapeOf } from '../../../src/graph/index.ts';
import {
  type Emitter,
  type LayerCall,
  type LayerImporter,
  operandOfRank,
  singleOperand,
  takeWeight,
  weightShape,
} from '../emitter.ts';
import { readCount, readFlag, unsupportedOption } from '../layer-options.ts';
import type { KerasLayer } from '../topology.ts';
import { innerLayer } from './recurrent.ts';

/** Embedding: rows of a table by whole numbers. */
export const importEmbedding: LayerImporter = (emitter, call) => {
  const { layer } = call;
  if (readFlag(layer, 'mask_zero', false)) {
    throw unsupportedOption(
      layer,
      'mask_zero true',
      'sequences without masks are read. Cut them to one length',
    );
  }
  const size = readCount(layer, 'output_dim');
  const table = takeWeight(emitter, call, 'embeddings', [readCount(layer, 'input_dim'), size]);
  return emit(emitter, layer.name, { kind: 'embedding', size, table }, [singleOperand(call)]);
};

/** RepeatVector: [features] n times. */
export const importRepeatVector: LayerImporter = (emitter, call) => {
  const shape = operandOfRank(emitter, call, 1, 'a vector');
  const op = compose.expandOp(shape, [readCount(call.layer, 'n'), ...shape]);
  return emit(emitter, call.layer.name, op, call.operands);
};

/** Layers that treat each position alike anyway. */
const POINTWISE = ['Dense', 'Activation', 'Dropout', 'ReLU', 'LeakyReLU', 'ELU', 'LayerNormalization'];

/** TimeDistributed: a layer for each step of a sequence, with the same weights. */
export function timeDistributed(importerOf: (layer: KerasLayer) => LayerImporter): LayerImporter {
  return (emitter, call) => {
    const { name } = call.layer;
    const named = innerLayer(call.layer, 'layer');
    const importer = importerOf(named);
    // TensorFlow.js saves the weights under the wrapper's name
    const isNamed = [...emitter.weights.keys()].some(weight => weight.split('/').includes(named.name));
    const inner = isNamed ? named : { ...named, name };
    const tensor = singleOperand(call);
    const scope = [...call.scope, name];
    const apply = (operand: string): string => {
      const result = importer(emitter, { layer: inner, operands: [operand], scope });
      return typeof result === 'string' ? result : (result[0] ?? '');
    };
    if (POINTWISE.includes(inner.className)) return apply(tensor);
    const shape = shapeOf(emitter, tensor);
    const results = steps(emitter, call, shape).map(apply);
    const stepShape = shapeOf(emitter, results[0] ?? '');
    const whole = [results.length, ...stepShape];
    const flat = results.map(result =>
      emit(emitter, `${name}_flat`, { kind: 'reshape', shape: [elementCount(stepShape)] }, [result]),
    );
    const joined = emit(emitter, `${name}_steps`, { kind: 'concat', axis: 0 }, flat);
    return emit(emitter, name, { kind: 'reshape', shape: whole }, [joined]);
  };
}

function steps(emitter: Emitter, call: LayerCall, [count = 0, ...rest]: Shape): string[] {
  return Array.from({ length: count }, (_, step) => {
    const ranges = [{ begin: step, count: 1 }, ...rest.map(size => ({ begin: 0, count: size }))];
    const op = compose.sliceOp([count, ...rest], ranges);
    return emit(emitter, `${call.layer.name}_step`, { ...op, shape: rest }, [singleOperand(call)]);
  });
}

/** Attention without weights: operands are query, value and, if it is not the value, key. */
export const importAttention: LayerImporter = (emitter, call) => {
  const { layer } = call;
  const [query, value, key = value] = call.operands;
  const mode = String(layer.config.score_mode ?? layer.config.scoreMode ?? 'dot');
  if (mode !== 'dot') throw unsupportedOption(layer, `score_mode '${mode}'`, "only 'dot' is read");
  const inputs = attentionInputs(emitter, call, [query, key, value]);
  const scale = readFlag(layer, 'use_scale', false) ? takeWeight(emitter, call, 'scale', [])[0] : undefined;
  return emitAll(emitter, compose.attention(inputs, [], scale));
};

/** MultiHeadAttention: query, value and, if it is not the value, key; as operands or by name. */
export const importMultiHeadAttention: LayerImporter = (emitter, call) => {
  const { layer, named = {} } = call;
  const [query, second, third] = call.operands;
  const value = second ?? named.value?.[0];
  const key = third ?? named.key?.[0] ?? value;
  const inputs = attentionInputs(emitter, call, [query ?? named.query?.[0], key, value]);
  const projection = (part: string): compose.Projection => takeProjection(emitter, call, part);
  const nodes = compose.multiHeadAttention(inputs, {
    heads: readCount(layer, 'num_heads'),
    query: projection('query'),
    key: projection('key'),
    value: projection('value'),
    output: takeOutput(emitter, call),
  });
  return emitAll(emitter, nodes);
};

/** Whether a position sees those before it only: asked for in the call, or (older Attention) in the config. */
function isCausal({ layer, options = {} }: LayerCall): boolean {
  const asked = options.use_causal_mask ?? options.useCausalMask;
  return asked === true || readFlag(layer, 'causal', false) || readFlag(layer, 'use_causal_mask', false);
}

function attentionInputs(
  emitter: Emitter,
  call: LayerCall,
  tensors: readonly (string | undefined)[],
): compose.AttentionInputs {
  const [query = '', key = '', value = ''] = tensors;
  const sizes = [query, key, value].map(
    tensor => operandOfRank(emitter, { ...call, operands: [tensor] }, 2, 'positions x features')[0] ?? 0,
  );
  const [queries = 0, keys = 0] = sizes;
  const mask = isCausal(call) ? { mask: compose.causalMask(queries, keys) } : {};
  return { name: call.layer.name, query, key, value, queries, keys, ...mask };
}

/** query, key or value: kernel [features, heads, size], bias [heads, size]. */
function takeProjection(emitter: Emitter, call: LayerCall, part: string): compose.Projection {
  const shape = weightShape(emitter, call, `${part}/kernel`);
  const units = elementCount(shape.slice(1));
  return {
    units,
    weights: takeWeight(emitter, call, `${part}/kernel`, shape),
    bias: takePartBias(emitter, call, part, shape.slice(1)),
  };
}

/** attention_output: kernel [heads, size, features], bias [features]. */
function takeOutput(emitter: Emitter, call: LayerCall): compose.Projection {
  const part = 'attention_output';
  const shape = weightShape(emitter, call, `${part}/kernel`);
  const units = shape.at(-1) ?? 0;
  return {
    units,
    weights: takeWeight(emitter, call, `${part}/kernel`, shape),
    bias: takePartBias(emitter, call, part, [units]),
  };
}

function takePartBias(emitter: Emitter, call: LayerCall, part: string, shape: Shape): Float32Array {
  return readFlag(call.layer, 'use_bias', true)
    ? takeWeight(emitter, call, `${part}/bias`, shape)
    : new Float32Array(elementCount(shape));
}
