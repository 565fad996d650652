/**
 * The BN254 scalar field on bigint: what ACIR, R1CS and public inputs are made of.
 *
 * BN254 is alt_bn128 of EIP-196/197; iden3 calls it bn128. Its scalar field has order r below, its base field q.
 * Functions take the prime as an argument where a tiny field may stand in for BN254 (exhaustion tests).
 */

/** Order r of BN254's scalar field (EIP-197). */
export const BN254_SCALAR_PRIME =
  21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** Order q of BN254's base field (EIP-197): point coordinates. */
export const BN254_BASE_PRIME =
  21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** Reduces any integer into [0, prime). */
export function mod(value: bigint, prime: bigint): bigint {
  const remainder = value % prime;
  return remainder < 0n ? remainder + prime : remainder;
}

/** base^exponent mod prime, exponent >= 0. */
export function power(base: bigint, exponent: bigint, prime: bigint): bigint {
  let result = 1n;
  let square = mod(base, prime);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

/** Inverse of a non-zero element; the inverse of 0 is 0, as ACVM and field hints have it. */
export function invertOrZero(value: bigint, prime: bigint): bigint {
  let [r0, r1] = [prime, mod(value, prime)];
  if (r1 === 0n) return 0n;
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return mod(t0, prime);
}

/** The representative in (-prime/2, prime/2]: how people read coefficients and quantised values. */
export function toSigned(value: bigint, prime: bigint): bigint {
  return value > prime >> 1n ? value - prime : value;
}
