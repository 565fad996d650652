/**
 * Activations in doubles, where most of an evaluation's time would go otherwise. They compute what kernels.ts says, to which
 * the tests hold them; what cannot be proved is left to it, for it words the refusal.
 */
import type { QuantLeakyReluOp, QuantReluOp } from './types.ts';

/** 2^0, 2^1 …, all that doubles hold: to calculate them would take longer than all the rest. */
const POWERS = Array.from({ length: 1024 }, (_, bits) => 2 ** bits);

/** ReLU and leaky ReLU; undefined where a number is beyond what the circuit proves. */
export function activateInNumbers(
  op: QuantReluOp | QuantLeakyReluOp,
  cells: ArrayLike<number>,
): Float64Array | undefined {
  const limits = new Float64Array(op.quotientBits.length);
  for (let i = 0; i < limits.length; i++) limits[i] = POWERS[op.quotientBits[i] as number] as number;
  const [above, belows, cap] = slopesOf(op);
  const [step, half] = [2 ** -op.shiftBits, op.shiftBits === 0 ? 0 : 2 ** (op.shiftBits - 1)];
  const y = new Float64Array(cells.length);
  let channel = 0;
  for (let i = 0; i < y.length; i++) {
    const t = Math.floor(((cells[i] as number) + half) * step);
    if (Math.abs(t) >= (limits[channel] as number)) return undefined;
    const below = belows[belows.length === 1 ? 0 : channel] as number;
    y[i] = (t < 0 ? t * below : Math.min(t * above, cap)) + 0; // no negative zeros
    channel += 1;
    if (channel === limits.length) channel = 0;
  }
  return y;
}

/** Factors above zero and, one for all channels or one a channel, below; and the cap. */
function slopesOf(
  op: QuantReluOp | QuantLeakyReluOp,
): readonly [above: number, belows: readonly number[], cap: number] {
  if (op.kind === 'relu') return [1, [0], op.max === undefined ? Number.POSITIVE_INFINITY : Number(op.max)];
  return [2 ** op.slopeBits, op.numerators ?? [op.numerator], Number.POSITIVE_INFINITY];
}
