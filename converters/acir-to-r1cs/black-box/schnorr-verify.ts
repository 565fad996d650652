/**
 * SchnorrVerify of releases before beta.1, after Barretenberg, on Grumpkin: a signature is s, then e, of 32 bytes each;
 * it is valid when e = Blake2s(pedersen_hash([R.x, P.x, P.y]) || message) for R = s G + e P.
 *
 * Both numbers are taken modulo the order: e is a hash of 256 bits, longer than the order. Nothing about key or
 * signature is asserted: checks that fail set the output to 0.
 */
import type { FunctionInput, SchnorrVerifyCall } from '../../../src/acir/types.ts';
import { type GadgetBuilder, inputForm } from '../builder.ts';
import {
  addForms,
  combineForms,
  type Form,
  ONE_FORM,
  scaleForm,
  subtractForms,
  ZERO_FORM,
} from '../forms.ts';
import { assignWitness, fromBits, isEqual, isZero, product, select, toBits } from '../gadgets.ts';
import { withBlakeMachine } from './blake.ts';
import { blake2s } from './blake2s.ts';
import {
  assertCanonical,
  createEmulatedField,
  type EmulatedField,
  LIMB_BITS,
  numberBits,
  reduce,
} from './emulated-field.ts';
import { addComplete, GRUMPKIN, type PointForms } from './grumpkin.ts';
import { multiplyConstantPoint, multiplyPoint } from './grumpkin-multiply.ts';
import { fieldBits } from './grumpkin-scalar.ts';
import { pedersenHash } from './pedersen.ts';
import type { Bounded } from './words.ts';

const BYTES = 32;

/**
 * Proves: output = 1 exactly when the signature of the message by the key is valid; signature and message are bytes.
 * Costs: about 7 700 rows, and 21 300 for each 64 bytes of the message and 32 more.
 */
export function lowerSchnorrVerify(builder: GadgetBuilder, call: SchnorrVerifyCall): void {
  const { prime } = builder;
  const bytes: Bytes = call.signature.map(byte => toBits(builder, inputForm(builder, byte), 8));
  const [s, e] = [bytes.slice(0, BYTES), bytes.slice(BYTES)];
  const key = { x: inputForm(builder, call.publicKeyX), y: inputForm(builder, call.publicKeyY) };
  const isKey = isOnCurve(builder, key);
  const field = createEmulatedField(prime, GRUMPKIN.order);
  const scalars = [scalarOf(builder, field, s), scalarOf(builder, field, e)] as const;
  const point: PointForms = {
    x: select(builder, isKey, key.x, scaleForm(prime, ONE_FORM, GRUMPKIN.generator.x)),
    y: select(builder, isKey, key.y, scaleForm(prime, ONE_FORM, GRUMPKIN.generator.y)),
    infinite: ZERO_FORM,
  };
  const sum = addComplete(
    builder,
    multiplyConstantPoint(builder, GRUMPKIN.generator, scalars[0]),
    multiplyPoint(builder, point, scalars[1]),
  );
  const hash = pedersenHash(builder, [sum.x, key.x, key.y]);
  const challenge = challengeOf(builder, hash, call.message);
  const conditions = [
    isKey,
    ...scalars.map(bits => subtractForms(prime, ONE_FORM, isZero(builder, addForms(prime, ...bits)))),
    subtractForms(prime, ONE_FORM, sum.infinite),
    areEqual(builder, challenge, e),
  ];
  const valid = conditions.reduce((all, condition) => product(builder, all, condition), ONE_FORM);
  assignWitness(builder, call.output, valid);
}

/** Bytes as bits, lowest bit first. */
type Bytes = readonly (readonly Form[])[];

function isOnCurve(builder: GadgetBuilder, { x, y }: { readonly x: Form; readonly y: Form }): Form {
  const { prime } = builder;
  const cube = product(builder, product(builder, x, x), x);
  const difference = combineForms(prime, [
    { form: product(builder, y, y), factor: 1n },
    { form: cube, factor: -1n },
    { form: ONE_FORM, factor: -GRUMPKIN.b },
  ]);
  return isZero(builder, difference);
}

/** The canonical bits of big-endian bytes modulo the order. Costs: about 430 rows. */
function scalarOf(builder: GadgetBuilder, field: EmulatedField, bytes: Bytes): readonly Form[] {
  const bits = bytes.toReversed().flat();
  const number = Array.from({ length: field.limbCount }, (_, limb) => ({
    form: fromBits(builder, bits.slice(LIMB_BITS * limb, LIMB_BITS * (limb + 1))),
    low: 0n,
    high: (1n << BigInt(LIMB_BITS)) - 1n,
  }));
  const scalar = reduce(builder, field, number);
  assertCanonical(builder, field, scalar);
  return numberBits(builder, scalar);
}

/** Blake2s of the hash's 32 big-endian bytes and the message. */
function challengeOf(builder: GadgetBuilder, hash: Form, message: readonly FunctionInput[]): Bytes {
  const bits = [...fieldBits(builder, hash), ZERO_FORM, ZERO_FORM];
  const head = Array.from({ length: BYTES }, (_, index) => {
    const low = 8 * (BYTES - 1 - index);
    return bits.slice(low, low + 8);
  });
  const bytes = [...head, ...message.map(byte => toBits(builder, inputForm(builder, byte), 8))];
  const read = (from: number, end: number): Bounded => {
    const form = fromBits(builder, bytes.slice(from, end).flat());
    return { form, low: 0n, high: (1n << BigInt(8 * (end - from))) - 1n };
  };
  return withBlakeMachine(builder, machine => machine.bytes(blake2s(machine, bytes.length, read)));
}

/** Returns 1 when all bytes are equal, else 0. Costs: 6 rows. */
function areEqual(builder: GadgetBuilder, left: Bytes, right: Bytes): Form {
  return [0, BYTES / 2].reduce<Form>((all, from) => {
    const halves = [left, right].map(bytes => fromBits(builder, bytes.slice(from, from + BYTES / 2).flat()));
    return product(builder, all, isEqual(builder, halves[0] ?? ZERO_FORM, halves[1] ?? ZERO_FORM));
  }, ONE_FORM);
}
