/** Small networks that come quantised, as integer layers and as floats between DequantizeLinear and QuantizeLinear. */
import { type Attribute, encodeModel, type NodeSpec, type TensorSpec, type TensorType } from './encode.ts';
import { randomNumbers } from './models.ts';

const SIZE = 8;
const CHANNELS = 2;
const FILTERS = 4;
const CLASSES = 5;

interface Drafts {
  readonly nodes: NodeSpec[];
  readonly weights: Record<string, TensorSpec>;
  keep(type: TensorType, dims: readonly number[], data: readonly number[]): string;
  /** Random 8-bit weights. */
  weight(dims: readonly number[]): string;
  /** A scale and a zero point: names of both. */
  pair(
    scale: number | readonly number[],
    zeroPoint: number | readonly number[],
    type: TensorType,
  ): [string, string];
}

function drafts(seed: number): Drafts {
  const random = randomNumbers(seed);
  const weights: Record<string, TensorSpec> = {};
  const keep = (type: TensorType, dims: readonly number[], data: readonly number[]): string => {
    const name = `w${Object.keys(weights).length}`;
    weights[name] = { type, dims, data };
    return name;
  };
  const list = (type: TensorType, value: number | readonly number[]): string =>
    typeof value === 'number' ? keep(type, [], [value]) : keep(type, [value.length], value);
  return {
    nodes: [],
    weights,
    keep,
    weight: dims => {
      const count = dims.reduce((product, size) => product * size, 1);
      return keep(
        'int8',
        dims,
        Array.from({ length: count }, () => Math.round(random() * 127)),
      );
    },
    pair: (scale, zeroPoint, type) => [list('float32', scale), list(type, zeroPoint)],
  };
}

const ints = (...values: readonly number[]): Attribute => ({ ints: values });
const WINDOW = { kernel_shape: ints(2, 2), strides: ints(2, 2) };

/** QLinearConv with padding and scales by filter, a pool, a sum of two branches, a global mean, QGemm. */
export function integerLayers(seed: number): Uint8Array {
  const d = drafts(seed);
  const add = (op: string, inputs: string[], output: string, attributes = {}, domain = ''): string => {
    d.nodes.push({ op, inputs, outputs: [output], attributes, domain });
    return output;
  };
  const [x, a, b] = [
    d.pair(0.02013, 121, 'uint8'),
    d.pair(0.03137, 97, 'uint8'),
    d.pair(0.04721, 133, 'uint8'),
  ];
  const filters = d.pair([0.011, 0.007, 0.013, 0.005], [0, 0, 0, 0], 'int8');
  const bias = d.keep('int32', [FILTERS], [300, -1200, 50, 7]);
  const first = add(
    'QLinearConv',
    ['image', ...x, d.weight([FILTERS, CHANNELS, 3, 3]), ...filters, ...a, bias],
    'first',
    {
      pads: ints(1, 1, 1, 1),
    },
  );
  const pooled = add('MaxPool', [first], 'pooled', WINDOW);
  const deep = d.pair(0.009, 0, 'int8');
  const second = add('QLinearConv', [pooled, ...a, d.weight([FILTERS, 1, 3, 3]), ...deep, ...b], 'second', {
    pads: ints(1, 1, 1, 1),
    group: { int: FILTERS },
  });
  const [sum, mean, y] = [
    d.pair(0.06131, 110, 'uint8'),
    d.pair(0.02143, 120, 'uint8'),
    d.pair(0.05077, 128, 'uint8'),
  ];
  const joined = add('QLinearAdd', [pooled, ...a, second, ...b, ...sum], 'joined', {}, 'com.microsoft');
  const averaged = add(
    'QLinearGlobalAveragePool',
    [joined, ...sum, ...mean],
    'averaged',
    {},
    'com.microsoft',
  );
  const flat = add('Flatten', [averaged], 'flat');
  add(
    'QLinearMatMul',
    [flat, ...mean, d.weight([FILTERS, CLASSES]), ...d.pair(0.014, 0, 'int8'), ...y],
    'output',
  );
  return encodeModel({
    domains: { 'com.microsoft': 1 },
    nodes: d.nodes,
    weights: d.weights,
    inputs: [{ name: 'image', type: 'uint8', dims: [1, CHANNELS, SIZE, SIZE] }],
    outputs: [{ name: 'output', type: 'uint8', dims: [1, CLASSES] }],
  });
}

export const IMAGE_DIMS = [1, CHANNELS, SIZE, SIZE] as const;

/** The same kinds of layers as QDQ: the network takes and gives reals. `ends` is where it stops: reals or integers. */
export function floatsBetween(seed: number, ends: 'reals' | 'integers'): Uint8Array {
  const d = drafts(seed);
  const add = (op: string, inputs: string[], output: string, attributes = {}): string => {
    d.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  };
  const dequantize = (name: string, pair: [string, string], attributes = {}): string =>
    add('DequantizeLinear', [name, ...pair], `${name}_real`, attributes);
  const quantize = (name: string, pair: [string, string]): string =>
    add('QuantizeLinear', [name, ...pair], `${name}_q`);
  const [x, a, y] = [d.pair(0.02, 0, 'uint8'), d.pair(0.041, 3, 'uint8'), d.pair(0.11, 140, 'uint8')];
  const scales = [0.011, 0.007, 0.013, 0.005];
  const image = dequantize(quantize('image', x), x);
  const kernel = dequantize(d.weight([FILTERS, CHANNELS, 3, 3]), d.pair(scales, [0, 0, 0, 0], 'int8'), {
    axis: { int: 0 },
  });
  const biasScale = d.pair(
    scales.map(scale => Math.fround(Math.fround(0.02) * Math.fround(scale))),
    [0, 0, 0, 0],
    'int32',
  );
  const bias = dequantize(d.keep('int32', [FILTERS], [300, -1200, 50, 7]), biasScale, { axis: { int: 0 } });
  const conv = add('Conv', [image, kernel, bias], 'conv', { strides: ints(2, 2), pads: ints(1, 1, 1, 1) });
  const active = dequantize(quantize(add('Relu', [conv], 'relu'), a), a);
  const pooled = dequantize(quantize(add('MaxPool', [active], 'pool', WINDOW), a), a);
  const flat = dequantize(quantize(add('Flatten', [pooled], 'flat'), a), a);
  const weights = dequantize(d.weight([FILTERS * 4, CLASSES]), d.pair(0.014, 0, 'int8'));
  const scores = quantize(add('MatMul', [flat, weights], 'scores'), y);
  if (ends === 'reals') dequantize(scores, y);
  const output = ends === 'reals' ? `${scores}_real` : scores;
  const type = ends === 'reals' ? 'float32' : 'uint8';
  return encodeModel({
    nodes: d.nodes,
    weights: d.weights,
    inputs: [{ name: 'image', dims: [...IMAGE_DIMS] }],
    outputs: [{ name: output, type, dims: [1, CLASSES] }],
  });
}

/** One element-wise integer operator over every pair of 8-bit numbers. */
export function pairwise(op: 'QLinearAdd' | 'QLinearMul'): Uint8Array {
  const d = drafts(1);
  const [a, b, y] = [
    d.pair(0.03137, 97, 'uint8'),
    d.pair(0.04721, 133, 'uint8'),
    d.pair(op === 'QLinearAdd' ? 0.06131 : 0.09, 110, 'uint8'),
  ];
  d.nodes.push({ op, domain: 'com.microsoft', inputs: ['a', ...a, 'b', ...b, ...y], outputs: ['y'] });
  const dims = [256, 256];
  return encodeModel({
    domains: { 'com.microsoft': 1 },
    nodes: d.nodes,
    weights: d.weights,
    inputs: ['a', 'b'].map(name => ({ name, type: 'uint8', dims })),
    outputs: [{ name: 'y', type: 'uint8', dims }],
  });
}
