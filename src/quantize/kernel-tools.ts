/**
 * What the integer operators share: their context, their operands, the check that a value can be proved.
 */
import { BionoirError, InternalError } from '../errors.ts';
import type { Arithmetic, Cells } from './arithmetic.ts';
import type { QuantNode, Shape } from './types.ts';

/** One operand: its cells and their shape. */
export interface Operand<T> {
  readonly shape: Shape;
  readonly cells: Cells<T>;
}

/** What a generic kernel works with. */
export interface KernelContext<T> {
  readonly arithmetic: Arithmetic<T>;
  readonly node: QuantNode;
  readonly operands: readonly Operand<T>[];
}

/** The first operand. */
export function operandOf<T>(context: KernelContext<T>): Operand<T> {
  const [operand] = context.operands;
  if (operand === undefined) throw new InternalError(`Node '${context.node.name}' has no operand.`);
  return operand;
}

/** Applies a function to each cell of the first operand. */
export function mapCells<T>(
  context: KernelContext<T>,
  map: (value: T, channel: number, index: number) => T,
): Cells<T> {
  const { cells, shape } = operandOf(context);
  const channels = shape[shape.length - 1] ?? 1;
  const y = context.arithmetic.make(cells.length);
  for (let i = 0; i < cells.length; i++) y[i] = map(cells[i] as T, i % channels, i);
  return y;
}

/** Where a checked value stands. */
export interface Place<T> {
  readonly limit: T;
  readonly channel: number;
  /** Index into the node's output (argmax: into its operand). */
  readonly index: number;
}

/**
 * Refuses a value that the circuit cannot prove: bigger than what exact bounds or calibration allowed for.
 *
 * @throws BOUND_EXCEEDED
 */
export function checkLimit<T>(context: KernelContext<T>, value: T, place: Place<T>): void {
  const { arithmetic, node } = context;
  const magnitude = arithmetic.less(value, arithmetic.zero)
    ? arithmetic.subtract(arithmetic.zero, value)
    : value;
  if (arithmetic.less(magnitude, place.limit)) return;
  const shape = node.op.kind === 'argmax' ? operandOf(context).shape : node.shape;
  const position = positionOf(place.index, shape);
  const [shown, bound] = [arithmetic.toBigint(value), arithmetic.toBigint(place.limit)];
  throw new BionoirError(
    'BOUND_EXCEEDED',
    `Node '${node.name}' (${node.op.kind}) reaches ${shown} in channel ${place.channel} at position [${position.join(', ')}], but the circuit proves only magnitudes below ${bound} there. The input lies outside what calibration saw: calibrate with more samples or a larger margin, or use exact widths.`,
    {
      details: { node: node.name, channel: place.channel, position, value: shown, bound },
      location: `node '${node.name}'`,
    },
  );
}

/**
 * Refuses a value outside the interval that the circuit proves.
 *
 * @throws BOUND_EXCEEDED
 */
export function checkInterval<T>(
  context: KernelContext<T>,
  value: T,
  place: { readonly low: bigint; readonly high: bigint; readonly channel: number; readonly index: number },
): void {
  const { arithmetic, node } = context;
  const { low, high, channel, index } = place;
  if (!arithmetic.less(value, arithmetic.from(low)) && !arithmetic.less(arithmetic.from(high), value)) return;
  const position = positionOf(index, node.shape);
  const shown = arithmetic.toBigint(value);
  throw new BionoirError(
    'BOUND_EXCEEDED',
    `Node '${node.name}' (${node.op.kind}) reaches ${shown} in channel ${channel} at position [${position.join(', ')}], but the circuit proves only ${low} to ${high} there. The input lies outside what calibration saw: calibrate with more samples or a larger margin, or use exact widths.`,
    {
      details: { node: node.name, channel, position, value: shown, low, high },
      location: `node '${node.name}'`,
    },
  );
}

function positionOf(index: number, shape: Shape): number[] {
  const position: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return position;
}
