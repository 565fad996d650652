/**
 * Softmax: powers of the distances to the largest number of a row, times the reciprocal of their sum.
 *
 * Its operand is not cut before: the digits of the distances are proved at whatever scale they come in, which is the cut, the
 * comparison and the table's index in one.
 */
import type { InverseOp, Node } from '../../graph/index.ts';
import { calibrateBits } from '../activation.ts';
import { hull } from '../bounds.ts';
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
import { withPlainSign } from '../frame.ts';
import { designDecay } from '../function-table.ts';
import { bitLength } from '../integers.ts';
import { magnitudeProvedBySoftmax } from '../operators/lanes.ts';
import type { QuantSoftmaxPowersOp } from '../operators/row-types.ts';
import { largestPower, softmaxPower } from '../operators/rows.ts';
import { segmentBits } from '../operators/table.ts';
import { appendInverse } from './inverses.ts';
import { cutScale } from './narrow.ts';
import { packProducts } from './packing.ts';
import { observeSpread } from './reductions.ts';
import { sumRows, timesInverse } from './rows.ts';

/** Bits that powers may have fewer than activations: what they are multiplied with is averaged, and so are their errors. */
const AVERAGED_BITS = 2;
/** Bits of the reciprocal beyond those of the result. */
const GUARD_BITS = 1;

/** Quantises a softmax. */
export function quantizeSoftmax(builder: Builder, node: Node, operand: Value): Value {
  const fewer = Math.max(1, builder.options.activationBits - AVERAGED_BITS);
  const bits = bitsFor(builder, node, fewer, fewer);
  const powers = appendPowers(builder, node, withPlainSign(builder, operand), bits);
  const op = powers.node.op as QuantSoftmaxPowersOp;
  const count = BigInt(node.shape.at(-1) ?? 1);
  // one of each row's distances is 0
  const range = [softmaxPower(op, 0n), count * largestPower(op)] as const;
  const sum = sumRows(builder, powers, `${node.name}_sum`, range);
  const inverse: InverseOp = { kind: 'reciprocal', epsilon: 0 };
  const name = freshName(builder, `${node.name}_reciprocal`);
  const factor = appendInverse(builder, { op: inverse, x: sum, name, bits: bits + GUARD_BITS });
  return timesInverse(builder, node.name, powers, factor);
}

function appendPowers(builder: Builder, node: Node, x: Value, bits: number): Value {
  const { scaleBits, shape } = x.node;
  const [least, most] = hull(x.node.bounds);
  const [distanceBits = 0] = calibrateBits(builder, [bitLength(most - least)], () => [
    observeSpread(x, [shape.length - 1]),
  ]);
  const max = 2 ** (distanceBits - scaleBits);
  const design = designDecay(frameOf(x.node).factor, { max, fractionBits: bits, stepBitsMax: scaleBits });
  const shiftBits = scaleBits - design.stepBits;
  if (shiftBits > MAX_SHIFT_BITS) {
    const narrower = cutScale(builder, x, Math.min(MAX_SHIFT_BITS, shiftBits - MAX_SHIFT_BITS));
    return appendPowers(builder, node, narrower, bits);
  }
  const { lowBits, bases, slopes } = design.table;
  const digits = segmentBits({ bases }) + lowBits;
  const turnBits = Math.max(0, distanceBits - shiftBits - digits);
  const op = { kind: 'softmax-powers', shiftBits, lowBits, bases, slopes, turnBits } as const;
  const provedBits = shiftBits + digits + turnBits;
  checkWidth(node.name, 'softmax', provedBits + 1);
  packProducts(builder, x, magnitudeProvedBySoftmax(op, x.node.bounds), 1);
  const bounds = { min: [0n], max: [largestPower(op)] };
  const name = freshName(builder, `${node.name}_powers`);
  return append(builder, { name, op, shape, scaleBits: design.scaleBits, bounds }, [x]);
}
