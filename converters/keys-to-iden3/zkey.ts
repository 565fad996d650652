/**
 * Groth16 proving keys <-> iden3 `.zkey` (file version 1, protocol 1).
 *
 * Points stay bytes (see points.ts): a key has hundreds of thousands of them and no stage but the kernel looks at each.
 * The header's seven points are decoded and checked. Sections: 1 protocol, 2 header, 3 IC, 4 coefficients of A and B,
 * 5 A, 6 B in G1, 7 B in G2, 8 C (private wires), 9 H, 10 contributions.
 */

import {
  ByteReader,
  ByteWriter,
  readSections,
  requireSection,
  type SectionFile,
  type SectionFileFormat,
  writeSections,
} from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_BASE_PRIME, BN254_SCALAR_PRIME } from '../../src/field/index.ts';
import type { G1Point, G2Point } from '../../src/kernel/types.ts';
import { isInfinityG1, isInfinityG2, isValidG1, isValidG2 } from './curve.ts';
import { decodeG1, decodeG2, encodeG1, encodeG2, G1_BYTES, G2_BYTES } from './points.ts';

const FORMAT: SectionFileFormat = {
  magic: 'zkey',
  versionMax: 1,
  what: 'proving key (.zkey)',
  code: 'MALFORMED_KEY',
};
const GROTH16_PROTOCOL = 1;
const FIELD_BYTES = 32;
/** u32 matrix, constraint, wire, then the coefficient. */
export const COEFFICIENT_BYTES = 12 + FIELD_BYTES;

/** What the header of a proving key says. */
export interface ZkeyHeader {
  readonly wireCount: number;
  readonly publicCount: number;
  readonly domainSize: number;
  readonly alpha1: G1Point;
  readonly beta1: G1Point;
  readonly beta2: G2Point;
  readonly gamma2: G2Point;
  readonly delta1: G1Point;
  readonly delta2: G2Point;
}

/** A proving key taken apart. Byte arrays are section payloads (views of the file when read). */
export interface Zkey extends ZkeyHeader {
  readonly ic: Uint8Array;
  /** u32 count, then entries of {@link COEFFICIENT_BYTES}. */
  readonly coefficients: Uint8Array;
  readonly a: Uint8Array;
  readonly b1: Uint8Array;
  readonly b2: Uint8Array;
  readonly c: Uint8Array;
  readonly h: Uint8Array;
  readonly contributions: Uint8Array;
}

/** Prints a proving key as `.zkey` bytes. */
export function writeZkey(key: Zkey): Uint8Array {
  const protocol = new ByteWriter(4);
  protocol.u32(GROTH16_PROTOCOL);
  return writeSections('zkey', 1, [
    [1, protocol.finish()],
    [2, printHeader(key)],
    [3, key.ic],
    [4, key.coefficients],
    [5, key.a],
    [6, key.b1],
    [7, key.b2],
    [8, key.c],
    [9, key.h],
    [10, key.contributions],
  ]);
}

function printHeader(header: ZkeyHeader): Uint8Array {
  const writer = new ByteWriter(1024);
  for (const prime of [BN254_BASE_PRIME, BN254_SCALAR_PRIME]) {
    writer.u32(FIELD_BYTES);
    writer.uint(prime, FIELD_BYTES);
  }
  writer.u32(header.wireCount);
  writer.u32(header.publicCount);
  writer.u32(header.domainSize);
  writer.put(encodeG1(header.alpha1));
  writer.put(encodeG1(header.beta1));
  writer.put(encodeG2(header.beta2));
  writer.put(encodeG2(header.gamma2));
  writer.put(encodeG1(header.delta1));
  writer.put(encodeG2(header.delta2));
  return writer.finish();
}

/**
 * Reads the header of a proving key only.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readZkeyHeader(bytes: Uint8Array): ZkeyHeader {
  return parseHeader(readSections(bytes, FORMAT));
}

/**
 * Takes a proving key apart, checking all sizes and the header's points, not the points of its sections.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readZkey(bytes: Uint8Array): Zkey {
  const file = readSections(bytes, FORMAT);
  const header = parseHeader(file);
  const { wireCount, publicCount, domainSize } = header;
  const take = (id: number, name: string, length: number): Uint8Array =>
    requireSection(file, id, FORMAT, { name, length });
  const coefficients = requireSection(file, 4, FORMAT, { name: 'coefficients' });
  const count = new ByteReader(coefficients, {
    what: 'coefficients of the proving key',
    code: 'MALFORMED_KEY',
  }).u32();
  return {
    ...header,
    ic: take(3, 'IC', (publicCount + 1) * G1_BYTES),
    coefficients: take(4, 'coefficients', 4 + count * COEFFICIENT_BYTES),
    a: take(5, 'A', wireCount * G1_BYTES),
    b1: take(6, 'B in G1', wireCount * G1_BYTES),
    b2: take(7, 'B in G2', wireCount * G2_BYTES),
    c: take(8, 'C', (wireCount - publicCount - 1) * G1_BYTES),
    h: take(9, 'H', domainSize * G1_BYTES),
    contributions: requireSection(file, 10, FORMAT, { name: 'contributions' }),
  };
}

function parseHeader(file: SectionFile): ZkeyHeader {
  const what = 'header of the proving key (.zkey)';
  const protocol = new ByteReader(requireSection(file, 1, FORMAT, { name: 'protocol', length: 4 }), {
    what,
  }).u32();
  if (protocol !== GROTH16_PROTOCOL) {
    throw malformed(
      `The proving key (.zkey) is for protocol ${protocol}; Groth16 (1) is expected. Make the key with a Groth16 set-up.`,
      { protocol },
    );
  }
  const reader = new ByteReader(requireSection(file, 2, FORMAT, { name: 'header' }), {
    what,
    code: 'MALFORMED_KEY',
  });
  for (const prime of [BN254_BASE_PRIME, BN254_SCALAR_PRIME]) {
    const found = reader.uint(reader.u32());
    if (found !== prime) {
      throw malformed(
        `The proving key (.zkey) is over a field of order ${found}; BN254 with ${prime} is expected. It belongs to another curve.`,
        { found, expected: prime },
      );
    }
  }
  const header = {
    wireCount: reader.u32(),
    publicCount: reader.u32(),
    domainSize: reader.u32(),
    alpha1: headerG1(reader, 'alpha'),
    beta1: headerG1(reader, 'beta'),
    beta2: headerG2(reader, 'beta'),
    gamma2: headerG2(reader, 'gamma'),
    delta1: headerG1(reader, 'delta'),
    delta2: headerG2(reader, 'delta'),
  };
  checkCounts(header, reader.remaining);
  return header;
}

function checkCounts(header: ZkeyHeader, remaining: number): void {
  const { wireCount, publicCount, domainSize } = header;
  const powerOfTwo = domainSize >= 2 && (domainSize & (domainSize - 1)) === 0 && domainSize <= 2 ** 28;
  if (remaining === 0 && publicCount < wireCount && publicCount < domainSize && powerOfTwo) return;
  throw malformed(
    `The header of the proving key (.zkey) contradicts itself: ${wireCount} wires, ${publicCount} public, domain of ${domainSize}, ${remaining} bytes left over.`,
    { wireCount, publicCount, domainSize },
  );
}

function headerG1(reader: ByteReader, name: string): G1Point {
  const point = decodeG1(reader.take(G1_BYTES));
  if (!point || isInfinityG1(point) || !isValidG1(point)) throw badPoint(`${name} in G1`);
  return point;
}

function headerG2(reader: ByteReader, name: string): G2Point {
  const point = decodeG2(reader.take(G2_BYTES));
  if (!point || isInfinityG2(point) || !isValidG2(point)) throw badPoint(`${name} in G2`);
  return point;
}

function badPoint(name: string): BionoirError {
  return malformed(
    `The point ${name} of the proving key (.zkey) is not a finite point of the curve's group of order r. Is the file corrupt?`,
    { point: name },
  );
}

function malformed(message: string, details: Record<string, unknown> = {}): BionoirError {
  return new BionoirError('MALFORMED_KEY', message, { details });
}
