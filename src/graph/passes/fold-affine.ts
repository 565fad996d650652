/**
 * Folds affine maps (batch normalisation, input rescaling, those behind a layer-norm) into the dense layer or convolution
 * beside them.
 *
 *     c: 8x8x4 = conv2d(x)
 *     n: 8x8x4 = affine(c)     ->    c: 8x8x4 = conv2d(x)      kernel * scale, bias * scale + shift
 *
 * Forwards, into the weights of what follows (through a flattening), a shift may only be folded where no zero padding
 * stands in between: padding is zero after the shift, and would not be before it. Sums are taken in float64.
 */
import type { LayerNormOp } from '../operators/types.ts';
import type { AffineOp, Conv2dOp, DenseOp, Graph, Node } from '../types.ts';
import { type Edit, type GraphView, operandNames, rewrite, swapWithProducer } from './rewrite.ts';

/** Folds affine maps backwards, forwards and into each other, and moves them behind pools where that is exact. */
export function foldAffine(graph: Graph): Graph {
  return rewrite(graph, (node, view) => {
    if (node.op.kind === 'affine')
      return foldIntoProducer(node, node.op, view) ?? moveBeforeProducts(node, node.op, view);
    if (node.op.kind === 'layer-norm') return foldIntoReaders(node, node.op, view);
    if (node.op.kind === 'dense') return foldIntoDense(node, node.op, view);
    if (node.op.kind === 'conv2d') return foldIntoConv(node, node.op, view);
    if (node.op.kind === 'max-pool2d' || node.op.kind === 'average-pool2d') return moveBehindPool(node, view);
    return undefined;
  });
}

/** conv -> affine, dense -> affine, affine -> affine and layer-norm -> affine become the first of the two. */
function foldIntoProducer(node: Node, affine: AffineOp, view: GraphView): Edit | undefined {
  const source = view.producer(node);
  if (source === undefined || view.soleUser(source) === undefined) return undefined;
  const op = scaleOutput(source, affine);
  if (op === undefined) return undefined;
  const inputs = operandNames(source, view);
  return {
    replace: [{ name: source.name, op, inputs }],
    redirect: { from: node.name, to: source.name },
  };
}

/**
 * matmul -> factor becomes factor -> matmul, on its first operand, and the factor passes transpositions and reshapes on its
 * way to a dense layer: attention divides its scores by a root, which then costs nothing.
 */
function moveBeforeProducts(node: Node, { scale, shift }: AffineOp, view: GraphView): Edit | undefined {
  const source = view.producer(node);
  const [factor = 1] = scale;
  if (source === undefined || view.soleUser(source) === undefined) return undefined;
  if (!scale.every(value => value === factor) || !shift.every(value => value === 0)) return undefined;
  const { kind } = source.op;
  const operand = view.producer(source);
  const isPassed = kind === 'matmul' || kind === 'transpose' || kind === 'reshape';
  if (!isPassed || operand === undefined || !leadsToDense(operand, view)) return undefined;
  const channels = operand.shape.at(-1) ?? 1;
  const [first = '', ...others] = operandNames(source, view);
  const op: AffineOp = {
    kind: 'affine',
    scale: new Float32Array(channels).fill(factor),
    shift: new Float32Array(channels),
  };
  return {
    replace: [
      { name: node.name, op, inputs: [first] },
      { name: source.name, op: source.op, inputs: [node.name, ...others] },
    ],
    redirect: { from: node.name, to: source.name, except: source.name },
  };
}

/** Whether a node is a dense layer that nothing else reads, but for transpositions and reshapes behind it. */
function leadsToDense(node: Node, view: GraphView): boolean {
  if (view.soleUser(node) === undefined) return false;
  if (node.op.kind === 'dense') return true;
  const before = node.op.kind === 'transpose' || node.op.kind === 'reshape' ? view.producer(node) : undefined;
  return before !== undefined && leadsToDense(before, view);
}

function scaleOutput(
  source: Node,
  affine: AffineOp,
): DenseOp | Conv2dOp | AffineOp | LayerNormOp | undefined {
  const { op } = source;
  switch (op.kind) {
    case 'dense':
      return { ...op, weights: scaleByChannel(op.weights, affine), bias: applyAffine(op.bias, affine) };
    case 'conv2d':
      return { ...op, kernel: scaleByChannel(op.kernel, affine), bias: applyAffine(op.bias, affine) };
    case 'affine':
    case 'layer-norm':
      return { ...op, scale: scaleByChannel(op.scale, affine), shift: applyAffine(op.shift, affine) };
    default:
      return undefined;
  }
}

/** Multiplies weights whose last axis is the channel. */
function scaleByChannel(values: Float32Array, { scale }: AffineOp): Float32Array {
  return values.map((value, i) => value * (scale[i % scale.length] ?? 1));
}

function applyAffine(values: Float32Array, { scale, shift }: AffineOp): Float32Array {
  return values.map((value, i) => value * (scale[i] ?? 1) + (shift[i] ?? 0));
}

/** affine -> dense, also with a reshape in between: the weights take the scale, the bias takes the shift. */
function foldIntoDense(node: Node, op: DenseOp, view: GraphView): Edit | undefined {
  const before = view.producer(node);
  const reshape = before?.op.kind === 'reshape' && view.soleUser(before) !== undefined ? before : undefined;
  const source = reshape === undefined ? before : view.producer(reshape);
  if (source?.op.kind !== 'affine' || view.soleUser(source) === undefined) return undefined;
  const inputCount = op.weights.length / op.units;
  if (inputCount % source.op.scale.length !== 0) return undefined;
  const operands = operandNames(source, view);
  const folded = { name: node.name, op: foldedDense(op, source.op) };
  if (reshape === undefined) return { replace: [{ ...folded, inputs: operands }] };
  return {
    replace: [
      { ...folded, inputs: [reshape.name] },
      { name: reshape.name, op: reshape.op, inputs: operands },
    ],
  };
}

/** The dense layer behind a scale and a shift of its input's channels. */
function foldedDense(op: DenseOp, { scale, shift }: Pick<AffineOp, 'scale' | 'shift'>): DenseOp {
  const channelOf = (i: number): number => Math.floor(i / op.units) % scale.length;
  const bias = Float64Array.from(op.bias);
  for (const [i, weight] of op.weights.entries()) {
    const unit = i % op.units;
    bias[unit] = (bias[unit] ?? 0) + weight * (shift[channelOf(i)] ?? 0);
  }
  const weights = op.weights.map((weight, i) => weight * (scale[channelOf(i)] ?? 1));
  return { ...op, weights, bias: Float32Array.from(bias) };
}

/** A layer-norm that dense layers alone read leaves its scale and shift to them: a row for each bit of them otherwise. */
function foldIntoReaders(node: Node, op: LayerNormOp, { graph }: GraphView): Edit | undefined {
  const isPlain = op.scale.every(value => value === 1) && op.shift.every(value => value === 0);
  if (isPlain || graph.outputs.includes(node.id)) return undefined;
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(node.id));
  const dense = readers.flatMap(({ name, op: reader }) =>
    reader.kind === 'dense' ? [{ name, op: foldedDense(reader, op) }] : [],
  );
  if (dense.length === 0 || dense.length < readers.length) return undefined;
  const plain = { scale: op.scale.map(() => 1), shift: op.shift.map(() => 0) };
  return { replace: [{ name: node.name, op: { ...op, ...plain } }, ...dense] };
}

/** affine -> conv2d, when there is no shift or no padding. */
function foldIntoConv(node: Node, op: Conv2dOp, view: GraphView): Edit | undefined {
  const source = view.producer(node);
  if (source?.op.kind !== 'affine' || view.soleUser(source) === undefined) return undefined;
  const { scale, shift } = source.op;
  const padded = Object.values(op.padding).some(side => side !== 0);
  if (padded && shift.some(value => value !== 0)) return undefined;
  const groupChannels = scale.length / op.groups;
  const groupFilters = op.filters / op.groups;
  // kernel[tap, c, f] reads input channel (group of f) * groupChannels + c.
  const channelOf = (i: number): number => {
    const group = Math.floor((i % op.filters) / groupFilters);
    return group * groupChannels + (Math.floor(i / op.filters) % groupChannels);
  };
  const bias = Float64Array.from(op.bias);
  for (const [i, weight] of op.kernel.entries()) {
    const filter = i % op.filters;
    bias[filter] = (bias[filter] ?? 0) + weight * (shift[channelOf(i)] ?? 0);
  }
  const kernel = op.kernel.map((weight, i) => weight * (scale[channelOf(i)] ?? 1));
  const folded: Conv2dOp = { ...op, kernel, bias: Float32Array.from(bias) };
  return { replace: [{ name: node.name, op: folded, inputs: operandNames(source, view) }] };
}

/**
 * affine -> pool becomes pool -> affine, nearer to the layer that can take it up. An average commutes with any affine map
 * (it divides by what lies inside the input), a maximum with an increasing one.
 */
function moveBehindPool(node: Node, view: GraphView): Edit | undefined {
  const source = view.producer(node);
  if (source?.op.kind !== 'affine' || view.soleUser(source) === undefined) return undefined;
  if (node.op.kind === 'max-pool2d' && !source.op.scale.every(value => value > 0)) return undefined;
  return swapWithProducer(node, source, view);
}
