/**
 * Groth16 proving keys <-> iden3 `.zkey` (file version 1, protocol 1).
 *
 * Points stay bytes (see points.ts): a key has hundreds of thousands of them and no stage but the kernel looks at each.
 * The header's seven points are decoded and checked. Sections: 1 protocol, 2 header, 3 IC, 4 coefficients of A and B,
 * 5 A, 6 B in G1, 7 B in G2, 8 C (private wires), 9 H, 10 contributions.
 */

import {
  ByteReader,
  type ByteSource,
  ByteWriter,
  locateSections,
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
/** What tells the keys of one protocol from another's: the u32 of section 1, and what its header has after delta. */
export interface KeyProtocol<Tail extends object> {
  readonly id: number;
  readonly name: string;
  readTail(reader: HeaderReader): Tail;
}

/** Whether curves and groups are checked here, or by a kernel that reads the same bytes; numbers and infinity are here always. */
export type GroupChecks = 'here' | 'byKernel';

/** Reads the points of a key's header, each finite and in its group. */
export interface HeaderReader {
  u32(): number;
  g1(name: string): G1Point;
  g2(name: string): G2Point;
}

const GROTH16: KeyProtocol<object> = { id: 1, name: 'Groth16', readTail: () => ({}) };
const FIELD_BYTES = 32;
const HEAD_SECTIONS = [1, 2, 3];
/** A million public signals: far more than any contract takes. */
const HEAD_BYTES_MAX = 2 ** 26;
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
  return writeProtocolZkey(key, GROTH16.id, new Uint8Array(0));
}

/** Prints a proving key of any protocol that extends Groth16's. */
export function writeProtocolZkey(key: Zkey, protocolId: number, tail: Uint8Array): Uint8Array {
  const protocol = new ByteWriter(4);
  protocol.u32(protocolId);
  return writeSections('zkey', 1, [
    [1, protocol.finish()],
    [2, printHeader(key, tail)],
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

function printHeader(header: ZkeyHeader, tail: Uint8Array): Uint8Array {
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
  writer.put(tail);
  return writer.finish();
}

/**
 * Reads the header of a proving key only.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readZkeyHeader(bytes: Uint8Array): ZkeyHeader {
  return parseHeader(readSections(bytes, FORMAT), GROTH16, 'here');
}

/** What a verification key is made of. */
export type ZkeyHead = ZkeyHeader & Pick<Zkey, 'ic'>;

/**
 * Cuts a proving key's protocol, header and IC out of a file: a small `.zkey` of these three sections.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export async function cutZkeyHead(source: ByteSource): Promise<Uint8Array> {
  const places = await locateSections(source, FORMAT);
  const present = HEAD_SECTIONS.flatMap(id => {
    const place = places.get(id);
    return place ? [{ id, ...place }] : [];
  });
  const sections = present.map(async ({ id, offset, length }) => {
    if (length <= HEAD_BYTES_MAX) return [id, await source.read(offset, length)] as const;
    throw malformed(`Section ${id} of the proving key (.zkey) has ${length} bytes; is the file corrupt?`);
  });
  return writeSections('zkey', 1, await Promise.all(sections));
}

/**
 * Reads the header and IC of a proving key, whole or cut by {@link cutZkeyHead}.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readZkeyHead(bytes: Uint8Array): ZkeyHead {
  return readProtocolHead(bytes, GROTH16);
}

/**
 * {@link readZkeyHead} for any protocol whose keys extend Groth16's.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readProtocolHead<Tail extends object>(
  bytes: Uint8Array,
  protocol: KeyProtocol<Tail>,
  checks: GroupChecks = 'here',
): ZkeyHead & Tail {
  return parseHead(readSections(bytes, FORMAT), protocol, checks);
}

function parseHead<Tail extends object>(
  file: SectionFile,
  protocol: KeyProtocol<Tail>,
  checks: GroupChecks,
): ZkeyHead & Tail {
  const header = parseHeader(file, protocol, checks);
  const length = (header.publicCount + 1) * G1_BYTES;
  return { ...header, ic: requireSection(file, 3, FORMAT, { name: 'IC', length }) };
}

/**
 * Takes a proving key apart, checking all sizes and the header's points, not the points of its sections.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readZkey(bytes: Uint8Array): Zkey {
  return readProtocolZkey(bytes, GROTH16);
}

/**
 * {@link readZkey} for any protocol whose keys extend Groth16's.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readProtocolZkey<Tail extends object>(
  bytes: Uint8Array,
  protocol: KeyProtocol<Tail>,
): Zkey & Tail {
  const file = readSections(bytes, FORMAT);
  const head = parseHead(file, protocol, 'here');
  const { wireCount, publicCount, domainSize } = head;
  const take = (id: number, name: string, length: number): Uint8Array =>
    requireSection(file, id, FORMAT, { name, length });
  const coefficients = requireSection(file, 4, FORMAT, { name: 'coefficients' });
  const count = new ByteReader(coefficients, {
    what: 'coefficients of the proving key',
    code: 'MALFORMED_KEY',
  }).u32();
  return {
    ...head,
    coefficients: take(4, 'coefficients', 4 + count * COEFFICIENT_BYTES),
    a: take(5, 'A', wireCount * G1_BYTES),
    b1: take(6, 'B in G1', wireCount * G1_BYTES),
    b2: take(7, 'B in G2', wireCount * G2_BYTES),
    c: take(8, 'C', (wireCount - publicCount - 1) * G1_BYTES),
    h: take(9, 'H', domainSize * G1_BYTES),
    contributions: requireSection(file, 10, FORMAT, { name: 'contributions' }),
  };
}

function parseHeader<Tail extends object>(
  file: SectionFile,
  protocol: KeyProtocol<Tail>,
  checks: GroupChecks,
): ZkeyHeader & Tail {
  const what = 'header of the proving key (.zkey)';
  const found = new ByteReader(requireSection(file, 1, FORMAT, { name: 'protocol', length: 4 }), {
    what,
  }).u32();
  if (found !== protocol.id) {
    throw malformed(
      `The proving key (.zkey) is for protocol ${found}; ${protocol.name} (${protocol.id}) is expected. Make the key with ${protocol.name === 'UltraGroth' ? 'an' : 'a'} ${protocol.name} set-up.`,
      { protocol: found },
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
  const { u32, g1, g2 } = headerReader(reader, checks);
  const header = {
    wireCount: u32(),
    publicCount: u32(),
    domainSize: u32(),
    alpha1: g1('alpha'),
    beta1: g1('beta'),
    beta2: g2('beta'),
    gamma2: g2('gamma'),
    delta1: g1('delta'),
    delta2: g2('delta'),
    ...protocol.readTail({ u32, g1, g2 }),
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

function headerReader(reader: ByteReader, checks: GroupChecks): HeaderReader {
  const here = checks === 'here';
  return {
    u32: () => reader.u32(),
    g1: name => {
      const point = decodeG1(reader.take(G1_BYTES));
      if (!point || isInfinityG1(point) || (here && !isValidG1(point))) throw badPoint(`${name} in G1`);
      return point;
    },
    g2: name => {
      const point = decodeG2(reader.take(G2_BYTES));
      if (!point || isInfinityG2(point) || (here && !isValidG2(point))) throw badPoint(`${name} in G2`);
      return point;
    },
  };
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
