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
  FunctionInput,
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
  assertReduced,
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
import { hasWordTables } from './word-tables.ts';
import { cutValue, inputValue } from './word-values.ts';

const BITS = 256;
const LIMB = 32;

interface BigInteger {
  /** Eight limbs of 32 bits. */
  readonly number: Polynomial;
  /** 32 bytes, low first. */
  readonly bytes: readonly Form[];
  readonly modulus: bigint;
}

/** The table of each circuit being lowered; it goes with its builder. */
const TABLES = new WeakMap<GadgetBuilder, Map<number, BigInteger>>();

function tableOf(builder: GadgetBuilder): Map<number, BigInteger> {
  const table = TABLES.get(builder) ?? new Map<number, BigInteger>();
  TABLES.set(builder, table);
  return table;
}

/** Proves: the inputs are bytes. Costs: 8 rows a byte, or its range by lookups. */
export function lowerBigIntFromLeBytes(builder: GadgetBuilder, call: BigIntFromLeBytesCall): void {
  const modulus = call.modulus.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
  if (8 * call.inputs.length > BITS || modulus >> BigInt(BITS) !== 0n || modulus < 1n << BigInt(LIMB))
    throw unsupported(builder, `has ${call.inputs.length} bytes and the modulus ${modulus}`);
  const known = call.inputs.map(input => readByte(builder, input));
  const bytes = [...known, ...new Array<Form>(BITS / 8 - known.length).fill(ZERO_FORM)];
  const number = Array.from({ length: BITS / LIMB }, (_, limb) =>
    wordLimb(
      combineForms(
        builder.prime,
        bytes.slice(4 * limb, 4 * limb + 4).map((form, byte) => ({ form, factor: 1n << BigInt(8 * byte) })),
      ),
    ),
  );
  tableOf(builder).set(call.output, { number, bytes, modulus });
}

/** Gated: the gate times the byte. */
function readByte(builder: GadgetBuilder, input: FunctionInput): Form {
  if (hasWordTables(builder)) return inputValue(builder, input, 8);
  return fromBits(builder, toBits(builder, inputForm(builder, input), 8));
}

function wordLimb(form: Form): Polynomial[number] {
  return { form, low: 0n, high: (1n << BigInt(LIMB)) - 1n };
}

/** Proves: the outputs are the integer's 32 bytes, low first. Costs: nothing. */
export function lowerBigIntToLeBytes(builder: GadgetBuilder, call: BigIntToLeBytesCall): void {
  const { bytes } = lookUp(builder, call.input);
  call.outputs.forEach((output, index) => {
    assignWitness(builder, output, bytes[index] ?? ZERO_FORM);
  });
}

/**
 * Proves: the output is the result as ACVM calculates it.
 * Costs: a number of 256 bits, its comparison with m, and the quotient: 450 to 800 rows, by lookups far fewer.
 */
export function lowerBigIntArithmetic(builder: GadgetBuilder, call: BigIntArithmeticCall): void {
  const left = lookUp(builder, call.left);
  const right = lookUp(builder, call.right);
  if (left.modulus !== right.modulus)
    throw unsupported(builder, `joins the moduli ${left.modulus} and ${right.modulus}`);
  const field = createEmulatedField(builder.prime, left.modulus);
  const operands = [left.number, right.number] as const;
  const { remainder, isModulus } = calculate(builder, field, call.name, operands);
  assertReduced(builder, field, remainder);
  tableOf(builder).set(call.output, {
    ...(hasWordTables(builder)
      ? resultByWords(builder, field, remainder, isModulus)
      : resultByBits(builder, field, remainder, isModulus)),
    modulus: left.modulus,
  });
}

type Digits = Omit<BigInteger, 'modulus'>;

/** The remainder is 0 where the result is m itself, so that both add up. */
function resultByBits(
  builder: GadgetBuilder,
  field: EmulatedField,
  remainder: Polynomial,
  isModulus: Form,
): Digits {
  const known = numberBits(builder, remainder);
  const bits = Array.from({ length: BITS }, (_, bit) => {
    const isOne = (field.modulus >> BigInt(bit)) & 1n;
    return addForms(builder.prime, known[bit] ?? ZERO_FORM, scaleForm(builder.prime, isModulus, isOne));
  });
  const digits = (width: number): Form[] =>
    Array.from({ length: BITS / width }, (_, index) =>
      fromBits(builder, bits.slice(width * index, width * (index + 1))),
    );
  return { number: digits(LIMB).map(wordLimb), bytes: digits(8) };
}

/** The same with limbs cut into bytes. Costs: 32 ranges of 8 bits, 8 linear rows. */
function resultByWords(
  builder: GadgetBuilder,
  field: EmulatedField,
  remainder: Polynomial,
  isModulus: Form,
): Digits {
  const modulus = limbsOf(field.modulus, BITS / LIMB);
  const limbs = modulus.map((limb, index) =>
    addForms(builder.prime, remainder[index]?.form ?? ZERO_FORM, scaleForm(builder.prime, isModulus, limb)),
  );
  const bytes = limbs.flatMap(limb => cutValue(builder, limb, [8, 8, 8, 8]).map(({ form }) => form));
  return { number: limbs.map(wordLimb), bytes };
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
