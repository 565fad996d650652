/**
 * Layers in words: the comment lines of main.nr and the headers of layer modules.
 */
import { constraintEstimate, isExtendedQuant, type NodeEstimate } from '../quantize/index.ts';
import type { Bounds, NodeId, QuantGraph, QuantNode, QuantOp, Shape } from '../quantize/types.ts';
import type { Layer } from './layers.ts';
import { gadgetNameOf, layerDefinitionOf } from './operators/index.ts';
import { count, shapeText } from './source.ts';

/** Bits of bounded linear rows that share one constraint. */
const ROW_BITS = 253;

/** Estimated costs by node. */
export function estimatesOf(graph: QuantGraph): ReadonlyMap<NodeId, NodeEstimate> {
  const { nodes } = constraintEstimate(graph);
  return new Map(graph.nodes.map((node, index) => [node.id, nodes[index] as NodeEstimate]));
}

/** One line: what the layer is, and its shapes. */
export function layerSummary(layer: Layer): string {
  const [first] = layer.inputs;
  const shapes = first ? `: ${shapeText(first.shape)} to ${shapeText(layer.output.shape)}` : '';
  return `${kindText(layer.node.op)}${layer.activation ? ` and ${kindText(layer.activation.op)}` : ''}${shapes}`;
}

/** Kind and options of a node. */
export function kindText(op: QuantOp): string {
  if (isExtendedQuant(op)) return layerDefinitionOf(op).summary(op);
  switch (op.kind) {
    case 'dense':
      return `dense, ${count(op.units, 'unit')}`;
    case 'conv2d':
      return `conv2d ${pair(op.kernelSize)}, ${count(op.filters, 'filter')}${windowText(op)}${groupText(op.groups)}`;
    case 'relu':
      return op.max === undefined ? 'ReLU' : `ReLU up to ${op.max}`;
    case 'leaky-relu':
      return `leaky ReLU, slope ${op.numerators ? `by channel` : op.numerator}/${2 ** op.slopeBits}`;
    case 'max-pool2d':
    case 'average-pool2d':
      return `${op.kind === 'max-pool2d' ? 'maximum' : 'average'} over ${pair(op.poolSize)}${windowText(op)}`;
    case 'input':
      return `input, ${op.bits} bits${op.signed ? ' with sign' : ''}`;
    case 'concat':
      return `concatenation along axis ${op.axis}`;
    case 'transpose':
      return `transposition [${op.permutation.join(', ')}]`;
    case 'affine':
      return 'scale and shift by channel';
    case 'sum':
      return 'sum';
    case 'pad':
      return 'zero padding';
    case 'reshape':
      return 'reshape';
    case 'argmax':
      return 'index of the largest';
    default:
      return op satisfies never;
  }
}

function pair([height, width]: readonly [number, number]): string {
  return `${height} x ${width}`;
}

function windowText(op: Extract<QuantOp, { readonly strides: unknown }>): string {
  const { strides, padding } = op;
  const stride = strides[0] === 1 && strides[1] === 1 ? '' : `, stride ${pair(strides)}`;
  const dilation =
    op.kind !== 'conv2d' || Math.max(...op.dilations) === 1 ? '' : `, dilation ${pair(op.dilations)}`;
  const { top, bottom, left, right } = padding;
  const around = top + bottom + left + right === 0 ? '' : `, padding ${top} ${right} ${bottom} ${left}`;
  return stride + dilation + around;
}

function groupText(groups: number): string {
  return groups === 1 ? '' : `, ${groups} groups`;
}

/** The constraints of a layer in words, from the estimate of its nodes; undefined for free layers. */
export function costText(layer: Layer, estimates: ReadonlyMap<NodeId, NodeEstimate>): string | undefined {
  const nodes = layer.activation ? [layer.node, layer.activation] : [layer.node];
  const costs = nodes.flatMap(node => estimates.get(node.id) ?? []).filter(cost => cost.rowCount > 0);
  if (costs.length === 0) return undefined;
  const rows = costs.reduce((sum, cost) => sum + cost.rowCount + Math.ceil(cost.linearBits / ROW_BITS), 0);
  const things = costs.map(cost => count(cost.gadgetCount, gadgetName(cost.kind))).join(', ');
  return `${things}: about ${count(rows, 'constraint')} on Groth16`;
}

function gadgetName(kind: QuantOp['kind']): string {
  if (isExtendedQuant({ kind })) return gadgetNameOf(kind);
  if (kind === 'input') return 'range-checked number';
  return kind === 'max-pool2d' || kind === 'argmax' ? 'comparison' : 'activation';
}

/** Header lines of a layer's module, without comment markers. */
export function moduleHeader(layer: Layer, estimates: ReadonlyMap<NodeId, NodeEstimate>): string[] {
  const facts = [
    ...layer.inputs.map(input =>
      tensorFact(layer.inputs.length === 1 ? 'Input' : `Input ${input.name}`, input),
    ),
    ...(layer.activation ? [tensorFact('Sums', layer.node)] : []),
    tensorFact('Output', layer.output),
    `Cost: ${costText(layer, estimates) ?? 'no constraints'}.`,
  ];
  return [`Layer ${layer.name}: ${layerSummary(layer)}.`, '', ...facts];
}

function tensorFact(title: string, { shape, scaleBits, bounds, frame }: QuantNode): string {
  const framed = frame ? `, times ${frame.factor}, plus ${frame.offset}` : '';
  return `${title}: ${sizeText(shape)} from ${boundsText(bounds)}, in units of 2^${-scaleBits}${framed}.`;
}

function sizeText(shape: Shape): string {
  return shape.length === 0 ? 'an integer' : `${shapeText(shape)} integers`;
}

function boundsText({ min, max }: Bounds): string {
  const least = min.reduce((a, b) => (b < a ? b : a));
  const most = max.reduce((a, b) => (b > a ? b : a));
  return `${least} to ${most}`;
}
