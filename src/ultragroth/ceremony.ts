/**
 * Ceremony set-up of UltraGroth: a proving key from a Powers of Tau file, contributions to both deltas at once, a public
 * beacon at the end, and the check of all that from the circuit. Secure if one contributor forgot their two secrets.
 *
 * While its deltas are 1, an UltraGroth key is the Groth16 key of the circuit in which challenges are public inputs: so it
 * begins with that one. Proofs of knowledge are those of Groth16's ceremony (src/groth16/phase2.ts), two a contributor on one
 * transcript. The circuit's hash covers the numbers of challenges and wires of each round.
 */
import {
  decodeG1,
  decodeG2,
  encodeG1,
  encodeG2,
  G1_BYTES,
  G1_GENERATOR,
  G2_GENERATOR,
  parseUltraGrothContributions,
  printForHash,
  printUltraGrothContributions,
  readUltraGrothZkey,
  readZkey,
  type UltraGrothContribution,
  type UltraGrothContributions,
  type UltraGrothZkey,
  writeUltraGrothZkey,
} from '../../converters/keys-to-iden3/index.ts';
import { readR1cs, writeR1cs } from '../../converters/r1cs-to-iden3/index.ts';
import type { ByteSource } from '../bytes/index.ts';
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import {
  drawSecret,
  forget,
  invertScalar,
  type Knowledge,
  proveKnowledge,
  type Secret,
  setupFromPtau as setupGroth16FromPtau,
} from '../groth16/index.ts';
import type { CeremonyKernel, G1Point, G2Point, Kernel, KernelCallOptions } from '../kernel/types.ts';
import { assertRoundsSound } from './rounds.ts';

const NAME_BYTES_MAX = 64;
const BEACON_BYTES_MAX = 255;
const HASH_TAG = new TextEncoder().encode('bionoir UltraGroth circuit v1');

/**
 * Makes the proving key of a system with rounds from a prepared `.ptau`, after the static check. Its deltas are still 1:
 * contribute before use.
 *
 * @throws BionoirError UNDER_CONSTRAINED, MALFORMED_R1CS, MALFORMED_PTAU, PTAU_TOO_SMALL, MISSING_KERNEL, KERNEL_FAILED.
 */
export async function setupFromPtau(
  kernel: Kernel,
  r1cs: Uint8Array,
  ptau: Uint8Array | ByteSource,
  options: KernelCallOptions = {},
): Promise<Uint8Array> {
  return writeUltraGrothZkey(await initialKey(kernel, r1cs, ptau, options));
}

/** The key of a circuit before any contribution; see {@link setupFromPtau}. */
export async function initialKey(
  kernel: Kernel,
  r1cs: Uint8Array,
  ptau: Uint8Array | ByteSource,
  options: KernelCallOptions,
): Promise<UltraGrothZkey> {
  const ceremony = requireCeremony(kernel);
  const system = readR1cs(r1cs, { prime: BN254_SCALAR_PRIME });
  assertRoundsSound(system);
  const { rounds, ...plain } = system;
  const { challengeCount, roundOneCount } = rounds as NonNullable<typeof rounds>;
  const asGroth16 = writeR1cs({ ...plain, publicCount: system.publicCount + challengeCount });
  const key = {
    ...readZkey(await setupGroth16FromPtau(asGroth16, ptau, { ...options, kernel })),
    challengeCount,
    roundOneCount,
    roundOneDelta1: G1_GENERATOR,
    roundOneDelta2: G2_GENERATOR,
  };
  const circuitHash = await hashCircuit(ceremony, key);
  return { ...key, contributions: printUltraGrothContributions({ circuitHash, list: [] }) };
}

/** BLAKE2b-512 of a tag, all counts (u32 big-endian), the header's fixed points, and every section of the initial key. */
async function hashCircuit(ceremony: CeremonyKernel, key: UltraGrothZkey): Promise<Uint8Array> {
  const hash = await ceremony.openHash();
  const counts = new Uint8Array(20);
  const view = new DataView(counts.buffer);
  [key.wireCount, key.publicCount, key.domainSize, key.challengeCount, key.roundOneCount].forEach(
    (count, i) => {
      view.setUint32(4 * i, count);
    },
  );
  await hash.update(HASH_TAG);
  await hash.update(counts);
  for (const point of [key.alpha1, key.beta1]) await hash.points('G1', encodeG1(point));
  for (const point of [key.beta2, key.gamma2]) await hash.points('G2', encodeG2(point));
  for (const points of [key.ic, key.h, key.c, key.a, key.b1]) await hash.points('G1', points);
  await hash.points('G2', key.b2);
  await hash.update(key.coefficients);
  return hash.digest();
}

/** Who contributes. */
export interface UltraGrothContributeOptions extends KernelCallOptions {
  /** Public, stored in the key. */
  readonly name: string;
  /** Mixed into the randomness, which comes from the platform's CSPRNG all the same. */
  readonly entropy?: string;
}

/**
 * Multiplies both deltas by fresh secrets and forgets them.
 *
 * @throws BionoirError MALFORMED_KEY, USAGE (name), MISSING_KERNEL, ABORTED, KERNEL_FAILED.
 */
export async function contribute(
  kernel: Kernel,
  zkey: Uint8Array,
  options: UltraGrothContributeOptions,
): Promise<Uint8Array> {
  const { name, entropy = '' } = options;
  const ceremony = requireCeremony(kernel);
  checkName(name);
  const key = readUltraGrothZkey(zkey);
  const secrets = [await drawSecret(ceremony, entropy), await drawSecret(ceremony, entropy)] as const;
  return applySecrets(ceremony, key, { secrets, record: { kind: 'person', name } }, options);
}

/** A value that nobody could predict or influence, such as the hash of a block announced beforehand. */
export interface UltraGrothBeaconOptions extends KernelCallOptions {
  readonly name: string;
  /** Hexadecimal, up to 255 bytes. */
  readonly beacon: string;
  /** The beacon is hashed 2^this times, 10 to 63. */
  readonly iterationsExponent: number;
}

/**
 * Closes a ceremony with a public random beacon.
 *
 * @throws BionoirError MALFORMED_KEY, USAGE (beacon or name), MISSING_KERNEL, ABORTED, KERNEL_FAILED.
 */
export async function applyBeacon(
  kernel: Kernel,
  zkey: Uint8Array,
  options: UltraGrothBeaconOptions,
): Promise<Uint8Array> {
  const { name, beacon: hex, iterationsExponent } = options;
  const ceremony = requireCeremony(kernel);
  checkName(name);
  if (!/^([0-9a-fA-F]{2})+$/.test(hex) || hex.length > BEACON_BYTES_MAX * 2) {
    throw new BionoirError(
      'USAGE',
      `The beacon is "${hex}"; up to ${BEACON_BYTES_MAX} bytes in hexadecimal are expected.`,
    );
  }
  if (!Number.isInteger(iterationsExponent) || iterationsExponent < 10 || iterationsExponent > 63) {
    throw new BionoirError('USAGE', `The beacon's exponent is ${iterationsExponent}; 10 to 63 is expected.`);
  }
  const beacon = Uint8Array.from(hex.match(/../g) ?? [], pair => Number.parseInt(pair, 16));
  const secrets = await beaconSecrets(ceremony, beacon, iterationsExponent, options);
  const record = { kind: 'beacon', name, beacon, iterationsExponent } as const;
  return applySecrets(ceremony, readUltraGrothZkey(zkey), { secrets, record }, options);
}

/** The two secrets that everybody can derive from a beacon. */
export async function beaconSecrets(
  ceremony: CeremonyKernel,
  beacon: Uint8Array,
  iterationsExponent: number,
  options: KernelCallOptions,
): Promise<readonly [Secret, Secret]> {
  const seed = await ceremony.hashBeacon(beacon, iterationsExponent, options);
  const { scalars, points } = await ceremony.deriveKeys(seed, 2);
  const secret = (i: number): Secret => ({
    scalar: scalars[i] as Uint8Array,
    g1s: points[i] as Uint8Array,
  });
  return [secret(0), secret(1)];
}

interface Contributing {
  readonly secrets: readonly [Secret, Secret];
  readonly record: Pick<UltraGrothContribution, 'kind' | 'name' | 'beacon' | 'iterationsExponent'>;
}

/** Multiplies delta1 and delta2, divides their points, and records both. Forgets the secrets. */
async function applySecrets(
  ceremony: CeremonyKernel,
  key: UltraGrothZkey,
  { secrets, record }: Contributing,
  options: KernelCallOptions,
): Promise<Uint8Array> {
  const contributions = parseUltraGrothContributions(key.contributions);
  const [one, two] = secrets;
  const inverses = secrets.map(({ scalar }) => invertScalar(scalar)) as [Uint8Array, Uint8Array];
  const times = async (secret: Secret, g1: G1Point, g2: G2Point) => ({
    after1: await ceremony.multiply('G1', encodeG1(g1), secret.scalar),
    after2: await ceremony.multiply('G2', encodeG2(g2), secret.scalar),
  });
  try {
    const deltaOne = await times(one, key.roundOneDelta1, key.roundOneDelta2);
    const deltaTwo = await times(two, key.delta1, key.delta2);
    const before = transcriptBefore(contributions);
    const first = {
      deltaAfter: deltaOne.after1,
      ...(await proveKnowledge(ceremony, before, one)),
    };
    const second = {
      deltaAfter: deltaTwo.after1,
      ...(await proveKnowledge(ceremony, [...before, ...printDelta(first)], two)),
    };
    const [cOne, cTwo] = splitC(key);
    const c = new Uint8Array(key.c.length);
    c.set(await ceremony.scale(cOne, inverses[0], options));
    c.set(await ceremony.scale(cTwo, inverses[1], options), cOne.length);
    const list = [...contributions.list, { ...record, deltas: [first, second] as const }];
    return writeUltraGrothZkey({
      ...key,
      roundOneDelta1: decodeG1(deltaOne.after1) as G1Point,
      roundOneDelta2: decodeG2(deltaOne.after2) as G2Point,
      delta1: decodeG1(deltaTwo.after1) as G1Point,
      delta2: decodeG2(deltaTwo.after2) as G2Point,
      c,
      h: await ceremony.scale(key.h, inverses[1], options),
      contributions: printUltraGrothContributions({ ...contributions, list }),
    });
  } finally {
    for (const inverse of inverses) inverse.fill(0);
    for (const secret of secrets) forget(secret);
  }
}

/** The points of round 1, then those of round 2. */
export function splitC({ c, roundOneCount }: UltraGrothZkey): readonly [Uint8Array, Uint8Array] {
  const border = roundOneCount * G1_BYTES;
  return [c.subarray(0, border), c.subarray(border)];
}

/** What the next contributor's transcript begins with: the circuit's hash, and each contribution. */
export function transcriptBefore({ circuitHash, list }: UltraGrothContributions): Uint8Array[] {
  return [circuitHash, ...list.flatMap(({ deltas }) => deltas.flatMap(printDelta))];
}

/** A contribution to one delta, as transcripts hash it. */
export function printDelta(delta: Knowledge & { readonly deltaAfter: Uint8Array }): readonly Uint8Array[] {
  const { deltaAfter, g1s, g1sx, g2spx, transcript } = delta;
  return [...[deltaAfter, g1s, g1sx, g2spx].map(printForHash), transcript];
}

/**
 * Lists who contributed to an UltraGroth proving key.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readContributions(zkey: Uint8Array): readonly UltraGrothContribution[] {
  return parseUltraGrothContributions(readUltraGrothZkey(zkey).contributions).list;
}

/**
 * The ceremony functions of a kernel.
 *
 * @throws BionoirError MISSING_KERNEL for a kernel without them.
 */
export function requireCeremony(kernel: Kernel): CeremonyKernel {
  if (kernel.ceremony) return kernel.ceremony;
  throw new BionoirError(
    'MISSING_KERNEL',
    `The kernel ${kernel.name} has no ceremony functions, which UltraGroth's ceremony needs. Open the native kernel.`,
    { details: { kernel: kernel.name } },
  );
}

function checkName(name: string): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes >= 1 && bytes <= NAME_BYTES_MAX) return;
  throw new BionoirError(
    'USAGE',
    `The contributor's name takes ${bytes} bytes; 1 to ${NAME_BYTES_MAX} are expected. Give one that fits.`,
  );
}
