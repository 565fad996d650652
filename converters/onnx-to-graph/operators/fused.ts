/** What ONNX Runtime's optimiser writes (domain com.microsoft): several of ONNX's own operators in one node. */
import { floatAttribute, floatsAttribute, intAttribute, stringAttribute } from '../attributes.ts';
import {
  type Call,
  constant,
  constantOperand,
  type OperatorImporter,
  operand,
  part,
  range,
  unsupported,
  type Value,
} from '../context.ts';
import { transposeValue } from '../moves.ts';
import { importConv } from './convolution.ts';
import { importGemm } from './linear.ts';
import { importLayerNormalization, importRmsNormalization } from './normalisation.ts';

/** alpha * A B, each side perhaps transposed. */
export const importFusedMatMul: OperatorImporter = call => {
  if (intAttribute(call, 'transBatchA', 0) + intAttribute(call, 'transBatchB', 0) > 0) {
    throw unsupported(call, 'transposes batches', 'Export the model without that fusion.');
  }
  const side = (index: number, flag: string): Value => {
    const value = operand(call, index);
    const rank = value.dims.length;
    if (intAttribute(call, flag, 0) === 0 || rank < 2) return value;
    return transposeValue(value, [...range(rank - 2), rank - 1, rank - 2]);
  };
  const product = part(call, 'MatMul', [side(0, 'transA'), side(1, 'transB')]);
  const alpha = floatAttribute(call, 'alpha', 1);
  return [alpha === 1 ? product : part(call, 'Mul', [product, constant('float32', [], [alpha])])];
};

/** What the activation of a fused node is called, and what its parameters are called there. */
const ACTIVATION_PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  Relu: [],
  Sigmoid: [],
  Tanh: [],
  LeakyRelu: ['alpha'],
  HardSigmoid: ['alpha', 'beta'],
};

function activated(call: Call, value: Value, name: string, values: readonly number[]): Value {
  if (name === '') return value;
  if (name === 'Clip') {
    const bounds = values.map(bound => constant('float32', [], [bound]));
    return part(call, 'Clip', [value, ...bounds]);
  }
  const names = ACTIVATION_PARAMETERS[name];
  if (names === undefined)
    throw unsupported(call, `has the activation ${name}`, 'Export the model without that fusion.');
  const attributes = names.flatMap((key, i) => (values[i] === undefined ? [] : [[key, values[i]] as const]));
  return part(call, name, [value], Object.fromEntries(attributes));
}

/** Conv, a sum, and an activation. */
export const importFusedConv: OperatorImporter = call => {
  const [result] = importConv({ ...call, inputs: call.inputs.slice(0, 3) });
  const added = call.inputs[3];
  const sum = added === undefined ? result : part(call, 'Add', [result, added]);
  if (sum === undefined) return [];
  const values = floatsAttribute(call, 'activation_params') ?? [];
  return [activated(call, sum, stringAttribute(call, 'activation', ''), values)];
};

/** Gemm and an activation. */
export const importFusedGemm: OperatorImporter = call => {
  const [result] = importGemm(call);
  const values = ['activation_alpha', 'activation_beta'].flatMap(key =>
    call.attributes.has(key) ? [floatAttribute(call, key, 0)] : [],
  );
  return result === undefined
    ? []
    : [activated(call, result, stringAttribute(call, 'activation', ''), values)];
};

/** GELU of a sum, by erf (BiasGelu) or tanh (FastGelu). */
export const importBiasGelu: OperatorImporter = call => {
  const [x, bias] = [operand(call, 0), call.inputs[1]];
  const sum = bias === undefined ? x : part(call, 'Add', [x, bias]);
  return [part(call, 'Gelu', [sum], { approximate: call.opType === 'FastGelu' ? 'tanh' : 'none' })];
};

/** Operands: x, what is added to it, scale, (shift), bias; the fourth output is the sum before the normalisation. */
export const importSkipNormalization: OperatorImporter = call => {
  const isSimple = call.opType === 'SkipSimplifiedLayerNormalization';
  const [x, skip] = [operand(call, 0), operand(call, 1)];
  const bias = call.inputs[isSimple ? 3 : 4];
  const both = part(call, 'Add', [x, skip]);
  const sum = bias === undefined ? both : part(call, 'Add', [both, bias]);
  const attributes = new Map(call.attributes);
  const normalised = {
    ...call,
    attributes,
    inputs: isSimple ? [sum, call.inputs[2]] : [sum, call.inputs[2], call.inputs[3]],
    usedOutputs: [true],
  };
  const [result = sum] = isSimple ? importRmsNormalization(normalised) : importLayerNormalization(normalised);
  return [result, result, result, sum];
};

/** The sum of three embeddings (words, positions, segments), normalised. */
export const importEmbedLayerNormalization: OperatorImporter = call => {
  const words = part(call, 'Gather', [constantOperand(call, 2, 'its words'), operand(call, 0)]);
  const count = words.dims[1] ?? 1;
  const positions = call.inputs[8] ?? constant('int64', [1, count], range(count));
  const placed = part(call, 'Gather', [constantOperand(call, 3, 'its positions'), positions]);
  const segments = call.inputs[1];
  const parts = [part(call, 'Add', [words, placed])];
  if (segments !== undefined && call.inputs[4] !== undefined) {
    parts.push(part(call, 'Gather', [constantOperand(call, 4, 'its segments'), segments]));
  }
  const sum = parts.reduce((a, b) => part(call, 'Add', [a, b]));
  const [result = sum] = importLayerNormalization({
    ...call,
    inputs: [sum, call.inputs[5], call.inputs[6]],
    usedOutputs: [true],
  });
  // the second output is the number of words that the mask sees: one whole sequence
  return [result, constant('int32', [1], [count]), sum];
};
