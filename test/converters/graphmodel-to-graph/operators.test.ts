/** Every operator, in a graph of its own, against TensorFlow.js. */
import {
  attr,
  type ConstantJson,
  checkAgainstTfjs,
  floats,
  graphFiles,
  integer,
  integers,
  type NodeJson,
  op,
  placeholder,
  weights,
} from './support/graph-model.ts';

/** What is tested, the shape of its input `x`, constants, and nodes. */
type Case = readonly [what: string, shape: number[], constants: ConstantJson[], nodes: NodeJson[]];

const strides = (y: number, x: number) => attr.integers(1, y, x, 1);
const conv = (padding: string, more = {}) => ({
  strides: strides(1, 1),
  dilations: strides(1, 1),
  padding: attr.text(padding),
  data_format: attr.text('NHWC'),
  ...more,
});
const fusedOps = (count: number, ...names: string[]) => ({
  fused_ops: attr.texts(...names),
  num_args: attr.integer(count),
});
const IMAGE = [-1, 5, 6, 4];
const unary = (...names: string[]): Case[] => names.map(name => [name, [-1, 7], [], [op('y', name, ['x'])]]);
const ofConstant = (name: string, ...shape: number[]): Case[] => [
  [
    `${name} of a tensor and a constant [${shape}]`,
    IMAGE,
    [weights('c', ...shape)],
    [op('y', name, ['x', 'c'])],
  ],
  [
    `${name} of a constant [${shape}] and a tensor`,
    IMAGE,
    [weights('c', ...shape)],
    [op('y', name, ['c', 'x'])],
  ],
];
const reduce = (name: string, ...axes: number[]): Case[] =>
  [true, false].map(keep => [
    `${name} over axes ${axes}${keep ? ', kept' : ''}`,
    IMAGE,
    [integers('axes', ...axes)],
    [op('y', name, ['x', 'axes'], { keep_dims: attr.flag(keep) })],
  ]);

const ROUNDING: Case[] = [
  ...['Floor', 'Ceil', 'Round'].map(
    (name): Case => [
      `${name} of halves and more`,
      [-1, 7],
      [floats('c', [], [0.5])],
      [op('r', name, ['x']), op('h', 'Mul', ['r', 'c']), op('y', name, ['h'])],
    ],
  ),
  [
    'FloorDiv and FloorMod by a constant',
    [-1, 7],
    [integer('three', 3)],
    [
      op('w', 'Cast', ['x'], { SrcT: attr.type('DT_FLOAT'), DstT: attr.type('DT_INT32') }),
      op('d', 'FloorDiv', ['w', 'three']),
      op('m', 'FloorMod', ['w', 'three']),
      op('y', 'AddV2', ['d', 'm']),
    ],
  ],
  [
    'a cast that cuts off of what is not negative',
    [-1, 7],
    [],
    [
      op('r', 'Relu', ['x']),
      op('y', 'Cast', ['r'], { SrcT: attr.type('DT_FLOAT'), DstT: attr.type('DT_INT32') }),
    ],
  ],
  ['ArgMax of every column', [-1, 4, 3], [integer('rows', 1)], [op('y', 'ArgMax', ['x', 'rows'])]],
  ['ArgMin of every row', [-1, 4, 3], [integer('columns', -1)], [op('y', 'ArgMin', ['x', 'columns'])]],
  [
    'GatherNd at constant positions',
    [-1, 4, 3],
    [{ ...integers('at', 0, 2, 0, 1, 0, 3), shape: [3, 2] }],
    [op('y', 'GatherNd', ['x', 'at'])],
  ],
  [
    'GatherNd at computed positions',
    [-1, 4, 3],
    [integer('rows', 1), integers('size', 3), integers('zeros', 0, 0, 0), integers('columns', 0, 1, 2)],
    [
      op('a', 'ArgMax', ['x', 'rows']),
      op('flat', 'Reshape', ['a', 'size']),
      op('at', 'Pack', ['zeros', 'flat', 'columns'], { axis: attr.integer(1) }),
      op('y', 'GatherNd', ['x', 'at']),
    ],
  ],
  [
    'SparseToDense of constants',
    [-1, 4],
    [integers('at', 1, 3), integers('shape', 4), floats('values', [2], [5, 7]), floats('none', [], [2])],
    [op('d', 'SparseToDense', ['at', 'shape', 'values', 'none']), op('y', 'Mul', ['x', 'd'])],
  ],
  [
    'a max pool behind a padding with the lowest number',
    [-1, 5, 6, 4],
    [
      { ...integers('p', 0, 0, 1, 1, 1, 1, 0, 0), shape: [4, 2] },
      floats('low', [], [Number.NEGATIVE_INFINITY]),
    ],
    [
      op('padded', 'PadV2', ['x', 'p', 'low']),
      op('y', 'MaxPool', ['padded'], {
        ksize: attr.integers(1, 3, 3, 1),
        strides: strides(2, 2),
        padding: attr.text('VALID'),
      }),
    ],
  ],
  [
    'the same with a transposition between them',
    [-1, 4, 5, 6],
    [
      { ...integers('p', 0, 0, 0, 0, 1, 0, 0, 1), shape: [4, 2] },
      floats('low', [], [Number.NEGATIVE_INFINITY]),
      integers('order', 0, 2, 3, 1),
    ],
    [
      op('padded', 'PadV2', ['x', 'p', 'low']),
      op('turned', 'Transpose', ['padded', 'order']),
      op('y', 'MaxPool', ['turned'], {
        ksize: attr.integers(1, 2, 2, 1),
        strides: strides(1, 1),
        padding: attr.text('VALID'),
      }),
    ],
  ],
];

const ARITHMETIC: Case[] = [
  ...['Add', 'AddV2', 'Sub', 'Mul', 'Maximum', 'Minimum'].flatMap(name => [
    ...ofConstant(name, 4),
    ...ofConstant(name, 1, 5, 1, 1),
  ]),
  ...ofConstant('AddV2'),
  ...ofConstant('AddV2', 5, 6, 4),
  ['BiasAdd', IMAGE, [weights('c', 4)], [op('y', 'BiasAdd', ['x', 'c'])]],
  ['RealDiv by a constant', IMAGE, [weights('c', 4)], [op('y', 'RealDiv', ['x', 'c'])]],
  ['RealDiv by a tensor', [-1, 6], [], [op('e', 'Exp', ['x']), op('y', 'RealDiv', ['x', 'e'])]],
  ['RealDiv by a tensor of any sign', [-1, 6], [], [op('y', 'RealDiv', ['x', 'x'])]],
  ['Reciprocal', [-1, 6], [], [op('e', 'Exp', ['x']), op('y', 'Reciprocal', ['e'])]],
  [
    'operators of two tensors, broadcast',
    IMAGE,
    [integers('axes', 1, 2)],
    [
      op('m', 'Mean', ['x', 'axes'], { keep_dims: attr.flag(true) }),
      op('a', 'AddV2', ['x', 'm']),
      op('s', 'Sub', ['m', 'a']),
      op('p', 'Mul', ['s', 'x']),
      op('b', 'Maximum', ['p', 'm']),
      op('c', 'Minimum', ['b', 'x']),
      op('y', 'SquaredDifference', ['c', 'm']),
    ],
  ],
  ['AddN', [-1, 5], [weights('c', 1, 5)], [op('e', 'Relu', ['x']), op('y', 'AddN', ['x', 'c', 'e'])]],
  ['SquaredDifference of a constant', [-1, 5], [weights('c', 5)], [op('y', 'SquaredDifference', ['c', 'x'])]],
  ...[2, 3, 1].map(
    (power): Case => [`Pow ${power}`, [-1, 5], [floats('c', [], [power])], [op('y', 'Pow', ['x', 'c'])]],
  ),
  ...[0.5, -0.5, -1].map(
    (power): Case => [
      `Pow ${power}`,
      [-1, 5],
      [floats('c', [], [power])],
      [op('e', 'Exp', ['x']), op('y', 'Pow', ['e', 'c'])],
    ],
  ),
  [
    'ClipByValue',
    [-1, 9],
    [floats('low', [], [-0.25]), floats('high', [], [0.75])],
    [op('y', 'ClipByValue', ['x', 'low', 'high'])],
  ],
  [
    'Clip written as Minimum and Maximum',
    [-1, 9],
    [floats('low', [], [-0.25]), floats('high', [], [0.75])],
    [op('m', 'Maximum', ['low', 'x']), op('y', 'Minimum', ['m', 'high'])],
  ],
];

const FUNCTIONS: Case[] = [
  ...unary(
    'Neg',
    'Square',
    'Abs',
    'Sign',
    'Exp',
    'Expm1',
    'Erf',
    'Relu',
    'Relu6',
    'Elu',
    'Selu',
    'Sigmoid',
    'Tanh',
  ),
  ...unary('Softplus', 'Softmax', 'Identity', 'StopGradient'),
  ...['Sqrt', 'Rsqrt', 'Log', 'Log1p'].map(
    (name): Case => [name, [-1, 5], [], [op('e', 'Exp', ['x']), op('y', name, ['e'])]],
  ),
  ['LeakyRelu', [-1, 7], [], [op('y', 'LeakyRelu', ['x'], { alpha: attr.real(0.125) })]],
  ['Prelu per channel', IMAGE, [weights('a', 4)], [op('y', 'Prelu', ['x', 'a'])]],
  ['Prelu per element', IMAGE, [weights('a', 5, 6, 4)], [op('y', 'Prelu', ['x', 'a'])]],
  ['Prelu of one slope', IMAGE, [weights('a', 1, 1, 1)], [op('y', 'Prelu', ['x', 'a'])]],
];

const LAYERS: Case[] = [
  ['Conv2D', IMAGE, [weights('k', 3, 2, 4, 3)], [op('y', 'Conv2D', ['x', 'k'], conv('VALID'))]],
  [
    'Conv2D same, strided',
    IMAGE,
    [weights('k', 3, 3, 4, 2)],
    [op('y', 'Conv2D', ['x', 'k'], conv('SAME', { strides: strides(2, 2) }))],
  ],
  [
    'Conv2D dilated',
    IMAGE,
    [weights('k', 2, 2, 4, 2)],
    [op('y', 'Conv2D', ['x', 'k'], conv('VALID', { dilations: strides(2, 3) }))],
  ],
  [
    'Conv2D with explicit padding',
    IMAGE,
    [weights('k', 3, 3, 4, 2)],
    [
      op(
        'y',
        'Conv2D',
        ['x', 'k'],
        conv('EXPLICIT', { explicit_paddings: attr.integers(0, 0, 1, 2, 0, 1, 0, 0) }),
      ),
    ],
  ],
  [
    'DepthwiseConv2dNative',
    IMAGE,
    [weights('k', 3, 3, 4, 2)],
    [op('y', 'DepthwiseConv2dNative', ['x', 'k'], conv('SAME'))],
  ],
  ...['Relu', 'Relu6', 'Elu', 'Sigmoid', 'LeakyRelu'].map(
    (name): Case => [
      `_FusedConv2D with ${name}`,
      IMAGE,
      [weights('stem/Conv2D/ReadVariableOp', 3, 3, 4, 2), weights('b', 2)],
      [
        op(
          'y',
          '_FusedConv2D',
          ['x', 'stem/Conv2D/ReadVariableOp', 'b'],
          conv('SAME', { ...fusedOps(1, 'BiasAdd', name), leakyrelu_alpha: attr.real(0.3) }),
        ),
      ],
    ],
  ),
  [
    '_FusedConv2D with a PReLU',
    IMAGE,
    [weights('k', 3, 3, 4, 2), weights('b', 2), weights('a', 1, 1, 2)],
    [op('y', '_FusedConv2D', ['x', 'k', 'b', 'a'], conv('SAME', fusedOps(2, 'BiasAdd', 'Prelu')))],
  ],
  [
    'FusedDepthwiseConv2dNative',
    IMAGE,
    [weights('k', 3, 3, 4, 1), weights('b', 4)],
    [op('y', 'FusedDepthwiseConv2dNative', ['x', 'k', 'b'], conv('SAME', fusedOps(1, 'BiasAdd', 'Relu6')))],
  ],
  ...(['SAME', 'VALID'] as const).map(
    (padding): Case => [
      `Conv2DBackpropInput, ${padding}`,
      IMAGE,
      [weights('k', 3, 3, 2, 4), integers('size', 1, ...(padding === 'SAME' ? [10, 12, 2] : [11, 13, 2]))],
      [op('y', 'Conv2DBackpropInput', ['size', 'k', 'x'], conv(padding, { strides: strides(2, 2) }))],
    ],
  ),
  [
    'FusedBatchNormV3',
    IMAGE,
    [weights('g', 4), weights('o', 4), weights('m', 4), floats('v', [4], [1, 0.5, 2, 0.25])],
    [op('y', 'FusedBatchNormV3', ['x', 'g', 'o', 'm', 'v'], { epsilon: attr.real(0.001) })],
  ],
  ['MatMul', [-1, 5], [weights('k', 5, 3)], [op('y', 'MatMul', ['x', 'k'])]],
  [
    'MatMul transposed',
    [-1, 5],
    [weights('k', 3, 5)],
    [op('y', 'MatMul', ['x', 'k'], { transpose_b: attr.flag(true) })],
  ],
  [
    '_FusedMatMul',
    [-1, 5],
    [weights('k', 5, 3), weights('b', 3)],
    [op('y', '_FusedMatMul', ['x', 'k', 'b'], fusedOps(1, 'BiasAdd', 'Relu'))],
  ],
  ['BatchMatMulV2 by a constant', [-1, 4, 5], [weights('k', 5, 3)], [op('y', 'BatchMatMulV2', ['x', 'k'])]],
  [
    'BatchMatMulV2 of two tensors',
    [-1, 3, 4, 5],
    [],
    [op('y', 'BatchMatMulV2', ['x', 'x'], { adj_y: attr.flag(true) })],
  ],
  [
    'BatchMatMulV2 of two tensors, the first transposed',
    [-1, 4, 5],
    [],
    [op('y', 'BatchMatMulV2', ['x', 'x'], { adj_x: attr.flag(true) })],
  ],
  ...['MaxPool', 'AvgPool'].flatMap(name =>
    (['SAME', 'VALID'] as const).map(
      (padding): Case => [
        `${name}, ${padding}`,
        IMAGE,
        [],
        [op('y', name, ['x'], { ksize: strides(2, 3), strides: strides(2, 2), padding: attr.text(padding) })],
      ],
    ),
  ),
  ...['Mean', 'Max'].flatMap(name => reduce(name, 1, 2)),
  ...['Sum', 'Mean', 'Max', 'Min'].flatMap(name => reduce(name, -1)),
  ...reduce('Sum', 1, 3),
  ...reduce('Mean', 0),
];

const SHAPES: Case[] = [
  ['Reshape', IMAGE, [integers('s', -1, 12, 10)], [op('y', 'Reshape', ['x', 's'])]],
  [
    'Reshape to a shape that is computed',
    IMAGE,
    [integers('begin', 0), integers('end', 1), integers('step', 1), integer('rest', 120)],
    [
      op('shape', 'Shape', ['x']),
      op('batch', 'StridedSlice', ['shape', 'begin', 'end', 'step'], { shrink_axis_mask: attr.integer(1) }),
      op('target', 'Pack', ['batch', 'rest'], { axis: attr.integer(0) }),
      op('y', 'Reshape', ['x', 'target']),
    ],
  ],
  ['Squeeze', [-1, 1, 5, 1], [], [op('y', 'Squeeze', ['x'], { squeeze_dims: attr.integers(1, 3) })]],
  ['ExpandDims', [-1, 5], [integer('a', 1)], [op('y', 'ExpandDims', ['x', 'a'])]],
  ['Transpose', IMAGE, [integers('p', 0, 3, 1, 2)], [op('y', 'Transpose', ['x', 'p'])]],
  ['Transpose with the batch', IMAGE, [integers('p', 2, 0, 3, 1)], [op('y', 'Transpose', ['x', 'p'])]],
  [
    'ConcatV2',
    IMAGE,
    [integer('a', 3), weights('c', 1, 5, 6, 2)],
    [op('r', 'Relu', ['x']), op('y', 'ConcatV2', ['x', 'r', 'c', 'a'], { N: attr.integer(3) })],
  ],
  [
    'ConcatV2 along the batch',
    [-1, 5],
    [integer('a', 0)],
    [op('r', 'Relu', ['x']), op('y', 'ConcatV2', ['x', 'r', 'a'])],
  ],
  [
    'Slice',
    IMAGE,
    [integers('b', 0, 1, 2, 0), integers('s', -1, 3, 2, -1)],
    [op('y', 'Slice', ['x', 'b', 's'])],
  ],
  [
    'StridedSlice with a single channel',
    IMAGE,
    [integers('b', 0, 0, 0, 2), integers('e', 0, 0, 0, 3), integers('s', 1, 1, 1, 1)],
    [
      op('y', 'StridedSlice', ['x', 'b', 'e', 's'], {
        begin_mask: attr.integer(7),
        end_mask: attr.integer(7),
        shrink_axis_mask: attr.integer(8),
      }),
    ],
  ],
  [
    'StridedSlice with steps, an ellipsis and a new axis',
    IMAGE,
    [integers('b', 0, 0, 0, -1), integers('e', 0, 0, 0, 0), integers('s', 1, 1, 1, -2)],
    [
      op('y', 'StridedSlice', ['x', 'b', 'e', 's'], {
        begin_mask: attr.integer(1),
        end_mask: attr.integer(1),
        new_axis_mask: attr.integer(2),
        ellipsis_mask: attr.integer(4),
      }),
    ],
  ],
  [
    'Split',
    IMAGE,
    [integer('a', 3)],
    [op('parts', 'Split', ['a', 'x'], { num_split: attr.integer(2) }), op('y', 'Sub', ['parts:1', 'parts'])],
  ],
  [
    'SplitV',
    IMAGE,
    [integers('sizes', 1, 3), integer('a', 3)],
    [
      op('parts', 'SplitV', ['x', 'sizes', 'a'], { num_split: attr.integer(2) }),
      op('y', 'Mul', ['parts:0', 'parts:1']),
    ],
  ],
  [
    'Unpack and Pack',
    [-1, 3, 4],
    [],
    [
      op('rows', 'Unpack', ['x'], { axis: attr.integer(1), num: attr.integer(3) }),
      op('y', 'Pack', ['rows:2', 'rows:0', 'rows:1'], { axis: attr.integer(2) }),
    ],
  ],
  ['Tile', [-1, 3, 2], [integers('r', 1, 2, 3)], [op('y', 'Tile', ['x', 'r'])]],
  ['BroadcastTo', [-1, 1, 2], [integers('s', 1, 3, 2)], [op('y', 'BroadcastTo', ['x', 's'])]],
  ['ReverseV2', IMAGE, [integers('a', 1, 3)], [op('y', 'ReverseV2', ['x', 'a'])]],
  [
    'Pad of an image',
    IMAGE,
    [{ ...integers('p', 0, 0, 1, 2, 0, 1, 0, 0), shape: [4, 2] }],
    [op('y', 'Pad', ['x', 'p'])],
  ],
  [
    'Pad of channels',
    IMAGE,
    [{ ...integers('p', 0, 0, 0, 0, 0, 1, 2, 0), shape: [4, 2] }],
    [op('y', 'Pad', ['x', 'p'])],
  ],
  [
    'PadV2 with a value',
    IMAGE,
    [{ ...integers('p', 0, 0, 1, 0, 0, 1, 0, 0), shape: [4, 2] }, floats('v', [], [-2])],
    [op('y', 'PadV2', ['x', 'p', 'v'])],
  ],
  [
    'MirrorPad',
    IMAGE,
    [{ ...integers('p', 0, 0, 2, 1, 0, 3, 0, 0), shape: [4, 2] }],
    [op('y', 'MirrorPad', ['x', 'p'], { mode: attr.text('REFLECT') })],
  ],
  [
    'DepthToSpace',
    IMAGE,
    [],
    [op('y', 'DepthToSpace', ['x'], { block_size: attr.integer(2), data_format: attr.text('NHWC') })],
  ],
  ...['ResizeNearestNeighbor', 'ResizeBilinear'].flatMap(name =>
    [[], ['align_corners'], ['half_pixel_centers']].flatMap(flags =>
      [
        [7, 12],
        [3, 2],
      ].map(
        (size): Case => [
          `${name} ${flags} to ${size}`,
          IMAGE,
          [integers('s', ...size)],
          [op('y', name, ['x', 's'], Object.fromEntries(flags.map(flag => [flag, attr.flag(true)])))],
        ],
      ),
    ),
  ),
];

const dilated = (op1: NodeJson, kernel: ConstantJson, crops: number[]): Case => [
  `a dilated ${op1.op} by SpaceToBatchND, with crops ${crops}`,
  [-1, 5, 7, 3],
  [
    integers('block', 2, 2),
    { ...integers('pads', 2, 3, 2, 3), shape: [2, 2] },
    { ...integers('crops', ...crops), shape: [2, 2] },
    kernel,
  ],
  [
    op('s', 'SpaceToBatchND', ['x', 'block', 'pads']),
    op1,
    op('y', 'BatchToSpaceND', ['c', 'block', 'crops']),
  ],
];

const DILATED: Case[] = [
  dilated(op('c', 'Conv2D', ['s', 'k'], conv('VALID')), weights('k', 3, 3, 3, 2), [0, 1, 0, 1]),
  dilated(
    op('c', 'DepthwiseConv2dNative', ['s', 'k'], conv('VALID')),
    weights('k', 3, 3, 3, 1),
    [0, 0, 1, 0],
  ),
];

const SELECTION: Case[] = [
  ...['Greater', 'GreaterEqual', 'Less', 'LessEqual'].map(
    (name): Case => [
      name,
      IMAGE,
      [weights('c', 4)],
      [
        op('g', name, ['x', 'c']),
        op('y', 'Cast', ['g'], {
          SrcT: attr.type('DT_BOOL'),
          DstT: attr.type('DT_FLOAT'),
        }),
      ],
    ],
  ),
  [
    'logic and SelectV2',
    IMAGE,
    [floats('zero', [], [0]), weights('c', 4)],
    [
      op('p', 'Greater', ['x', 'zero']),
      op('q', 'LessEqual', ['x', 'c']),
      op('o', 'LogicalOr', ['p', 'q']),
      op('n', 'LogicalNot', ['q']),
      op('b', 'LogicalAnd', ['o', 'n']),
      op('y', 'SelectV2', ['b', 'x', 'zero']),
    ],
  ],
  ['ArgMax', [-1, 9], [integer('a', 1)], [op('y', 'ArgMax', ['x', 'a'])]],
  ['ArgMin', [-1, 9], [integer('a', -1)], [op('y', 'ArgMin', ['x', 'a'])]],
  ['GatherV2', IMAGE, [integers('i', 2, 0, 2), integer('a', 3)], [op('y', 'GatherV2', ['x', 'i', 'a'])]],
  [
    'GatherV2 at a position that varies, of a tensor and of a constant',
    [-1, 4],
    [integer('a', 1), integer('b', 0), weights('table', 4, 3)],
    [
      op('i', 'ArgMax', ['x', 'a']),
      op('p', 'GatherV2', ['x', 'i', 'a']),
      op('q', 'GatherV2', ['table', 'i', 'b']),
      op('y', 'Mul', ['p', 'q']),
    ],
  ],
  [
    'TopKV2 with values',
    [-1, 7],
    [integer('k', 3)],
    [op('y', 'TopKV2', ['x', 'k'], { sorted: attr.flag(true) })],
  ],
  [
    'OneHot of an ArgMax',
    [-1, 5],
    [integer('a', 1), integer('depth', 5), floats('on', [], [2]), floats('off', [], [-1])],
    [
      op('i', 'ArgMax', ['x', 'a']),
      op('y', 'OneHot', ['i', 'depth', 'on', 'off'], {
        axis: attr.integer(-1),
        dtype: attr.type('DT_FLOAT'),
      }),
    ],
  ],
  ...[
    ['abc,cde->abde', 4, 2, 3],
    ['abc,dec->aebd', 2, 3, 4],
    ['abc,cd->adb', 4, 3],
  ].map(
    ([equation, ...shape]): Case => [
      `Einsum ${equation} with a constant`,
      [-1, 3, 4],
      [weights('c', ...shape.map(Number))],
      [op('y', 'Einsum', ['x', 'c'], { equation: attr.text(String(equation)) })],
    ],
  ),
  [
    'Einsum of two tensors, as attention has it',
    [-1, 3, 2, 4],
    [],
    [
      op('s', 'Einsum', ['x', 'x'], { equation: attr.text('aecd,abcd->acbe') }),
      op('w', 'Softmax', ['s']),
      op('y', 'Einsum', ['w', 'x'], { equation: attr.text('acbe,aecd->abcd') }),
    ],
  ],
  ...[
    [1, false, false],
    [3, true, false],
    [2, true, true],
  ].map(
    ([axis, exclusive, reverse]): Case => [
      `Cumsum ${axis} ${exclusive} ${reverse}`,
      IMAGE,
      [integer('a', Number(axis))],
      [
        op('y', 'Cumsum', ['x', 'a'], {
          exclusive: attr.flag(exclusive === true),
          reverse: attr.flag(reverse === true),
        }),
      ],
    ],
  ),
  ...[0.5, 0.75, 1].map(
    (beta): Case => [
      `LRN with beta ${beta}`,
      IMAGE,
      [],
      [
        op('y', 'LRN', ['x'], {
          depth_radius: attr.integer(1),
          bias: attr.real(1.5),
          alpha: attr.real(0.25),
          beta: attr.real(beta),
        }),
      ],
    ],
  ),
  ['LogSoftmax', [-1, 6], [], [op('s', 'LogSoftmax', ['x']), op('y', 'Mul', ['s', 's'])]],
  ['Sin and Cos', [-1, 6], [], [op('s', 'Sin', ['x']), op('c', 'Cos', ['x']), op('y', 'Mul', ['s', 'c'])]],
  [
    'GatherV2 of one index',
    IMAGE,
    [integer('i', 1), integer('a', 2)],
    [op('y', 'GatherV2', ['x', 'i', 'a'])],
  ],
];

describe('graphmodel-to-graph: operators equal TensorFlow.js', () => {
  for (const [what, shape, constants, nodes] of [
    ...ROUNDING,
    ...ARITHMETIC,
    ...FUNCTIONS,
    ...LAYERS,
    ...SHAPES,
    ...DILATED,
    ...SELECTION,
  ]) {
    it(what, async () => {
      await checkAgainstTfjs(graphFiles([placeholder('x', ...shape), ...nodes], constants));
    });
  }
});
