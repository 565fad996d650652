/**
 * Section 10 of a `.zkey`: the hash of the circuit and who multiplied delta.
 *
 * A record is: delta afterwards (G1), the contributor's public key (two points of G1, one of G2), a 64-byte transcript
 * hash, u32 type (0 a person, 1 a beacon), u32 length and that many bytes of parameters, each a u8 tag in ascending order:
 * 1 name (u8 length, UTF-8), 2 exponent of the beacon's iterations (u8), 3 beacon (u8 length, bytes). Whether the keys are
 * honest is checked by `verifyCeremony`, not here.
 */

import { ByteReader, ByteWriter } from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { G1_BYTES, G2_BYTES } from './points.ts';

const CIRCUIT_HASH_BYTES = 64;
const TRANSCRIPT_BYTES = 64;
const NAME = 1;
const ITERATIONS = 2;
const BEACON = 3;

/** What a contribution says about itself. */
export interface ContributionParameters {
  readonly name?: string;
  readonly beacon?: Uint8Array;
  /** The beacon is hashed 2^this times. */
  readonly iterationsExponent?: number;
}

/** One contribution to phase 2. Points are as in the file. */
export interface Contribution extends ContributionParameters {
  readonly kind: 'person' | 'beacon';
  readonly deltaAfter: Uint8Array;
  readonly g1s: Uint8Array;
  readonly g1sx: Uint8Array;
  readonly g2spx: Uint8Array;
  readonly transcript: Uint8Array;
}

export interface Contributions {
  readonly circuitHash: Uint8Array;
  readonly list: readonly Contribution[];
}

/**
 * Parses section 10 of a proving key.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function parseContributions(section: Uint8Array): Contributions {
  const reader = new ByteReader(section, {
    what: 'contributions of the proving key (.zkey)',
    code: 'MALFORMED_KEY',
  });
  const circuitHash = reader.take(CIRCUIT_HASH_BYTES);
  const count = reader.u32();
  const list: Contribution[] = [];
  for (let i = 0; i < count; i++) list.push(parseContribution(reader, i));
  if (reader.remaining > 0) throw malformed(`has ${reader.remaining} bytes after its last contribution`);
  return { circuitHash, list };
}

function parseContribution(reader: ByteReader, index: number): Contribution {
  const points = {
    deltaAfter: reader.take(G1_BYTES),
    g1s: reader.take(G1_BYTES),
    g1sx: reader.take(G1_BYTES),
    g2spx: reader.take(G2_BYTES),
    transcript: reader.take(TRANSCRIPT_BYTES),
  };
  const type = reader.u32();
  if (type > 1) throw malformed(`has contribution ${index} of unknown type ${type}`);
  const parameters = new ByteReader(reader.take(reader.u32()), {
    what: `parameters of contribution ${index} of the proving key (.zkey)`,
    code: 'MALFORMED_KEY',
  });
  const found = parseParameters(parameters, tag =>
    malformed(`has contribution ${index} with parameter ${tag} out of order`),
  );
  return { kind: type === 1 ? 'beacon' : 'person', ...points, ...found };
}

/** Parses the parameters of a contribution to a `.zkey` or `.ptau`; `outOfOrder` makes the error for a tag that is. */
export function parseParameters(
  reader: ByteReader,
  outOfOrder: (tag: number) => BionoirError,
): ContributionParameters {
  const found: { name?: string; beacon?: Uint8Array; iterationsExponent?: number } = {};
  let last = 0;
  while (reader.remaining > 0) {
    const tag = reader.u8();
    if (tag <= last || tag > BEACON) throw outOfOrder(tag);
    last = tag;
    if (tag === NAME) found.name = new TextDecoder().decode(reader.take(reader.u8()));
    else if (tag === ITERATIONS) found.iterationsExponent = reader.u8();
    else found.beacon = reader.take(reader.u8());
  }
  return found;
}

/** Prints section 10 of a proving key. */
export function printContributions({ circuitHash, list }: Contributions): Uint8Array {
  const writer = new ByteWriter();
  writer.put(circuitHash);
  writer.u32(list.length);
  for (const contribution of list) {
    for (const key of ['deltaAfter', 'g1s', 'g1sx', 'g2spx', 'transcript'] as const)
      writer.put(contribution[key]);
    writer.u32(contribution.kind === 'beacon' ? 1 : 0);
    const parameters = printParameters(contribution);
    writer.u32(parameters.length);
    writer.put(parameters);
  }
  return writer.finish();
}

/** Prints the parameters of a contribution. */
export function printParameters({ name, iterationsExponent, beacon }: ContributionParameters): Uint8Array {
  const writer = new ByteWriter();
  const sized = (tag: number, bytes: Uint8Array): void => {
    writer.u8(tag);
    writer.u8(bytes.length);
    writer.put(bytes);
  };
  if (name !== undefined) sized(NAME, new TextEncoder().encode(name));
  if (iterationsExponent !== undefined) {
    writer.u8(ITERATIONS);
    writer.u8(iterationsExponent);
  }
  if (beacon !== undefined) sized(BEACON, beacon);
  return writer.finish();
}

function malformed(problem: string): BionoirError {
  return new BionoirError('MALFORMED_KEY', `The proving key (.zkey) ${problem}. Is the file corrupt?`);
}
