/**
 * Sums of small multiples of wide constants, by wire: sum_j K_j c_j with K_j as wide as the field and c_j small.
 *
 * Kept as limbs of 24 bits in doubles, since a million bigint multiplications take seconds: a product of a limb and a
 * factor up to 2^20 is below 2^44, so 256 of them add up exactly (and a pack holds fewer rows than the field has bits).
 */
import { at, atReal, createU32List, push, type U32List } from './sparse.ts';

/** Sums being added up, in limbs. */
export interface LimbSums {
  readonly limbCount: number;
  /** Limbs of the current multiplier. */
  readonly multiplier: Float64Array;
  /** By wire: the slot of its limbs + 1, or 0. */
  readonly slotOf: Uint32Array;
  readonly touched: U32List;
  limbs: Float64Array;
  /** What was added as a bigint. */
  readonly large: Map<number, bigint>;
}

const LIMB_BITS = 24;
const LIMB = 2 ** LIMB_BITS;
const SINGLE = BigInt(LIMB_BITS);
const DOUBLE = BigInt(2 * LIMB_BITS);

/** Factors up to this size are added as limbs. */
export const SMALL_FACTOR_MAX = 2 ** 20;

/** Makes room for sums of residues, on wires below `wireCount`. */
export function createLimbSums(prime: bigint, wireCount: number): LimbSums {
  const limbCount = Math.ceil(prime.toString(2).length / LIMB_BITS);
  return {
    limbCount,
    multiplier: new Float64Array(limbCount),
    slotOf: new Uint32Array(wireCount),
    touched: createU32List(256),
    limbs: new Float64Array(256 * limbCount),
    large: new Map(),
  };
}

/** Sets K for the additions that follow; 0 <= K < p. */
export function setMultiplier({ multiplier, limbCount }: LimbSums, value: bigint): void {
  let rest = value;
  for (let limb = 0; limb < limbCount; limb++, rest >>= SINGLE) {
    multiplier[limb] = Number(rest & BigInt(LIMB - 1));
  }
}

/** Adds K * factor to a wire's sum. */
export function addSmallMultiple(sums: LimbSums, wire: number, factor: number): void {
  const { multiplier, limbCount } = sums;
  const start = slotOf(sums, wire) * limbCount;
  const { limbs } = sums;
  for (let limb = 0; limb < limbCount; limb++) {
    limbs[start + limb] = atReal(limbs, start + limb) + factor * atReal(multiplier, limb);
  }
}

/** Adds any integer to a wire's sum. */
export function addLarge(sums: LimbSums, wire: number, value: bigint): void {
  slotOf(sums, wire);
  sums.large.set(wire, (sums.large.get(wire) ?? 0n) + value);
}

/** The wires that have a sum, ascending. */
export function touchedWires({ touched }: LimbSums): Uint32Array {
  return touched.data.slice(0, touched.length).sort();
}

/** Returns a wire's sum (any integer). Carries first, so that two limbs at a time become a bigint. */
export function takeSum(sums: LimbSums, wire: number): bigint {
  const { limbs, limbCount } = sums;
  const start = (at(sums.slotOf, wire) - 1) * limbCount;
  let carry = 0;
  for (let limb = 0; limb < limbCount; limb++) {
    const total = atReal(limbs, start + limb) + carry;
    carry = Math.floor(total / LIMB);
    limbs[start + limb] = total - carry * LIMB;
  }
  let value = BigInt(carry);
  let limb = limbCount - 1;
  if (limbCount % 2 === 1) value = (value << SINGLE) + BigInt(atReal(limbs, start + limb--));
  for (; limb > 0; limb -= 2) {
    value = (value << DOUBLE) + BigInt(atReal(limbs, start + limb) * LIMB + atReal(limbs, start + limb - 1));
  }
  return value + (sums.large.get(wire) ?? 0n);
}

/** Forgets all sums. */
export function clearTouched(sums: LimbSums): void {
  const { touched, slotOf: slots, limbs, limbCount } = sums;
  for (let k = 0; k < touched.length; k++) slots[at(touched.data, k)] = 0;
  limbs.fill(0, 0, touched.length * limbCount);
  touched.length = 0;
  sums.large.clear();
}

function slotOf(sums: LimbSums, wire: number): number {
  const known = at(sums.slotOf, wire);
  if (known !== 0) return known - 1;
  push(sums.touched, wire);
  sums.slotOf[wire] = sums.touched.length;
  const needed = sums.touched.length * sums.limbCount;
  if (needed > sums.limbs.length) {
    const grown = new Float64Array(2 * needed);
    grown.set(sums.limbs);
    sums.limbs = grown;
  }
  return sums.touched.length - 1;
}
