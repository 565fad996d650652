/**
 * Networks that come quantised: their integers are taken as they are. Weights are not scaled again, nothing is cut but
 * where the network itself does, and what it computes is what is proved.
 */
import type { RequantizeOp } from '../../graph/index.ts';
import { capFields, proveCut } from '../activation.ts';
import { affineBounds, boundsAt, boundsOf } from '../bounds.ts';
import { append, type Builder, freshName, type Value } from '../builder.ts';
import { maximum, minimum } from '../integers.ts';
import type { QuantAffineOp, QuantReluOp, Shape } from '../types.ts';
import type { Quantizer } from './rule.ts';

/**
 * y = min(max(floor((x * m + o) / 2^k), 0), max - min) + min: an affine map, a capped ReLU that cuts k bits (it rounds, so
 * half a step is taken off before), and a shift. All but the ReLU is linear.
 */
export const quantizeRequantize: Quantizer<RequantizeOp> = (builder, { node, op, operands }) => {
  const [x] = operands as readonly [Value];
  const half = op.shiftBits === 0 ? 0n : 1n << BigInt(op.shiftBits - 1);
  const scaled = appendAffine(builder, x, {
    name: freshName(builder, `${node.name}_scaled`),
    scale: Array.from(op.multipliers, BigInt),
    shift: Array.from(op.offsets, offset => BigInt(offset) - half),
    shape: node.shape,
  });
  const proof = proveCut(builder, { ...node, op: { kind: 'relu' } }, scaled, op.shiftBits);
  const cap = BigInt(op.max - op.min);
  const relu: QuantReluOp = {
    kind: 'relu',
    shiftBits: op.shiftBits,
    quotientBits: proof.quotientBits,
    sign: proof.sign,
    ...capFields(builder, cap, proof.bounds),
  };
  const bounds = boundsOf(proof.sign.length, channel => {
    const [min, max] = boundsAt(proof.bounds, channel);
    const clamp = (t: bigint): bigint => minimum(maximum(t, 0n), cap);
    return [clamp(min), clamp(max)];
  });
  const isLast = op.min === 0;
  const name = isLast ? node.name : freshName(builder, `${node.name}_cut`);
  const cut = append(builder, { name, op: relu, shape: node.shape, scaleBits: 0, bounds }, [scaled]);
  if (isLast) return cut;
  const channels = op.multipliers.length;
  return appendAffine(builder, cut, {
    name: node.name,
    scale: new Array<bigint>(channels).fill(1n),
    shift: new Array<bigint>(channels).fill(BigInt(op.min)),
    shape: node.shape,
  });
};

interface AffineDraft {
  readonly name: string;
  readonly scale: readonly bigint[];
  readonly shift: readonly bigint[];
  readonly shape: Shape;
}

function appendAffine(builder: Builder, x: Value, { name, scale, shift, shape }: AffineDraft): Value {
  const op: QuantAffineOp = { kind: 'affine', scale, shift };
  return append(builder, { name, op, shape, scaleBits: 0, bounds: affineBounds(op, x.node.bounds) }, [x]);
}
