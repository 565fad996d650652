/** Accounts and field numbers as people write them. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import type { FieldNumber } from './types.ts';

/**
 * Reads an account's address. Mixed case must be the checksum of EIP-55.
 *
 * @throws BionoirError MALFORMED_INPUT
 */
export function parseAddress(text: string): bigint {
  const refuse = (reason: string): BionoirError =>
    new BionoirError(
      'MALFORMED_INPUT',
      `The address '${text}' ${reason}. Give the account that will send the proof: 0x and 40 hexadecimal digits.`,
      { details: { address: text } },
    );
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw refuse('is no address');
  const digits = text.slice(2);
  const hasOneCase = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (!hasOneCase && digits !== checksummed(digits))
    throw refuse('has a typing error: its checksum (EIP-55) is wrong');
  const address = BigInt(text);
  if (address === 0n) throw refuse('is zero, which is nobody');
  return address;
}

/** Writes an address with the checksum of EIP-55. */
export function formatAddress(address: bigint): string {
  return `0x${checksummed(address.toString(16).padStart(40, '0'))}`;
}

/** A letter is upper case where the hash of the lower-case text has a nibble from 8 on. */
function checksummed(digits: string): string {
  const lower = digits.toLowerCase();
  const hash = keccak_256(new TextEncoder().encode(lower));
  const nibble = (index: number): number => ((hash[index >> 1] ?? 0) >> (index % 2 === 0 ? 4 : 0)) & 15;
  return Array.from(lower, (digit, index) => (nibble(index) >= 8 ? digit.toUpperCase() : digit)).join('');
}

/**
 * Reads a number of the field from 0 to `max`.
 *
 * @throws BionoirError MALFORMED_INPUT
 */
export function parseFieldNumber(name: string, value: FieldNumber, max = BN254_SCALAR_PRIME - 1n): bigint {
  const isWhole =
    typeof value === 'bigint' ||
    (typeof value === 'number' ? Number.isSafeInteger(value) : /^(0x[0-9a-fA-F]+|\d+)$/.test(value));
  const integer = isWhole ? BigInt(value) : -1n;
  if (integer >= 0n && integer <= max) return integer;
  throw new BionoirError(
    'MALFORMED_INPUT',
    `The ${name} is '${value}'; it must be a whole number from 0 to ${max}, decimal or hexadecimal after 0x.`,
    { details: { name, value: String(value) } },
  );
}
