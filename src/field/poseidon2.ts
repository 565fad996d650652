/**
 * Poseidon2 (https://eprint.iacr.org/2023/323) over BN254's scalar field, on values: the permutation of four elements
 * with the constants of Noir's black box, and the sponge with which Noir programs hash a list. The constraints of the
 * permutation are in converters/acir-to-r1cs.
 */
import { BN254_SCALAR_PRIME as p } from './bn254.ts';
import { POSEIDON2_DIAGONAL, POSEIDON2_ROUND_CONSTANTS } from './poseidon2.generated.ts';

/** How many elements {@link poseidon2} permutes. */
export const POSEIDON2_WIDTH = 4;

const RATE = 3;
const FULL_ROUNDS = 8;
const PARTIAL_ROUNDS = 56;
const EXTERNAL = [
  [5n, 7n, 1n, 3n],
  [4n, 6n, 1n, 1n],
  [1n, 3n, 5n, 7n],
  [1n, 1n, 4n, 6n],
] as const;

/** The Poseidon2 permutation of four elements. */
export function poseidon2(inputs: readonly bigint[]): bigint[] {
  let next = 0;
  const constant = (): bigint => POSEIDON2_ROUND_CONSTANTS[next++] as bigint;
  let state = external(inputs);
  for (let round = 0; round < FULL_ROUNDS + PARTIAL_ROUNDS; round++) {
    const isFull = round < FULL_ROUNDS / 2 || round >= FULL_ROUNDS / 2 + PARTIAL_ROUNDS;
    if (isFull) state = external(state.map(value => fifthPower(value + constant())));
    else {
      state[0] = fifthPower((state[0] as bigint) + constant());
      const sum = state.reduce((left, right) => left + right);
      state = state.map((value, k) => (value * (POSEIDON2_DIAGONAL[k] as bigint) + sum) % p);
    }
  }
  return state;
}

/**
 * Hashes a list of at least one element to one: a sponge of rate 3 whose capacity starts as 2^64 times the length, so
 * that lists of different lengths never collide by padding.
 */
export function poseidon2Hash(elements: readonly bigint[]): bigint {
  let state = [0n, 0n, 0n, BigInt(elements.length) << 64n];
  for (let start = 0; start < elements.length; start += RATE) {
    elements.slice(start, start + RATE).forEach((element, k) => {
      state[k] = ((state[k] as bigint) + element) % p;
    });
    state = poseidon2(state);
  }
  return state[0] as bigint;
}

function external(state: readonly bigint[]): bigint[] {
  return EXTERNAL.map(row => row.reduce((sum, factor, k) => sum + factor * (state[k] as bigint), 0n) % p);
}

function fifthPower(value: bigint): bigint {
  const base = value % p;
  const square = (base * base) % p;
  return (((square * square) % p) * base) % p;
}
