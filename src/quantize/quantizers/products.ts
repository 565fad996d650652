/**
 * Products of variables. Scales and the factors of frames multiply; an offset would leave a sum behind, so it is made
 * explicit first. Bounds are interval products, and never negative for a square.
 */
import type { MatmulOp, MultiplyOp } from '../../graph/index.ts';
import { boundsAt, boundsOf, channelCount } from '../bounds.ts';
import { append, type Builder, frameOf, type Value } from '../builder.ts';
import { normaliseScale, withoutOffset } from '../frame.ts';
import { maximum, minimum } from '../integers.ts';
import { narrowFactor, narrowResult } from './narrow.ts';
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

/** Quantises a matrix product; channel n of the result sums products of the left channels with right channel n. */
export const quantizeMatmul: Quantizer<MatmulOp> = (builder, subject) => {
  const { node } = subject;
  const [a, b] = factorsOf(builder, subject);
  const inner = channelCount(a.node.shape);
  const bounds = boundsOf(channelCount(node.shape), channel => {
    const right = boundsAt(b.node.bounds, channel);
    let [min, max] = [0n, 0n];
    for (let k = 0; k < inner; k++) {
      const [low, high] = productInterval(boundsAt(a.node.bounds, k), right, false);
      [min, max] = [min + low, max + high];
    }
    return [min, max];
  });
  const draft = { name: node.name, op: { kind: 'matmul' } as const, shape: node.shape, bounds };
  return narrowResult(builder, node, append(builder, { ...draft, ...productScale(a, b) }, [a, b]));
};

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
