/**
 * What an activation node does to each channel, as calls of zkml::activation: see noir-templates/zkml for what each of
 * them proves.
 */
import type { QuantLeakyReluOp, QuantReluOp } from '../quantize/types.ts';

export type ActivationOp = QuantReluOp | QuantLeakyReluOp;

/** Gives, per channel, a text with `{}` where the channel's sum goes. */
export function activationWrappers(op: ActivationOp, channelCount: number): string[] {
  return Array.from({ length: channelCount }, (_, channel) =>
    op.kind === 'relu' ? reluWrapper(op, channel) : leakyWrapper(op, channel),
  );
}

function reluWrapper(op: QuantReluOp, channel: number): string {
  const [bits, cut, sign] = facts(op, channel);
  const cap = op.max === undefined ? 0 : at(op.capBits ?? [], channel, 0);
  if (sign === 'non-positive') return '0';
  const plain = sign === 'any' ? `relu::<${bits}, ${cut}>({})` : rescaled(bits, cut);
  return cap > 0 ? `minimum::<${cap}>(${plain}, ${op.max})` : plain;
}

function leakyWrapper(op: QuantLeakyReluOp, channel: number): string {
  const [bits, cut, sign] = facts(op, channel);
  const numerator = at(op.numerators ?? [op.numerator], channel, 0);
  if (sign === 'any') return `leaky_relu::<${bits}, ${cut}, ${op.slopeBits}>({}, ${numerator})`;
  if (sign === 'non-negative') return scaled(2n ** BigInt(op.slopeBits), rescaled(bits, cut));
  return scaled(BigInt(numerator), cut === 0 ? '{}' : `rescale_negative::<${bits}, ${cut}>({})`);
}

/** Without a cut nothing is left to prove of a number whose sign is known. */
function rescaled(bits: number, cut: number): string {
  return cut === 0 ? '{}' : `rescale::<${bits}, ${cut}>({})`;
}

function scaled(factor: bigint, text: string): string {
  if (factor === 1n) return text;
  return text === '{}' ? `${factor} * ({})` : `${factor} * ${text}`;
}

function facts(op: ActivationOp, channel: number): readonly [bits: number, cut: number, sign: string] {
  return [at(op.quotientBits, channel, 0), op.shiftBits, at(op.sign, channel, 'any')];
}

/** Lists hold one entry per channel, or a single one for all. */
function at<T>(list: readonly T[], channel: number, otherwise: T): T {
  return list[list.length === 1 ? 0 : channel] ?? otherwise;
}
