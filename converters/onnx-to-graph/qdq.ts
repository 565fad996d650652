/**
 * Recognises integer layers written with floats between them, as quantisation tools export them ("QDQ"): a layer whose
 * operands come from DequantizeLinear and whose result goes into QuantizeLinear is the integer layer that ONNX Runtime makes
 * of it, with a ReLU in between as a limit of its result.
 *
 *     QuantizeLinear(Relu(Conv(DequantizeLinear(x), DequantizeLinear(w))))   ->   QLinearConv(x, w), from the zero point up
 */
import { isOp, type View } from './node-view.ts';
import type { AttributeProto, NodeProto } from './proto.ts';

/** Set on a layer whose result a ReLU limits. */
export const RELU_ATTRIBUTE = 'bionoir_relu';

/** A tensor of 8-bit numbers with its scale and zero point, by name. */
interface Quantized {
  readonly tensor: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

/** Replaces a QuantizeLinear, and so the layer before it. */
export function matchQuantized(node: NodeProto, view: View): NodeProto | undefined {
  if (!isOp(node, 'QuantizeLinear')) return undefined;
  const [real = '', scale = '', zeroPoint = ''] = node.inputs;
  const relu = view.makerOf(real);
  const isLimited = isOp(relu, 'Relu');
  const layer = isLimited ? view.makerOf(relu.inputs[0] ?? '') : relu;
  if (layer === undefined || (layer.domain ?? '') !== '') return undefined;
  const result: Quantized = { tensor: '', scale, zeroPoint };
  const made = MAKERS[layer.opType ?? '']?.(layer, result, view);
  if (made === undefined || (isLimited && !made.hasLimit)) return undefined;
  const limit: AttributeProto = { name: RELU_ATTRIBUTE, int: 1, type: 2, floats: [], ints: [], strings: [] };
  return {
    opType: made.opType,
    domain: made.domain,
    inputs: made.inputs,
    outputs: node.outputs,
    name: layer.name ?? '',
    attributes: isLimited ? [...layer.attributes, limit] : layer.attributes,
  };
}

interface Made {
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  /** Whether it can limit its result as a ReLU does. */
  readonly hasLimit?: true;
}

type Maker = (layer: NodeProto, result: Quantized, view: View) => Made | undefined;

const CONTRIBUTED = 'com.microsoft';

/** What a DequantizeLinear makes reals of. */
function quantized(view: View, name: string | undefined): Quantized | undefined {
  const maker = view.makerOf(name ?? '');
  if (!isOp(maker, 'DequantizeLinear')) return undefined;
  const [tensor = '', scale = '', zeroPoint = ''] = maker.inputs;
  return { tensor, scale, zeroPoint };
}

function three({ tensor, scale, zeroPoint }: Quantized): string[] {
  return [tensor, scale, zeroPoint];
}

/** The integers of a bias, whose scale is that of the sums. */
function biasOf(view: View, name: string | undefined): string | undefined {
  return name === undefined || name === '' ? '' : quantized(view, name)?.tensor;
}

const conv: Maker = (layer, result, view) => {
  const [x, w] = [quantized(view, layer.inputs[0]), quantized(view, layer.inputs[1])];
  const bias = biasOf(view, layer.inputs[2]);
  if (x === undefined || w === undefined || bias === undefined) return undefined;
  const inputs = [...three(x), ...three(w), result.scale, result.zeroPoint, bias];
  return { opType: 'QLinearConv', domain: '', inputs, hasLimit: true };
};

const gemm: Maker = (layer, result, view) => {
  const [a, b] = [quantized(view, layer.inputs[0]), quantized(view, layer.inputs[1])];
  const bias = biasOf(view, layer.inputs[2]);
  if (a === undefined || b === undefined || bias === undefined) return undefined;
  const inputs = [...three(a), ...three(b), bias, result.scale, result.zeroPoint];
  return { opType: 'QGemm', domain: CONTRIBUTED, inputs, hasLimit: true };
};

/** Two tensors, then the result's scale and zero point. */
function pair(opType: string, domain: string, hasLimit: boolean): Maker {
  return (layer, result, view) => {
    const [a, b] = [quantized(view, layer.inputs[0]), quantized(view, layer.inputs[1])];
    if (a === undefined || b === undefined) return undefined;
    const inputs = [...three(a), ...three(b), result.scale, result.zeroPoint];
    return { opType, domain, inputs, ...(hasLimit ? { hasLimit: true as const } : {}) };
  };
}

const globalAverage: Maker = (layer, result, view) => {
  const x = quantized(view, layer.inputs[0]);
  if (x === undefined) return undefined;
  const inputs = [...three(x), result.scale, result.zeroPoint];
  return { opType: 'QLinearGlobalAveragePool', domain: CONTRIBUTED, inputs };
};

const concat: Maker = (layer, result, view) => {
  const parts = layer.inputs.map(input => quantized(view, input));
  if (!parts.every(part => part !== undefined)) return undefined;
  const inputs = [result.scale, result.zeroPoint, ...parts.flatMap(three)];
  return { opType: 'QLinearConcat', domain: CONTRIBUTED, inputs };
};

/** Operators that only move elements work on the 8-bit numbers, if both sides have one scale. */
const move: Maker = (layer, result, view) => {
  const x = quantized(view, layer.inputs[0]);
  const isSame = (a: string, b: string): boolean => a === b || view.numberOf(a) === view.numberOf(b);
  if (x === undefined || !isSame(x.scale, result.scale) || !isSame(x.zeroPoint, result.zeroPoint))
    return undefined;
  return { opType: layer.opType ?? '', domain: '', inputs: [x.tensor, ...layer.inputs.slice(1)] };
};

const MAKERS: Readonly<Record<string, Maker>> = {
  Conv: conv,
  Gemm: gemm,
  MatMul: pair('QLinearMatMul', '', true),
  Add: pair('QLinearAdd', CONTRIBUTED, true),
  Mul: pair('QLinearMul', CONTRIBUTED, true),
  GlobalAveragePool: globalAverage,
  Concat: concat,
  Flatten: move,
  Identity: move,
  MaxPool: move,
  Reshape: move,
  Slice: move,
  Squeeze: move,
  Transpose: move,
  Unsqueeze: move,
};
