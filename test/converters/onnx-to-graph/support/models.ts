/** Whole models as exporters write them, with small random weights from a seed. */
import { type Attribute, encodeModel, type ModelSpec, type NodeSpec, type TensorSpec } from './encode.ts';

/** Numbers in [-1, 1), the same for the same seed (a multiplicative congruential generator). */
export function randomNumbers(seed: number): () => number {
  let state = (seed * 2654435761) % 2147483647 || 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  };
}

/** Collects nodes and weights. */
export interface Sketch {
  readonly nodes: NodeSpec[];
  readonly weights: Record<string, TensorSpec>;
  /** Adds a node of one output, and gives its name. */
  add(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, Attribute>>): string;
  /** Adds a random weight. */
  weight(dims: readonly number[], scale?: number): string;
  /** Adds whole numbers, as shapes and axes are. */
  whole(...values: readonly number[]): string;
  /** Adds a single index, without axes. */
  index(value: number): string;
  /** Adds a number. */
  number(value: number): string;
}

export function sketch(seed: number): Sketch {
  const random = randomNumbers(seed);
  const nodes: NodeSpec[] = [];
  const weights: Record<string, TensorSpec> = {};
  const keep = (tensor: TensorSpec): string => {
    const name = `w${Object.keys(weights).length}`;
    weights[name] = tensor;
    return name;
  };
  return {
    nodes,
    weights,
    add: (op, inputs, attributes = {}) => {
      const output = `${op.toLowerCase()}_${nodes.length}`;
      nodes.push({ op, inputs, outputs: [output], attributes, name: `/${op}_${nodes.length}` });
      return output;
    },
    weight: (dims, scale = 0.5) => {
      const count = dims.reduce((product, size) => product * size, 1);
      return keep({ dims, data: Float32Array.from({ length: count }, () => random() * scale) });
    },
    whole: (...values) => keep({ type: 'int64', dims: [values.length], data: values }),
    index: value => keep({ type: 'int64', dims: [], data: [value] }),
    number: value => keep({ dims: [], data: [value] }),
  };
}

function finish(
  s: Sketch,
  output: string,
  rest: Pick<ModelSpec, 'inputs' | 'outputs'>,
  opset = 17,
): Uint8Array {
  s.nodes.push({ op: 'Identity', inputs: [output], outputs: ['output'], name: '/Identity' });
  return encodeModel({ name: 'main_graph', opset, nodes: s.nodes, weights: s.weights, ...rest });
}

const ints = (...values: readonly number[]): Attribute => ({ ints: values });

/** Batch normalisation with positive variances. */
function batchNorm(s: Sketch, x: string, channels: number): string {
  const variance = `variance_${s.nodes.length}`;
  s.weights[variance] = { dims: [channels], data: Array.from({ length: channels }, (_, i) => 0.5 + 0.1 * i) };
  const [scale, shift, mean] = [0, 1, 2].map(() => s.weight([channels]));
  return s.add('BatchNormalization', [x, scale ?? '', shift ?? '', mean ?? '', variance], {
    epsilon: { float: 1e-5 },
  });
}

/** x * clip(x + 3, 0, 6) / 6, as exporters before operator set 14 write it. */
function hardSwishByParts(s: Sketch, x: string): string {
  const clipped = s.add('Clip', [s.add('Add', [x, s.number(3)]), s.number(0), s.number(6)]);
  return s.add('Div', [s.add('Mul', [x, clipped]), s.number(6)]);
}

/** The flattening that PyTorch writes for x.view(x.size(0), -1). */
function viewAsVector(s: Sketch, x: string): string {
  const batch = s.add('Gather', [s.add('Shape', [x]), s.index(0)], { axis: { int: 0 } });
  const sizes = s.add('Concat', [s.add('Unsqueeze', [batch, s.whole(0)]), s.whole(-1)], { axis: { int: 0 } });
  return s.add('Reshape', [x, sizes]);
}

/** A mobile network in small: strided and depthwise convolutions, squeeze-and-excite, a residual, a classifier. */
export function mobileNet(seed: number): Uint8Array {
  const s = sketch(seed);
  const stem = s.add('Conv', ['image', s.weight([8, 3, 3, 3]), s.weight([8])], {
    pads: ints(1, 1, 1, 1),
    strides: ints(2, 2),
    kernel_shape: ints(3, 3),
  });
  const start = hardSwishByParts(s, batchNorm(s, stem, 8));
  const deep = s.add('Conv', [start, s.weight([8, 1, 3, 3])], { group: { int: 8 }, pads: ints(1, 1, 1, 1) });
  const active = s.add('Relu', [batchNorm(s, deep, 8)]);
  const mean = s.add('GlobalAveragePool', [active]);
  const squeezed = s.add('Relu', [s.add('Conv', [mean, s.weight([4, 8, 1, 1]), s.weight([4])])]);
  const excited = s.add('HardSigmoid', [s.add('Conv', [squeezed, s.weight([8, 4, 1, 1]), s.weight([8])])], {
    alpha: { float: 1 / 6 },
  });
  const scaled = s.add('Mul', [excited, active]);
  const residual = s.add('Add', [scaled, start]);
  const pooled = s.add('MaxPool', [residual], { kernel_shape: ints(2, 2), strides: ints(2, 2) });
  const flat = viewAsVector(s, pooled);
  const logits = s.add('Gemm', [flat, s.weight([10, 8 * 4 * 4]), s.weight([10])], { transB: { int: 1 } });
  return finish(s, s.add('Softmax', [logits], { axis: { int: 1 } }), {
    inputs: [{ name: 'image', dims: ['batch', 3, 16, 16] }],
    outputs: [{ name: 'output', dims: ['batch', 10] }],
  });
}

/** Layer normalisation over the last axis by parts. */
function layerNormByParts(s: Sketch, x: string, size: number): string {
  const axes = { axes: ints(-1) };
  const centred = s.add('Sub', [x, s.add('ReduceMean', [x], axes)]);
  const variance = s.add('ReduceMean', [s.add('Pow', [centred, s.number(2)])], axes);
  const deviation = s.add('Sqrt', [s.add('Add', [variance, s.number(1e-5)])]);
  const normal = s.add('Div', [centred, deviation]);
  return s.add('Add', [s.add('Mul', [normal, s.weight([size])]), s.weight([size])]);
}

/** 0.5 * x * (1 + erf(x / sqrt(2))). */
function geluByParts(s: Sketch, x: string): string {
  const erf = s.add('Erf', [s.add('Div', [x, s.number(Math.SQRT2)])]);
  const product = s.add('Mul', [x, s.add('Add', [erf, s.number(1)])]);
  return s.add('Mul', [product, s.number(0.5)]);
}

/** A perceptron with normalisation, GELU and a normalised embedding at its end. */
export function perceptron(seed: number): Uint8Array {
  const s = sketch(seed);
  const hidden = s.add('Gemm', ['x', s.weight([16, 12]), s.weight([16])], { transB: { int: 1 } });
  const active = geluByParts(s, layerNormByParts(s, hidden, 16));
  const inner = s.add('Add', [s.add('MatMul', [active, s.weight([16, 8])]), s.weight([8])]);
  const norm = s.add('ReduceL2', [inner], { axes: ints(1), keepdims: { int: 1 } });
  const safe = s.add('Clip', [norm, s.number(1e-12)]);
  const wide = s.add('Expand', [safe, s.add('Shape', [inner])]);
  return finish(s, s.add('Div', [inner, wide]), {
    inputs: [{ name: 'x', dims: ['batch', 12] }],
    outputs: [{ name: 'output', dims: ['batch', 8] }],
  });
}

const [TOKENS, WIDTH, HEADS] = [6, 8, 2];

/** One block of a transformer over token numbers, with a causal mask. */
export function transformer(seed: number): Uint8Array {
  const s = sketch(seed);
  const embedded = s.add('Add', [
    s.add('Gather', [s.weight([32, WIDTH], 1), 'tokens']),
    s.weight([TOKENS, WIDTH]),
  ]);
  const size = WIDTH / HEADS;
  const heads = (x: string): string =>
    s.add('Transpose', [s.add('Reshape', [x, s.whole(1, TOKENS, HEADS, size)])], { perm: ints(0, 2, 1, 3) });
  const [q, k, v] = [0, 1, 2].map(() => heads(s.add('MatMul', [embedded, s.weight([WIDTH, WIDTH])])));
  const keys = s.add('Transpose', [k ?? ''], { perm: ints(0, 1, 3, 2) });
  const scores = s.add('Div', [s.add('MatMul', [q ?? '', keys]), s.number(Math.sqrt(size))]);
  const mask = Array.from({ length: TOKENS ** 2 }, (_, i) =>
    i % TOKENS > Math.floor(i / TOKENS) ? -Infinity : 0,
  );
  s.weights.mask = { dims: [1, 1, TOKENS, TOKENS], data: mask };
  const attention = s.add('Softmax', [s.add('Add', [scores, 'mask'])], { axis: { int: -1 } });
  const mixed = s.add('Transpose', [s.add('MatMul', [attention, v ?? ''])], { perm: ints(0, 2, 1, 3) });
  const joined = s.add('Reshape', [mixed, s.whole(1, TOKENS, WIDTH)]);
  const attended = s.add('Add', [embedded, s.add('MatMul', [joined, s.weight([WIDTH, WIDTH])])]);
  const normal = s.add('LayerNormalization', [attended, s.weight([WIDTH]), s.weight([WIDTH])], {
    axis: { int: -1 },
  });
  const wide = geluByParts(
    s,
    s.add('Add', [s.add('MatMul', [normal, s.weight([WIDTH, 16])]), s.weight([16])]),
  );
  const narrow = s.add('Add', [s.add('MatMul', [wide, s.weight([16, WIDTH])]), s.weight([WIDTH])]);
  const last = s.add(
    'Gather',
    [layerNormByParts(s, s.add('Add', [normal, narrow]), WIDTH), s.index(TOKENS - 1)],
    {
      axis: { int: 1 },
    },
  );
  return finish(s, s.add('Gemm', [last, s.weight([WIDTH, 5]), s.weight([5])]), {
    inputs: [{ name: 'tokens', type: 'int64', dims: ['batch', TOKENS] }],
    outputs: [{ name: 'output', dims: ['batch', 5] }],
  });
}

/** A classifier of sequences: two directions of an LSTM, then a GRU, then a dense layer on the last step. */
export function sequenceClassifier(seed: number): Uint8Array {
  const s = sketch(seed);
  const [features, units] = [3, 4];
  const steps = s.add('Transpose', ['x'], { perm: ints(1, 0, 2) });
  const lstm = s.add(
    'LSTM',
    [steps, s.weight([2, 4 * units, features]), s.weight([2, 4 * units, units]), s.weight([2, 8 * units])],
    { hidden_size: { int: units }, direction: { string: 'bidirectional' } },
  );
  const joined = s.add('Reshape', [
    s.add('Transpose', [lstm], { perm: ints(0, 2, 1, 3) }),
    s.whole(0, 0, -1),
  ]);
  const gru = s.add(
    'GRU',
    [joined, s.weight([1, 3 * units, 2 * units]), s.weight([1, 3 * units, units]), s.weight([1, 6 * units])],
    { hidden_size: { int: units }, linear_before_reset: { int: 1 } },
  );
  const last = s.add('Slice', [s.add('Squeeze', [gru, s.whole(1)]), s.whole(-1), s.whole(9999), s.whole(0)]);
  const logits = s.add('Gemm', [s.add('Squeeze', [last, s.whole(0)]), s.weight([units, 3]), s.weight([3])]);
  return finish(s, s.add('LogSoftmax', [logits], { axis: { int: 1 } }), {
    inputs: [{ name: 'x', dims: ['batch', 5, features] }],
    outputs: [{ name: 'output', dims: ['batch', 3] }],
  });
}
