/**
 * Lanes: several results of products in one number, and what their readers have to prove for that (see zkml::product).
 */
import { BionoirError } from '../../errors.ts';
import { magnitude } from '../bounds.ts';
import { type Check, isCount, recordOf } from '../field-checks.ts';
import { absolute, maximum } from '../integers.ts';
import type { QuantGraph, QuantNode } from '../types.ts';
import type { QuantRescaleOp } from './reduction-types.ts';
import type { QuantLanes, QuantSoftmaxPowersOp } from './row-types.ts';
import { reachOfDepth } from './table.ts';

/** Each product by itself. */
export const SINGLE_LANE: QuantLanes = { count: 1, bits: 0, alone: 0 };

/** Most bits of a number that holds several, with room for its sign; and of a lane, which hints divide by. */
const PACKED_BITS_MAX = 250;
const LANE_BITS_MAX = 127;

/** The lanes of results that are below 2^bits in magnitude, whatever is proved; a single one when two do not fit. */
export function lanesOf(bits: number, columns: number, alone = 0): QuantLanes {
  const laneBits = bits + 1;
  const count = Math.min(Math.floor(PACKED_BITS_MAX / laneBits), columns - alone);
  return count < 2 || laneBits > LANE_BITS_MAX ? SINGLE_LANE : { count, bits: laneBits, alone };
}

/** Numbers that take the place of so many columns. */
export function packedColumns({ count, alone }: QuantLanes, columns: number): number {
  return count === 1 ? columns : alone + Math.ceil((columns - alone) / count);
}

/** Products of a matrix product of [rows, inner] and [inner, columns]. */
export function matrixProducts(lanes: QuantLanes, rows: number, inner: number, columns: number): number {
  const groups = packedColumns(lanes, columns);
  if (!isPaired(lanes, rows, columns)) return rows * groups * inner;
  return (rows * groups + rows + groups) * Math.floor(inner / 2) + rows * groups * (inner % 2);
}

/** Whether products of pairs that a whole row, or column, shares are worth their rows; see zkml::product::multiply_row_paired. */
export function isPaired(lanes: QuantLanes, rows: number, columns: number): boolean {
  const groups = packedColumns(lanes, columns);
  return rows * groups > 2 * (rows + groups);
}

export const isLanes: Check = recordOf({ count: isCount, bits: isCount, alone: isCount });

/** For the printed form. */
export function printLanes({ count, bits }: QuantLanes): string {
  return count === 1 ? '' : `${count} lanes of ${bits} bits`;
}

/** What |x| is at most, if floor((x + half) / 2^shiftBits) lies where a cut proves it to. */
export function magnitudeProvedByCut({ shiftBits, low, bits }: QuantRescaleOp): bigint {
  const ends = low.flatMap((least, channel) => {
    const most = least + (1n << BigInt(bits[channel] ?? 0));
    return [absolute(least << BigInt(shiftBits)), absolute(most << BigInt(shiftBits))];
  });
  return maximum(0n, ...ends) + (1n << BigInt(shiftBits));
}

/**
 * What |x| is at most, if a softmax proves how far each x lies below the largest, and the first of each row is known to
 * lie within the bounds: the largest is the first and its distance, the others lie below it by theirs.
 */
export function magnitudeProvedBySoftmax(
  op: Omit<QuantSoftmaxPowersOp, 'kind'>,
  bounds: QuantNode['bounds'],
): bigint {
  return magnitude(bounds) + ((2n * reachOfDepth(op)) << BigInt(op.shiftBits));
}

/**
 * Checks that all results that stand in lanes are proved to fit them, by one of their readers.
 *
 * @throws MALFORMED_FILE when a network from a file says otherwise.
 */
export function checkLanes({ nodes }: QuantGraph): void {
  for (const node of nodes) {
    const { op } = node;
    if ((op.kind !== 'matmul' && op.kind !== 'scale-rows') || op.lanes.count === 1) continue;
    const limit = 1n << BigInt(op.lanes.bits - 1);
    const isRoomy = op.lanes.bits <= LANE_BITS_MAX && op.lanes.bits * op.lanes.count <= PACKED_BITS_MAX;
    const readers = nodes.filter(({ inputs }) => inputs.includes(node.id));
    if (isRoomy && magnitude(node.bounds) < limit && readers.some(reader => proves(reader, node, limit)))
      continue;
    throw new BionoirError(
      'MALFORMED_FILE',
      `The quantised network cannot be proved: the results of node '${node.name}' stand ${op.lanes.count} in a number of ${op.lanes.bits} bits each, but no node that reads them proves that they fit. Compile the model again.`,
      { details: { node: node.name }, location: `node '${node.name}'` },
    );
  }
}

function proves({ op }: QuantNode, { bounds, op: product }: QuantNode, limit: bigint): boolean {
  if (op.kind === 'rescale') return magnitudeProvedByCut(op) < limit;
  const isFirstExact = product.kind === 'matmul' && product.lanes.alone > 0;
  return op.kind === 'softmax-powers' && isFirstExact && magnitudeProvedBySoftmax(op, bounds) < limit;
}
