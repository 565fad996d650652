/** Reciprocals and reciprocal roots: rounded down, proved by multiplying out. */
import { magnitude } from '../bounds.ts';
import { type Cost, type Estimation, gadgets } from '../costs.ts';
import { isBigint, isCount, oneOf } from '../field-checks.ts';
import { squareRoot } from '../integers.ts';
import { checkInterval, mapCells } from '../kernel-tools.ts';
import type { QuantNode } from '../types.ts';
import type { QuantDefinition } from './definition.ts';
import type { QuantInverseOp } from './inverse-types.ts';

/** Gives the v whose inverse is taken. */
export function invertedValue(op: Pick<QuantInverseOp, 'doublings' | 'offset'>, x: bigint): bigint {
  return (x << BigInt(op.doublings)) + op.offset;
}

/** Gives floor(2^precisionBits / v) or floor(2^precisionBits / sqrt(v)), for v >= 1. */
export function inverseOf(op: Pick<QuantInverseOp, 'kind' | 'precisionBits'>, v: bigint): bigint {
  const bits = BigInt(op.precisionBits);
  // floor(2^K / sqrt(v)) is the root of floor(2^2K / v), as both are the largest r with r^2 v <= 2^2K
  return op.kind === 'reciprocal' ? (1n << bits) / v : squareRoot((1n << (2n * bits)) / v);
}

function inverse(products: number): QuantDefinition<QuantInverseOp> {
  return {
    compute: (context, op) => {
      const { toBigint, from } = context.arithmetic;
      return mapCells(context, (value, channel, index) => {
        const v = invertedValue(op, toBigint(value));
        const place = { low: op.low, high: op.high, channel, index };
        checkInterval(context, from(v), place);
        return from(inverseOf(op, v));
      });
    },
    largestPartial: (op, operands) =>
      Math.max(
        ...operands.map(({ bounds }) => 2 * Number(magnitude(bounds)) + Number(op.offset)),
        Number(op.high),
      ),
    print: op => `2^${op.precisionBits}, result ${op.resultBits} bits`,
    fields: {
      doublings: oneOf(0, 1),
      offset: isBigint,
      precisionBits: isCount,
      low: isBigint,
      high: isBigint,
      resultBits: isCount,
      restBits: isCount,
    },
    cost: (estimation, { op, node }) => inverseCost(estimation, node, op, products),
  };
}

export const reciprocal = inverse(1);

export const rsqrt = inverse(2);

/** Three ranges, the products, and two linear rows. */
function inverseCost(estimation: Estimation, node: QuantNode, op: QuantInverseOp, products: number): Cost {
  const count = node.shape.reduce((product, size) => product * size, 1);
  const cost = gadgets(estimation, count, [op.resultBits, op.restBits, op.restBits], products);
  return { ...cost, linearCount: 2 * count };
}
