/** Unary functions by a table of segments. */
import { channelCount, magnitude } from '../bounds.ts';
import { type Estimation, gadgets, rangeRows, sumCosts } from '../costs.ts';
import { BIGINTS, COUNTS, isBigint, isCount, isText, oneOf } from '../field-checks.ts';
import { absolute, cut, maximum } from '../integers.ts';
import { checkLimit, mapCells } from '../kernel-tools.ts';
import type { QuantDefinition } from './definition.ts';
import type { QuantTableOp } from './table-types.ts';

export const table: QuantDefinition<QuantTableOp> = {
  compute: (context, op) => {
    const { arithmetic } = context;
    const { add, subtract, multiply, less, from, zero } = arithmetic;
    const [bases, slopes] = [op.bases.map(from), op.slopes.map(from)];
    const [first, below, above, aboveSlope] = [op.first, op.below, op.above, op.aboveSlope].map(from) as [
      typeof zero,
      typeof zero,
      typeof zero,
      typeof zero,
    ];
    const size = from(tableSize(op));
    const limits = op.reachBits.map(bits => from(reachOf(op, bits)));
    const one = from(1n);
    const lineAt = (v: typeof zero): typeof zero => {
      const steps = Number(v);
      const segment = Math.floor(steps / 2 ** op.lowBits);
      const low = from(BigInt(steps - segment * 2 ** op.lowBits));
      return add(bases[segment] as typeof zero, multiply(slopes[segment] as typeof zero, low));
    };
    if (op.mirrored)
      return mapCells(context, (value, channel, index) => {
        const t = arithmetic.cut(value, op.shiftBits);
        const isNegative = less(t, zero);
        checkLimit(context, t, {
          limit: limits[limits.length === 1 ? 0 : channel] as typeof zero,
          channel,
          index,
        });
        const magnitudeOfT = isNegative ? subtract(zero, t) : t;
        const line = isNegative ? zero : multiply(aboveSlope, t);
        return less(magnitudeOfT, size) ? add(line, lineAt(magnitudeOfT)) : line;
      });
    return mapCells(context, (value, channel, index) => {
      const t = arithmetic.cut(value, op.shiftBits);
      const v = subtract(t, first);
      const isBelow = less(v, zero);
      const limit = limits[limits.length === 1 ? 0 : channel] as typeof zero;
      checkLimit(context, isBelow ? add(v, one) : v, { limit, channel, index });
      if (isBelow) return below;
      if (!less(v, size)) return add(above, multiply(aboveSlope, t));
      return lineAt(v);
    });
  },
  largestPartial: (op, operands) => {
    const inputs = maximum(0n, ...operands.map(operand => magnitude(operand.bounds)));
    const half = 1n << BigInt(op.shiftBits);
    const linear = (inputs + half) * maximum(1n, absolute(op.aboveSlope)) + absolute(op.above);
    const inside = maximum(0n, ...op.slopes.map(absolute)) * (1n << BigInt(op.lowBits));
    return Number(
      maximum(
        linear,
        inputs + half + absolute(op.first) + tableSize(op),
        inside + maximum(0n, ...op.bases.map(absolute)),
        ...op.reachBits.map(bits => reachOf(op, bits)),
      ),
    );
  },
  print: op =>
    `${op.label} by ${op.bases.length} segments of ${2 ** op.lowBits} from ${op.first}, cut ${op.shiftBits}${
      Math.max(...op.reachBits) === 0 ? '' : ', saturating'
    }`,
  fields: {
    label: isText,
    mirrored: oneOf(true, false),
    shiftBits: isCount,
    first: isBigint,
    lowBits: isCount,
    bases: BIGINTS,
    slopes: BIGINTS,
    reachBits: COUNTS,
    below: isBigint,
    above: isBigint,
    aboveSlope: isBigint,
  },
  lengths: (op, node) => [
    [op.bases.length, op.slopes.length],
    [op.bases.length, 2 ** segmentBits(op)],
    [op.reachBits.length, op.reachBits.length === 1 ? 1 : channelCount(node.shape)],
  ],
  cost: (estimation, { op, node }) => {
    const elements = node.shape.reduce((product, size) => product * size, 1);
    const perBits = elements / op.reachBits.length;
    const read = tableReadRows(estimation, segmentBits(op), elements);
    const cost = sumCosts(
      op.reachBits.map(bits => {
        const digits = op.mirrored ? [bits] : [1, bits - 1];
        const ranges = [...(bits === 0 ? [] : digits), op.lowBits, op.shiftBits];
        const line = op.aboveSlope === 0n ? 0 : 1;
        const saturation = op.mirrored ? 1 + (bits === 0 ? 0 : 2) : bits === 0 ? 0 : 2 + line;
        return gadgets(estimation, perBits, ranges, 1 + saturation);
      }),
    );
    return { ...cost, rowCount: cost.rowCount + Math.round(elements * read) };
  },
};

/** Steps of a table. */
export function tableSize({ bases, lowBits }: Pick<QuantTableOp, 'bases' | 'lowBits'>): bigint {
  return BigInt(bases.length) << BigInt(lowBits);
}

/** What |v| stays below: the table's size where nothing else is proved. */
export function reachOf(op: Pick<QuantTableOp, 'bases' | 'lowBits' | 'mirrored'>, reachBits: number): bigint {
  if (op.mirrored) return tableSize(op) << BigInt(reachBits);
  return reachBits === 0 ? tableSize(op) : tableSize(op) << BigInt(reachBits - 1);
}

/** What the t of a softmax stay below. */
export function reachOfDepth(op: {
  readonly bases: readonly bigint[];
  readonly lowBits: number;
  readonly turnBits: number;
}): bigint {
  return tableSize(op) << BigInt(op.turnBits);
}

/** The value at a t that is not refused. */
export function tableValue(op: QuantTableOp, t: bigint): bigint {
  if (op.mirrored) {
    const size = absolute(t);
    const line = op.aboveSlope * maximum(0n, t);
    return size < tableSize(op) ? line + lineAt(op, size) : line;
  }
  const v = t - op.first;
  if (v < 0n) return op.below;
  if (v >= tableSize(op)) return op.above + op.aboveSlope * t;
  return lineAt(op, v);
}

function lineAt(op: QuantTableOp, v: bigint): bigint {
  const segment = v >> BigInt(op.lowBits);
  const low = v - (segment << BigInt(op.lowBits));
  return (op.bases[Number(segment)] ?? 0n) + (op.slopes[Number(segment)] ?? 0n) * low;
}

/** t of an x. */
export function tableStep(op: Pick<QuantTableOp, 'shiftBits'>, x: bigint): bigint {
  return cut(x, op.shiftBits);
}

/** K of a table of 2^K segments. */
export function segmentBits({ bases }: Pick<QuantTableOp, 'bases'>): number {
  return Math.round(Math.log2(bases.length));
}

/** A range that takes fewer rows than bits where there are lookups. */
const WIDE_BITS = 64;

/** Rows of an element's reading of two tables of 2^bits segments: with lookups, cells are shared by all elements. */
export function tableReadRows(estimation: Estimation, bits: number, elements: number): number {
  const byBits = bits + segmentProducts(bits);
  const byLookups = 2 * (2 + (2 ** bits + 1) / elements);
  return rangeRows(estimation, WIDE_BITS) < WIDE_BITS ? Math.min(byBits, byLookups) : byBits;
}

/** Products by which two tables are read at an index of so many bits; converters/acir-to-r1cs/table.ts has the formula. */
function segmentProducts(bits: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let low = 0; low <= Math.min(bits, 8); low++) {
    const high = bits - low;
    best = Math.min(best, 2 ** low - low - 1 + (2 ** high - high - 1) + 2 * (2 ** high - 1));
  }
  return best;
}
