/**
 * Frames: the part of a node's scale that is not a power of two, and how it is carried, folded or made explicit.
 *
 * A frame (real = integer * 2^-scaleBits * factor + offset) passes through everything that commutes with it and ends in
 * the float weights of the next linear layer, before they are rounded: exactly. Where an operator needs plain integers
 * (zero padding with an offset, operands of different scales, outputs), an affine node with integer coefficients is put
 * in between; it is linear and costs no constraint.
 */
import { affineBounds, channelCount } from './bounds.ts';
import { append, type Builder, frameOf, freshName, NEUTRAL_FRAME, type Value } from './builder.ts';
import { exponentOf, isPowerOfTwo, roundScaled } from './integers.ts';
import type { Frame, QuantAffineOp } from './types.ts';

/** Moves a power of two from a frame's factor into the scale. */
export function normaliseScale(
  scaleBits: number,
  frame: Frame,
): { readonly scaleBits: number; readonly frame: Frame } {
  if (frame.factor < 0 || !isPowerOfTwo(frame.factor)) return { scaleBits, frame };
  const exponent = exponentOf(frame.factor) - 1;
  return { scaleBits: scaleBits - exponent, frame: { factor: 1, offset: frame.offset } };
}

/** An offset is taken as exact when it is this close to a whole number of steps. */
const OFFSET_TOLERANCE = 1e-6;
/** Finest step, in bits below the operand's, that an offset is rounded to. */
const OFFSET_BITS_MAX = 8;

/** Gives the value with an offset of 0, so that a padded zero means zero. */
export function withoutOffset(builder: Builder, x: Value): Value {
  const { factor, offset } = frameOf(x.node);
  if (offset === 0) return x;
  const steps = (offset / factor) * 2 ** x.node.scaleBits;
  let bits = 0;
  while (bits < OFFSET_BITS_MAX && !isNearlyWhole(steps * 2 ** bits)) bits += 1;
  const shift = roundScaled(steps, bits);
  return appendAffine(builder, x, { bits, scale: 1n << BigInt(bits), shift, frame: { factor, offset: 0 } });
}

function isNearlyWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) <= OFFSET_TOLERANCE;
}

/** Gives the value with a positive factor and an offset of 0, so that its sign is the integer's. */
export function withPlainSign(builder: Builder, x: Value): Value {
  const plain = withoutOffset(builder, x);
  return frameOf(plain.node).factor > 0 ? plain : withoutFrame(builder, plain);
}

/** Gives the value with a purely binary scale; a factor is rounded to `freeWeightBits` bits. */
export function withoutFrame(builder: Builder, x: Value): Value {
  const { factor, offset } = frameOf(x.node);
  if (factor === 1 && offset === 0) return x;
  if (factor === 1) return withoutOffset(builder, x);
  const bits = builder.options.freeWeightBits - exponentOf(factor);
  const scale = roundScaled(factor, bits);
  const shift = roundScaled(offset, x.node.scaleBits + bits);
  return appendAffine(builder, x, { bits, scale, shift, frame: NEUTRAL_FRAME });
}

interface AffineDraft {
  /** Growth of scaleBits. */
  readonly bits: number;
  readonly scale: bigint;
  readonly shift: bigint;
  readonly frame: Frame;
}

function appendAffine(builder: Builder, x: Value, draft: AffineDraft): Value {
  const channels = channelCount(x.node.shape);
  const op: QuantAffineOp = {
    kind: 'affine',
    scale: new Array<bigint>(channels).fill(draft.scale),
    shift: new Array<bigint>(channels).fill(draft.shift),
  };
  return append(
    builder,
    {
      name: freshName(builder, `${x.node.name}_rescale`),
      op,
      shape: x.node.shape,
      scaleBits: x.node.scaleBits + draft.bits,
      bounds: affineBounds(op, x.node.bounds),
      frame: draft.frame,
    },
    [x],
  );
}
