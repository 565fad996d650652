/** What operators refuse: each by name, with what to do. */
import { CONTRIBUTED, number, weight } from './support/check.ts';
import type { ModelSpec, TensorSpec, ValueSpec } from './support/encode.ts';
import { assertRefused, type Refusal } from './support/refuse.ts';

type Weights = Readonly<Record<string, TensorSpec>>;

const whole = (...values: number[]): TensorSpec => ({ type: 'int64', dims: [values.length], data: values });
const AXES: Weights = { two: number(2, 'int64') };
const TOKENS = [1, 3, 6] as const;

/** A loop whose body doubles what it carries, and goes on while a condition holds. */
function loopBody(): ModelSpec {
  const scalar = (name: string): ValueSpec => ({ name, dims: [] });
  return {
    nodes: [
      { op: 'Identity', inputs: ['c'], outputs: ['d'] },
      { op: 'Add', inputs: ['v', 'v'], outputs: ['w'] },
      { op: 'Identity', inputs: ['w'], outputs: ['scan'] },
    ],
    inputs: [scalar('i'), scalar('c'), scalar('v')],
    outputs: [scalar('d'), scalar('w'), scalar('scan')],
  };
}

/** A branch that gives a vector of so many numbers, whatever the input. */
function constantBranch(size: number): ModelSpec {
  return {
    nodes: [
      {
        op: 'Constant',
        inputs: [],
        outputs: ['z'],
        attributes: { value_floats: { floats: Array(size).fill(1) } },
      },
    ],
    inputs: [],
    outputs: [{ name: 'z', dims: [size] }],
  };
}

const REFUSALS: readonly Refusal[] = [
  {
    op: 'Attention',
    inputs: ['x', 'x', 'x', '', 'x'],
    dims: [1, 2, 3, 4],
    opset: 23,
    text: 'takes keys of the past. Export the model without it: one whole sequence at once.',
  },
  {
    op: 'Attention',
    inputs: ['x', 'x', 'x'],
    dims: TOKENS,
    attributes: { q_num_heads: { int: 4 }, kv_num_heads: { int: 4 } },
    opset: 23,
    code: 'MALFORMED_MODEL',
    text: 'splits 6 numbers into 4 heads. Check the model with onnx.checker.',
  },
  {
    op: 'MultiHeadAttention',
    inputs: ['x'],
    dims: TOKENS,
    domain: CONTRIBUTED,
    text: 'takes query, key and value in one tensor. Export it with three tensors.',
  },
  {
    op: 'GroupQueryAttention',
    inputs: ['x', 'x', 'x'],
    dims: TOKENS,
    domain: CONTRIBUTED,
    attributes: { local_window_size: { int: 4 } },
    text: 'packs its operands or sees a window. Three tensors, all positions are imported.',
  },
  {
    op: 'MatMulNBits',
    inputs: ['x', 'w', 's'],
    dims: [1, 32],
    domain: CONTRIBUTED,
    attributes: { K: { int: 32 }, N: { int: 2 } },
    weights: { w: { type: 'uint8', dims: [3], data: [1, 2, 3] }, s: weight(2) },
    code: 'MALFORMED_MODEL',
    text: 'has 3 bytes of weights for 32 by 2. Check the model with onnx.checker.',
  },
  {
    op: 'FusedMatMul',
    inputs: ['x', 'x'],
    dims: [1, 2, 2],
    domain: CONTRIBUTED,
    attributes: { transBatchA: { int: 1 } },
    text: 'transposes batches. Export the model without that fusion.',
  },
  {
    op: 'FusedConv',
    inputs: ['x', 'k'],
    domain: CONTRIBUTED,
    attributes: { activation: { string: 'Sinh' } },
    weights: { k: weight(1, 2, 2, 2) },
    text: 'has the activation Sinh. Export the model without that fusion.',
  },
  {
    op: 'LpPool',
    inputs: ['x'],
    attributes: { kernel_shape: { ints: [2, 2] }, p: { int: 3 } },
    text: 'has p = 3. p = 1 and p = 2 are imported.',
  },
  {
    op: 'AveragePool',
    inputs: ['x'],
    attributes: { kernel_shape: { ints: [2, 2] }, dilations: { ints: [2, 2] } },
    opset: 19,
    text: 'averages with dilations [2, 2]. A dilated maximum is imported.',
  },
  {
    op: 'BitShift',
    inputs: ['x', 'by'],
    attributes: { direction: { string: 'RIGHT' } },
    weights: { by: whole(1, 2, 1, 2) },
    text: 'shifts to the right by numbers of bits that differ. One number of bits for all elements is imported.',
  },
  {
    op: 'Mod',
    inputs: ['x', 'half'],
    attributes: { fmod: { int: 1 } },
    weights: { half: number(0.5) },
    text: 'divides tensors of type float32 by 0.5. Whole numbers that depend on the input are divided by one positive whole number.',
  },
  {
    op: 'Mod',
    inputs: ['x', 'by'],
    attributes: { fmod: { int: 1 } },
    weights: { by: { dims: [4], data: [1, 2, 3, 4] } },
    text: 'divides tensors of type float32 by numbers that differ. Whole numbers that depend on the input are divided by one positive whole number.',
  },
  {
    op: 'Mod',
    inputs: ['x', 'x'],
    attributes: { fmod: { int: 1 } },
    text: 'takes what it divides by from a tensor that depends on the input. Only constants are imported there: export the model with fixed sizes and weights.',
  },
  {
    op: 'GridSample',
    inputs: ['x', 'x'],
    text: 'takes its grid from a tensor that depends on the input. Only constants are imported there: export the model with fixed sizes and weights.',
  },
  {
    op: 'GridSample',
    inputs: ['x', 'grid'],
    dims: [2, 1, 2, 2],
    weights: { grid: { dims: [2, 1, 1, 2], data: [0, 0, 0, 0] } },
    text: 'samples a tensor of shape [2, 1, 2, 2]. One image is imported: [1, C, H, W].',
  },
  ...(['mode', 'padding_mode'] as const).map(name => ({
    op: 'GridSample',
    inputs: ['x', 'grid'],
    attributes: { [name]: { string: 'odd' } },
    weights: { grid: { dims: [1, 1, 1, 2], data: [0, 0] } },
    code: 'MALFORMED_MODEL' as const,
    text: `${name === 'mode' ? "samples in mode 'odd'" : "has padding_mode 'odd'"}. Check the model with onnx.checker.`,
  })),
  {
    op: 'If',
    inputs: ['x'],
    dims: [1],
    attributes: { then_branch: { graph: constantBranch(2) }, else_branch: { graph: constantBranch(3) } },
    text: 'gives [2] or [3], as its condition says. A circuit has one size: give the branches results of one shape, or end the network before with outputs.',
  },
  {
    op: 'Pow',
    inputs: ['x', 'x'],
    text: 'has an exponent that depends on the input. Only powers of positive constants are imported with such exponents.',
  },
  {
    op: 'Pow',
    inputs: ['x', 'e'],
    dims: [1, 9],
    weights: { e: { dims: [9], data: [1, 2, 3, 4, 5, 6, 7, 8, 9] } },
    text: 'has 9 different exponents. At most 8 are imported.',
  },
  {
    op: 'Einsum',
    inputs: ['x'],
    attributes: { equation: { string: 'a1b->ab' } },
    text: "has the equation 'a1b->ab'. Letters and one ellipsis a term are imported.",
  },
  {
    op: 'ScatterND',
    inputs: ['x', 'at', 'x'],
    dims: [1, 3],
    weights: { at: { type: 'int64', dims: [1, 1], data: [0] } },
    attributes: { reduction: { string: 'mean' } },
    text: 'reduces by mean. Use another reduction.',
  },
  {
    op: 'OneHot',
    inputs: ['x', 'depth', 'values'],
    dims: [1],
    weights: { depth: number(5000, 'int64'), values: { dims: [2], data: [0, 1] } },
    text: 'chooses among 5000 positions. At most 4096 are imported.',
  },
  {
    op: 'OneHot',
    inputs: ['x', 'depth', 'x'],
    dims: [2],
    weights: { depth: number(2, 'int64') },
    text: 'takes its depth or values from the input. Only constants are imported there.',
  },
  {
    op: 'Resize',
    inputs: ['x', 'roi', '', 'sizes'],
    attributes: {
      mode: { string: 'linear' },
      coordinate_transformation_mode: { string: 'tf_crop_and_resize' },
    },
    weights: { roi: { dims: [8], data: [0, 0, 0, 0, 1, 1, 1, 2] }, sizes: whole(1, 2, 4, 4) },
    text: 'cuts a region that reaches beyond its tensor, to 4 of 4. Regions inside it are imported: pad before.',
  },
  {
    op: 'Resize',
    inputs: ['x', '', 'scales'],
    attributes: { mode: { string: 'quintic' } },
    weights: { scales: { dims: [4], data: [1, 1, 2, 2] } },
    code: 'MALFORMED_MODEL',
    text: "resizes in mode 'quintic'; nearest, linear and cubic exist. Check the model with onnx.checker.",
  },
  {
    op: 'Resize',
    inputs: ['x', '', 'scales'],
    attributes: { coordinate_transformation_mode: { string: 'polar' } },
    weights: { scales: { dims: [4], data: [1, 1, 2, 2] } },
    code: 'MALFORMED_MODEL',
    text: "has coordinate_transformation_mode 'polar'. Check the model with onnx.checker.",
  },
  {
    op: 'RNN',
    inputs: ['x', 'w', 'r', '', 'lengths'],
    dims: [3, 1, 2],
    weights: { w: weight(1, 2, 2), r: weight(1, 2, 2), lengths: { type: 'int32', dims: [1], data: [4] } },
    code: 'MALFORMED_MODEL',
    text: 'has sequences of lengths 4 in 3 steps. Check the model with onnx.checker.',
  },
  {
    op: 'RNN',
    inputs: ['x', 'w', 'r'],
    dims: [3, 1, 2],
    weights: { w: weight(1, 2, 2), r: weight(1, 2, 2) },
    attributes: { activations: { strings: ['Sine'] } },
    text: "has the activation 'Sine'. Sigmoid, Tanh, Relu, LeakyRelu, Elu, HardSigmoid, Softplus, Softsign, Affine and ScaledTanh are imported.",
  },
  {
    op: 'Loop',
    inputs: ['x', '', 'x'],
    dims: [1],
    attributes: { body: { graph: loopBody() } },
    text: 'takes its length from a tensor that depends on the input. A circuit has one length: export the model with a fixed number of steps.',
  },
  {
    op: 'Loop',
    inputs: ['none', '', 'x'],
    dims: [1],
    weights: { none: number(0, 'int64') },
    attributes: { body: { graph: loopBody() } },
    text: 'gathers the results of no steps. Run it once at least.',
  },
  {
    op: 'Loop',
    inputs: ['two', '', 'x'],
    dims: [1],
    weights: AXES,
    code: 'MALFORMED_MODEL',
    text: "has no graph 'body'. Check the model with onnx.checker.",
  },
  {
    op: 'Scan',
    inputs: ['', 'x', 'x'],
    dims: [2, 3, 1],
    attributes: { body: { graph: loopBody() }, num_scan_inputs: { int: 1 } },
    opset: 8,
    text: 'scans a batch. A proof is about one: batch 1.',
  },
];

describe('onnx-to-graph: refusals of operators', () => {
  for (const refusal of REFUSALS)
    it(`refuses ${refusal.op} that ${refusal.text.split('.')[0]}`, () => assertRefused(refusal));
});
