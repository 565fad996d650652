/** Public inputs as noir_js' backends write them. */
import { BionoirError } from '../errors.ts';

/** 0x and 64 hexadecimal digits. */
export function toHex(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`;
}

/**
 * Reads a public input.
 *
 * @throws BionoirError MALFORMED_PROOF
 */
export function parseField(text: string): bigint {
  if (/^(0x[0-9a-fA-F]+|\d+)$/.test(text)) return BigInt(text);
  throw new BionoirError(
    'MALFORMED_PROOF',
    `A public input is '${text}'; it must be a whole number, decimal or with 0x. Ask for the proof again.`,
    { details: { text } },
  );
}
