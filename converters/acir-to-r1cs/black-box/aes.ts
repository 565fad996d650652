/**
 * AES-128 in CBC mode (FIPS 197, SP 800-38A 6.2).
 *
 * Outputs as long as the inputs mean that Noir has padded the message itself (newer releases); longer ones, that the
 * opcode applies PKCS#7 (up to 1.0.0-beta.15 at least). An S-box is a table lookup of 23 rows and 8 for the bits of its value; XORs of up to three bits
 * are one row. Columns, rows and bytes stand in the order of FIPS 197: byte r + 4c of the state is row r, column c.
 */
import type { AesCall } from '../../../src/acir/types.ts';
import { BionoirError } from '../../../src/errors.ts';
import { type GadgetBuilder, placeOf } from '../builder.ts';
import { constantForm, type Form, ZERO_FORM } from '../forms.ts';
import { assignWitness, toBits } from '../gadgets.ts';
import { type Column, columnOf, encryptColumns, expandKeyWords } from './aes-words.ts';
import { type Bits, parity, xorBits } from './bits.ts';
import { lookUpByte } from './byte-table.ts';
import { hasWordTables } from './word-tables.ts';
import { inputValue } from './word-values.ts';
import { assignBits, constantBits, inputBits } from './words.ts';

const BLOCK_BYTES = 16;
const ROUNDS = 10;

const S_BOX = substitutionBox();

/**
 * Proves: outputs = AES-128-CBC of the inputs, padded by PKCS#7 where the outputs are longer; all inputs are bytes.
 * Costs: 8 rows a byte of message, key and vector; 2520 rows for the key; 8672 a block. By lookups 700 for the key, 1700
 * a block, and tables of 1600 once.
 * @throws BionoirError MALFORMED_PROGRAM when the lengths fit neither way of padding
 */
export function lowerAes(builder: GadgetBuilder, call: AesCall): void {
  const { inputs, outputs } = call;
  const padded = Math.floor(inputs.length / BLOCK_BYTES) * BLOCK_BYTES + BLOCK_BYTES;
  const isPadded = outputs.length === padded;
  if (!isPadded && (outputs.length !== inputs.length || inputs.length % BLOCK_BYTES !== 0))
    throw wrongLengths(builder, call);
  const paddingCount = outputs.length - inputs.length;
  if (hasWordTables(builder)) {
    lowerColumns(builder, call, paddingCount);
    return;
  }
  const message = inputs.map(input => inputBits(builder, input, 8));
  for (let index = 0; index < paddingCount; index++) message.push(constantBits(BigInt(paddingCount), 8));
  const keys = expandKey(
    builder,
    call.key.map(input => inputBits(builder, input, 8)),
  );
  let previous: readonly Bits[] = call.iv.map(input => inputBits(builder, input, 8));
  for (let start = 0; start < message.length; start += BLOCK_BYTES) {
    previous = encryptBlock(builder, { block: message.slice(start, start + BLOCK_BYTES), previous, keys });
    previous.forEach((byte, index) => {
      const witness = outputs[start + index];
      if (witness !== undefined) assignBits(builder, witness, byte);
    });
  }
}

function lowerColumns(builder: GadgetBuilder, call: AesCall, paddingCount: number): void {
  const { prime } = builder;
  const columns = (bytes: readonly Form[]): Column[] =>
    Array.from({ length: bytes.length / 4 }, (_, c) => columnOf(bytes.slice(4 * c, 4 * c + 4)));
  const read = (inputs: AesCall['inputs']): Form[] => inputs.map(input => inputValue(builder, input, 8));
  const padding = new Array<Form>(paddingCount).fill(constantForm(prime, BigInt(paddingCount)));
  const message = columns([...read(call.inputs), ...padding]);
  const field = { sBox: S_BOX, double };
  const keys = expandKeyWords(builder, field, columns(read(call.key)));
  let previous = columns(read(call.iv));
  for (let start = 0; start < message.length; start += 4) {
    previous = encryptColumns(builder, field, { block: message.slice(start, start + 4), previous, keys });
    previous.flat().forEach(({ form }, index) => {
      const witness = call.outputs[4 * start + index];
      if (witness !== undefined) assignWitness(builder, witness, form);
    });
  }
}

interface BlockInput {
  readonly block: readonly Bits[];
  readonly previous: readonly Bits[];
  readonly keys: readonly (readonly Bits[])[];
}

/** FIPS 197, 5.1, after the XOR with the previous ciphertext block. */
function encryptBlock(builder: GadgetBuilder, { block, previous, keys }: BlockInput): Bits[] {
  const [firstKey = [], ...roundKeys] = keys;
  let state = block.map((byte, index) =>
    xorBits(builder, byte, previous[index] ?? [], firstKey[index] ?? []),
  );
  roundKeys.forEach((key, round) => {
    const substituted = state.map(byte => substitute(builder, byte));
    const shifted = substituted.map((_, index) => substituted[(5 * index) % BLOCK_BYTES] ?? []);
    const isLast = round === ROUNDS - 1;
    state = isLast
      ? shifted.map((byte, index) => xorBits(builder, byte, key[index] ?? []))
      : mixColumns(builder, shifted, key);
  });
  return state;
}

/** Costs: 31 rows. */
function substitute(builder: GadgetBuilder, byte: Bits): Bits {
  return toBits(builder, lookUpByte(builder, byte, S_BOX), 8);
}

/**
 * MixColumns and AddRoundKey. Row r of a column becomes 2(s_r + s_r+1) + s_r+1 + s_r+2 + s_r+3 in GF(2^8), where sums are
 * XORs; sums of neighbours serve twice. Costs: 96 rows a column.
 */
function mixColumns(builder: GadgetBuilder, state: readonly Bits[], key: readonly Bits[]): Bits[] {
  const neighbour = (index: number, distance: number): number =>
    index - (index % 4) + ((index + distance) % 4);
  const pairs = state.map((byte, index) => xorBits(builder, byte, state[neighbour(index, 1)] ?? []));
  return state.map((_, index) => {
    const [pair = [], opposite = []] = [pairs[index], pairs[neighbour(index, 2)]];
    const [next = [], keyByte = []] = [state[neighbour(index, 1)], key[index]];
    const carry = pair[7] ?? ZERO_FORM;
    return pair.map((_bit, bit) => {
      const shifted = (bit === 0 ? carry : pair[bit - 1]) ?? ZERO_FORM;
      const reduced = bit === 1 || bit === 3 || bit === 4 ? carry : ZERO_FORM;
      const others = [next[bit], opposite[bit], keyByte[bit]].map(form => form ?? ZERO_FORM);
      return parity(builder, [shifted, reduced, ...others]);
    });
  });
}

/** FIPS 197, 5.2. Costs: 252 rows a round: four S-boxes and an XOR a bit. */
function expandKey(builder: GadgetBuilder, key: readonly Bits[]): (readonly Bits[])[] {
  const keys: (readonly Bits[])[] = [key];
  let roundConstant = 1;
  for (let round = 0; round < ROUNDS; round++) {
    const last = keys.at(-1) ?? [];
    const rotated = [13, 14, 15, 12].map(index => substitute(builder, last[index] ?? []));
    const constant = constantBits(BigInt(roundConstant), 8);
    const bytes: Bits[] = [];
    last.forEach((byte, index) => {
      const before = index < 4 ? (rotated[index] ?? []) : (bytes[index - 4] ?? []);
      bytes.push(xorBits(builder, byte, before, ...(index === 0 ? [constant] : [])));
    });
    keys.push(bytes);
    roundConstant = double(roundConstant);
  }
  return keys;
}

/** 2x in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
function double(value: number): number {
  return value & 0x80 ? (value << 1) ^ 0x11b : value << 1;
}

/** FIPS 197, 5.1.1: the inverse in GF(2^8), then an affine map. Inverses come from powers of the generator 3. */
function substitutionBox(): number[] {
  const powers = [1];
  while (powers.length < 255) {
    const last = powers.at(-1) ?? 1;
    powers.push(last ^ double(last));
  }
  const inverses = new Array<number>(256).fill(0);
  powers.forEach((power, exponent) => {
    inverses[power] = powers[(255 - exponent) % 255] ?? 0;
  });
  return inverses.map(inverse => {
    const rotated = inverse * 0x101;
    return ((rotated ^ (rotated >> 4) ^ (rotated >> 5) ^ (rotated >> 6) ^ (rotated >> 7)) & 0xff) ^ 0x63;
  });
}

function wrongLengths(builder: GadgetBuilder, { inputs, outputs }: AesCall): BionoirError {
  const place = placeOf(builder);
  return new BionoirError(
    'MALFORMED_PROGRAM',
    `AES-128 of ${inputs.length} bytes gives ${outputs.length} bytes, which is neither without padding nor with PKCS#7: ${place}. Compile the program again.`,
    { location: place, details: { inputCount: inputs.length, outputCount: outputs.length } },
  );
}
