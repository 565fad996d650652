/**
 * Lanes: several results of products in one number, and what their readers have to prove for that (see zkml::product).
 */
import { BionoirError } from '../../errors.ts';
import { magnitude } from '../bounds.ts';
import { type Check, isCount, recordOf } from '../field-checks.ts';
import { absolute, maximum } from '../integers.ts';
import type { NodeId, QuantGraph, QuantLeakyReluOp, QuantNode, QuantOp, QuantReluOp } from '../types.ts';
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
 * What |x| is at most, if an activation proves |floor((x + half) / 2^shiftBits)| < 2^quotientBits; undefined where it takes
 * the sign of a channel from bounds and proves nothing.
 */
export function magnitudeProvedByActivation(op: QuantReluOp | QuantLeakyReluOp): bigint | undefined {
  const isProved = op.sign.every(
    sign => sign === 'any' || (op.shiftBits > 0 && !(op.kind === 'relu' && sign === 'non-positive')),
  );
  if (!isProved) return undefined;
  return (1n << BigInt(Math.max(...op.quotientBits) + op.shiftBits)) + (1n << BigInt(op.shiftBits));
}

/** Nodes of products that may stand in lanes. */
export type LanedNode = QuantNode & { readonly op: Extract<QuantOp, { readonly lanes: QuantLanes }> };

/** Tells whether a node is one of products that may stand in lanes. */
export function hasLanes(node: QuantNode): node is LanedNode {
  return 'lanes' in node.op;
}

/**
 * Whether the bounds of nodes hold before a product in lanes is known to be what it should: all lanes that they depend on
 * stand before it, so that they are proved one after the other.
 */
export function holdsBefore(nodes: readonly QuantNode[], ids: readonly NodeId[], product: NodeId): boolean {
  const seen = new Set<NodeId>();
  const pending = [...ids];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const node = nodes[id];
    if (node === undefined || seen.has(id)) continue;
    seen.add(id);
    if (id >= product && hasLanes(node) && node.op.lanes.count > 1) return false;
    pending.push(...node.inputs);
  }
  return !seen.has(product);
}

/** The operands of a sum besides one, and what they are at most in it; undefined where that one occurs twice, or times 0. */
export function restOfSum(
  nodes: readonly QuantNode[],
  { op, inputs }: QuantNode,
  id: NodeId,
): { readonly ids: readonly NodeId[]; readonly most: bigint } | undefined {
  if (op.kind !== 'sum' || inputs.filter(input => input === id).length !== 1) return undefined;
  if ((op.multipliers[inputs.indexOf(id)] ?? 0n) === 0n) return undefined; // nothing is proved of it then
  let most = 0n;
  inputs.forEach((input, i) => {
    const node = nodes[input];
    if (input !== id && node !== undefined)
      most += absolute(op.multipliers[i] ?? 1n) * magnitude(node.bounds);
  });
  return { ids: inputs.filter(input => input !== id), most };
}

/**
 * Checks that all results that stand in lanes are proved to fit them, by one of their readers: a cut, a softmax, or an
 * activation, also of a sum with something whose bounds hold before.
 *
 * @throws MALFORMED_FILE when a network from a file says otherwise.
 */
export function checkLanes({ nodes }: QuantGraph): void {
  for (const node of nodes) {
    if (!hasLanes(node) || node.op.lanes.count === 1) continue;
    if (isRoomy(node) && isProvedToFit(nodes, node)) continue;
    const { lanes } = node.op;
    throw new BionoirError(
      'MALFORMED_FILE',
      `The quantised network cannot be proved: the results of node '${node.name}' stand ${lanes.count} in a number of ${lanes.bits} bits each, but no node that reads them proves that they fit. Compile the model again.`,
      { details: { node: node.name }, location: `node '${node.name}'` },
    );
  }
}

function isRoomy({ op: { lanes }, bounds }: LanedNode): boolean {
  const isShort = lanes.bits <= LANE_BITS_MAX && lanes.bits * lanes.count <= PACKED_BITS_MAX;
  return isShort && lanes.bits > 0 && magnitude(bounds) < 1n << BigInt(lanes.bits - 1);
}

function isProvedToFit(nodes: readonly QuantNode[], node: LanedNode): boolean {
  const limit = 1n << BigInt(node.op.lanes.bits - 1);
  const isFirstExact = node.op.kind === 'matmul' && node.op.lanes.alone > 0;
  const isSoftmaxed = nodes.some(
    ({ op, inputs }) =>
      op.kind === 'softmax-powers' &&
      inputs.includes(node.id) &&
      isFirstExact &&
      magnitudeProvedBySoftmax(op, node.bounds) < limit,
  );
  return isSoftmaxed || isProvedBelow(nodes, { product: node.id, id: node.id, limit });
}

/** Whether a reader proves each element of a node to be below a limit in magnitude, given the lanes before the product. */
function isProvedBelow(
  nodes: readonly QuantNode[],
  { product, id, limit }: { readonly product: NodeId; readonly id: NodeId; readonly limit: bigint },
): boolean {
  return nodes.some(reader => {
    if (!reader.inputs.includes(id)) return false;
    const { op } = reader;
    switch (op.kind) {
      case 'rescale':
        return magnitudeProvedByCut(op) < limit;
      case 'relu':
      case 'leaky-relu':
        return (magnitudeProvedByActivation(op) ?? limit) < limit;
      case 'reshape':
        return isProvedBelow(nodes, { product, id: reader.id, limit });
      case 'sum': {
        const rest = restOfSum(nodes, reader, id);
        if (rest === undefined || !holdsBefore(nodes, rest.ids, product)) return false;
        return isProvedBelow(nodes, { product, id: reader.id, limit: limit - rest.most });
      }
      default:
        return false;
    }
  });
}
