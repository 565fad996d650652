/**
 * Reciprocals and reciprocal roots of what is not negative. The precision is chosen from the samples, so that the result
 * of the largest value seen keeps `productBits` bits; smaller values have more. Widths follow from the exact bounds.
 */
import type { InverseOp } from '../../graph/index.ts';
import { hull } from '../bounds.ts';
import { append, type Builder, bitsFor, checkWidth, frameOf, type Value } from '../builder.ts';
import { normaliseScale, withPlainSign } from '../frame.ts';
import { absolute, bitLength, maximum, minimum, roundScaled } from '../integers.ts';
import { observeBounds } from '../observe.ts';
import type { QuantInverseOp } from '../operators/inverse-types.ts';
import { inverseOf, invertedValue } from '../operators/inverses.ts';
import type { Frame } from '../types.ts';
import type { Quantizer } from './rule.ts';

/** Quantises a reciprocal or a reciprocal root. */
export const quantizeInverse: Quantizer<InverseOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const { productBits, freeActivationBits } = builder.options;
  const bits = bitsFor(builder, node, productBits, Math.max(productBits, freeActivationBits));
  return appendInverse(builder, { op, x: withPlainSign(builder, operand), name: node.name, bits });
};

/** What is inverted, and to how many bits of the least result seen. */
interface InversePlan {
  readonly op: InverseOp;
  readonly x: Value;
  readonly name: string;
  readonly bits: number;
}

/** Appends the inverse of a value with a positive factor and no offset. */
export function appendInverse(builder: Builder, { op, x, name, bits }: InversePlan): Value {
  const { factor } = frameOf(x.node);
  const isRoot = op.kind === 'rsqrt';
  const doublings = isRoot && x.node.scaleBits % 2 !== 0 ? 1 : 0; // a root halves the scale
  const stepBits = x.node.scaleBits + doublings;
  const offset = roundScaled(op.epsilon / factor, stepBits);
  const part = { kind: op.kind, doublings, offset } as const;
  const { low, high } = rangeOf(part, x);
  const precisionBits = precisionOf(bits, { ...part, x, high });
  const most = inverseOf({ kind: op.kind, precisionBits }, low);
  const least = inverseOf({ kind: op.kind, precisionBits }, high);
  const quantised: QuantInverseOp = {
    ...part,
    precisionBits,
    low,
    high,
    resultBits: bitLength(most),
    restBits: restBitsOf({ kind: op.kind, precisionBits }, high),
  };
  checkWidth(name, op.kind, formBitsOf(quantised, x));
  const inverseFactor: Frame = { factor: isRoot ? 1 / Math.sqrt(factor) : 1 / factor, offset: 0 };
  const scale = normaliseScale(precisionBits - (isRoot ? stepBits / 2 : stepBits), inverseFactor);
  const bounds = { min: [least], max: [most] };
  return append(builder, { name, op: quantised, shape: x.node.shape, bounds, ...scale }, [x]);
}

function rangeOf(
  part: Pick<QuantInverseOp, 'doublings' | 'offset'>,
  x: Value,
): { readonly low: bigint; readonly high: bigint } {
  const [min, max] = hull(x.node.bounds);
  const low = maximum(1n, invertedValue(part, min));
  return { low, high: maximum(low, invertedValue(part, max)) };
}

/** The K under which the inverse of the largest value seen has so many bits. */
function precisionOf(
  bits: number,
  part: Pick<QuantInverseOp, 'kind' | 'doublings' | 'offset' | 'high'> & { readonly x: Value },
): number {
  const [, seen] = hull(observeBounds(part.x));
  const largest = seen > 0n ? minimum(part.high, invertedValue(part, seen)) : part.high;
  return bits + Math.ceil(bitLength(largest) / (part.kind === 'rsqrt' ? 2 : 1));
}

/** reciprocal: rests are below v. rsqrt: they are below (2y + 1) v <= 2 * 2^K sqrt(v) + v. */
function restBitsOf(
  { kind, precisionBits }: Pick<QuantInverseOp, 'kind' | 'precisionBits'>,
  high: bigint,
): number {
  if (kind === 'reciprocal') return bitLength(high - 1n);
  const halfBits = Math.ceil(bitLength(high) / 2);
  return bitLength((1n << BigInt(precisionBits + 1 + halfBits)) + high);
}

/**
 * Bits of the largest form that the circuit makes, (y + 1)^2 v or (y + 1) v, whatever y of its range a prover names and
 * whatever v the bounds allow, negative ones too.
 */
function formBitsOf(op: QuantInverseOp, x: Value): number {
  const [min, max] = hull(x.node.bounds).map(bound => absolute(invertedValue(op, bound))) as [bigint, bigint];
  const top = (1n << BigInt(op.resultBits)) + 1n;
  const product = (op.kind === 'rsqrt' ? top * top : top) * maximum(min, max);
  return Math.max(bitLength(product), 2 * op.precisionBits, op.restBits) + 1;
}
