/**
 * Keccak-f[1600] on halves of lanes, by lookups; keccak.ts has the same by bits, and the constants.
 *
 * A round looks up 10 words for the XOR of five, 60 for XORs of two and 50 for chi, and proves the ranges of 110 halves:
 * every claim is settled at once by the pieces of its half (word-tables.ts, "Columns": one claim a row). Halves are cut
 * where rho rotates them, and a half of lane 0 at the bits that iota flips.
 */
import type { GadgetBuilder } from '../builder.ts';
import { combineForms, constantForm, type Form, ZERO_FORM } from '../forms.ts';
import { CHI, claimWords, claimXor, PARITY_5 } from './word-tables.ts';
import { type CutWord, cutValue, flippedValue, widthsAround, wordForm } from './word-values.ts';

/** The lower and the upper 32 bits of a lane. */
export type Halves = readonly [low: Form, high: Form];

/** Lane x + 5y. */
type State = readonly Halves[];

/** The constants of the permutation. */
export interface KeccakConstants {
  /** Rotations of rho, by lane. */
  readonly rotations: readonly number[];
  /** Of iota, by round. */
  readonly roundConstants: readonly bigint[];
}

const HALF: readonly number[] = [32];
const ZERO_HALVES: Halves = [ZERO_FORM, ZERO_FORM];

/** Returns the permuted lanes. Assumes: halves are words of 32 bits. Costs: about 1500 rows a round. */
export function permuteHalves(builder: GadgetBuilder, initial: State, constants: KeccakConstants): State {
  let lanes = initial;
  for (const roundConstant of constants.roundConstants)
    lanes = chiAndIota(builder, mixAndMove(builder, lanes, constants.rotations), roundConstant);
  return lanes;
}

/** Returns the XOR of lanes. Assumes: words. Costs: 2 words of AND, 2 ranges of 32 bits. */
export function xorHalves(builder: GadgetBuilder, left: Halves, right: Halves): Halves {
  return mapHalves(half => settle(builder, claimXor(builder, left[half], right[half])));
}

function mapHalves(make: (half: 0 | 1) => Form): Halves {
  return [make(0), make(1)];
}

/** The claim as a word of its own. */
function settle(builder: GadgetBuilder, claim: Form): Form {
  return wordForm(builder, cutValue(builder, claim, HALF));
}

/** Theta, rho and pi. */
function mixAndMove(builder: GadgetBuilder, lanes: State, rotations: readonly number[]): State {
  const columns = [0, 1, 2, 3, 4].map(x => {
    const column = [0, 5, 10, 15, 20].map(y => lanes[x + y] ?? ZERO_HALVES);
    const claims = ([0, 1] as const).map(half =>
      claimWords(
        builder,
        PARITY_5,
        column.map(lane => lane[half]),
      ),
    );
    return claims.map(claim => cutValue(builder, claim, [31, 1]));
  });
  const effects = columns.map((_, x) => {
    const [left = [], right = []] = [columns[(x + 4) % 5], columns[(x + 1) % 5]];
    const value: Halves = mapHalves(half => wordForm(builder, left[half] ?? []));
    return xorHalves(builder, value, rotateLeft(builder, right, 1));
  });
  const moved: Halves[] = [];
  lanes.forEach((lane, index) => {
    const [x, y] = [index % 5, Math.floor(index / 5)];
    const effect = effects[x] ?? ZERO_HALVES;
    const rotation = rotations[index] ?? 0;
    const widths = rotation % 32 === 0 ? HALF : [32 - (rotation % 32), rotation % 32];
    const mixed = ([0, 1] as const).map(half =>
      cutValue(builder, claimXor(builder, lane[half], effect[half]), widths),
    );
    moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotateLeft(builder, mixed, rotation);
  });
  return moved;
}

/** Rotates a lane whose halves are cut at 32 - count % 32. Free. */
function rotateLeft(
  builder: GadgetBuilder,
  [low = [], high = []]: readonly CutWord[],
  count: number,
): Halves {
  const [first, second] = count < 32 ? [low, high] : [high, low];
  const shift = count % 32;
  if (shift === 0) return [wordForm(builder, first), wordForm(builder, second)];
  return [turn(builder, first, second, shift), turn(builder, second, first, shift)];
}

/** The lower piece of one half above the upper piece of the other. */
function turn(builder: GadgetBuilder, [low]: CutWord, [, high]: CutWord, shift: number): Form {
  return combineForms(builder.prime, [
    { form: low?.form ?? ZERO_FORM, factor: 1n << BigInt(shift) },
    { form: high?.form ?? ZERO_FORM, factor: 1n },
  ]);
}

function chiAndIota(builder: GadgetBuilder, lanes: State, roundConstant: bigint): State {
  return lanes.map((lane, index) => {
    const row = index - (index % 5);
    const others = [1, 2].map(step => lanes[row + ((index + step) % 5)] ?? ZERO_HALVES);
    return mapHalves(half => {
      const claim = claimWords(builder, CHI, [lane[half], ...others.map(other => other[half])]);
      const constant = index === 0 ? (roundConstant >> BigInt(32 * half)) & 0xffffffffn : 0n;
      return flippedValue(builder, cutValue(builder, claim, widthsAround(constant)), constant);
    });
  });
}

/** Returns the halves of a constant lane. */
export function constantHalves(prime: bigint, value: bigint): Halves {
  return [constantForm(prime, value & 0xffffffffn), constantForm(prime, value >> 32n)];
}
