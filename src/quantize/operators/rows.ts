/** Operators on rows: a factor for each row, sums of squares, the powers that softmax takes. */
import { elementCount } from '../../graph/index.ts';
import type { Cells } from '../arithmetic.ts';
import { magnitude } from '../bounds.ts';
import { type Cost, type Estimation, FREE, gadgets } from '../costs.ts';
import { BIGINTS, isCount } from '../field-checks.ts';
import { absolute, maximum } from '../integers.ts';
import { checkInterval, type KernelContext, type Operand, operandOf } from '../kernel-tools.ts';
import type { QuantNode } from '../types.ts';
import type { QuantDefinition } from './definition.ts';
import { isLanes, packedColumns, printLanes } from './lanes.ts';
import type { QuantScaleRowsOp, QuantSoftmaxPowersOp, QuantSumOfSquaresOp } from './row-types.ts';
import { reachOfDepth, segmentBits, tableReadRows, tableSize } from './table.ts';

export const scaleRows: QuantDefinition<QuantScaleRowsOp> = {
  compute: context => {
    const { arithmetic, node } = context;
    const [a, b] = context.operands as readonly [
      Operand<typeof arithmetic.zero>,
      Operand<typeof arithmetic.zero>,
    ];
    const columns = node.shape.at(-1) ?? 1;
    const y = arithmetic.make(a.cells.length);
    for (let i = 0; i < a.cells.length; i++) {
      const factor = b.cells[Math.floor(i / columns)] as typeof arithmetic.zero;
      y[i] = arithmetic.multiply(a.cells[i] as typeof factor, factor);
    }
    return y;
  },
  largestPartial: (_op, [a, b]) => Number(sizeOf(a) * sizeOf(b)),
  print: op => printLanes(op.lanes),
  fields: { lanes: isLanes },
  cost: (_estimation, { op, node }) => {
    const columns = node.shape.at(-1) ?? 1;
    const products = (elementCount(node.shape) / columns) * packedColumns(op.lanes, columns);
    return { ...FREE, gadgetCount: products, rowCount: products };
  },
};

function sizeOf(node: QuantNode | undefined): bigint {
  return node === undefined ? 0n : magnitude(node.bounds);
}

export const sumOfSquares: QuantDefinition<QuantSumOfSquaresOp> = {
  compute: context => {
    const { arithmetic } = context;
    return mapRows(context, row => {
      const sum = row.reduce(
        (total, value) => arithmetic.add(total, arithmetic.multiply(value, value)),
        arithmetic.zero,
      );
      return [sum];
    });
  },
  largestPartial: (_op, [x]) => Number(sizeOf(x) ** 2n) * (x?.shape.at(-1) ?? 1),
  fields: {},
  cost: (_estimation, { node, operands }) => {
    const products = elementCount(node.shape) * Math.ceil((operands[0]?.shape.at(-1) ?? 1) / 2);
    return { ...FREE, gadgetCount: products, rowCount: products };
  },
};

/** Applies a function to each row of the first operand. */
function mapRows<T>(context: KernelContext<T>, map: (row: T[], index: number) => T[]): Cells<T> {
  const { cells, shape } = operandOf(context);
  const columns = shape.at(-1) ?? 1;
  const y = context.arithmetic.make(elementCount(context.node.shape));
  let next = 0;
  for (let start = 0; start < cells.length; start += columns) {
    const row = Array.from({ length: columns }, (_, i) => cells[start + i] as T);
    for (const value of map(row, start)) y[next++] = value;
  }
  return y;
}

export const softmaxPowers: QuantDefinition<QuantSoftmaxPowersOp> = {
  compute: context => softmaxPowersOf(context, context.node.op as QuantSoftmaxPowersOp),
  largestPartial: (op, [x]) =>
    Number(maximum(2n * sizeOf(x) + (1n << BigInt(op.shiftBits)), reachOfDepth(op))),
  print: op =>
    `exp by ${op.bases.length} segments of ${2 ** op.lowBits}, cut ${op.shiftBits}${op.turnBits === 0 ? '' : ', saturating'}`,
  fields: { shiftBits: isCount, lowBits: isCount, bases: BIGINTS, slopes: BIGINTS, turnBits: isCount },
  lengths: op => [
    [op.bases.length, op.slopes.length],
    [op.bases.length, 2 ** segmentBits(op)],
  ],
  cost: softmaxPowersCost,
};

/** y at a t that is not refused. */
export function softmaxPower(op: QuantSoftmaxPowersOp, t: bigint): bigint {
  if (t >= tableSize(op)) return 0n;
  const segment = t >> BigInt(op.lowBits);
  const low = t - (segment << BigInt(op.lowBits));
  return (op.bases[Number(segment)] ?? 0n) + (op.slopes[Number(segment)] ?? 0n) * low;
}

function softmaxPowersOf<T>(context: KernelContext<T>, op: QuantSoftmaxPowersOp): Cells<T> {
  const { subtract, less, from, toBigint } = context.arithmetic;
  const high = reachOfDepth(op) - 1n;
  return mapRows(context, (row, start) => {
    const largest = row.reduce((best, value) => (less(best, value) ? value : best));
    return row.map((value, channel) => {
      const t = toBigint(subtract(largest, value)) >> BigInt(op.shiftBits);
      checkInterval(context, from(t), { low: 0n, high, channel, index: start + channel });
      return from(softmaxPower(op, t));
    });
  });
}

/** A product for each difference, the digits, the reading of two tables, one product, and 2 rows where t may lie below it. */
function softmaxPowersCost(
  estimation: Estimation,
  { op, node }: { readonly op: QuantSoftmaxPowersOp; readonly node: QuantNode },
): Cost {
  const elements = elementCount(node.shape);
  const saturation = op.turnBits === 0 ? 0 : 2;
  const cost = gadgets(estimation, elements, [op.turnBits, op.lowBits, op.shiftBits], 2 + saturation);
  const reading = tableReadRows(estimation, segmentBits(op), elements);
  return { ...cost, rowCount: cost.rowCount + Math.round(elements * reading) };
}

/** The largest y. */
export function largestPower(op: Pick<QuantSoftmaxPowersOp, 'bases'>): bigint {
  return maximum(0n, ...op.bases.map(absolute));
}
