/**
 * Ceremony set-up: a proving key from a Powers of Tau file, contributions to its delta, a public beacon at the end, and
 * the check of all that. Secure if one contributor forgot their secret.
 *
 * The work is snarkjs' (`zkey new`, `contribute`, `beacon`, `verify`), so files may go back and forth between both. What it
 * would print or return as -1 is a named error here.
 */

import {
  type Contribution,
  parseContributions,
  readPtauHeader,
  readZkey,
} from '../../converters/keys-to-iden3/index.ts';
import { readR1cs, readR1csFile } from '../../converters/r1cs-to-iden3/index.ts';
import { BionoirError, InternalError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import { memoryFile, withSnarkjs, writtenBytes } from './snarkjs.ts';

/** snarkjs stores a name's length in a byte, and at most 64 of its UTF-16 units. */
const NAME_BYTES_MAX = 64;
const BEACON_BYTES_MAX = 255;

/**
 * Makes the proving key of a circuit from a prepared `.ptau`. Its delta is still 1: contribute before use.
 *
 * @throws BionoirError MALFORMED_R1CS, MALFORMED_PTAU, PTAU_TOO_SMALL, KERNEL_FAILED.
 */
export async function setupFromPtau(r1cs: Uint8Array, ptau: Uint8Array): Promise<Uint8Array> {
  checkPtauFits(r1cs, ptau);
  const zkey = memoryFile();
  const hash = await withSnarkjs('make the proving key', snarkjs => snarkjs.zKey.newZKey(r1cs, ptau, zkey));
  if (hash === -1) throw new InternalError('snarkjs refused a circuit and a .ptau that were checked before.');
  return writtenBytes(zkey);
}

/** Also the checks that snarkjs makes by returning -1. */
function checkPtauFits(r1cs: Uint8Array, ptau: Uint8Array): void {
  // Parses all terms: snarkjs trusts them.
  const system = readR1cs(r1cs, { prime: BN254_SCALAR_PRIME });
  const { power } = readPtauHeader(ptau);
  const needed = Math.floor(Math.log2(Math.max(1, system.constraintCount + system.publicCount))) + 1;
  if (needed <= power) return;
  throw new BionoirError(
    'PTAU_TOO_SMALL',
    `The Powers of Tau file has power ${power}; a circuit of ${system.constraintCount} constraints and ${system.publicCount} public wires needs power ${needed}. Download a file of power ${needed} or more.`,
    { details: { power, needed } },
  );
}

/** Who contributes. */
export interface ContributeOptions {
  /** Public, stored in the key. */
  readonly name: string;
  /** Mixed into the randomness, which comes from the platform's CSPRNG all the same. */
  readonly entropy?: string;
}

/**
 * Multiplies delta by a fresh secret and forgets it.
 *
 * @throws BionoirError MALFORMED_KEY, USAGE (name), KERNEL_FAILED.
 */
export async function contribute(
  zkey: Uint8Array,
  { name, entropy = '' }: ContributeOptions,
): Promise<Uint8Array> {
  readContributions(zkey);
  checkName(name);
  const random = globalThis.crypto.getRandomValues(new Uint8Array(64));
  const seed = `${Array.from(random, byte => byte.toString(16).padStart(2, '0')).join('')}${entropy}`;
  random.fill(0);
  const next = memoryFile();
  await withSnarkjs('contribute', snarkjs => snarkjs.zKey.contribute(zkey, next, name, seed));
  return writtenBytes(next);
}

/** A value that nobody could predict or influence, such as the hash of a block announced beforehand. */
export interface BeaconOptions {
  readonly name: string;
  /** Hexadecimal, up to 255 bytes. */
  readonly beacon: string;
  /** The beacon is hashed 2^this times, 10 to 63. */
  readonly iterationsExponent: number;
}

/**
 * Closes a ceremony with a public random beacon.
 *
 * @throws BionoirError MALFORMED_KEY, USAGE (beacon or name), KERNEL_FAILED.
 */
export async function applyBeacon(zkey: Uint8Array, options: BeaconOptions): Promise<Uint8Array> {
  const { name, beacon, iterationsExponent } = options;
  readContributions(zkey);
  checkName(name);
  if (!/^([0-9a-fA-F]{2})+$/.test(beacon) || beacon.length > BEACON_BYTES_MAX * 2) {
    throw new BionoirError(
      'USAGE',
      `The beacon is "${beacon}"; up to ${BEACON_BYTES_MAX} bytes in hexadecimal are expected.`,
    );
  }
  if (!Number.isInteger(iterationsExponent) || iterationsExponent < 10 || iterationsExponent > 63) {
    throw new BionoirError('USAGE', `The beacon's exponent is ${iterationsExponent}; 10 to 63 is expected.`);
  }
  const next = memoryFile();
  await withSnarkjs('apply the beacon', snarkjs =>
    snarkjs.zKey.beacon(zkey, next, name, beacon, iterationsExponent),
  );
  return writtenBytes(next);
}

/**
 * True iff the key was made from this circuit and this `.ptau` by the contributions it lists.
 *
 * @throws BionoirError MALFORMED_KEY, MALFORMED_R1CS, MALFORMED_PTAU, PTAU_TOO_SMALL, KEY_MISMATCH (sizes), KERNEL_FAILED.
 */
export async function verifyCeremony(r1cs: Uint8Array, ptau: Uint8Array, zkey: Uint8Array): Promise<boolean> {
  readContributions(zkey);
  checkPtauFits(r1cs, ptau);
  checkKeyMatches(r1cs, zkey);
  return withSnarkjs('verify the proving key', snarkjs => snarkjs.zKey.verifyFromR1cs(r1cs, ptau, zkey));
}

/**
 * Checks that circuit and key have the same wires and public wires: what can be told without the `.ptau`.
 *
 * @throws BionoirError KEY_MISMATCH, MALFORMED_KEY, MALFORMED_R1CS.
 */
export function checkKeyMatches(r1cs: Uint8Array, zkey: Uint8Array): void {
  const circuit = readR1csFile(r1cs);
  const key = readZkey(zkey);
  const publicCount = circuit.publicOutputCount + circuit.publicInputCount;
  const rowsNeeded = circuit.constraintCount + publicCount + 1;
  const fits = rowsNeeded <= key.domainSize && (rowsNeeded > key.domainSize / 2 || key.domainSize === 2);
  if (circuit.wireCount === key.wireCount && publicCount === key.publicCount && fits) return;
  throw new BionoirError(
    'KEY_MISMATCH',
    `The circuit has ${circuit.wireCount} wires, ${publicCount} of them public, and ${circuit.constraintCount} constraints; the proving key is for ${key.wireCount} wires, ${key.publicCount} public, and a domain of ${key.domainSize}. Set up again after changing the circuit.`,
    { details: { wireCount: circuit.wireCount, publicCount, constraintCount: circuit.constraintCount } },
  );
}

/**
 * Lists who contributed to a proving key.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readContributions(zkey: Uint8Array): readonly Contribution[] {
  return parseContributions(readZkey(zkey).contributions).list;
}

function checkName(name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes <= NAME_BYTES_MAX) return;
  throw new BionoirError(
    'USAGE',
    `The contributor's name takes ${bytes} bytes; at most ${NAME_BYTES_MAX} are expected. Shorten it.`,
  );
}
