/**
 * Products of variables. Scales and the factors of frames multiply; an offset would leave a sum behind, so it is made
 * explicit first. Bounds are interval products, and never negative for a square.
 */
import type { MatmulOp, MultiplyOp, Node } from '../../graph/index.ts';
import { boundsAt, boundsOf, channelCount } from '../bounds.ts';
import { append, type Builder, bitsFor, frameOf, type Value } from '../builder.ts';
import { normaliseScale, withoutOffset } from '../frame.ts';
import { absolute, maximum, minimum } from '../integers.ts';
import { SINGLE_LANE } from '../operators/lanes.ts';
import { narrowActivation, narrowFactor, narrowResult } from './narrow.ts';
import type { Quantizer, Subject } from './rule.ts';

/** Quantises an element-wise product. */
export const quantizeMultiply: Quantizer<MultiplyOp> = (builder, subject) => {
  const { node } = subject;
  const [a, b] = factorsOf(builder, subject);
  const isSquare = a.node.id === b.node.id;
  const bounds = boundsOf(channelCount(node.shape), channel =>
    productInterval(boundsAt(a.node.bounds, channel), boundsAt(b.node.bounds, channel), isSquare),
  );
  const draft = { name: node.name, op: { kind: 'multiply' } as const, shape: node.shape, bounds };
  return narrowResult(builder, node, append(builder, { ...draft, ...productScale(a, b) }, [a, b]));
};

/** The two factors, without offsets, cut where that pays. */
function factorsOf(builder: Builder, { node, operands }: Subject<MultiplyOp | MatmulOp>): [Value, Value] {
  const [first, second] = operands as readonly [Value, Value];
  if (first.node.id === second.node.id) {
    const square = narrowFactor(builder, node, withoutOffset(builder, first), 2);
    return [square, square];
  }
  const a = narrowFactor(builder, node, withoutOffset(builder, first));
  return [a, narrowFactor(builder, node, withoutOffset(builder, second))];
}

/**
 * Quantises a matrix product; channel n of the result sums products of the left channels with right channel n. Its result
 * is an activation: it is cut to as many bits, or goes to a softmax, which reads it whole.
 */
export const quantizeMatmul: Quantizer<MatmulOp> = (builder, subject) => {
  const { node } = subject;
  const [a, b] = factorsOf(builder, subject);
  const inner = channelCount(a.node.shape);
  const rowSum = builder.rowSums.get(a.node.id);
  const bounds = boundsOf(channelCount(node.shape), channel => {
    const right = boundsAt(b.node.bounds, channel);
    let [min, max] = [0n, 0n];
    for (let k = 0; k < inner; k++) {
      const [low, high] = productInterval(boundsAt(a.node.bounds, k), right, false);
      [min, max] = [min + low, max + high];
    }
    if (rowSum === undefined) return [min, max];
    const limit = rowSum * maximum(absolute(right[0]), absolute(right[1]));
    return [maximum(min, -limit), minimum(max, limit)];
  });
  const draft = {
    name: node.name,
    op: { kind: 'matmul', lanes: SINGLE_LANE } as const,
    shape: node.shape,
    bounds,
  };
  const product = append(builder, { ...draft, ...productScale(a, b) }, [a, b]);
  if (isReadBySoftmax(builder, node)) return product;
  const { activationBits, freeActivationBits } = builder.options;
  return narrowActivation(builder, node, product, bitsFor(builder, node, activationBits, freeActivationBits));
};

/** Whether softmax alone reads a node, which needs no cut before it. */
function isReadBySoftmax({ graph }: Builder, node: Node): boolean {
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(node.id));
  const isRead = readers.length > 0 && !graph.outputs.includes(node.id);
  return isRead && readers.every(({ op }) => op.kind === 'softmax');
}

/** Factors that should cancel, but for the last digit of a float, do. */
const FACTOR_TOLERANCE = 1e-12;

function snapToPower(factor: number): number {
  const power = 2 ** Math.round(Math.log2(Math.abs(factor))) * Math.sign(factor);
  return Math.abs(factor / power - 1) < FACTOR_TOLERANCE ? power : factor;
}

/** Scale and frame of a product. */
export function productScale(a: Value, b: Value): ReturnType<typeof normaliseScale> {
  const factor = snapToPower(frameOf(a.node).factor * frameOf(b.node).factor);
  return normaliseScale(a.node.scaleBits + b.node.scaleBits, { factor, offset: 0 });
}

/** The interval of a product of two values, or of one value with itself. */
export function productInterval(
  [aMin, aMax]: readonly [bigint, bigint],
  [bMin, bMax]: readonly [bigint, bigint],
  isSquare: boolean,
): readonly [bigint, bigint] {
  const corners = [aMin * bMin, aMin * bMax, aMax * bMin, aMax * bMax] as const;
  if (!isSquare) return [minimum(...corners), maximum(...corners)];
  const least = aMin <= 0n && aMax >= 0n ? 0n : minimum(aMin * aMin, aMax * aMax);
  return [least, maximum(aMin * aMin, aMax * aMax)];
}
