/**
 * BigInt opcodes of releases before beta.13: integers of 256 bits by id, added, subtracted, multiplied and divided
 * modulo a prime that comes with the bytes.
 *
 * ACVM's arithmetic, probed on beta.2, is not quite modular. Bytes are taken as they are, whatever the modulus m. An
 * operation's integer result R is reduced only if R > m: so R = m stays m. For x - y, R is x - y if x > y, else
 * x - y + m: so x - x is m. Division multiplies by y^(m - 2). All of this is proved as it is.
 */
import type {
  BigIntArithmeticCall,
  BigIntFromLeBytesCall,
  BigIntToLeBytesCall,
} from '../../../src/acir/types.ts';
import { BionoirError } from '../../../src/errors.ts';
import { type GadgetBuilder, inputForm, placeOf } from '../builder.ts';
import {
  addForms,
  combineForms,
  type Form,
  ONE_FORM,
  scaleForm,
  subtractForms,
  ZERO_FORM,
} from '../forms.ts';
import { assignWitness, fromBits, isZero, product, toBits } from '../gadgets.ts';
import {
  assertCanonical,
  combine,
  constantNumber,
  createEmulatedField,
  divideUnchecked,
  type EmulatedField,
  isZeroModulo,
  limbsOf,
  multiply,
  numberBits,
  type Polynomial,
  reduce,
  selectNumber,
} from './emulated-field.ts';

const BITS = 256;
const LIMB = 32;

interface BigInteger {
  /** 256 bits, low first. */
  readonly bits: readonly Form[];
  readonly modulus: bigint;
}

/** The table of each circuit being lowered; it goes with its builder. */
const TABLES = new WeakMap<GadgetBuilder, Map<number, BigInteger>>();

function tableOf(builder: GadgetBuilder): Map<number, BigInteger> {
  const table = TABLES.get(builder) ?? new Map<number, BigInteger>();
  TABLES.set(builder, table);
  return table;
}

/** Proves: the inputs are bytes. Costs: 8 rows a byte. */
export function lowerBigIntFromLeBytes(builder: GadgetBuilder, call: BigIntFromLeBytesCall): void {
  const modulus = call.modulus.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
  const bits = call.inputs.flatMap(input => toBits(builder, inputForm(builder, input), 8));
  if (bits.length > BITS || modulus >> BigInt(BITS) !== 0n || modulus < 1n << BigInt(LIMB))
    throw unsupported(builder, `has ${call.inputs.length} bytes and the modulus ${modulus}`);
  const padding = new Array<Form>(BITS - bits.length).fill(ZERO_FORM);
  tableOf(builder).set(call.output, { bits: [...bits, ...padding], modulus });
}

/** Proves: the outputs are the integer's 32 bytes, low first. Costs: nothing. */
export function lowerBigIntToLeBytes(builder: GadgetBuilder, call: BigIntToLeBytesCall): void {
  const { bits } = lookUp(builder, call.input);
  call.outputs.forEach((output, index) => {
    assignWitness(builder, output, fromBits(builder, bits.slice(8 * index, 8 * index + 8)));
  });
}

/**
 * Proves: the output is the result as ACVM calculates it.
 * Costs: a number of 256 bits, its comparison with m, and the quotient: 450 to 800 rows.
 */
export function lowerBigIntArithmetic(builder: GadgetBuilder, call: BigIntArithmeticCall): void {
  const left = lookUp(builder, call.left);
  const right = lookUp(builder, call.right);
  if (left.modulus !== right.modulus)
    throw unsupported(builder, `joins the moduli ${left.modulus} and ${right.modulus}`);
  const field = createEmulatedField(builder.prime, left.modulus);
  const operands = [numberOf(builder, left), numberOf(builder, right)] as const;
  const { remainder, isModulus } = calculate(builder, field, call.name, operands);
  assertCanonical(builder, field, remainder);
  // The remainder is 0 where the result is m itself.
  const known = numberBits(builder, remainder);
  const bits = Array.from({ length: BITS }, (_, bit) => {
    const isOne = (field.modulus >> BigInt(bit)) & 1n;
    return addForms(builder.prime, known[bit] ?? ZERO_FORM, scaleForm(builder.prime, isModulus, isOne));
  });
  tableOf(builder).set(call.output, { bits, modulus: left.modulus });
}

function numberOf(builder: GadgetBuilder, { bits }: BigInteger): Polynomial {
  return Array.from({ length: BITS / LIMB }, (_, limb) => ({
    form: fromBits(builder, bits.slice(LIMB * limb, LIMB * (limb + 1))),
    low: 0n,
    high: (1n << BigInt(LIMB)) - 1n,
  }));
}

interface Result {
  readonly remainder: Polynomial;
  /** 1 when the integer result is m, else 0. */
  readonly isModulus: Form;
}

function calculate(
  builder: GadgetBuilder,
  field: EmulatedField,
  name: BigIntArithmeticCall['name'],
  [left, right]: readonly [Polynomial, Polynomial],
): Result {
  const { prime } = builder;
  switch (name) {
    case 'big-int-add': {
      const sum = combine(prime, [1n, left], [1n, right]);
      return { remainder: reduce(builder, field, sum), isModulus: isValue(builder, sum, field.modulus) };
    }
    case 'big-int-sub': {
      const difference = combine(prime, [1n, left], [-1n, right]);
      // x - y = m, or x - y + m = m.
      const isModulus = addForms(
        prime,
        isValue(builder, difference, field.modulus),
        isValue(builder, difference, 0n),
      );
      return { remainder: reduce(builder, field, difference), isModulus };
    }
    case 'big-int-mul':
      return {
        remainder: reduce(builder, field, multiply(builder, field, left, right)),
        isModulus: addForms(
          prime,
          product(builder, isValue(builder, left, field.modulus), isValue(builder, right, 1n)),
          product(builder, isValue(builder, left, 1n), isValue(builder, right, field.modulus)),
        ),
      };
    case 'big-int-div':
      return divide(builder, field, left, right);
  }
}

/** left * right^(m - 2): 0 where right is 0 mod m. */
function divide(builder: GadgetBuilder, field: EmulatedField, left: Polynomial, right: Polynomial): Result {
  const { prime } = builder;
  const byZero = isZeroModulo(builder, field, right);
  const numerator = selectNumber(builder, byZero, [], left);
  const denominator = selectNumber(builder, byZero, constantNumber(field, prime, 1n), right);
  const remainder = divideUnchecked(builder, field, numerator, denominator);
  const byOne = isZeroModulo(
    builder,
    field,
    combine(prime, [1n, right], [-1n, constantNumber(field, prime, 1n)]),
  );
  return { remainder, isModulus: product(builder, byOne, isValue(builder, left, field.modulus)) };
}

/**
 * Returns 1 when the number is the integer, else 0. Costs: at most 15 rows.
 *
 * In halves of 128 bits: the differences are both 0, or the low one is +-2^128, which the high one takes back.
 */
function isValue(builder: GadgetBuilder, number: Polynomial, value: bigint): Form {
  const { prime } = builder;
  const limbs = limbsOf(value, BITS / LIMB);
  const half = (from: number): Form =>
    combineForms(prime, [
      ...number
        .slice(from, from + 4)
        .map(({ form }, index) => ({ form, factor: 1n << BigInt(LIMB * index) })),
      ...limbs
        .slice(from, from + 4)
        .map((limb, index) => ({ form: ONE_FORM, factor: -limb << BigInt(LIMB * index) })),
    ]);
  const [low, high] = [half(0), half(4)];
  const matches = [-1n, 0n, 1n].map(carry =>
    product(
      builder,
      isZero(builder, subtractForms(prime, low, scaleForm(prime, ONE_FORM, carry << 128n))),
      isZero(builder, addForms(prime, high, scaleForm(prime, ONE_FORM, carry))),
    ),
  );
  return addForms(prime, ...matches);
}

function lookUp(builder: GadgetBuilder, id: number): BigInteger {
  const found = tableOf(builder).get(id);
  if (found !== undefined) return found;
  throw new BionoirError(
    'MALFORMED_PROGRAM',
    `The big integer ${id} is used before it has a value: ${placeOf(builder)}. Compile the program again.`,
    { location: placeOf(builder), details: { id } },
  );
}

function unsupported(builder: GadgetBuilder, what: string): BionoirError {
  const place = placeOf(builder);
  return new BionoirError(
    'UNSUPPORTED_OPCODE',
    `A big integer ${what}; bionoir takes up to 32 bytes and one modulus of 33 to 256 bits: ${place}. Write the arithmetic in Noir instead.`,
    { location: place },
  );
}
