/**
 * Section 10 of a development key as `snarkjs zkey verify` expects it: the hash of the circuit, and one contribution that
 * took delta from 1 to its value.
 *
 * It says nothing about trust: the party of the set-up also knew tau. It lets snarkjs check every point of our keys
 * against a `.ptau` of the same secrets. The hash costs as many points again as C and H have, so it is made on request.
 */
import { blake2b } from '@noble/hashes/blake2.js';
import { ChaCha } from 'ffjavascript';
import {
  encodeG1,
  encodeG2,
  G1_GENERATOR,
  G2_GENERATOR,
  printContributions,
  type Zkey,
} from '../../../converters/keys-to-iden3/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';
import { randomNonZeroScalar } from '../../../src/kernel/random.ts';
import type { KernelCallOptions, ToxicWaste } from '../../../src/kernel/types.ts';
import type { Engine } from './engine.ts';
import { type FixedBaseTable, multiplyGenerator } from './fixed-base.ts';

const HASH_BYTES = 64;
const CONTRIBUTOR = 'bionoir development set-up (single party)';
/** snarkjs hashes the tau differences of H in chunks of this many, and always a whole last chunk. */
const HASH_CHUNK = 2 ** 14;

/** All of a key but its last section. */
export type UnrecordedKey = Omit<Zkey, 'contributions'>;

/** An empty record: no circuit hash, no contribution. */
export function emptyRecord(): Uint8Array {
  return printContributions({ circuitHash: new Uint8Array(HASH_BYTES), list: [] });
}

/** Makes section 10 for a key and the secrets it was made from. */
export async function developmentRecord(
  engine: Engine,
  table: FixedBaseTable,
  key: UnrecordedKey,
  context: {
    readonly secrets: ToxicWaste;
    readonly c: readonly bigint[];
    readonly options: KernelCallOptions;
  },
): Promise<Uint8Array> {
  const { G1, G2, Fr } = engine.curve;
  const { secrets } = context;
  const circuitHash = await hashCircuit(engine, table, key, context);
  const g1s = G1.toAffine(G1.timesFr(G1.g, Fr.e(randomNonZeroScalar())));
  const g1sx = G1.toAffine(G1.timesFr(g1s, Fr.e(secrets.delta)));
  const transcript = blake2b(
    concatenate([circuitHash, await G1.batchLEMtoU(g1s), await G1.batchLEMtoU(g1sx)]),
    { dkLen: HASH_BYTES },
  );
  const g2spx = G2.toAffine(G2.timesFr(hashToG2(engine, transcript), Fr.e(secrets.delta)));
  const deltaAfter = encodeG1(key.delta1);
  return printContributions({
    circuitHash,
    list: [{ kind: 'person', name: CONTRIBUTOR, deltaAfter, g1s, g1sx, g2spx, transcript }],
  });
}

/**
 * The circuit hash of snarkjs: BLAKE2b-512 over the key as it is before any contribution, points uncompressed big-endian,
 * and in place of H the points (tau^(i + N) - tau^i) G1.
 */
async function hashCircuit(
  engine: Engine,
  table: FixedBaseTable,
  key: UnrecordedKey,
  {
    secrets,
    c,
    options,
  }: { readonly secrets: ToxicWaste; readonly c: readonly bigint[]; readonly options: KernelCallOptions },
): Promise<Uint8Array> {
  const { G1, G2 } = engine.curve;
  const hash = blake2b.create({ dkLen: HASH_BYTES });
  const count = (value: number): void => {
    hash.update(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
  };
  for (const point of [key.alpha1, key.beta1]) hash.update(await G1.batchLEMtoU(encodeG1(point)));
  for (const point of [key.beta2, key.gamma2]) hash.update(await G2.batchLEMtoU(encodeG2(point)));
  hash.update(await G1.batchLEMtoU(encodeG1(G1_GENERATOR)));
  hash.update(await G2.batchLEMtoU(encodeG2(G2_GENERATOR)));
  count(key.publicCount + 1);
  hash.update(await G1.batchLEMtoU(key.ic));
  count(key.domainSize - 1);
  const differences = await multiplyGenerator(
    engine,
    table,
    tauDifferences(secrets.tau, key.domainSize),
    'circuit hash',
    options,
  );
  hash.update(await G1.batchLEMtoU(differences));
  count(c.length);
  const undivided = c.map(value => (value * secrets.delta) % r);
  hash.update(
    await G1.batchLEMtoU(await multiplyGenerator(engine, table, undivided, 'circuit hash', options)),
  );
  for (const points of [key.a, key.b1]) {
    count(key.wireCount);
    hash.update(await G1.batchLEMtoU(points));
  }
  count(key.wireCount);
  hash.update(await G2.batchLEMtoU(key.b2));
  return hash.digest();
}

function tauDifferences(tau: bigint, domainSize: number): bigint[] {
  const count = domainSize - 1 <= HASH_CHUNK ? domainSize - 1 : domainSize;
  const powers: bigint[] = [1n];
  for (let i = 1; i < domainSize + count; i++) powers.push(((powers[i - 1] as bigint) * tau) % r);
  return Array.from(
    { length: count },
    (_, i) => ((powers[i + domainSize] as bigint) - (powers[i] as bigint) + r) % r,
  );
}

/** snarkjs' hash to G2: a ChaCha generator seeded with the first 32 bytes as big-endian words. */
function hashToG2({ curve }: Engine, transcript: Uint8Array): Uint8Array {
  const view = new DataView(transcript.buffer, transcript.byteOffset, transcript.length);
  const seed = Array.from({ length: 8 }, (_, i) => view.getUint32(i * 4));
  return curve.G2.toAffine(curve.G2.fromRng(new ChaCha(seed)));
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
