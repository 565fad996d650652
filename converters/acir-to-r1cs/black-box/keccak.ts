/**
 * Keccak (https://keccak.team/keccak_specs_summary.html): the permutation Keccak-f[1600], and Keccak-256 of old releases
 * with its original padding, 0x01 .. 0x80 (SHA-3 pads differently).
 *
 * A round costs 3840 rows: two a column for its parity, one a bit for theta (XOR of three) and one a bit for chi. Rho, pi
 * and iota are free. With lookups see keccak-words.ts. Lanes have the index x + 5y; bits are least significant first.
 */
import type { FunctionInput, HashCall, Keccak256Call } from '../../../src/acir/types.ts';
import { type GadgetBuilder, hint, inputForm, placeOf, unsatisfiable } from '../builder.ts';
import {
  addForms,
  constantForm,
  constantOf,
  type Form,
  ONE_FORM,
  scaleForm,
  subtractForms,
  ZERO_FORM,
} from '../forms.ts';
import { assertProduct, assertZero, assignWitness, define, fromBits, product, toBits } from '../gadgets.ts';
import { type Bits, chi, flipIf, xorBits } from './bits.ts';
import { constantHalves, type Halves, permuteHalves, xorHalves } from './keccak-words.ts';
import { hasWordTables } from './word-tables.ts';
import { cutValue, inputPieces, inputValue, wordForm } from './word-values.ts';
import { assignBits, constantBits, inputBits, rotateRight, splitWords } from './words.ts';

const ROUNDS = 24;
const LANE_BITS = 64;
const RATE_BYTES = 136;
const DIGEST_BYTES = 32;

const ROTATIONS = rotations();
const ROUND_CONSTANTS = roundConstants();

/**
 * Proves: outputs = Keccak-f[1600] of the 25 lanes; lanes are less than 2^64.
 * Costs: 64 rows an argument whose bits are not known, and 92 160 rows. By lookups 36 700, and 6600 of tables once.
 */
export function lowerKeccakf1600(builder: GadgetBuilder, call: HashCall): void {
  if (hasWordTables(builder)) {
    lowerPermutationWords(builder, call);
    return;
  }
  const lanes = permute(
    builder,
    call.inputs.map(input => inputBits(builder, input, LANE_BITS)),
  );
  call.outputs.forEach((witness, index) => {
    assignBits(builder, witness, lanes[index] ?? []);
  });
}

/**
 * Proves: outputs = Keccak-256 of the first `messageSize` input bytes (of all without it), as bytes; these are bytes, and
 * there are as many.
 * Costs: 8 rows a byte and at most 93 248 rows a block of 136 bytes; for a size that is not constant 2 more a byte, and
 * 32 a block.
 * @throws BionoirError UNSATISFIABLE_PROGRAM for a constant size beyond the message
 */
export function lowerKeccak256(builder: GadgetBuilder, call: Keccak256Call): void {
  const count = call.inputs.length;
  const size = call.messageSize === undefined ? undefined : inputForm(builder, call.messageSize);
  const constant = size === undefined ? BigInt(count) : constantOf(size);
  const fits = constant !== undefined && constant <= BigInt(count);
  if (constant !== undefined && !fits && builder.gate === undefined)
    throw unsatisfiable(`demands that Keccak-256 takes ${constant} of ${count} bytes`, placeOf(builder));
  if ((size === undefined || fits) && hasWordTables(builder)) {
    lowerDigestWords(builder, call, Number(constant));
  } else if (size === undefined || fits) {
    const digest = splitWords(digestOf(builder, call.inputs.slice(0, Number(constant))), 8);
    call.outputs.forEach((witness, index) => {
      assignBits(builder, witness, digest[index] ?? []);
    });
  } else {
    const digest = digestOfPrefix(builder, call.inputs, size);
    call.outputs.forEach((witness, index) => {
      assignWitness(builder, witness, digest[index] ?? ZERO_FORM);
    });
  }
}

const CONSTANTS = { rotations: ROTATIONS, roundConstants: ROUND_CONSTANTS };

function lowerPermutationWords(builder: GadgetBuilder, call: HashCall): void {
  const lanes = call.inputs.map((input): Halves => {
    const [low, high] = inputPieces(builder, input, [32, 32]);
    return [low?.form ?? ZERO_FORM, high?.form ?? ZERO_FORM];
  });
  const permuted = permuteHalves(builder, lanes, CONSTANTS);
  call.outputs.forEach((witness, index) => {
    const [low, high] = permuted[index] ?? [ZERO_FORM, ZERO_FORM];
    assignWitness(builder, witness, addForms(builder.prime, low, scaleForm(builder.prime, high, 1n << 32n)));
  });
}

/** Keccak-256 of the first `size` bytes, whose number is known. */
function lowerDigestWords(builder: GadgetBuilder, call: Keccak256Call, size: number): void {
  const { prime } = builder;
  const bytes = call.inputs.slice(0, size).map(input => inputValue(builder, input, 8));
  const padding = new Array<bigint>(blocksOf(size) * RATE_BYTES - size).fill(0n);
  padding[0] = 1n;
  padding[padding.length - 1] = (padding.at(-1) ?? 0n) + 0x80n;
  const padded = [...bytes, ...padding.map(value => constantForm(prime, value))];
  const half = (at: number): Form =>
    wordForm(
      builder,
      padded.slice(at, at + 4).map((form, index) => ({ form, offset: 8 * index, width: 8 })),
    );
  let state: readonly Halves[] = new Array<Halves>(25).fill(constantHalves(prime, 0n));
  for (let start = 0; start < padded.length; start += RATE_BYTES) {
    const absorbed = state.map((lane, index): Halves => {
      const at = start + 8 * index;
      if (8 * index >= RATE_BYTES) return lane;
      const input: Halves = [half(at), half(at + 4)];
      return start === 0 ? input : xorHalves(builder, lane, input);
    });
    state = permuteHalves(builder, absorbed, CONSTANTS);
  }
  const digest = state.flat().slice(0, DIGEST_BYTES / 4);
  const output = digest.flatMap(word => cutValue(builder, word, [8, 8, 8, 8]));
  call.outputs.forEach((witness, index) => {
    assignWitness(builder, witness, output[index]?.form ?? ZERO_FORM);
  });
}

function digestOf(builder: GadgetBuilder, inputs: readonly FunctionInput[]): Bits {
  const bytes: Bits[] = inputs.map(input => inputBits(builder, input, 8));
  const blockCount = blocksOf(inputs.length);
  const padding = constantBits(1n, 8 * (blockCount * RATE_BYTES - inputs.length));
  const padded = [...bytes.flat(), ...padding.slice(0, -1), ONE_FORM];
  return squeezeAll(builder, padded).at(-1) ?? [];
}

/**
 * The digest of a prefix whose length is known only to the prover, as bytes: a one-hot of the length masks the message,
 * places the padding, and selects among the digests after each block.
 */
function digestOfPrefix(builder: GadgetBuilder, inputs: readonly FunctionInput[], size: Form): Form[] {
  const { prime } = builder;
  const isEnd = oneHot(builder, size, inputs.length + 1);
  const isLast = Array.from({ length: blocksOf(inputs.length) }, (_, block) =>
    addForms(prime, ...isEnd.slice(block * RATE_BYTES, (block + 1) * RATE_BYTES)),
  );
  const padded = maskedMessage(builder, inputs, isEnd);
  // From the end on the masked bytes are 0, so the padding's bits are added to zeros.
  const paddedBits = padded.map((byte, index): Bits => {
    const [low = ZERO_FORM, ...others] = byte;
    const top = others.pop() ?? ZERO_FORM;
    const isClosing = index % RATE_BYTES === RATE_BYTES - 1;
    const closing = (isClosing ? isLast[(index + 1) / RATE_BYTES - 1] : undefined) ?? ZERO_FORM;
    return [addForms(prime, low, isEnd[index] ?? ZERO_FORM), ...others, addForms(prime, top, closing)];
  });
  const digests = squeezeAll(builder, paddedBits.flat()).map(bits => splitWords(bits, 8));
  return Array.from({ length: DIGEST_BYTES }, (_, byte) => {
    const terms = digests.map((digest, block) =>
      product(builder, isLast[block] ?? ZERO_FORM, fromBits(builder, digest[byte] ?? [])),
    );
    return addForms(prime, ...terms);
  });
}

/** Returns the bits of each byte before the end, and zeros after it, up to the end of the last block. */
function maskedMessage(builder: GadgetBuilder, inputs: readonly FunctionInput[], isEnd: Bits): Bits[] {
  let isBefore: Form = ONE_FORM;
  const bytes = inputs.map((input, index) => {
    isBefore = define(builder, subtractForms(builder.prime, isBefore, isEnd[index] ?? ZERO_FORM));
    return toBits(builder, product(builder, isBefore, inputForm(builder, input)), 8);
  });
  const rest = blocksOf(inputs.length) * RATE_BYTES - inputs.length;
  return [...bytes, ...splitWords(constantBits(0n, 8 * rest), 8)];
}

/**
 * Returns bits of which the one at `value` is 1.
 * Proves: e_i (value - i) = 0 and sum e_i = 1: every other bit is 0, and value < count.
 * Costs: count rows and a linear row.
 */
function oneHot(builder: GadgetBuilder, value: Form, count: number): Bits {
  const { prime } = builder;
  const bits = hint(builder, 'one-hot', [value], { size: count });
  bits.forEach((bit, index) => {
    const difference = subtractForms(prime, value, constantForm(prime, BigInt(index)));
    assertProduct(builder, bit, difference, ZERO_FORM);
  });
  assertZero(builder, subtractForms(prime, addForms(prime, ...bits), ONE_FORM));
  return bits;
}

function blocksOf(byteCount: number): number {
  return Math.floor(byteCount / RATE_BYTES) + 1;
}

/** Returns the first 256 bits of the state after each block of a padded message. */
function squeezeAll(builder: GadgetBuilder, message: Bits): Bits[] {
  let state: readonly Bits[] = new Array<Bits>(25).fill(constantBits(0n, LANE_BITS));
  return splitWords(message, 8 * RATE_BYTES).map(block => {
    const lanes = splitWords(block, LANE_BITS);
    const absorbed = state.map((lane, index) => {
      const input = lanes[index];
      return input === undefined ? lane : xorBits(builder, lane, input);
    });
    state = permute(builder, absorbed);
    return state.flat().slice(0, 8 * DIGEST_BYTES);
  });
}

function permute(builder: GadgetBuilder, initial: readonly Bits[]): readonly Bits[] {
  let lanes = initial;
  for (let round = 0; round < ROUNDS; round++) {
    const mixed = theta(builder, lanes);
    const moved = rhoAndPi(mixed);
    lanes = chiAndIota(builder, moved, ROUND_CONSTANTS[round] ?? 0n);
  }
  return lanes;
}

/** Costs: 2240 rows. */
function theta(builder: GadgetBuilder, lanes: readonly Bits[]): Bits[] {
  const columns = Array.from({ length: 5 }, (_, x) =>
    xorBits(builder, ...[0, 5, 10, 15, 20].map(y => lanes[x + y] ?? [])),
  );
  return lanes.map((lane, index) => {
    const [left = [], right = []] = [columns[(index + 4) % 5], columns[(index + 1) % 5]];
    return xorBits(builder, lane, left, rotateRight(right, LANE_BITS - 1));
  });
}

function rhoAndPi(lanes: readonly Bits[]): Bits[] {
  const moved: Bits[] = [];
  lanes.forEach((lane, index) => {
    const [x, y] = [index % 5, Math.floor(index / 5)];
    moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotateRight(lane, LANE_BITS - (ROTATIONS[index] ?? 0));
  });
  return moved;
}

/** Costs: 1600 rows. */
function chiAndIota(builder: GadgetBuilder, lanes: readonly Bits[], roundConstant: bigint): Bits[] {
  return lanes.map((lane, index) => {
    const row = index - (index % 5);
    const [next = [], second = []] = [lanes[row + ((index + 1) % 5)], lanes[row + ((index + 2) % 5)]];
    return lane.map((bit, z) => {
      const result = chi(builder, bit, next[z] ?? ZERO_FORM, second[z] ?? ZERO_FORM);
      return index === 0 ? flipIf(builder, result, (roundConstant >> BigInt(z)) & 1n) : result;
    });
  });
}

/** The offsets of rho, by lane: triangular numbers along the orbit of (1, 0) under pi. */
function rotations(): number[] {
  const offsets = new Array<number>(25).fill(0);
  let [x, y] = [1, 0];
  for (let t = 0; t < 24; t++) {
    offsets[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % LANE_BITS;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return offsets;
}

/** The constants of iota: bit 2^j - 1 of round r is output 7r + j of the LFSR x^8 + x^6 + x^5 + x^4 + 1. */
function roundConstants(): bigint[] {
  let register = 1;
  return Array.from({ length: ROUNDS }, () => {
    let constant = 0n;
    for (let j = 0; j < 7; j++) {
      if (register & 1) constant |= 1n << BigInt(2 ** j - 1);
      register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    }
    return constant;
  });
}
