/**
 * AES-128 (FIPS 197) on columns as words of 32 bits, by lookups; aes.ts has the same by bits, and the modes.
 *
 * A byte x is looked up with what MixColumns makes of its S-box value S(x): its share T(x) of a column, or S(x) itself. The
 * claim t, a wire with t + 2^32 x in the table, is settled together with the XOR that it goes into. Where that row holds, the
 * column of the XOR's table has t, or a sum of 2^(8 i) t_i over the bytes of a word; and since the XOR's result and its other
 * inputs are words of 32 bits, that is one. With entries of other bytes x + e_i, |e_i| < 256, it would be
 * T - 2^32 sum 2^(8 i) e_i with T in [0, 2^32), so sum 2^(8 i) e_i = 0, whose only solution has all e_i = 0. Two claims in
 * one XOR are told apart by their columns.
 */
import { type GadgetBuilder, hint, recordLookup } from '../builder.ts';
import {
  addForms,
  combineForms,
  constantForm,
  constantOf,
  type Form,
  scaleForm,
  ZERO_FORM,
} from '../forms.ts';
import { tableIdOf } from '../lookups/tables.ts';
import { claimWords, claimXor, PARITY_5 } from './word-tables.ts';
import { type CutWord, cutValue, flippedValue, widthsAround, wordForm } from './word-values.ts';

const ROUNDS = 10;
const BYTES: readonly number[] = [8, 8, 8, 8];
/** MixColumns: row i of a column takes MIX[(r - i) mod 4] times row r. */
const MIX = [2, 3, 1, 1] as const;

/** The S-box, and 2x in GF(2^8). */
export interface AesField {
  readonly sBox: readonly number[];
  readonly double: (value: number) => number;
}

/** A column in bytes, row 0 lowest. */
export type Column = CutWord;

/** A column of byte values that are in range. */
export function columnOf(bytes: readonly Form[]): Column {
  return bytes.map((form, row) => ({ form, offset: 8 * row, width: 8 }));
}

/** Returns the words of the round keys. Costs: 40 S-boxes, 40 words of AND and their ranges. */
export function expandKeyWords(builder: GadgetBuilder, field: AesField, key: readonly Column[]): Form[] {
  const words = key.map(column => wordForm(builder, column));
  let last = key.at(-1) ?? [];
  let roundConstant = 1;
  for (let round = 0; round < ROUNDS; round++) {
    const rotated = [1, 2, 3, 0].map(row => last[row]?.form ?? ZERO_FORM);
    const mixed = claimXor(builder, substitutedWord(builder, field, rotated), words.at(-4) ?? ZERO_FORM);
    const constant = BigInt(roundConstant);
    let word = flippedValue(builder, cutValue(builder, mixed, widthsAround(constant)), constant);
    words.push(word);
    for (let column = 1; column < 4; column++) {
      last = cutValue(builder, claimXor(builder, words.at(-4) ?? ZERO_FORM, word), BYTES);
      word = wordForm(builder, last);
      words.push(word);
    }
    roundConstant = field.double(roundConstant);
  }
  return words;
}

/** Returns the ciphertext of four columns that go through XOR with the previous block first. Costs: about 1400 rows. */
export function encryptColumns(
  builder: GadgetBuilder,
  field: AesField,
  { block, previous, keys }: { block: readonly Column[]; previous: readonly Column[]; keys: readonly Form[] },
): Column[] {
  const word = (column: Column | undefined): Form => wordForm(builder, column ?? []);
  let state = block.map((column, c) =>
    xorFive(builder, [word(column), word(previous[c]), keys[c] ?? ZERO_FORM, ZERO_FORM, ZERO_FORM]),
  );
  for (let round = 1; round <= ROUNDS; round++) {
    const before = state;
    state = before.map((_, c) => {
      // ShiftRows: row r comes from column c + r.
      const bytes = [0, 1, 2, 3].map(row => before[(c + row) % 4]?.[row]?.form ?? ZERO_FORM);
      const key = keys[4 * round + c] ?? ZERO_FORM;
      if (round === ROUNDS) {
        const claim = claimXor(builder, substitutedWord(builder, field, bytes), key);
        return cutValue(builder, claim, BYTES);
      }
      return xorFive(builder, [...bytes.map((byte, row) => share(builder, field, byte, row)), key]);
    });
  }
  return state;
}

function xorFive(builder: GadgetBuilder, words: readonly Form[]): Column {
  return cutValue(builder, claimWords(builder, PARITY_5, words), BYTES);
}

/** The claim of a byte's share of its column after MixColumns, for a byte of this row. Costs: 1 row. */
function share(builder: GadgetBuilder, { sBox, double }: AesField, byte: Form, row: number): Form {
  const multiply = (factor: number, value: number): number =>
    (factor & 1 ? value : 0) ^ (factor & 2 ? double(value) : 0);
  const shareOf = (x: number): number =>
    MIX.reduce((sum, _, target) => {
      const factor = MIX[(row - target + 4) % 4] ?? 1;
      return sum + multiply(factor, sBox[x] ?? 0) * 2 ** (8 * target);
    }, 0);
  return claimByte(builder, `AES column ${row}`, byte, shareOf);
}

/** The claim of a word of S-box values. Costs: 4 rows. */
function substitutedWord(builder: GadgetBuilder, { sBox }: AesField, bytes: readonly Form[]): Form {
  return combineForms(
    builder.prime,
    bytes.map((byte, row) => ({
      form: claimByte(builder, 'AES S-box', byte, x => sBox[x] ?? 0),
      factor: 1n << BigInt(8 * row),
    })),
  );
}

/**
 * Returns the claim f(byte), for values below 2^32; see the head of this file.
 * Proves: nothing until it is settled. Assumes: a byte. Costs: 1 row; nothing for a constant.
 */
function claimByte(builder: GadgetBuilder, name: string, byte: Form, read: (x: number) => number): Form {
  const { prime, tables } = builder;
  const constant = constantOf(byte);
  if (constant !== undefined || tables === undefined)
    return constantForm(prime, BigInt(read(Number(constant ?? 0n))));
  const values = Array.from({ length: 256 }, (_, x) => BigInt(read(x)));
  const id = tableIdOf(tables, name, () => values.map((value, x) => value + (BigInt(x) << 32n)));
  const [value = ZERO_FORM] = hint(builder, 'table-value', [byte, ...packValues(prime, values)]);
  recordLookup(builder, id, addForms(prime, value, scaleForm(prime, byte, 1n << 32n)));
  return value;
}

/** Values of 32 bits for the solver, seven to a constant. */
function packValues(prime: bigint, values: readonly bigint[]): Form[] {
  const shared = 7;
  const packed = Array.from({ length: Math.ceil(values.length / shared) }, (_, index) =>
    values.slice(index * shared, (index + 1) * shared).reduceRight((sum, value) => (sum << 32n) + value, 0n),
  );
  return [BigInt(values.length), 32n, BigInt(shared), ...packed].map(value => constantForm(prime, value));
}
