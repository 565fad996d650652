/** Small networks of many operators each, with several inputs and several outputs. */
import { seededRandom } from '../../fixtures/data/random.ts';
import {
  buildGraph,
  compose,
  type Graph,
  type InputOp,
  type NodeSpec,
  type Shape,
} from '../../src/graph/index.ts';

/** Weights of one network: the same for each one that is made. */
function seededWeights(): (count: number) => Float32Array {
  const random = seededRandom(7);
  return count => Float32Array.from({ length: count }, () => random.normal() / 2);
}
const bytes = (shape: Shape): InputOp => ({
  kind: 'input',
  shape,
  domain: { min: 0, max: 255, scale: 1 / 255, offset: 0 },
});
const signed = (shape: Shape): InputOp => ({
  kind: 'input',
  shape,
  domain: { min: -100, max: 100, scale: 1 / 64, offset: 0 },
});

/** Squeeze-excite over an image, element-wise scales, and rearrangements of all kinds; inputs of different types. */
export function movingNetwork(): Graph {
  const weights = seededWeights();
  const nodes: NodeSpec[] = [
    { name: 'image', op: bytes([2, 3, 4]) },
    { name: 'vector', op: signed([4]) },
    {
      name: 'squeeze',
      op: {
        kind: 'average-pool2d',
        poolSize: [2, 3],
        strides: [1, 1],
        padding: { top: 0, bottom: 0, left: 0, right: 0 },
      },
      inputs: ['image'],
    },
    { name: 'excite', op: { kind: 'dense', units: 4, weights: weights(16), bias: weights(4) } },
    ...compose.expand({ name: 'spread', input: 'excite', shape: [1, 1, 4] }, [2, 3, 4]),
    { name: 'scaled', op: { kind: 'multiply' }, inputs: ['image', 'spread'] },
    {
      name: 'slice',
      op: compose.sliceOp([2, 3, 4], [undefined, { begin: 2, count: 2, step: -2 }, { begin: 1, count: 3 }]),
      inputs: ['scaled'],
    },
    { name: 'pad', op: compose.padOp([4], [1], [2], [1]), inputs: ['vector'] },
    { name: 'tiled', op: compose.tileOp([4], [2]), inputs: ['vector'] },
    { name: 'repeated', op: compose.repeatOp([2, 3, 4], [2, 1, 1]), inputs: ['image'] },
    { name: 'deep', op: compose.depthToSpaceOp([2, 3, 4], 2), inputs: ['image'] },
    { name: 'gathered', op: compose.gatherOp([4], 0, [3, 0, 2, 2, 1]), inputs: ['vector'] },
    {
      name: 'mixed',
      op: { kind: 'rearrange', shape: [2, 3], indices: Int32Array.of(2, -1, 0, 1, 3, 3), label: 'mix' },
      inputs: ['vector'],
    },
    { name: 'elements', op: { kind: 'scale', factor: weights(6), shift: weights(6) } },
    { name: 'square', op: { kind: 'multiply' }, inputs: ['vector', 'vector'] },
    { name: 'rows', op: { kind: 'reshape', shape: [2, 2, 2, 3] }, inputs: ['image'] },
    { name: 'rank four', op: { kind: 'dense', units: 2, weights: weights(6), bias: weights(2) } },
    { name: 'activated', op: { kind: 'relu' } },
    { name: 'flat', op: { kind: 'reshape', shape: [16] } },
  ];
  const outputs = ['slice', 'pad', 'tiled', 'repeated', 'deep', 'gathered', 'elements', 'square', 'flat'];
  return buildGraph({ name: 'moving', nodes, outputs });
}

/** Attention-like matrix products, products of products that are cut, reductions, dense layers at each position. */
export function combiningNetwork(): Graph {
  const weights = seededWeights();
  const keep = (
    name: string,
    input: string,
    shape: Shape,
    reduction: 'sum' | 'mean' | 'max' | 'min',
    axes: number[],
  ) => compose.reduceKeepingAxes({ name, input, shape }, reduction, axes);
  const nodes: NodeSpec[] = [
    { name: 'a', op: bytes([2, 3]) },
    { name: 'b', op: signed([2, 3]) },
    { name: 'keys', op: { kind: 'dense', units: 4, weights: weights(12), bias: weights(4) }, inputs: ['a'] },
    {
      name: 'queries',
      op: { kind: 'dense', units: 4, weights: weights(12), bias: weights(4) },
      inputs: ['b'],
    },
    { name: 'turned', op: { kind: 'transpose', permutation: [1, 0] }, inputs: ['keys'] },
    { name: 'scores', op: { kind: 'matmul' }, inputs: ['queries', 'turned'] },
    { name: 'mixed', op: { kind: 'matmul' }, inputs: ['scores', 'a'] },
    { name: 'gated', op: { kind: 'multiply' }, inputs: ['mixed', 'b'] },
    { name: 'cubed', op: { kind: 'multiply' }, inputs: ['gated', 'gated'] },
    { name: 'wide', op: { kind: 'dense', units: 40, weights: weights(120), bias: weights(40) } },
    { name: 'activated', op: { kind: 'relu' } },
    { name: 'total', op: { kind: 'reduce', reduction: 'sum', axes: [1] } },
    ...keep('mean', 'a', [2, 3], 'mean', [0]),
    ...keep('peak', 'scores', [2, 2], 'max', [1]),
    { name: 'least', op: { kind: 'reduce', reduction: 'min', axes: [0] }, inputs: ['b'] },
    { name: 'all', op: { kind: 'reduce', reduction: 'max', axes: [0, 1] }, inputs: ['b'] },
    ...compose.expand({ name: 'spread', input: 'all', shape: [] }, [3]),
  ];
  return buildGraph({ name: 'combining', nodes, outputs: ['total', 'mean', 'peak', 'least', 'spread'] });
}

/** Normalisations and softmax inside a network, inverses of sums, at positions and of a single row. */
export function normalisingNetwork(): Graph {
  const weights = seededWeights();
  const nodes: NodeSpec[] = [
    { name: 'a', op: bytes([2, 4]) },
    { name: 'b', op: signed([6]) },
    {
      name: 'normal',
      op: { kind: 'layer-norm', epsilon: 0.001, scale: weights(4), shift: weights(4) },
      inputs: ['a'],
    },
    { name: 'scores', op: { kind: 'dense', units: 3, weights: weights(12), bias: weights(3) } },
    { name: 'attention', op: { kind: 'softmax' } },
    { name: 'unit', op: { kind: 'l2-normalize', epsilon: 1e-6 }, inputs: ['b'] },
    { name: 'hidden', op: { kind: 'dense', units: 8, weights: weights(48), bias: weights(8) } },
    { name: 'activated', op: { kind: 'relu' } },
    { name: 'sums', op: { kind: 'reduce', reduction: 'sum', axes: [1] }, inputs: ['a'] },
    { name: 'inverse', op: { kind: 'reciprocal', epsilon: 0.5 } },
    { name: 'root', op: { kind: 'rsqrt', epsilon: 0.5 }, inputs: ['sums'] },
  ];
  return buildGraph({
    name: 'normalising',
    nodes,
    outputs: ['attention', 'unit', 'activated', 'inverse', 'root', 'normal'],
  });
}

/** A transformer's block over three positions, an LSTM over its result, a group norm over a small image. */
export function deepNetwork(): Graph {
  const weights = seededWeights();
  const projection = (inputs: number, units: number) => ({
    units,
    weights: weights(inputs * units),
    bias: weights(units),
  });
  const named =
    (name: 'tanh' | 'sigmoid') =>
    (site: compose.Site): compose.ComposedNode[] => [
      compose.nodeSpec(site.name, { kind: 'function', name }, site.input),
    ];
  const attended = compose.multiHeadAttention(
    { name: 'attended', query: 'words', key: 'words', value: 'words', queries: 3, keys: 3 },
    {
      heads: 2,
      query: projection(4, 4),
      key: projection(4, 4),
      value: projection(4, 4),
      output: projection(4, 4),
    },
  );
  const recurrent = compose.lstm(
    { name: 'lstm', input: 'normal', shape: [3, 4] },
    {
      units: 2,
      kernel: weights(32),
      recurrentKernel: weights(16),
      bias: weights(8),
      activation: named('tanh'),
      gateActivation: named('sigmoid'),
    },
  );
  const ones = new Float32Array(4).fill(1);
  const norm = { groups: 2, epsilon: 0.01, scale: ones, shift: ones };
  return buildGraph({
    name: 'deep',
    nodes: [
      { name: 'words', op: signed([3, 4]) },
      { name: 'image', op: bytes([2, 2, 4]) },
      ...attended,
      { name: 'residual', op: { kind: 'add' }, inputs: ['attended', 'words'] },
      { name: 'normal', op: { kind: 'layer-norm', epsilon: 0.001, scale: ones, shift: weights(4) } },
      ...recurrent.nodes,
      ...compose.groupNorm({ name: 'grouped', input: 'image', shape: [2, 2, 4] }, norm),
    ],
    outputs: [recurrent.states.at(-1) ?? '', 'grouped'],
  });
}

/**
 * What importers compose: causal attention, reading at a position of the input, the values of a top-k, smooth resizing, a
 * radial kernel, sines.
 */
export function composingNetwork(): Graph {
  const weights = seededWeights();
  const index: InputOp = {
    kind: 'input',
    shape: [2],
    domain: { min: 0, max: 3, scale: 1, offset: 0 },
  };
  const units = (count: number): NodeSpec['op'] => ({
    kind: 'embedding',
    size: count,
    table: Float32Array.from({ length: count * count }, (_, i) => Number(i % (count + 1) === 0)),
  });
  const attended = compose.attention(
    {
      name: 'causal',
      query: 'words',
      key: 'words',
      value: 'words',
      queries: 4,
      keys: 4,
      mask: compose.causalMask(4, 4),
    },
    [],
    0.5,
  );
  const size = [4, 4] as const;
  const image = { name: 'smooth', input: 'image', shape: [2, 2, 1] };
  return buildGraph({
    name: 'composing',
    nodes: [
      { name: 'words', op: signed([4, 2]) },
      { name: 'index', op: index },
      { name: 'image', op: bytes([2, 2, 1]) },
      ...attended,
      { name: 'places', op: units(4), inputs: ['index'] },
      { name: 'read', op: { kind: 'matmul' }, inputs: ['places', 'words'] },
      { name: 'list', op: { kind: 'reshape', shape: [8] }, inputs: ['words'] },
      { name: 'largest', op: { kind: 'top-k', k: 2 } },
      { name: 'chosen', op: units(8) },
      { name: 'column', op: { kind: 'reshape', shape: [8, 1] }, inputs: ['words'] },
      { name: 'values', op: { kind: 'matmul' }, inputs: ['chosen', 'column'] },
      ...compose.resizeBilinear(image, { size, alignCorners: false, halfPixelCenters: true }),
      {
        name: 'line',
        op: { kind: 'dense', units: 3, weights: weights(24), bias: weights(3) },
        inputs: ['list'],
      },
      { name: 'squares', op: { kind: 'multiply' }, inputs: ['list', 'list'] },
      {
        name: 'length',
        op: { kind: 'dense', units: 3, weights: new Float32Array(24).fill(0.1), bias: new Float32Array(3) },
      },
      { name: 'distance', op: { kind: 'subtract' }, inputs: ['line', 'length'] },
      { name: 'kernel', op: { kind: 'function', name: 'exp' } },
      { name: 'sine', op: { kind: 'function', name: 'sin' }, inputs: ['line'] },
      { name: 'cosine', op: { kind: 'function', name: 'cos' }, inputs: ['line'] },
    ],
    outputs: ['causal', 'read', 'values', 'smooth', 'kernel', 'sine', 'cosine'],
  });
}

/** Rounding of every kind: of fractions, of bytes seen as [0, 1], of products; quotients and remainders of whole numbers. */
export function roundingNetwork(): Graph {
  const shape = [3];
  const index: InputOp = { kind: 'input', shape, domain: { min: 0, max: 100, scale: 1, offset: 0 } };
  const at = (name: string, input: string) => ({ name, input, shape });
  return buildGraph({
    name: 'rounding',
    nodes: [
      { name: 'x', op: signed(shape) },
      { name: 'unit', op: bytes(shape) },
      { name: 'index', op: index },
      { name: 'down', op: compose.floorOp(), inputs: ['x'] },
      ...compose.ceil(at('up', 'x')),
      ...compose.roundHalfToEven(at('nearest', 'x')),
      ...compose.truncate(at('cut', 'x')),
      { name: 'fifth', op: compose.floorOp(5, 1, 2), inputs: ['unit'] },
      { name: 'square', op: { kind: 'multiply' }, inputs: ['x', 'x'] },
      { name: 'third', op: compose.floorOp(4, 0, 3) },
      { name: 'row', op: compose.floorOp(1, 0, 12), inputs: ['index'] },
      ...compose.remainder(at('column', 'index'), { divisor: 12, mode: 'floor' }),
    ],
    outputs: ['down', 'up', 'nearest', 'cut', 'fifth', 'third', 'row', 'column'],
  });
}
