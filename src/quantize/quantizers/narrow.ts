/**
 * Cuts between products: where a scale is cut although no activation does it.
 *
 * Scales add up through products of variables as through linear layers, and the next activation pays a row for each bit.
 * A cut of its own pays the whole width, once an element. So it is made where it saves more than it costs (few elements,
 * such as the factors of squeeze-excite, before many activations), or where a form would come near the field.
 */
import { elementCount, type Node } from '../../graph/index.ts';
import { calibrateBits, fitLookups } from '../activation.ts';
import { boundsAt, boundsOf, channelCount, hull, magnitude } from '../bounds.ts';
import {
  append,
  type Builder,
  bitsFor,
  checkWidth,
  frameOf,
  freshName,
  MAX_SHIFT_BITS,
  type Value,
} from '../builder.ts';
import { absolute, bitLength, cut, maximum, minimum } from '../integers.ts';
import { observeBounds } from '../observe.ts';
import { magnitudeProvedByCut } from '../operators/lanes.ts';
import type { QuantRescaleOp } from '../operators/reduction-types.ts';
import { packProducts } from './packing.ts';

/** Factors wider than this are cut whatever it costs, so that their product has room. */
const WIDE_FACTOR_BITS = 100;
/** Products wider than this likewise: layers and alignments to come need room. */
const WIDE_RESULT_BITS = 160;

/** Gives a factor of a product, cut where that pays: `uses` is how often it stands in the product (a square: twice). */
export function narrowFactor(builder: Builder, node: Node, x: Value, uses = 1): Value {
  const price = uses * Math.min(builder.prices.get(node.id) ?? 0, elementCount(node.shape)); // its result may be cut
  return narrow(builder, node, { x, price, limit: WIDE_FACTOR_BITS });
}

/** Gives the operand of a linear layer, cut only where the layer's sums would have too little room. */
export function narrowOperand(builder: Builder, node: Node, x: Value): Value {
  return narrow(builder, node, { x, price: 0, limit: WIDE_RESULT_BITS });
}

/** Gives the result of a product, cut where that pays. */
export function narrowResult(builder: Builder, node: Node, x: Value): Value {
  return narrow(builder, node, { x, price: builder.prices.get(node.id) ?? 0, limit: WIDE_RESULT_BITS });
}

/**
 * Gives the result of a product that is an activation: cut to so many bits wherever bits behind it are not free. The cut
 * proves its range, so that products of the operand share constraints.
 */
export function narrowActivation(builder: Builder, node: Node, x: Value, bits: number): Value {
  if (builder.isExact || (builder.prices.get(node.id) ?? 0) === 0) return narrowResult(builder, node, x);
  const shiftBits = shiftBitsOf(builder, x, bits);
  return shiftBits === 0 ? x : cutScale(builder, x, shiftBits);
}

function narrow(
  builder: Builder,
  node: Node,
  { x, price, limit }: { readonly x: Value; readonly price: number; readonly limit: number },
): Value {
  const { productBits, freeActivationBits } = builder.options;
  const kept = bitsFor(builder, node, productBits, Math.max(productBits, freeActivationBits));
  const shiftBits = builder.isExact ? 0 : shiftBitsOf(builder, x, kept);
  if (shiftBits === 0) return x;
  const width = bitLength(magnitude(x.node.bounds)) + 1;
  const savings = shiftBits * price;
  const costs = width * elementCount(sourceOf(builder, x).shape);
  if (width <= limit && savings <= costs) return x;
  return cutScale(builder, x, shiftBits);
}

/** Bits above those that are kept of the largest value seen. */
function shiftBitsOf(builder: Builder, x: Value, kept: number): number {
  const { lookupWidth } = builder.options;
  const [min, max] = hull(observeBounds(x));
  const seen = maximum(absolute(min), absolute(max));
  const reference = seen > 0n ? seen : magnitude(x.node.bounds);
  const bits = Math.min(MAX_SHIFT_BITS, Math.max(0, bitLength(reference) - kept));
  return bits < lookupWidth ? bits : bits - (bits % Math.max(1, lookupWidth));
}

/** The node behind rearrangements and reshapes that repeat its elements: what is cut in its place. */
function sourceOf(builder: Builder, x: Value): Value['node'] {
  const [id] = x.node.inputs;
  const operand = id === undefined ? undefined : builder.nodes[id];
  const { kind } = x.node.op;
  if (operand === undefined || (kind !== 'rearrange' && kind !== 'reshape')) return x.node;
  return elementCount(operand.shape) <= elementCount(x.node.shape)
    ? sourceOf(builder, { node: operand, samples: [] })
    : x.node;
}

/** Cuts the scale of a value by some bits, behind the rearrangements that repeat it. */
export function cutScale(builder: Builder, x: Value, shiftBits: number): Value {
  const source = sourceOf(builder, x);
  if (source.id === x.node.id) return appendCut(builder, x, shiftBits);
  const [id] = x.node.inputs;
  const operand = id === undefined ? undefined : builder.values.get(id);
  if (operand === undefined || operand.samples.length === 0) return appendCut(builder, x, shiftBits);
  const narrower = cutScale(builder, operand, shiftBits);
  const { node } = x;
  const scaleBits = node.scaleBits - shiftBits;
  const bounds = boundsOf(channelCount(node.shape), channel => {
    const [min, max] = boundsAt(node.bounds, channel);
    return [cut(min, shiftBits), cut(max, shiftBits)];
  });
  const name = freshName(builder, `${node.name}_cut`);
  return append(builder, { name, op: node.op, shape: node.shape, scaleBits, bounds, frame: frameOf(node) }, [
    narrower,
  ]);
}

function appendCut(builder: Builder, x: Value, shiftBits: number): Value {
  const key = `${x.node.id} ${shiftBits}`;
  const made = builder.cuts.get(key);
  if (made !== undefined) return made;
  const { op, bounds } = planCut(builder, x, shiftBits);
  const name = freshName(builder, `${x.node.name}_cut`);
  for (const [channel, bits] of op.bits.entries()) {
    checkWidth(name, op.kind, Math.max(bits, bitLength(op.low[channel] ?? 0n)) + shiftBits + 1);
  }
  const scaleBits = x.node.scaleBits - shiftBits;
  const draft = { name, op, shape: x.node.shape, scaleBits, bounds, frame: frameOf(x.node) };
  const value = append(builder, draft, [x]);
  builder.cuts.set(key, value);
  for (const [limits, rest] of [
    [builder.rowSums, BigInt(channelCount(x.node.shape))],
    [builder.rowLengths, BigInt(Math.ceil(Math.sqrt(channelCount(x.node.shape))))],
  ] as const) {
    const limit = limits.get(x.node.id);
    // each element is rounded by less than 1
    if (limit !== undefined) limits.set(value.node.id, (limit >> BigInt(shiftBits)) + rest + 1n);
  }
  packProducts(builder, x, magnitudeProvedByCut(op));
  return value;
}

/** What a cut proves: low <= t < low + 2^bits, from exact bounds or from calibration. */
export function planCut(
  builder: Builder,
  x: Value,
  shiftBits: number,
): { readonly op: QuantRescaleOp; readonly bounds: Value['node']['bounds'] } {
  const channels = channelCount(x.node.shape);
  const exact = boundsOf(channels, channel => {
    const [min, max] = boundsAt(x.node.bounds, channel);
    return [cut(min, shiftBits), cut(max, shiftBits)];
  });
  const exactBits = exact.min.map((min, channel) =>
    bitLength(maximum(absolute(min), absolute(exact.max[channel] ?? 0n))),
  );
  const limits = calibrateBits(builder, exactBits, () => {
    const seen = observeBounds(x);
    return Array.from({ length: channels }, (_, channel) => {
      const [min, max] = boundsAt(seen, channel);
      return maximum(absolute(cut(min, shiftBits)), absolute(cut(max, shiftBits)));
    });
  }).map(bits => (1n << BigInt(bits)) - 1n);
  const low = exact.min.map((min, channel) => maximum(min, -(limits[channel] ?? 0n)));
  const high = exact.max.map((max, channel) => minimum(max, limits[channel] ?? 0n));
  const bits = fitLookups(
    builder,
    high.map((top, channel) => bitLength(top - (low[channel] ?? 0n))),
  );
  const bounds = boundsOf(channels, channel => {
    const [min, max] = boundsAt(exact, channel);
    const least = low[channel] ?? 0n;
    return [maximum(min, least), minimum(max, least + (1n << BigInt(bits[channel] ?? 0)) - 1n)];
  });
  return { op: { kind: 'rescale', shiftBits, low, bits }, bounds };
}
