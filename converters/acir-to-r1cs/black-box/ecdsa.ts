/**
 * EcdsaSecp256k1 and EcdsaSecp256r1 (SEC 1, section 4.1.4; parameters of SEC 2): whether a signature is valid, as a bit.
 * Noir's contract also demands s <= n / 2. ACVM compares r with the x of the result as it is, not mod n: so does this.
 *
 * Nothing about key or signature is asserted: whatever the bytes are, there is exactly one output and a witness for it.
 * Checks that fail set the output to 0, and values that curve arithmetic could not bear are replaced by harmless ones.
 */
import type { EcdsaCall, FunctionInput } from '../../../src/acir/types.ts';
import { type GadgetBuilder, inputForm, witnessForm, witnessSignal } from '../builder.ts';
import { combineForms, constantOf, type Form, ONE_FORM, subtractForms, ZERO_FORM } from '../forms.ts';
import { assertBoolean, assertProduct, isZero, product, toBits } from '../gadgets.ts';
import { isAtMost } from './bounds.ts';
import {
  addComplete,
  constantFinite,
  createEmulatedCurve,
  type EmulatedCurve,
  type FinitePoint,
} from './emulated-curve.ts';
import {
  assertCanonical,
  combine,
  constantNumber,
  createEmulatedField,
  divideUnchecked,
  type EmulatedField,
  isZeroModulo,
  multiply,
  numberBits,
  type Polynomial,
  reduce,
  selectNumber,
} from './emulated-field.ts';
import { multiplyGenerator, multiplyPoint } from './emulated-multiply.ts';
import { activeForm } from './grumpkin.ts';
import type { Curve } from './weierstrass.ts';

const SECP256K1: Curve = {
  fieldPrime: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
  a: 0n,
  b: 7n,
  order: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  generator: {
    x: 0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
    y: 0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
  },
};

const SECP256R1: Curve = {
  fieldPrime: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  generator: {
    x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  },
};

/** A 256-bit number read from bytes, with its bits, low first. */
interface ByteNumber {
  readonly number: Polynomial;
  readonly bits: readonly Form[];
}

/**
 * Proves: output = 1 exactly when the signature (r, s) of the hash by the key is valid and s <= n / 2; each byte is less
 * than 256. While the predicate is 0, only that the output is boolean: Noir multiplies it by the condition.
 * Costs: 381 000 rows (secp256r1: 374 000); almost all are bits of ranges, so by lookups 72 000, tables included.
 */
export function lowerEcdsa(builder: GadgetBuilder, call: EcdsaCall): void {
  const output = witnessForm(builder, call.output);
  builder.known.add(witnessSignal(builder, call.output));
  assertBoolean(builder, output);
  const active = activeForm(builder, call.predicate);
  if (constantOf(active) === 0n) return;
  const read = (bytes: readonly FunctionInput[]): ByteNumber => readNumber(builder, bytes, active);
  const valid = verify(builder, call.name === 'ecdsa-secp256k1' ? SECP256K1 : SECP256R1, {
    keyX: read(call.publicKeyX),
    keyY: read(call.publicKeyY),
    r: read(call.signature.slice(0, 32)),
    s: read(call.signature.slice(32)),
    hash: read(call.hashedMessage),
  });
  assertProduct(builder, active, subtractForms(builder.prime, output, valid), ZERO_FORM);
}

/** Big-endian bytes, 0 while the call is off. Proves: each is less than 256. */
function readNumber(builder: GadgetBuilder, bytes: readonly FunctionInput[], active: Form): ByteNumber {
  const bits = bytes
    .toReversed()
    .flatMap(byte => toBits(builder, product(builder, active, inputForm(builder, byte)), 8));
  const number = Array.from({ length: 8 }, (_, limb) => {
    const terms = bits
      .slice(32 * limb, 32 * limb + 32)
      .map((form, bit) => ({ form, factor: 1n << BigInt(bit) }));
    return { form: combineForms(builder.prime, terms), low: 0n, high: (1n << 32n) - 1n };
  });
  return { number, bits };
}

interface Signature {
  readonly keyX: ByteNumber;
  readonly keyY: ByteNumber;
  readonly r: ByteNumber;
  readonly s: ByteNumber;
  readonly hash: ByteNumber;
}

/** Returns 1 for a valid signature, else 0. Proves: exactly that, for any numbers below 2^256. */
function verify(builder: GadgetBuilder, parameters: Curve, signature: Signature): Form {
  const { prime } = builder;
  const curve = createEmulatedCurve(prime, parameters);
  const scalars = createEmulatedField(prime, parameters.order);
  const { keyX, keyY, r, s, hash } = signature;
  const key = { x: keyX.number, y: keyY.number };
  const isPoint = allOf(builder, [
    isAtMost(builder, keyX.bits, parameters.fieldPrime - 1n),
    isAtMost(builder, keyY.bits, parameters.fieldPrime - 1n),
    isOnCurve(builder, curve, key),
  ]);
  const isSignature = allOf(builder, [
    isAtMost(builder, r.bits, parameters.order - 1n),
    isAtMost(builder, s.bits, parameters.order >> 1n),
    subtractForms(prime, ONE_FORM, isZeroBits(builder, r.bits)),
    subtractForms(prime, ONE_FORM, isZeroBits(builder, s.bits)),
  ]);
  const generator = constantFinite(curve, prime, parameters.generator);
  const safeKey = {
    x: selectNumber(builder, isPoint, key.x, generator.x),
    y: selectNumber(builder, isPoint, key.y, generator.y),
  };
  const safeS = selectNumber(builder, isSignature, s.number, constantNumber(scalars, prime, 1n));
  const u1 = canonicalQuotient(builder, scalars, hash.number, safeS);
  const u2 = canonicalQuotient(builder, scalars, r.number, safeS);
  const sum = addComplete(
    builder,
    curve,
    multiplyGenerator(builder, curve, u1),
    multiplyPoint(builder, curve, safeKey, u2),
  );
  return allOf(builder, [
    isPoint,
    isSignature,
    subtractForms(prime, ONE_FORM, sum.infinite),
    isSameX(builder, curve, sum.x, r.number),
  ]);
}

function allOf(builder: GadgetBuilder, conditions: readonly Form[]): Form {
  return conditions.reduce((all, condition) => product(builder, all, condition), ONE_FORM);
}

function isZeroBits(builder: GadgetBuilder, bits: readonly Form[]): Form {
  return isZero(
    builder,
    combineForms(
      builder.prime,
      bits.map(form => ({ form, factor: 1n })),
    ),
  );
}

/** Returns 1 when y^2 = x^3 + a x + b, else 0. */
function isOnCurve(builder: GadgetBuilder, { curve, field }: EmulatedCurve, { x, y }: FinitePoint): Form {
  const { prime } = builder;
  const square = reduce(builder, field, multiply(builder, field, x, x));
  const a = constantNumber(field, prime, curve.a);
  const difference = combine(
    prime,
    [1n, multiply(builder, field, y, y)],
    [-1n, multiply(builder, field, combine(prime, [1n, square], [1n, a]), x)],
    [-1n, constantNumber(field, prime, curve.b)],
  );
  return isZeroModulo(builder, field, difference);
}

/** The canonical bits of numerator / denominator mod n. Assumes: denominator is not 0 mod n. */
function canonicalQuotient(
  builder: GadgetBuilder,
  scalars: EmulatedField,
  numerator: Polynomial,
  denominator: Polynomial,
): readonly Form[] {
  const quotient = divideUnchecked(builder, scalars, numerator, denominator);
  assertCanonical(builder, scalars, quotient);
  return numberBits(builder, quotient);
}

/**
 * Returns 1 when the canonical x is r, else 0. An x in [n, p), of which the standard takes the residue mod n, never is:
 * as ACVM has it.
 */
function isSameX(builder: GadgetBuilder, { field }: EmulatedCurve, x: Polynomial, r: Polynomial): Form {
  const { prime } = builder;
  const canonical = reduce(builder, field, x);
  assertCanonical(builder, field, canonical);
  const difference = combine(prime, [1n, canonical], [-1n, r]);
  const halves = [difference.slice(0, 4), difference.slice(4)].map(limbs =>
    combineForms(
      prime,
      limbs.map(({ form }, limb) => ({ form, factor: 1n << BigInt(32 * limb) })),
    ),
  );
  return allOf(
    builder,
    halves.map(half => isZero(builder, half)),
  );
}
