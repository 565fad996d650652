/**
 * What normalisations and softmax share: sums along rows, and products of each row with its own factor.
 *
 * Interval arithmetic does not know that a sum of squares holds each square, so it would make these products far too
 * wide. Their bounds are theorems instead, true of whatever the circuit proves: with y = floor(2^K / sqrt(v)) and v at
 * least the sum of all c^2, the row of c * y has a length of at most 2^K; with y = floor(2^K / s) and s the sum of all e,
 * none negative, the row of e * y adds up to at most 2^K.
 */
import type { Node } from '../../graph/index.ts';
import { boundsAt, boundsOf, channelCount, hull } from '../bounds.ts';
import { append, type Builder, frameOf, freshName, type Value } from '../builder.ts';
import { absolute, maximum, minimum, squareRoot } from '../integers.ts';
import type { QuantInverseOp } from '../operators/inverse-types.ts';
import { SINGLE_LANE } from '../operators/lanes.ts';
import { rearrangeBounds } from './movement.ts';
import { productInterval, productScale } from './products.ts';

/** A sum along the last axis, with a name, and the sum's bounds where they are known better than from its terms. */
export function sumRows(
  builder: Builder,
  x: Value,
  name: string,
  known?: readonly [min: bigint, max: bigint],
): Value {
  const { shape, scaleBits } = x.node;
  let [low, high] = [0n, 0n];
  for (let channel = 0; channel < channelCount(shape); channel++) {
    const [min, max] = boundsAt(x.node.bounds, channel);
    [low, high] = [low + min, high + max];
  }
  const bounds = known === undefined ? { min: [low], max: [high] } : { min: [known[0]], max: [known[1]] };
  const op = { kind: 'reduce-sum', axes: [shape.length - 1] } as const;
  const draft = { name: freshName(builder, name), op, shape: shape.slice(0, -1), scaleBits, bounds };
  return append(builder, { ...draft, frame: frameOf(x.node) }, [x]);
}

/** Repeats a number for each row along the last axis. */
export function spread(builder: Builder, node: Node, x: Value, shape: readonly number[]): Value {
  const length = shape.at(-1) ?? 1;
  const count = shape.reduce((product, size) => product * size, 1);
  const indices = Int32Array.from({ length: count }, (_, i) => Math.floor(i / length));
  const op = { kind: 'rearrange', shape, indices, label: `repeat ${length} times` } as const;
  const { scaleBits } = x.node;
  const bounds = rearrangeBounds(op, x);
  const name = freshName(builder, `${node.name}_spread`);
  return append(builder, { name, op, shape, scaleBits, bounds, frame: frameOf(x.node) }, [x]);
}

/** x times the inverse of its row: see the head of this file. */
export function timesInverse(builder: Builder, name: string, x: Value, inverse: Value): Value {
  const { shape } = x.node;
  const op = inverse.node.op as QuantInverseOp;
  const [least, most] = hull(x.node.bounds);
  // a doubled v holds each square twice
  const unit =
    op.kind === 'rsqrt' && op.doublings === 1
      ? squareRoot(1n << BigInt(2 * op.precisionBits - 1)) + 1n
      : 1n << BigInt(op.precisionBits);
  // a sum holds each of its terms only where none is negative; a sum of squares always does
  const isPart = op.kind === 'rsqrt' || least >= 0n;
  const limit = isPart ? unit : maximum(absolute(least), most) << BigInt(op.resultBits);
  const bounds = boundsOf(channelCount(shape), channel => {
    const factor = boundsAt(inverse.node.bounds, 0);
    const [min, max] = productInterval(boundsAt(x.node.bounds, channel), factor, false);
    return [maximum(min, -limit), minimum(max, limit)];
  });
  const draft = { name, op: { kind: 'scale-rows', lanes: SINGLE_LANE } as const, shape, bounds };
  const result = append(builder, { ...draft, ...productScale(x, inverse) }, [x, inverse]);
  if (isPart) (op.kind === 'rsqrt' ? builder.rowLengths : builder.rowSums).set(result.node.id, unit);
  return result;
}
