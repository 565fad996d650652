/**
 * The Grain LFSR of Poseidon (https://eprint.iacr.org/2019/458, appendix E): round constants as 254-bit big-endian samples
 * of a self-shrinking 80-bit register, those that are not below p left out.
 */

export interface PoseidonShape {
  readonly prime: bigint;
  readonly bits: number;
  readonly width: number;
  readonly fullRounds: number;
  readonly partialRounds: number;
}

/** Returns `count` round constants in the order of their use. */
export function grainConstants(shape: PoseidonShape, count: number): bigint[] {
  const next = shrink(shape);
  const constants: bigint[] = [];
  while (constants.length < count) {
    let sample = 0n;
    for (let bit = 0; bit < shape.bits; bit++) sample = (sample << 1n) | BigInt(next());
    if (sample < shape.prime) constants.push(sample);
  }
  return constants;
}

/** Keeps the second bit of each pair whose first is 1, after 160 bits that are thrown away. */
function shrink(shape: PoseidonShape): () => number {
  const field = (value: number, width: number): number[] =>
    Array.from({ length: width }, (_, bit) => (value >> (width - 1 - bit)) & 1);
  const register = [
    ...field(1, 2),
    ...field(0, 4),
    ...field(shape.bits, 12),
    ...field(shape.width, 12),
    ...field(shape.fullRounds, 10),
    ...field(shape.partialRounds, 10),
    ...new Array<number>(30).fill(1),
  ];
  const step = (): number => {
    const bit = [62, 51, 38, 23, 13, 0].reduce((sum, tap) => sum ^ (register[tap] ?? 0), 0);
    register.shift();
    register.push(bit);
    return bit;
  };
  for (let k = 0; k < 160; k++) step();
  return () => {
    while (step() === 0) step();
    return step();
  };
}
