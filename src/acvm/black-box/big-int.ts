/** Big integers of old releases: a table of numbers with their moduli, filled and read by opcodes. */
import { invertOrZero, mod } from '../../field/index.ts';
import { stopped } from '../failure.ts';

interface BigInteger {
  readonly value: bigint;
  readonly modulus: bigint;
}

/** Numbers by id. */
export type BigIntegers = Map<number, BigInteger>;

/** Names of the four operations. */
export type BigIntOperation = 'big-int-add' | 'big-int-sub' | 'big-int-mul' | 'big-int-div';

/** Stores left op right under `output`. Division multiplies by the inverse; by 0 it gives 0. */
export function calculateBigInt(
  numbers: BigIntegers,
  operation: BigIntOperation,
  { left, right, output }: { readonly left: number; readonly right: number; readonly output: number },
): void {
  const [a, b] = [numberOf(numbers, left), numberOf(numbers, right)];
  if (a.modulus !== b.modulus) throw stopped('an operation on big integers of different moduli');
  const { modulus } = a;
  numbers.set(output, { value: mod(combine(operation, a.value, b.value, modulus), modulus), modulus });
}

function combine(operation: BigIntOperation, left: bigint, right: bigint, modulus: bigint): bigint {
  switch (operation) {
    case 'big-int-add':
      return left + right;
    case 'big-int-sub':
      return left - right;
    case 'big-int-mul':
      return left * right;
    default:
      return left * invertOrZero(right, modulus);
  }
}

/** Stores a number given by its bytes, least significant first. */
export function bigIntFromBytes(
  numbers: BigIntegers,
  id: number,
  bytes: Uint8Array,
  modulus: Uint8Array,
): void {
  const order = littleEndian(modulus);
  if (order === 0n) throw stopped('a big integer has the modulus 0');
  numbers.set(id, { value: mod(littleEndian(bytes), order), modulus: order });
}

/** Returns the bytes of a number, least significant first. */
export function bigIntToBytes(numbers: BigIntegers, id: number, length: number): number[] {
  const { value } = numberOf(numbers, id);
  return Array.from({ length }, (_, k) => Number((value >> BigInt(8 * k)) & 0xffn));
}

function numberOf(numbers: BigIntegers, id: number): BigInteger {
  const found = numbers.get(id);
  if (found === undefined) throw stopped(`big integer ${id} is used before it is made`);
  return found;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
}
