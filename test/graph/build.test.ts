import assert from 'node:assert/strict';
import {
  buildGraph,
  inferShape,
  nodeOf,
  type Op,
  PIXEL_DOMAIN,
  printGraph,
  type Shape,
  samePadding,
  toGraphSpec,
  toNodeId,
} from '../../src/graph/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { conv, dense, input, NO_PADDING, pool } from './support/ops.ts';

describe('graph shapes', () => {
  const shapes: [what: string, op: Op, inputs: Shape[], expected: Shape][] = [
    ['a dense layer over a vector', dense(4, 3), [[4]], [3]],
    ['a dense layer over the last axis', dense(4, 3), [[5, 4]], [5, 3]],
    [
      'a convolution with strides',
      conv({ channels: 1, filters: 8, strides: [2, 2] }),
      [[28, 28, 1]],
      [13, 13, 8],
    ],
    ['a convolution of a wide image', conv({ channels: 2, filters: 4 }), [[5, 9, 2]], [3, 7, 4]],
    ['a dilated convolution', conv({ channels: 1, filters: 1, dilations: [2, 3] }), [[9, 9, 1]], [5, 3, 1]],
    ['a depthwise convolution', conv({ channels: 4, filters: 8, groups: 4 }), [[3, 3, 4]], [1, 1, 8]],
    ['a pool that drops a rest', pool('max-pool2d', [2, 2]), [[5, 7, 3]], [2, 3, 3]],
    ['padding', { kind: 'pad', padding: { top: 1, bottom: 2, left: 3, right: 4 } }, [[2, 2, 5]], [5, 9, 5]],
    ['a reshape', { kind: 'reshape', shape: [6] }, [[2, 3]], [6]],
    ['a transposition', { kind: 'transpose', permutation: [2, 0, 1] }, [[4, 5, 6]], [6, 4, 5]],
    ['an addition', { kind: 'add' }, [[2], [2], [2]], [2]],
    [
      'a concatenation',
      { kind: 'concat', axis: 1 },
      [
        [2, 3],
        [2, 4],
      ],
      [2, 7],
    ],
    ['an argmax', { kind: 'argmax' }, [[10]], []],
  ];
  for (const [what, op, inputs, expected] of shapes) {
    it(`infers the shape of ${what}`, () => assert.deepEqual(inferShape(op, inputs), expected));
  }

  it('finds the padding of TensorFlow same, the odd element at the end', () => {
    const padding = samePadding([5, 6, 1], { size: [3, 4], strides: [2, 1], dilations: [1, 1] });
    assert.deepEqual(padding, { top: 1, bottom: 1, left: 1, right: 2 });
  });

  const errors: [what: string, op: Op, inputs: Shape[], message: string][] = [
    ['too few operands', { kind: 'add' }, [[2]], "Node 'add' (add) has 1 operands; it takes two or more."],
    [
      'too many operands',
      { kind: 'relu' },
      [[2], [2]],
      "Node 'relu' (relu) has 2 operands; it takes exactly one.",
    ],
    ['operands of an input', input([2]), [[2]], "Node 'input' (input) has 1 operands; it takes none."],
    [
      'three operands of a subtraction',
      { kind: 'subtract' },
      [[1], [1], [1]],
      "Node 'subtract' (subtract) has 3 operands; it takes exactly two.",
    ],
    [
      'an empty concatenation',
      { kind: 'concat', axis: 0 },
      [],
      "Node 'concat' (concat) has 0 operands; it takes one or more.",
    ],
    [
      'a dimension of zero',
      input([3, 0]),
      [],
      "Node 'input' has shape [3, 0]; every dimension must be a positive whole number.",
    ],
    [
      'a dense layer on a scalar',
      dense(1, 1),
      [[]],
      "Node 'dense' is given a tensor of shape scalar; it takes at least one axis.",
    ],
    [
      'a dense layer of no units',
      dense(1, 0),
      [[1]],
      "Node 'dense' has units [0]; they must be positive whole numbers.",
    ],
    ['missing weights', dense(4, 3), [[5]], "Node 'dense' has 12 weights; its shapes ask for 15."],
    [
      'missing biases',
      { ...dense(4, 3), bias: new Float32Array(2) },
      [[4]],
      "Node 'dense' has 2 biases; its shapes ask for 3.",
    ],
    [
      'a convolution of a vector',
      conv({ channels: 1, filters: 1 }),
      [[9]],
      "Node 'conv2d' is given a tensor of shape 9; it takes height x width x channels.",
    ],
    [
      'a convolution larger than its input',
      conv({ channels: 1, filters: 1 }),
      [[2, 9, 1]],
      "Node 'conv2d' has a 3x3 window over 2x9 elements; no window fits; give it a larger input or a smaller window.",
    ],
    [
      'groups that do not divide',
      conv({ channels: 3, filters: 4, groups: 2 }),
      [[3, 3, 3]],
      "Node 'conv2d' splits 3 channels and 4 filters into 2 groups; the groups must divide both.",
    ],
    [
      'a stride of zero',
      conv({ channels: 1, filters: 1, strides: [0, 1] }),
      [[3, 3, 1]],
      "Node 'conv2d' has strides [0, 1]; they must be positive whole numbers.",
    ],
    [
      'negative padding',
      { ...conv({ channels: 1, filters: 1 }), padding: { ...NO_PADDING, left: -1 } },
      [[5, 5, 1]],
      "Node 'conv2d' has padding [0, 0, -1, 0]; padding must be whole numbers of zero or more.",
    ],
    [
      'a pool window in the padding',
      { ...pool('average-pool2d', [2, 2]), padding: { ...NO_PADDING, top: 2 } },
      [[4, 4, 1]],
      "Node 'average-pool2d' has a pooling window that lies wholly in the padding; its padding must be smaller.",
    ],
    [
      'a scale for other channels',
      { kind: 'affine', scale: new Float32Array(2), shift: new Float32Array(3) },
      [[4, 3]],
      "Node 'affine' has 2 scales; its shapes ask for 3.",
    ],
    [
      'a reshape to another size',
      { kind: 'reshape', shape: [7] },
      [[2, 3]],
      "Node 'reshape' reshapes 2x3 (6 elements) to 7; that shape has 7 elements.",
    ],
    [
      'a permutation that repeats an axis',
      { kind: 'transpose', permutation: [0, 0] },
      [[2, 3]],
      "Node 'transpose' permutes 2x3 by [0, 0]; each axis must be named exactly once.",
    ],
    [
      'a sum of different shapes',
      { kind: 'add' },
      [[2], [3]],
      "Node 'add' combines tensors of shapes 2, 3; all operands must have one shape.",
    ],
    [
      'an axis beyond the shape',
      { kind: 'concat', axis: 1 },
      [[2], [3]],
      "Node 'concat' joins 2, 3 along axis 1; there is no such axis.",
    ],
    [
      'a join of different shapes',
      { kind: 'concat', axis: 0 },
      [
        [2, 2],
        [2, 3],
      ],
      "Node 'concat' joins 2x2, 2x3 along axis 0; all other axes must be equal.",
    ],
    [
      'an argmax of an image',
      { kind: 'argmax' },
      [[2, 2]],
      "Node 'argmax' is given a tensor of shape 2x2; it takes a vector.",
    ],
  ];
  for (const [what, op, inputs, message] of errors) {
    it(`refuses ${what}`, () => {
      assertThrowsCode(() => inferShape(op, inputs), 'SHAPE_MISMATCH', message);
    });
  }
});

describe('buildGraph', () => {
  it('takes the node before as operand and the last node as output', () => {
    const graph = buildGraph({
      name: 'tiny',
      nodes: [
        { name: 'x', op: input([4]) },
        { name: 'hidden', op: dense(4, 3) },
        { name: 'hidden_relu', op: { kind: 'relu', max: 6 } },
      ],
    });
    assert.deepEqual(graph.outputs, [2]);
    assert.deepEqual(nodeOf(graph, toNodeId(2)).inputs, [1]);
    assert.deepEqual(nodeOf(graph, toNodeId(2)).shape, [3]);
  });

  it('is undone by toGraphSpec', () => {
    const graph = buildGraph({
      name: 'branches',
      nodes: [
        { name: 'a', op: input([2]) },
        { name: 'b', op: input([2]) },
        { name: 'difference', op: { kind: 'subtract' }, inputs: ['b', 'a'] },
      ],
      inputs: ['b', 'a'],
      outputs: ['difference', 'a'],
    });
    assert.deepEqual(buildGraph(toGraphSpec(graph)), graph);
  });

  const x = { name: 'x', op: input([2]) };
  it('refuses two nodes of one name', () => {
    assertThrowsCode(
      () => buildGraph({ name: 'g', nodes: [x, { name: 'x', op: { kind: 'relu' } }] }),
      'MALFORMED_GRAPH',
      "Two nodes are called 'x'; names must be unique in a graph.",
    );
  });

  it('refuses an operand that is not before its user', () => {
    assertThrowsCode(
      () => buildGraph({ name: 'g', nodes: [x, { name: 'y', op: { kind: 'relu' }, inputs: ['z'] }] }),
      'MALFORMED_GRAPH',
      "The node 'y' refers to 'z', which is not a node before it; list nodes in order.",
    );
  });

  it('refuses a graph without inputs', () => {
    assertThrowsCode(
      () => buildGraph({ name: 'g', nodes: [] }),
      'MALFORMED_GRAPH',
      "Graph 'g' has no input node; it needs at least one.",
    );
  });

  it('refuses a graph without outputs', () => {
    assertThrowsCode(
      () => buildGraph({ name: 'g', nodes: [x], outputs: [] }),
      'MALFORMED_GRAPH',
      "Graph 'g' has no output; name at least one node.",
    );
  });

  it('refuses an input list that forgets an input', () => {
    assertThrowsCode(
      () => buildGraph({ name: 'g', nodes: [x, { name: 'y', op: input([1]) }], inputs: ['x'] }),
      'MALFORMED_GRAPH',
      "Graph 'g' lists the inputs [x], but its input nodes are [x, y]; list each once.",
    );
  });

  it('refuses weights that are not numbers', () => {
    const op = { ...dense(2, 1), weights: Float32Array.of(1, Number.NaN) };
    assertThrowsCode(
      () => buildGraph({ name: 'g', nodes: [x, { name: 'y', op }] }),
      'MALFORMED_WEIGHTS',
      "The weights of node 'y' hold NaN at index 1; every weight must be a finite number. Was training stable?",
    );
  });

  it('refuses a cap that is not positive', () => {
    assertThrowsCode(
      () => buildGraph({ name: 'g', nodes: [x, { name: 'y', op: { kind: 'relu', max: 0 } }] }),
      'MALFORMED_GRAPH',
      "ReLU 'y' has the cap 0; a cap must be a positive number.",
    );
  });

  it('refuses a slope that is not a number', () => {
    assertThrowsCode(
      () =>
        buildGraph({ name: 'g', nodes: [x, { name: 'y', op: { kind: 'leaky-relu', slope: Number.NaN } }] }),
      'MALFORMED_GRAPH',
      "Leaky ReLU 'y' has the slope NaN; it must be a number.",
    );
  });

  it('refuses an empty input domain', () => {
    const op: Op = { kind: 'input', shape: [1], domain: { ...PIXEL_DOMAIN, max: 0 } };
    assertThrowsCode(
      () => buildGraph({ name: 'g', nodes: [{ name: 'x', op }] }),
      'MALFORMED_GRAPH',
      /^Input 'x' has the domain \{ min: 0, max: 0, scale: 0\.0039\d*, offset: 0 \}; min < max must be whole numbers/,
    );
  });

  it('refuses to look up a node that is not there', () => {
    const graph = buildGraph({ name: 'g', nodes: [x] });
    assertThrowsCode(
      () => nodeOf(graph, toNodeId(5)),
      'MALFORMED_GRAPH',
      "Graph 'g' has no node 5; it has 1 nodes.",
    );
  });
});

describe('printGraph', () => {
  it('prints a line a node, with options and weight counts', () => {
    const graph = buildGraph({
      name: 'sample',
      nodes: [
        { name: 'x', op: input([8, 8, 2]) },
        { name: 'norm', op: { kind: 'affine', scale: new Float32Array(2), shift: new Float32Array(2) } },
        {
          name: 'conv',
          op: conv({ channels: 2, filters: 4, strides: [2, 1], dilations: [1, 2], groups: 2 }),
        },
        { name: 'relu', op: { kind: 'relu', max: 6 } },
        { name: 'leaky', op: { kind: 'leaky-relu', slope: 0.25 } },
        { name: 'pad', op: { kind: 'pad', padding: { top: 1, bottom: 0, left: 0, right: 0 } } },
        { name: 'pool', op: pool('average-pool2d', [2, 2]) },
        { name: 'turn', op: { kind: 'transpose', permutation: [1, 0, 2] } },
        { name: 'flat', op: { kind: 'reshape', shape: [16] } },
        { name: 'twice', op: { kind: 'concat', axis: 0 }, inputs: ['flat', 'flat'] },
        { name: 'logits', op: dense(32, 3) },
        { name: 'softmax', op: { kind: 'softmax' } },
      ],
      outputs: ['softmax', 'logits'],
    });
    assert.equal(
      printGraph(graph),
      `graph sample
  x: 8x8x2 = input [0, 16] * 0.0625
  norm: 8x8x2 = affine(x) 2 channels, 4 weights
  conv: 3x4x4 = conv2d(norm) 3x3x4, stride 2x1, dilation 1x2, groups 2, 40 weights
  relu: 3x4x4 = relu(conv) max 6
  leaky: 3x4x4 = leaky-relu(relu) slope 0.25
  pad: 4x4x4 = pad(leaky) padding 1,0,0,0
  pool: 2x2x4 = average-pool2d(pad) 2x2, stride 2x2
  turn: 2x2x4 = transpose(pool) by 1,0,2
  flat: 16 = reshape(turn)
  twice: 32 = concat(flat, flat) axis 0
  logits: 3 = dense(twice) 3 units, 99 weights
  softmax: 3 = softmax(logits)
output softmax, logits
`,
    );
  });
});
