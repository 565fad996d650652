/** Options and idioms that ONNX's own cases do not have, against ONNX Runtime. */
import { type Attributes, bytes, type Case, check, input, number, plain, weight } from './support/check.ts';
import type { Attribute, ModelSpec, NodeSpec, TensorSpec } from './support/encode.ts';

const ints = (...values: number[]): Attribute => ({ ints: values });
const whole = (...values: number[]): TensorSpec => ({ type: 'int64', dims: [values.length], data: values });

const [STEPS, FEATURES, UNITS] = [4, 3, 2];

function recurrent(
  op: string,
  gates: number,
  directions: number,
  attributes: Attributes,
  lengths = STEPS,
): Case {
  const nodes = [
    plain(op, ['x', 'w', 'r', 'b', 'l'], {
      hidden_size: { int: UNITS },
      ...(directions === 2 ? { direction: { string: 'bidirectional' } } : {}),
      ...attributes,
    }),
  ];
  return {
    what: `${op} with ${Object.keys(attributes).join(', ')} and sequences of ${lengths} steps`,
    nodes,
    inputs: [input('x', STEPS, 2, FEATURES)],
    weights: {
      w: weight(directions, gates * UNITS, FEATURES),
      r: weight(directions, gates * UNITS, UNITS),
      b: weight(directions, 2 * gates * UNITS),
      l: { type: 'int32', dims: [2], data: [lengths, STEPS] },
    },
    tolerance: 1e-4,
  };
}

const RECURRENT: readonly Case[] = [
  recurrent('LSTM', 4, 2, { clip: { float: 0.4 } }, 3),
  recurrent('LSTM', 4, 1, { input_forget: { int: 1 } }, 2),
  recurrent('GRU', 3, 2, { clip: { float: 0.3 }, linear_before_reset: { int: 1 } }, 3),
  recurrent('RNN', 1, 2, {
    activations: { strings: ['LeakyRelu', 'ScaledTanh'] },
    activation_alpha: { floats: [0.3, 1.5] },
    activation_beta: { floats: [0.5] },
  }),
  recurrent('LSTM', 4, 1, { activations: { strings: ['HardSigmoid', 'Softsign', 'Elu'] } }),
];

/** Gives a chain of nodes with one output each, the last called y. */
function chain(...steps: readonly (readonly [string, readonly string[], string, Attributes?])[]): NodeSpec[] {
  return steps.map(([op, inputs, output, attributes = {}]) => plain(op, inputs, attributes, output));
}

const INDICES = { name: 'i', type: 'int64', dims: [1, 3] } as const;

const READING: readonly Case[] = [
  {
    what: 'Gather at positions that vary, of a tensor that varies',
    nodes: chain(['Gather', ['x', 'i'], 'y', { axis: { int: 1 } }]),
    inputs: [input('x', 1, 5, 2), { ...INDICES, dims: [2] }],
    values: { i: [4, 1] },
  },
  {
    what: 'Gather at positions that vary, along an inner axis of a constant',
    nodes: chain(['Gather', ['w', 'i'], 'g', { axis: { int: 1 } }], ['Mul', ['g', 'x'], 'y']),
    inputs: [input('x', 1), INDICES],
    values: { i: [3, 0, 2] },
    weights: { w: weight(2, 4, 2) },
  },
  {
    what: 'GatherElements at positions that vary',
    nodes: chain(['GatherElements', ['x', 'i'], 'y', { axis: { int: 2 } }]),
    inputs: [input('x', 1, 3, 4), { ...INDICES, dims: [1, 2, 3] }],
    values: { i: [3, 0, 2, 1, 1, 0] },
  },
  {
    what: 'TopK with values',
    nodes: [{ ...plain('TopK', ['x', 'k'], { largest: { int: 0 } }), outputs: ['y', 'unused'] }],
    inputs: [input('x', 1, 3, 5)],
    weights: { k: whole(3) },
  },
  {
    what: 'ScatterND that adds, and OneHot of an ArgMax',
    nodes: chain(
      ['ArgMax', ['x'], 'a', { axis: { int: 1 }, keepdims: { int: 0 } }],
      ['OneHot', ['a', 'depth', 'values'], 'h'],
      ['ScatterND', ['x', 'at', 'h'], 'y', { reduction: { string: 'add' } }],
    ),
    inputs: [input('x', 3, 4)],
    weights: {
      depth: number(4, 'int64'),
      values: { dims: [2], data: [-1, 2] },
      at: { type: 'int64', dims: [3, 1], data: [2, 0, 2] },
    },
    opset: 18,
  },
];

/** A branch: x times a number. */
const times = (name: string): ModelSpec => ({
  nodes: [{ op: 'Mul', inputs: ['x', name], outputs: ['z'] }],
  inputs: [],
  outputs: [{ name: 'z', dims: [1, 4] }],
});

const WHOLE_NUMBERS: readonly Case[] = [
  {
    what: 'Floor, Ceil and Round, halves to the even number',
    nodes: chain(
      ['Floor', ['x'], 'f'],
      ['Ceil', ['x'], 'c'],
      ['Round', ['x'], 'r'],
      ['Concat', ['f', 'c', 'r'], 'y', { axis: { int: 0 } }],
    ),
    inputs: [input('x', 9)],
    values: { x: [-2.5, -1.5, -0.5, 0, 0.5, 1.5, 2.5, 1.75, -1.25] },
  },
  {
    what: 'Cast to whole numbers, and their division, remainder and shift by constants',
    nodes: chain(
      ['Cast', ['x'], 'w', { to: { int: 6 } }],
      ['Div', ['w', 'three'], 'd'],
      ['Mod', ['w', 'three'], 'm'],
      ['Mod', ['w', 'three'], 'f', { fmod: { int: 1 } }],
      ['Concat', ['w', 'd', 'm', 'f'], 'all', { axis: { int: 0 } }],
      ['Cast', ['all'], 'y', { to: { int: 1 } }],
    ),
    inputs: [input('x', 6)],
    values: { x: [-7.5, -3, -0.9, 0.9, 3, 7.5] },
    weights: { three: number(3, 'int32') },
  },
  {
    what: 'BitShift to the right',
    nodes: chain(
      ['BitShift', ['x', 'one'], 's', { direction: { string: 'RIGHT' } }],
      ['Cast', ['s'], 'y', { to: { int: 1 } }],
    ),
    inputs: [{ name: 'x', dims: [4], type: 'uint8' }],
    values: { x: [0, 1, 6, 255] },
    weights: { one: number(1, 'uint8') },
  },
  {
    what: 'Cast to truth values',
    nodes: chain(['Cast', ['x'], 'b', { to: { int: 9 } }], ['Cast', ['b'], 'y', { to: { int: 1 } }]),
    inputs: [input('x', 3)],
    values: { x: [0, -1, 0.25] },
  },
  ...[-1, 1].map(value => ({
    what: `If whose condition depends on the input, and ${value > 0 ? 'holds' : 'does not'}`,
    nodes: chain(
      ['ReduceSum', ['x'], 'sum', { keepdims: { int: 0 } }],
      ['Greater', ['sum', 'zero'], 'c'],
      ['If', ['c'], 'y', { then_branch: { graph: times('two') }, else_branch: { graph: times('three') } }],
    ),
    inputs: [input('x', 1, 4)],
    values: { x: [value, 2 * value, 0, value] },
    weights: { two: number(2), three: number(3), zero: number(0) },
  })),
  {
    what: 'Clip with one bound from the input and the other infinite',
    nodes: chain(
      ['ReduceMax', ['x'], 'top', { keepdims: { int: 0 } }],
      ['Sub', ['top', 'one'], 'low'],
      ['Clip', ['x', 'low', 'open'], 'y'],
    ),
    inputs: [input('x', 5)],
    weights: { one: number(1), open: number(Number.POSITIVE_INFINITY) },
  },
];

const FUNCTIONS: readonly Case[] = [
  {
    what: 'powers: of a constant, of a quarter, of different exponents',
    nodes: chain(
      ['Abs', ['x'], 'a'],
      ['Add', ['a', 'half'], 'p'],
      ['Pow', ['p', 'exponents'], 'b'],
      ['Pow', ['two', 'b'], 'c'],
      ['Pow', ['c', 'e'], 'y'],
    ),
    inputs: [input('x', 1, 4)],
    weights: {
      half: number(0.5),
      two: number(2),
      e: number(-1.3),
      exponents: { dims: [4], data: [0.75, 3, -0.25, 0.3] },
    },
  },
  {
    what: 'LpPool, GlobalLpPool, LpNormalization by 1',
    nodes: chain(
      ['LpPool', ['x'], 'a', { kernel_shape: ints(2, 2), p: { int: 2 }, pads: ints(1, 0, 0, 1) }],
      ['LpNormalization', ['a'], 'b', { p: { int: 1 }, axis: { int: 2 } }],
      ['GlobalLpPool', ['b'], 'y', { p: { int: 1 } }],
    ),
    inputs: [input('x', 1, 2, 4, 4)],
  },
  {
    what: 'MaxPool with gaps and padding',
    nodes: chain([
      'MaxPool',
      ['x'],
      'y',
      { kernel_shape: ints(2, 3), dilations: ints(2, 2), pads: ints(1, 2, 1, 2), ceil_mode: { int: 1 } },
    ]),
    inputs: [input('x', 1, 2, 5, 6)],
  },
  {
    what: 'Resize: cubic, and antialiased in both modes',
    nodes: chain(
      ['Resize', ['x', '', 'up'], 'a', { mode: { string: 'cubic' } }],
      ['Resize', ['a', '', 'down'], 'b', { mode: { string: 'cubic' }, antialias: { int: 1 } }],
      ['Resize', ['b', '', 'down'], 'y', { mode: { string: 'linear' }, antialias: { int: 1 } }],
    ),
    inputs: [input('x', 1, 2, 5, 6)],
    weights: { up: { dims: [4], data: [1, 1, 2, 2] }, down: { dims: [4], data: [1, 1, 0.6, 0.6] } },
    opset: 18,
  },
  {
    what: 'CenterCropPad and Col2Im',
    nodes: chain(
      ['CenterCropPad', ['x', 'size'], 'a', { axes: ints(1, 2) }],
      ['Col2Im', ['a', 'image', 'block'], 'y', { pads: ints(0, 1, 0, 1) }],
    ),
    inputs: [input('x', 1, 6, 7)],
    weights: { size: whole(8, 12), image: whole(4, 3), block: whole(2, 2) },
    opset: 18,
  },
];

const CONTRACTIONS: readonly Case[] = [
  {
    what: 'Einsum of three tensors with an ellipsis, and of a diagonal',
    nodes: chain(
      ['Einsum', ['x', 'w', 'v'], 'a', { equation: { string: '...ij,jk,...lk->...il' } }],
      ['Einsum', ['a'], 'y', { equation: { string: '...ii->...i' } }],
    ),
    inputs: [input('x', 1, 2, 3, 4), input('v', 1, 2, 3, 2)],
    weights: { w: weight(4, 2) },
  },
  {
    what: 'convolutions and pools of volumes',
    nodes: chain(
      [
        'Conv',
        ['x', 'w', 'b'],
        'a',
        { group: { int: 2 }, pads: ints(1, 0, 1, 0, 1, 1), dilations: ints(1, 1, 2), strides: ints(2, 1, 1) },
      ],
      ['MaxPool', ['a'], 'm', { kernel_shape: ints(2, 2, 1), pads: ints(1, 0, 0, 0, 0, 0) }],
      [
        'AveragePool',
        ['m'],
        'p',
        { kernel_shape: ints(2, 1, 2), ceil_mode: { int: 1 }, strides: ints(2, 1, 2) },
      ],
      ['GlobalAveragePool', ['p'], 'y'],
    ),
    inputs: [input('x', 1, 4, 5, 4, 6)],
    weights: { w: weight(6, 2, 3, 2, 2), b: weight(6) },
  },
  {
    what: 'spectra of frames, and back',
    nodes: chain(
      ['HammingWindow', ['size'], 'window'],
      ['STFT', ['x', 'step', 'window'], 'frames', { onesided: { int: 0 } }],
      ['DFT', ['frames'], 'y', { axis: { int: 2 }, inverse: { int: 1 } }],
    ),
    inputs: [input('x', 1, 20, 1)],
    weights: { size: number(8, 'int64'), step: number(4, 'int64') },
  },
];

/** What PyTorch's exporter writes for x.view(x.size(0), -1, 4), expand, arange, masks and interpolate. */
const IDIOMS: readonly Case[] = [
  {
    what: 'sizes that follow from an open batch',
    nodes: chain(
      ['Shape', ['x'], 's'],
      ['Gather', ['s', 'zero'], 'n', { axis: { int: 0 } }],
      ['Unsqueeze', ['n', 'axis0'], 'n1'],
      ['Concat', ['n1', 'minus', 'four'], 'view', { axis: { int: 0 } }],
      ['Reshape', ['x', 'view'], 'rows'],
      ['Gather', ['s', 'two'], 'h', { axis: { int: 0 } }],
      ['Range', ['zero', 'h', 'one'], 'steps'],
      ['Cast', ['steps'], 'floats', { to: { int: 1 } }],
      ['Mul', ['floats', 'w'], 'scaled'],
      ['ConstantOfShape', ['four'], 'ones0', { value: { tensor: { dims: [1], data: [1] } } }],
      ['Add', ['ones0', 'scaled'], 'both'],
      ['Equal', ['view', 'minus'], 'isOpen'],
      ['ConstantOfShape', ['three'], 'units', { value: { tensor: whole(1) } }],
      ['Where', ['isOpen', 'units', 'view'], 'wanted'],
      ['Expand', ['both', 'wanted'], 'wide'],
      ['Add', ['rows', 'wide'], 'sum'],
      ['Shape', ['sum'], 't'],
      ['Slice', ['t', 'axis0', 'one1'], 'first'],
      ['Concat', ['first', 'minus'], 'flat', { axis: { int: 0 } }],
      ['Reshape', ['sum', 'flat'], 'y'],
    ),
    inputs: [{ name: 'x', dims: ['N', 3, 4, 4] }],
    weights: {
      zero: number(0, 'int64'),
      one: number(1, 'int64'),
      two: number(2, 'int64'),
      axis0: whole(0),
      one1: whole(1),
      minus: whole(-1),
      three: whole(3),
      four: whole(4),
      w: number(0.25),
    },
  },
  {
    what: 'interpolation to sizes computed from the input',
    nodes: chain(
      ['Shape', ['x'], 's'],
      ['Slice', ['s', 'two', 'four'], 'hw'],
      ['Cast', ['hw'], 'real', { to: { int: 1 } }],
      ['Mul', ['real', 'factor'], 'scaled'],
      ['Floor', ['scaled'], 'floored'],
      ['Cast', ['floored'], 'sizes', { to: { int: 7 } }],
      ['Slice', ['s', 'zero', 'two'], 'nc'],
      ['Concat', ['nc', 'sizes'], 'all', { axis: { int: 0 } }],
      [
        'Resize',
        ['x', '', '', 'all'],
        'y',
        { mode: { string: 'linear' }, coordinate_transformation_mode: { string: 'pytorch_half_pixel' } },
      ],
    ),
    inputs: [{ name: 'x', dims: ['batch', 2, 4, 5] }],
    weights: { zero: whole(0), two: whole(2), four: whole(4), factor: number(1.5) },
  },
  {
    what: 'a causal mask by Trilu and Where, as PyTorch writes it',
    nodes: chain(
      ['Shape', ['x'], 's'],
      ['Gather', ['s', 'one'], 'n', { axis: { int: 0 } }],
      ['Unsqueeze', ['n', 'axis0'], 'n1'],
      ['Concat', ['n1', 'n1'], 'square', { axis: { int: 0 } }],
      ['ConstantOfShape', ['square'], 'ones', { value: { tensor: { dims: [1], data: [1] } } }],
      ['Trilu', ['ones'], 'lower', { upper: { int: 0 } }],
      ['Equal', ['lower', 'nothing'], 'hidden'],
      ['Transpose', ['x'], 'turned', { perm: ints(0, 2, 1) }],
      ['MatMul', ['x', 'turned'], 'scores'],
      ['Where', ['hidden', 'infinite', 'scores'], 'masked'],
      ['Softmax', ['masked'], 'weights', { axis: { int: -1 } }],
      ['MatMul', ['weights', 'x'], 'y'],
    ),
    inputs: [{ name: 'x', dims: ['N', 4, 3] }],
    weights: {
      one: number(1, 'int64'),
      axis0: whole(0),
      nothing: number(0),
      infinite: number(Number.NEGATIVE_INFINITY),
    },
  },
];

/** Static quantisation that leaves a GELU in reals; the ReLU before the second QuantizeLinear is left out, as tools do. */
const MIXED: readonly Case[] = [
  {
    what: 'a network of which only some layers are integers, as reals',
    nodes: chain(
      ['QuantizeLinear', ['x', 's', 'z'], 'xq'],
      ['DequantizeLinear', ['xq', 's', 'z'], 'xr'],
      ['DequantizeLinear', ['w', 'ws', 'wz'], 'wr', { axis: { int: 1 } }],
      ['MatMul', ['xr', 'wr'], 'a'],
      ['QuantizeLinear', ['a', 's', 'zero'], 'aq'],
      ['DequantizeLinear', ['aq', 's', 'zero'], 'ar'],
      ['Gelu', ['ar'], 'g'],
      ['QuantizeLinear', ['g', 's', 'z'], 'gq'],
      ['DequantizeLinear', ['gq', 's', 'z'], 'y'],
    ),
    inputs: [input('x', 1, 6)],
    weights: {
      s: number(0.016),
      z: number(128, 'uint8'),
      zero: number(0, 'uint8'),
      w: bytes('int8', 6, 4),
      ws: { dims: [4], data: [0.01, 0.005, 0.008, 0.01] },
      wz: { type: 'int8', dims: [4], data: [0, 0, 0, 0] },
    },
    opset: 20,
    tolerance: 0.03,
  },
];

describe('onnx-to-graph: options and idioms agree with ONNX Runtime', () => {
  for (const item of [
    ...RECURRENT,
    ...READING,
    ...WHOLE_NUMBERS,
    ...FUNCTIONS,
    ...CONTRACTIONS,
    ...MIXED,
    ...IDIOMS,
  ]) {
    it(`imports ${item.what}`, () => check(item));
  }
});
