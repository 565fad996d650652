/** Enrolments as JSON: what a person keeps between enrolling and logging in. Private: it holds the features. */
import { BionoirError } from '../errors.ts';
import type { Enrolment } from './types.ts';

const FORMAT = 'bionoir-features';
const VERSION = 1;

/** Writes an enrolment. */
export function printEnrolment({ scaleBits, features, salt, commitment }: Enrolment): string {
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  const value = {
    format: FORMAT,
    version: VERSION,
    scaleBits,
    features: features.map(String),
    salt: hex(salt),
    commitment: hex(commitment),
  };
  return `${JSON.stringify(value, null, 1)}\n`;
}

/**
 * Reads what {@link printEnrolment} wrote.
 *
 * @throws BionoirError MALFORMED_FILE
 */
export function parseEnrolment(text: string): Enrolment {
  const file = readObject(text);
  const { format, version, scaleBits, features, salt, commitment } = file;
  if (format !== FORMAT || version !== VERSION)
    throw malformed(
      `it is ${JSON.stringify(format)} of version ${String(version)}, not "${FORMAT}" of version ${VERSION}`,
    );
  if (typeof scaleBits !== 'number' || !Number.isInteger(scaleBits))
    throw malformed('"scaleBits" is no whole number');
  if (!Array.isArray(features)) throw malformed('"features" is no list');
  return {
    scaleBits,
    features: features.map((value, index) => readInteger(`features[${index}]`, value)),
    salt: readInteger('salt', salt),
    commitment: readInteger('commitment', commitment),
  };
}

function readObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>; // each part is checked
  } catch (cause) {
    throw malformed(`it is not JSON (${(cause as Error).message})`); // JSON.parse throws Errors
  }
  throw malformed('it is no JSON object');
}

function readInteger(name: string, value: unknown): bigint {
  if (typeof value === 'string' && /^(-?\d+|0x[0-9a-f]+)$/i.test(value)) return BigInt(value);
  throw malformed(`"${name}" is ${JSON.stringify(value)}, no integer in quotes`);
}

function malformed(reason: string): BionoirError {
  return new BionoirError(
    'MALFORMED_FILE',
    `The file of enrolled features is not usable: ${reason}. Enrol again with 'bionoir enrol'.`,
    { details: { reason } },
  );
}
