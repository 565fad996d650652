/**
 * Section 10 of an UltraGroth `.zkey`: the hash of the circuit and who multiplied the deltas.
 *
 * As for Groth16 (contributions.ts), but a record proves knowledge of two secrets: for round 1 and then for round 2 delta
 * afterwards (G1), two points of G1, one of G2 and a 64-byte transcript hash. The transcript is one: that of round 2 goes on
 * from that of round 1, and the next record from both.
 */
import { ByteReader, ByteWriter } from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { type ContributionParameters, parseParameters, printParameters } from './contributions.ts';
import { G1_BYTES, G2_BYTES } from './points.ts';

const HASH_BYTES = 64;

/** What a contributor did to one delta. Points are as in the file. */
export interface DeltaContribution {
  readonly deltaAfter: Uint8Array;
  readonly g1s: Uint8Array;
  readonly g1sx: Uint8Array;
  readonly g2spx: Uint8Array;
  readonly transcript: Uint8Array;
}

/** One contribution to both deltas, round 1's first. */
export interface UltraGrothContribution extends ContributionParameters {
  readonly kind: 'person' | 'beacon';
  readonly deltas: readonly [DeltaContribution, DeltaContribution];
}

export interface UltraGrothContributions {
  readonly circuitHash: Uint8Array;
  readonly list: readonly UltraGrothContribution[];
}

/**
 * Parses section 10 of an UltraGroth proving key.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function parseUltraGrothContributions(section: Uint8Array): UltraGrothContributions {
  const reader = new ByteReader(section, {
    what: 'contributions of the UltraGroth proving key (.zkey)',
    code: 'MALFORMED_KEY',
  });
  const circuitHash = reader.take(HASH_BYTES);
  const count = reader.u32();
  const list: UltraGrothContribution[] = [];
  for (let i = 0; i < count; i++) list.push(parseContribution(reader, i));
  if (reader.remaining > 0) throw malformed(`has ${reader.remaining} bytes after its last contribution`);
  return { circuitHash, list };
}

function parseContribution(reader: ByteReader, index: number): UltraGrothContribution {
  const delta = (): DeltaContribution => ({
    deltaAfter: reader.take(G1_BYTES),
    g1s: reader.take(G1_BYTES),
    g1sx: reader.take(G1_BYTES),
    g2spx: reader.take(G2_BYTES),
    transcript: reader.take(HASH_BYTES),
  });
  const deltas = [delta(), delta()] as const;
  const type = reader.u32();
  if (type > 1) throw malformed(`has contribution ${index} of unknown type ${type}`);
  const parameters = new ByteReader(reader.take(reader.u32()), {
    what: `parameters of contribution ${index} of the UltraGroth proving key (.zkey)`,
    code: 'MALFORMED_KEY',
  });
  const found = parseParameters(parameters, tag =>
    malformed(`has contribution ${index} with parameter ${tag} out of order`),
  );
  return { kind: type === 1 ? 'beacon' : 'person', deltas, ...found };
}

/** Prints section 10 of an UltraGroth proving key. */
export function printUltraGrothContributions({ circuitHash, list }: UltraGrothContributions): Uint8Array {
  const writer = new ByteWriter();
  writer.put(circuitHash);
  writer.u32(list.length);
  for (const contribution of list) {
    for (const delta of contribution.deltas) {
      for (const part of ['deltaAfter', 'g1s', 'g1sx', 'g2spx', 'transcript'] as const)
        writer.put(delta[part]);
    }
    writer.u32(contribution.kind === 'beacon' ? 1 : 0);
    const parameters = printParameters(contribution);
    writer.u32(parameters.length);
    writer.put(parameters);
  }
  return writer.finish();
}

function malformed(problem: string): BionoirError {
  return new BionoirError(
    'MALFORMED_KEY',
    `The UltraGroth proving key (.zkey) ${problem}. Is the file corrupt?`,
  );
}
