/** Operators that optimisers and quantisers write, against ONNX Runtime: fused ones, attention, dynamic quantisation. */
import {
  type Attributes,
  bytes,
  type Case,
  CONTRIBUTED,
  check,
  input,
  number,
  plain,
  weight,
} from './support/check.ts';
import type { NodeSpec, TensorSpec } from './support/encode.ts';

function node(op: string, inputs: readonly string[], attributes: Attributes = {}, output = 'y'): NodeSpec {
  return { op, inputs, outputs: [output], attributes, domain: CONTRIBUTED };
}

const angles = (steps: number, half: number, of: (x: number) => number): TensorSpec => ({
  dims: [steps, half],
  data: Array.from({ length: steps * half }, (_, i) => of(Math.floor(i / half) / (1 + (i % half)))),
});

const QKV = [input('q', 1, 3, 8), input('k', 1, 3, 8), input('v', 1, 3, 8)];
const HEADS = [input('q', 1, 2, 3, 4), input('k', 1, 2, 3, 4), input('v', 1, 2, 3, 4)];

const CASES: readonly Case[] = [
  {
    what: 'FusedMatMul, BiasGelu and FastGelu',
    nodes: [
      node('FusedMatMul', ['x', 'w'], { alpha: { float: 0.5 }, transB: { int: 1 } }, 'a'),
      node('BiasGelu', ['a', 'b'], {}, 'c'),
      node('FastGelu', ['c', 'b']),
    ],
    inputs: [input('x', 1, 2, 4)],
    weights: { w: weight(4, 4), b: weight(4) },
  },
  {
    what: 'FusedConv and FusedGemm',
    nodes: [
      node('FusedConv', ['x', 'w', 'b'], { activation: { string: 'Relu' } }, 'a'),
      plain('Flatten', ['a'], {}, 'f'),
      node('FusedGemm', ['f', 'g', 'h'], {
        activation: { string: 'LeakyRelu' },
        activation_alpha: { float: 0.2 },
        transB: { int: 1 },
      }),
    ],
    inputs: [input('x', 1, 2, 4, 4)],
    weights: { w: weight(3, 2, 3, 3), b: weight(3), g: weight(5, 12), h: weight(5) },
  },
  {
    what: 'SkipLayerNormalization and SkipSimplifiedLayerNormalization',
    nodes: [
      node('SkipLayerNormalization', ['x', 's', 'g', 'b', 'c'], { epsilon: { float: 1e-3 } }, 'a'),
      node('SkipSimplifiedLayerNormalization', ['a', 'x', 'g'], { epsilon: { float: 1e-3 } }),
    ],
    inputs: [input('x', 1, 3, 4), input('s', 1, 3, 4)],
    weights: { g: weight(4), b: weight(4), c: weight(4) },
  },
  {
    what: 'Attention with one projection, and its causal form',
    nodes: [
      node('Attention', ['x', 'w', 'b'], { num_heads: { int: 2 } }, 'a'),
      node('Attention', ['a', 'w', 'b'], { num_heads: { int: 2 }, unidirectional: { int: 1 } }),
    ],
    inputs: [input('x', 1, 3, 8)],
    weights: { w: weight(8, 24), b: weight(24) },
  },
  {
    what: 'MultiHeadAttention with a bias and keys that are padding',
    nodes: [node('MultiHeadAttention', ['q', 'k', 'v', 'b', 'm'], { num_heads: { int: 2 } })],
    inputs: QKV,
    weights: { b: weight(24), m: { type: 'int32', dims: [1, 3], data: [1, 1, 0] } },
  },
  {
    what: 'RotaryEmbedding, interleaved and not',
    nodes: [
      node('RotaryEmbedding', ['x', 'p', 'c', 's'], {}, 'a'),
      node('RotaryEmbedding', ['a', 'p', 'c', 's'], { interleaved: { int: 1 } }),
    ],
    inputs: [input('x', 1, 2, 3, 4)],
    weights: {
      p: { type: 'int64', dims: [1, 3], data: [0, 1, 2] },
      c: angles(4, 2, Math.cos),
      s: angles(4, 2, Math.sin),
    },
  },
  {
    what: "ONNX's own Attention: causal, with groups of heads",
    nodes: [
      plain('Attention', ['q', 'k', 'v'], {
        is_causal: { int: 1 },
        q_num_heads: { int: 4 },
        kv_num_heads: { int: 2 },
      }),
    ],
    inputs: [input('q', 1, 3, 8), input('k', 1, 3, 4), input('v', 1, 3, 4)],
    opset: 23,
  },
  {
    what: "ONNX's own Attention with a mask of numbers",
    nodes: [plain('Attention', ['q', 'k', 'v', 'm'], { scale: { float: 0.3 } })],
    inputs: HEADS,
    weights: { m: { dims: [3, 3], data: [0, -Infinity, -1, 0, 0, -Infinity, 1, 0, 0] } },
    opset: 23,
  },
  {
    what: 'weights of four bits in blocks',
    nodes: [
      node('MatMulNBits', ['x', 'w', 's', 'z'], {
        K: { int: 32 },
        N: { int: 3 },
        bits: { int: 4 },
        block_size: { int: 16 },
      }),
    ],
    inputs: [input('x', 1, 2, 32)],
    weights: { w: bytes('uint8', 3, 2, 8), s: weight(6), z: bytes('uint8', 3) },
  },
  {
    what: 'a dynamically quantised MatMul',
    nodes: [
      plain('DynamicQuantizeLinear', ['x'], {}, 'q'),
      plain('MatMulInteger', ['q', 'w', 'zero', 'wz'], {}, 'product'),
      plain('Cast', ['product'], { to: { int: 1 } }, 'real'),
      plain('Mul', ['scale', 'ws'], {}, 'both'),
      plain('Mul', ['real', 'both'], {}, 'scaled'),
      plain('Add', ['scaled', 'b'], {}),
    ].map(spec =>
      spec.op === 'DynamicQuantizeLinear' ? { ...spec, outputs: ['q', 'scale', 'zero'] } : spec,
    ),
    inputs: [input('x', 1, 6)],
    weights: { w: bytes('int8', 6, 4), wz: number(3, 'int8'), ws: number(0.01), b: weight(4) },
    tolerance: 0.03,
  },
  {
    what: 'a dynamically quantised Conv',
    nodes: [
      plain('DynamicQuantizeLinear', ['x'], {}, 'q'),
      plain('ConvInteger', ['q', 'w', 'zero', 'wz'], { pads: { ints: [1, 1, 1, 1] } }, 'sums'),
      plain('Cast', ['sums'], { to: { int: 1 } }, 'real'),
      plain('Mul', ['scale', 'ws'], {}, 'both'),
      plain('Mul', ['real', 'both'], {}),
    ].map(spec =>
      spec.op === 'DynamicQuantizeLinear' ? { ...spec, outputs: ['q', 'scale', 'zero'] } : spec,
    ),
    inputs: [input('x', 1, 2, 4, 4)],
    weights: { w: bytes('uint8', 3, 2, 3, 3), wz: number(120, 'uint8'), ws: number(0.005) },
    tolerance: 0.03,
  },
  {
    what: 'DynamicQuantizeMatMul with scales by column',
    nodes: [node('DynamicQuantizeMatMul', ['x', 'w', 's', '', 'b'])],
    inputs: [input('x', 1, 6)],
    weights: { w: bytes('int8', 6, 3), s: { dims: [3], data: [0.01, 0.02, 0.005] }, b: weight(3) },
    tolerance: 0.06,
  },
  {
    what: 'DynamicQuantizeLSTM',
    nodes: [
      node('DynamicQuantizeLSTM', ['x', 'w', 'r', '', '', '', '', '', 's', 'z', 's', 'z'], {
        hidden_size: { int: 2 },
      }),
    ],
    inputs: [input('x', 3, 1, 4)],
    weights: {
      w: bytes('int8', 1, 4, 8),
      r: bytes('int8', 1, 2, 8),
      s: { dims: [1], data: [0.01] },
      z: { type: 'int8', dims: [1], data: [0] },
    },
    tolerance: 0.03,
  },
  ...[false, true].map(isRotary => ({
    what: `GroupQueryAttention${isRotary ? ' with rotary positions, interleaved' : ', of four heads that share two'}`,
    nodes: [
      node('GroupQueryAttention', ['q', 'k', 'v', '', '', 'ends', 'total', ...(isRotary ? ['c', 's'] : [])], {
        num_heads: { int: 4 },
        kv_num_heads: { int: 2 },
        ...(isRotary ? { do_rotary: { int: 1 }, rotary_interleaved: { int: 1 } } : { scale: { float: 0.2 } }),
      }),
    ],
    inputs: [input('q', 1, 3, 64), input('k', 1, 3, 32), input('v', 1, 3, 32)],
    weights: {
      ends: { type: 'int32' as const, dims: [1], data: [2] },
      total: number(3, 'int32'),
      ...(isRotary ? { c: angles(4, 8, Math.cos), s: angles(4, 8, Math.sin) } : {}),
    },
  })),
  ...[true, false].map(hasSegments => ({
    what: `EmbedLayerNormalization with ${hasSegments ? '' : 'no '}segments`,
    nodes: [
      node(
        'EmbedLayerNormalization',
        ['x', hasSegments ? 't' : '', 'w', 'p', hasSegments ? 'e' : '', 'g', 'b'],
        {
          epsilon: { float: 1e-3 },
        },
      ),
    ].map(spec => ({ ...spec, outputs: ['y', 'mask'] })),
    inputs: [{ name: 'x', dims: [1, 3], type: 'int32' as const }],
    values: { x: [4, 0, 2] },
    weights: {
      w: weight(5, 8),
      p: weight(4, 8),
      g: weight(8),
      b: weight(8),
      ...(hasSegments
        ? { e: weight(2, 8), t: { type: 'int32' as const, dims: [1, 3], data: [0, 1, 1] } }
        : {}),
    },
  })),
  {
    what: 'QuickGelu and Gelu',
    nodes: [node('QuickGelu', ['x'], { alpha: { float: 1.3 } }, 'a'), node('Gelu', ['a'])],
    inputs: [input('x', 1, 6)],
  },
  {
    what: 'MatMulIntegerToFloat',
    nodes: [
      plain('DynamicQuantizeLinear', ['x'], {}, 'q'),
      node('MatMulIntegerToFloat', ['q', 'w', 'scale', 's', 'zero', 'z', 'b']),
    ].map(spec =>
      spec.op === 'DynamicQuantizeLinear' ? { ...spec, outputs: ['q', 'scale', 'zero'] } : spec,
    ),
    inputs: [input('x', 1, 6)],
    weights: { w: bytes('uint8', 6, 4), s: number(0.01), z: number(120, 'uint8'), b: weight(4) },
    tolerance: 0.03,
  },
];

describe('onnx-to-graph: what optimisers and quantisers write agrees with ONNX Runtime', () => {
  for (const item of CASES) it(`imports ${item.what}`, () => check(item));
});
