/**
 * Ceremony set-up: a proving key from a Powers of Tau file, contributions to its delta, a public beacon at the end, and
 * the check of all that. Secure if one contributor forgot their secret.
 *
 * Files are those of snarkjs 0.7.6 (`zkey new`, `contribute`, `beacon`, `verify`), byte for byte where no randomness is
 * involved, and may go back and forth between both.
 */

import {
  type Contribution,
  type Contributions,
  decodeG1,
  decodeG2,
  encodeG1,
  encodeG2,
  openPreparedPtau,
  PTAU_SECTION,
  type Ptau,
  parseContributions,
  printContributions,
  printForHash,
  readZkey,
  writeZkey,
  type Zkey,
} from '../../converters/keys-to-iden3/index.ts';
import { type R1csFile, readR1csFile } from '../../converters/r1cs-to-iden3/index.ts';
import { arraySource, type ByteSource } from '../bytes/index.ts';
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import type { CeremonyKernel, G1Point, G2Point, KernelCallOptions } from '../kernel/types.ts';
import { type CeremonyOptions, withCeremony } from './ceremony-kernel.ts';
import {
  beaconSecret,
  drawSecret,
  forget,
  invertScalar,
  type Knowledge,
  proveKnowledge,
  type Secret,
} from './phase2.ts';
import { namingPtau } from './ptau.ts';
import { isCeremonyKey } from './verify-ceremony.ts';

/** snarkjs stores a name's length in a byte, and at most 64 of its UTF-16 units. */
const NAME_BYTES_MAX = 64;
const BEACON_BYTES_MAX = 255;

/**
 * Makes the proving key of a circuit from a prepared `.ptau`. Its delta is still 1: contribute before use. The `.ptau` is
 * trusted: check it once with `verifyPtau`.
 *
 * @throws BionoirError MALFORMED_R1CS, MALFORMED_PTAU, PTAU_TOO_SMALL, ABORTED, KERNEL_FAILED.
 */
export async function setupFromPtau(
  r1cs: Uint8Array,
  ptau: Uint8Array | ByteSource,
  options: CeremonyOptions = {},
): Promise<Uint8Array> {
  const circuit = readCircuit(r1cs);
  const source = sourceOf(ptau);
  const powers = await openPreparedPtau(source);
  const power = checkPtauFits(circuit, powers);
  return withCeremony(options, kernel => setupFromPowers(kernel, { r1cs, power }, powers, options));
}

function sourceOf(ptau: Uint8Array | ByteSource): ByteSource {
  return ptau instanceof Uint8Array ? arraySource(ptau) : ptau;
}

async function setupFromPowers(
  kernel: CeremonyKernel,
  { r1cs, power }: { readonly r1cs: Uint8Array; readonly power: number },
  ptau: Ptau,
  options: KernelCallOptions,
): Promise<Uint8Array> {
  const n = 2 ** power;
  const section = PTAU_SECTION;
  const powers = {
    power,
    lagrangeTauG1: await ptau.points(section.lagrangeTauG1, n - 1, n),
    lagrangeTauG2: await ptau.points(section.lagrangeTauG2, n - 1, n),
    lagrangeAlphaG1: await ptau.points(section.lagrangeAlphaG1, n - 1, n),
    lagrangeBetaG1: await ptau.points(section.lagrangeBetaG1, n - 1, n),
    lagrangeDouble: await ptau.points(section.lagrangeTauG1, 2 * n - 1, 2 * n),
    tauG1: await ptau.pointsBeyond(section.tauG1, 0, 2 * n),
    alphaG1: await ptau.points(section.alphaTauG1, 0, 1),
    betaG1: await ptau.points(section.betaTauG1, 0, 1),
    betaG2: await ptau.points(section.betaG2, 0, 1),
  };
  return namingPtau(async () => {
    await kernel.checkSubgroup(powers.lagrangeTauG2, options);
    return kernel.setupFromPowers(r1cs, powers, options);
  });
}

function readCircuit(r1cs: Uint8Array): R1csFile {
  const circuit = readR1csFile(r1cs);
  if (circuit.prime === BN254_SCALAR_PRIME && circuit.rounds === undefined) return circuit;
  if (circuit.rounds !== undefined) {
    throw new BionoirError(
      'MALFORMED_R1CS',
      'The constraint system (.r1cs) has rounds, so UltraGroth proves it, not Groth16. Lower the program without lookups.',
    );
  }
  throw new BionoirError(
    'MALFORMED_R1CS',
    `The constraint system (.r1cs) is over the field of order ${circuit.prime}; ${BN254_SCALAR_PRIME} is expected. It belongs to another curve.`,
    { details: { found: circuit.prime, expected: BN254_SCALAR_PRIME } },
  );
}

/** The power of the circuit's domain. */
function checkPtauFits(circuit: R1csFile, { power }: Ptau): number {
  const publicCount = circuit.publicOutputCount + circuit.publicInputCount;
  const needed = Math.floor(Math.log2(Math.max(1, circuit.constraintCount + publicCount))) + 1;
  if (needed <= power) return needed;
  throw new BionoirError(
    'PTAU_TOO_SMALL',
    `The Powers of Tau file has power ${power}; a circuit of ${circuit.constraintCount} constraints and ${publicCount} public wires needs power ${needed}. Download a file of power ${needed} or more.`,
    { details: { power, needed } },
  );
}

/** Who contributes. */
export interface ContributeOptions extends CeremonyOptions {
  /** Public, stored in the key. */
  readonly name: string;
  /** Mixed into the randomness, which comes from the platform's CSPRNG all the same. */
  readonly entropy?: string;
}

/**
 * Multiplies delta by a fresh secret and forgets it.
 *
 * @throws BionoirError MALFORMED_KEY, USAGE (name), ABORTED, KERNEL_FAILED.
 */
export async function contribute(zkey: Uint8Array, options: ContributeOptions): Promise<Uint8Array> {
  const { name, entropy = '' } = options;
  const key = readKey(zkey);
  checkName(name);
  return withCeremony(options, async kernel => {
    const secret = await drawSecret(kernel, entropy);
    return applySecret(kernel, key, { secret, record: { kind: 'person', name } }, options);
  });
}

/** A value that nobody could predict or influence, such as the hash of a block announced beforehand. */
export interface BeaconOptions extends CeremonyOptions {
  readonly name: string;
  /** Hexadecimal, up to 255 bytes. */
  readonly beacon: string;
  /** The beacon is hashed 2^this times, 10 to 63. */
  readonly iterationsExponent: number;
}

/**
 * Closes a ceremony with a public random beacon.
 *
 * @throws BionoirError MALFORMED_KEY, USAGE (beacon or name), ABORTED, KERNEL_FAILED.
 */
export async function applyBeacon(zkey: Uint8Array, options: BeaconOptions): Promise<Uint8Array> {
  const { name, beacon, iterationsExponent } = options;
  const key = readKey(zkey);
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
  const bytes = Uint8Array.from(beacon.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
  return withCeremony(options, async kernel => {
    const secret = await beaconSecret(kernel, bytes, iterationsExponent, options);
    const record = { kind: 'beacon', name, beacon: bytes, iterationsExponent } as const;
    return applySecret(kernel, key, { secret, record }, options);
  });
}

type Record = Pick<Contribution, 'kind' | 'name' | 'beacon' | 'iterationsExponent'>;
type ReadKey = { readonly key: Zkey; readonly contributions: Contributions };

function readKey(zkey: Uint8Array): ReadKey {
  const key = readZkey(zkey);
  return { key, contributions: parseContributions(key.contributions) };
}

/** Multiplies the key's deltas by the secret, divides C and H by it, and records it. Forgets the secret. */
async function applySecret(
  kernel: CeremonyKernel,
  { key, contributions }: ReadKey,
  { secret, record }: { readonly secret: Secret; readonly record: Record },
  options: KernelCallOptions,
): Promise<Uint8Array> {
  const inverse = invertScalar(secret.scalar);
  try {
    const knowledge = await proveKnowledge(kernel, transcriptBefore(contributions), secret);
    const deltaAfter = await kernel.multiply('G1', encodeG1(key.delta1), secret.scalar);
    const delta2 = await kernel.multiply('G2', encodeG2(key.delta2), secret.scalar);
    const list = [...contributions.list, { ...withoutEmptyName(record), deltaAfter, ...knowledge }];
    return writeZkey({
      ...key,
      delta1: decodeG1(deltaAfter) as G1Point,
      delta2: decodeG2(delta2) as G2Point,
      c: await kernel.scale(key.c, inverse, options),
      h: await kernel.scale(key.h, inverse, options),
      contributions: printContributions({ ...contributions, list }),
    });
  } finally {
    inverse.fill(0);
    forget(secret);
  }
}

/** As snarkjs: no parameter for an empty name. */
function withoutEmptyName({ name, ...record }: Record): Record {
  return name ? { ...record, name } : record;
}

/** What the next contributor's transcript begins with: the circuit's hash, and each contribution. */
export function transcriptBefore({ circuitHash, list }: Contributions): readonly Uint8Array[] {
  return [circuitHash, ...list.flatMap(printContributionForHash)];
}

function printContributionForHash({
  deltaAfter,
  ...knowledge
}: Knowledge & { readonly deltaAfter: Uint8Array }) {
  const { g1s, g1sx, g2spx, transcript } = knowledge;
  return [...[deltaAfter, g1s, g1sx, g2spx].map(printForHash), transcript];
}

/**
 * True iff the key was made from this circuit and this `.ptau` by the contributions it lists.
 *
 * @throws BionoirError MALFORMED_KEY, MALFORMED_R1CS, MALFORMED_PTAU, PTAU_TOO_SMALL, KEY_MISMATCH (sizes), ABORTED,
 *   KERNEL_FAILED.
 */
export async function verifyCeremony(
  r1cs: Uint8Array,
  ptau: Uint8Array | ByteSource,
  zkey: Uint8Array,
  options: CeremonyOptions = {},
): Promise<boolean> {
  const { key, contributions } = readKey(zkey);
  const source = sourceOf(ptau);
  const powers = await openPreparedPtau(source);
  const circuit = readCircuit(r1cs);
  const power = checkPtauFits(circuit, powers);
  checkKeyMatches(r1cs, zkey);
  return withCeremony(options, async kernel => {
    const initial = readZkey(await setupFromPowers(kernel, { r1cs, power }, powers, options));
    return isCeremonyKey(kernel, { key, contributions, initial, ptau: powers }, options);
  });
}

/**
 * True iff the key was made from this initial key, itself trusted to be the circuit's, by the contributions it lists.
 *
 * @throws BionoirError MALFORMED_KEY, MALFORMED_PTAU, PTAU_TOO_SMALL, ABORTED; MISSING_KERNEL for a kernel without ceremony
 *   functions.
 */
export async function verifyFromInitial(
  initialZkey: Uint8Array,
  ptau: Uint8Array | ByteSource,
  zkey: Uint8Array,
  options: CeremonyOptions = {},
): Promise<boolean> {
  const { key, contributions } = readKey(zkey);
  const initial = readZkey(initialZkey);
  const powers = await openPreparedPtau(sourceOf(ptau));
  if (initial.domainSize > 2 ** powers.power) {
    throw new BionoirError(
      'PTAU_TOO_SMALL',
      `The Powers of Tau file has power ${powers.power}; a key with a domain of ${initial.domainSize} needs more. Take the file that the key was made from.`,
      { details: { power: powers.power, domainSize: initial.domainSize } },
    );
  }
  return withCeremony(options, kernel =>
    isCeremonyKey(kernel, { key, contributions, initial, ptau: powers }, options),
  );
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
