/**
 * The lowering of each black box, by name. To add one: write `<name>.ts` with a function
 * `(builder, call) => void` after the rules in ../gadgets.ts, and name it here.
 */
import type { BlackBoxCall } from '../../../src/acir/types.ts';
import type { GadgetBuilder } from '../builder.ts';
import { lowerAes } from './aes.ts';
import { lowerBigIntArithmetic, lowerBigIntFromLeBytes, lowerBigIntToLeBytes } from './big-int.ts';
import { lowerBitwise } from './bitwise.ts';
import { lowerBlake2s } from './blake2s.ts';
import { lowerBlake3 } from './blake3.ts';
import { lowerEcdsa } from './ecdsa.ts';
import { lowerEmbeddedCurveAdd } from './embedded-curve-add.ts';
import { lowerFixedBaseScalarMul } from './fixed-base-scalar-mul.ts';
import { lowerKeccak256, lowerKeccakf1600 } from './keccak.ts';
import { lowerMultiScalarMul } from './multi-scalar-mul.ts';
import { lowerPedersen } from './pedersen.ts';
import { lowerPoseidon2 } from './poseidon2.ts';
import { lowerRange } from './range.ts';
import { lowerRecursiveAggregation } from './recursive-aggregation.ts';
import { lowerSchnorrVerify } from './schnorr-verify.ts';
import { lowerSha256, lowerSha256Compression } from './sha256.ts';

type Lowerings = {
  readonly [Name in BlackBoxCall['name']]?: (
    builder: GadgetBuilder,
    call: Extract<BlackBoxCall, { readonly name: Name }>,
  ) => void;
};

const LOWERINGS: Lowerings = {
  range: lowerRange,
  and: lowerBitwise,
  xor: lowerBitwise,
  sha256: lowerSha256,
  'sha256-compression': lowerSha256Compression,
  keccakf1600: lowerKeccakf1600,
  keccak256: lowerKeccak256,
  'big-int-add': lowerBigIntArithmetic,
  'big-int-sub': lowerBigIntArithmetic,
  'big-int-mul': lowerBigIntArithmetic,
  'big-int-div': lowerBigIntArithmetic,
  'big-int-from-le-bytes': lowerBigIntFromLeBytes,
  'big-int-to-le-bytes': lowerBigIntToLeBytes,
  'ecdsa-secp256k1': lowerEcdsa,
  'ecdsa-secp256r1': lowerEcdsa,
  'schnorr-verify': lowerSchnorrVerify,
  'embedded-curve-add': lowerEmbeddedCurveAdd,
  'multi-scalar-mul': lowerMultiScalarMul,
  'fixed-base-scalar-mul': lowerFixedBaseScalarMul,
  'pedersen-commitment': lowerPedersen,
  'pedersen-hash': lowerPedersen,
  'recursive-aggregation': lowerRecursiveAggregation,
  blake2s: lowerBlake2s,
  blake3: lowerBlake3,
  'poseidon2-permutation': lowerPoseidon2,
  'aes128-encrypt': lowerAes,
};

/** Returns the lowering of a black box, or undefined when there is none yet. */
export function blackBoxLowering(
  name: BlackBoxCall['name'],
): ((builder: GadgetBuilder, call: BlackBoxCall) => void) | undefined {
  // The table above ties each function to the calls of its own name.
  return LOWERINGS[name] as ((builder: GadgetBuilder, call: BlackBoxCall) => void) | undefined;
}
