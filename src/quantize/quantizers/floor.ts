/**
 * Rounding down, and division of whole numbers, exactly: a cut of all bits behind the point. What is no power of two is
 * divided by as a multiplication and a cut that agree with the division on all numbers the bounds allow.
 */
import { BionoirError } from '../../errors.ts';
import type { FloorOp, Node } from '../../graph/index.ts';
import { affineBounds, channelCount, hull } from '../bounds.ts';
import {
  append,
  type Builder,
  checkWidth,
  frameOf,
  freshName,
  MAX_SHIFT_BITS,
  type Value,
} from '../builder.ts';
import { withoutFrame, withoutOffset } from '../frame.ts';
import { bitLength } from '../integers.ts';
import type { QuantAffineOp } from '../types.ts';
import { planCut } from './narrow.ts';
import type { Quantizer } from './rule.ts';

/** floor((value * scale + shift) / divisor) of a node's integers. */
interface Division {
  readonly x: Value;
  readonly scale: bigint;
  readonly shift: bigint;
  readonly divisor: bigint;
}

/** Quantises a rounding down: the result is a whole number at scale 0. */
export const quantizeFloor: Quantizer<FloorOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const { x, numerator, denominator } = asFraction(builder, operand);
  const divided = reduce({
    x,
    scale: numerator * BigInt(op.numerator),
    shift: denominator * BigInt(op.shift),
    divisor: denominator * BigInt(op.divisor),
  });
  return divide(builder, node, divided);
};

/** A factor counts as a whole number, or as one over a whole number, when it is this close to it. */
const WHOLE_TOLERANCE = 1e-12;

/** A value as integer * numerator / denominator: exact for the factors that inputs have, 1 / 255 too. */
function asFraction(
  builder: Builder,
  operand: Value,
): { readonly x: Value; readonly numerator: bigint; readonly denominator: bigint } {
  const plain = withoutOffset(builder, operand);
  const { factor } = frameOf(plain.node);
  const [whole, inverse] = [Math.round(factor), Math.round(1 / factor)];
  const isWhole = whole !== 0 && Math.abs(factor / whole - 1) < WHOLE_TOLERANCE;
  const isInverse = inverse !== 0 && Math.abs(factor * inverse - 1) < WHOLE_TOLERANCE;
  const x = isWhole || isInverse ? plain : withoutFrame(builder, plain);
  const sign = isInverse && inverse < 0 ? -1n : 1n;
  const [above, below] = isWhole
    ? [BigInt(whole), 1n]
    : isInverse
      ? [sign, BigInt(Math.abs(inverse))]
      : [1n, 1n];
  const { scaleBits } = x.node;
  return {
    x,
    numerator: above << BigInt(Math.max(0, -scaleBits)),
    denominator: below << BigInt(Math.max(0, scaleBits)),
  };
}

/** The same quotients with scale and divisor without a common factor. */
function reduce({ x, scale, shift, divisor }: Division): Division {
  const common = greatestCommonDivisor(scale < 0n ? -scale : scale, divisor);
  return { x, scale: scale / common, shift: floorDivide(shift, common), divisor: divisor / common };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

/**
 * The quotient c + floor((V - c D) m / 2^k) for V = x * scale + shift in [c D, c D + R]: with m = ceil(2^k / D) it exceeds
 * the true one by (V - c D)(m D - 2^k) / (D 2^k), which changes no floor as long as R (m D - 2^k) < 2^k.
 */
function divide(builder: Builder, node: Node, division: Division): Value {
  const { x, scale, shift, divisor } = division;
  const ends = hull(x.node.bounds).map(end => end * scale + shift);
  const [least = 0n, most = 0n] = scale < 0n ? ends.reverse() : ends;
  const first = floorDivide(least, divisor);
  const { factor, shiftBits } = reciprocal(divisor, most - first * divisor);
  if (shiftBits > MAX_SHIFT_BITS) return divideInSteps(builder, node, division);
  const half = shiftBits === 0 ? 0n : 1n << BigInt(shiftBits - 1);
  const multiplied = appendAffine(builder, x, {
    name: shiftBits === 0 ? node.name : freshName(builder, `${node.name}_scaled`),
    scale: scale * factor,
    shift: (shift - first * divisor) * factor + (first << BigInt(shiftBits)) - half,
    scaleBits: shiftBits,
  });
  return shiftBits === 0 ? multiplied : appendCut(builder, node, multiplied);
}

function reciprocal(divisor: bigint, range: bigint): { readonly factor: bigint; readonly shiftBits: number } {
  for (let shiftBits = bitLength(divisor) - 1; ; shiftBits++) {
    const power = 1n << BigInt(shiftBits);
    const factor = (power + divisor - 1n) / divisor;
    if (range * (factor * divisor - power) < power) return { factor, shiftBits };
  }
}

/**
 * First the factors of two of a divisor, then the rest of it.
 *
 * @throws BOUND_TOO_WIDE when that is too long for one cut, too.
 */
function divideInSteps(builder: Builder, node: Node, { x, scale, shift, divisor }: Division): Value {
  let bits = 0;
  while (bits < MAX_SHIFT_BITS && (divisor >> BigInt(bits)) % 2n === 0n) bits += 1;
  if (bits === 0) {
    throw new BionoirError(
      'BOUND_TOO_WIDE',
      `Node '${node.name}' (floor) divides numbers of ${bitLength(hull(x.node.bounds)[1])} bits by ${divisor}; that takes a cut of more than ${MAX_SHIFT_BITS} bits. Put an activation before it, where the scale is cut.`,
      { details: { node: node.name, limit: MAX_SHIFT_BITS }, location: `node '${node.name}'` },
    );
  }
  const name = freshName(builder, `${node.name}_part`);
  const halved = divide(builder, { ...node, name }, { x, scale, shift, divisor: 1n << BigInt(bits) });
  return divide(builder, node, { x: halved, scale: 1n, shift: 0n, divisor: divisor >> BigInt(bits) });
}

function appendAffine(
  builder: Builder,
  x: Value,
  { name, scale, shift, scaleBits }: { name: string; scale: bigint; shift: bigint; scaleBits: number },
): Value {
  const channels = channelCount(x.node.shape);
  const op: QuantAffineOp = {
    kind: 'affine',
    scale: new Array<bigint>(channels).fill(scale),
    shift: new Array<bigint>(channels).fill(shift),
  };
  return append(
    builder,
    { name, op, shape: x.node.shape, scaleBits, bounds: affineBounds(op, x.node.bounds) },
    [x],
  );
}

/** Cuts all bits behind the point. */
function appendCut(builder: Builder, node: Node, x: Value): Value {
  const shiftBits = x.node.scaleBits;
  const { op, bounds } = planCut(builder, x, shiftBits);
  for (const [channel, bits] of op.bits.entries())
    checkWidth(node.name, op.kind, Math.max(bits, bitLength(op.low[channel] ?? 0n)) + shiftBits + 1);
  return append(builder, { name: node.name, op, shape: node.shape, scaleBits: 0, bounds }, [x]);
}
