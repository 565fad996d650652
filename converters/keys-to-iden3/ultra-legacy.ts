/**
 * Legacy: files of the published UltraGroth prover (protocol 1337), for people who hold such keys. Our own are in
 * ultra-zkey.ts and ultra-json.ts; docs/ultragroth.md tells the difference, and what a legacy proof does not say.
 *
 * `.zkey`: as Groth16's, but the header has u32 wires of round 1, u32 wires of round 2, u32 position of the challenge among
 * the public wires after the domain's size, and ends in alpha1, beta1, beta2, gamma2, delta of round 1 in G1 and G2, delta of
 * round 2 in G1 and G2; sections 8 and 9 are the C points of rounds 1 and 2, 10 and 11 the wires (u32) that they belong to, 12
 * is H, 13 the contributions.
 */
import {
  ByteReader,
  ByteWriter,
  readSections,
  requireSection,
  type SectionFileFormat,
  writeSections,
} from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_BASE_PRIME, BN254_SCALAR_PRIME } from '../../src/field/index.ts';
import type {
  G1Point,
  G2Point,
  UltraGrothPoints,
  UltraGrothVerificationKey,
} from '../../src/kernel/types.ts';
import { isInfinityG1, isInfinityG2, isValidG1, isValidG2 } from './curve.ts';
import {
  checkProtocol,
  finiteG1,
  finiteG2,
  g1Json,
  g2Json,
  malformed as malformedJson,
  type Place,
  parseG1,
  parseObject,
  print,
} from './json-values.ts';
import { decodeG1, decodeG2, encodeG1, encodeG2, G1_BYTES, G2_BYTES } from './points.ts';
import { keyPointsJson, parseKeyPoints } from './ultra-key-points.ts';
import { COEFFICIENT_BYTES } from './zkey.ts';

const FORMAT: SectionFileFormat = {
  magic: 'zkey',
  versionMax: 1,
  what: 'legacy UltraGroth proving key (.zkey)',
  code: 'MALFORMED_KEY',
};
const PROTOCOL = 1337;
const JSON_PROTOCOL = 'ultragroth';
const FIELD_BYTES = 32;
const READING = {
  what: 'header of the legacy UltraGroth proving key (.zkey)',
  code: 'MALFORMED_KEY',
} as const;

/** A legacy proving key taken apart. Byte arrays are section payloads. */
export interface LegacyUltraGrothZkey {
  readonly wireCount: number;
  /** With the challenge. */
  readonly publicCount: number;
  readonly domainSize: number;
  /** The challenge's wire, 1..publicCount. */
  readonly challengeWire: number;
  readonly alpha1: G1Point;
  readonly beta1: G1Point;
  readonly beta2: G2Point;
  readonly gamma2: G2Point;
  /** Of round 1 and round 2, each in G1 and G2. */
  readonly deltas: readonly [readonly [G1Point, G2Point], readonly [G1Point, G2Point]];
  readonly ic: Uint8Array;
  readonly coefficients: Uint8Array;
  readonly a: Uint8Array;
  readonly b1: Uint8Array;
  readonly b2: Uint8Array;
  readonly c: readonly [Uint8Array, Uint8Array];
  /** Wires that the points of `c` belong to. */
  readonly roundWires: readonly [Uint32Array, Uint32Array];
  readonly h: Uint8Array;
  readonly contributions: Uint8Array;
}

/** Prints a legacy proving key. */
export function writeLegacyUltraGrothZkey(key: LegacyUltraGrothZkey): Uint8Array {
  const protocol = new ByteWriter(4);
  protocol.u32(PROTOCOL);
  return writeSections('zkey', 1, [
    [1, protocol.finish()],
    [2, printHeader(key)],
    [3, key.ic],
    [4, key.coefficients],
    [5, key.a],
    [6, key.b1],
    [7, key.b2],
    [8, key.c[0]],
    [9, key.c[1]],
    [10, printWires(key.roundWires[0])],
    [11, printWires(key.roundWires[1])],
    [12, key.h],
    [13, key.contributions],
  ]);
}

function printHeader(key: LegacyUltraGrothZkey): Uint8Array {
  const writer = new ByteWriter();
  for (const prime of [BN254_BASE_PRIME, BN254_SCALAR_PRIME]) {
    writer.u32(FIELD_BYTES);
    writer.uint(prime, FIELD_BYTES);
  }
  const counts = [key.wireCount, key.publicCount, key.domainSize];
  for (const count of [...counts, ...key.roundWires.map(wires => wires.length), key.challengeWire])
    writer.u32(count);
  for (const point of [key.alpha1, key.beta1]) writer.put(encodeG1(point));
  for (const point of [key.beta2, key.gamma2]) writer.put(encodeG2(point));
  for (const [g1, g2] of key.deltas) {
    writer.put(encodeG1(g1));
    writer.put(encodeG2(g2));
  }
  return writer.finish();
}

function printWires(wires: Uint32Array): Uint8Array {
  const writer = new ByteWriter();
  for (const wire of wires) writer.u32(wire);
  return writer.finish();
}

/**
 * Takes a legacy proving key apart, checking sizes, the header's points, and that every private wire is of at most one round.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function readLegacyUltraGrothZkey(bytes: Uint8Array): LegacyUltraGrothZkey {
  const file = readSections(bytes, FORMAT);
  const take = (id: number, name: string, length?: number): Uint8Array =>
    requireSection(file, id, FORMAT, { name, ...(length === undefined ? {} : { length }) });
  const protocol = new ByteReader(take(1, 'protocol', 4), READING).u32();
  if (protocol !== PROTOCOL) {
    throw malformed(
      `is for protocol ${protocol}; the published UltraGroth (${PROTOCOL}) is expected. Keys made here are read without 'legacy'.`,
    );
  }
  const { roundCounts, ...header } = parseHeader(take(2, 'header'));
  const { wireCount, publicCount, domainSize } = header;
  const count = new ByteReader(take(4, 'coefficients'), READING).u32();
  const [one, two] = roundCounts;
  const wiresOf = (id: number, length: number): Uint32Array =>
    parseWires(take(id, 'wires of a round', 4 * length), header);
  const roundWires = [wiresOf(10, one), wiresOf(11, two)] as const;
  if (new Set([...roundWires[0], ...roundWires[1]]).size !== one + two)
    throw malformed('lists a wire twice in its rounds. Is the file corrupt?');
  return {
    ...header,
    ic: take(3, 'IC', (publicCount + 1) * G1_BYTES),
    coefficients: take(4, 'coefficients', 4 + count * COEFFICIENT_BYTES),
    a: take(5, 'A', wireCount * G1_BYTES),
    b1: take(6, 'B in G1', wireCount * G1_BYTES),
    b2: take(7, 'B in G2', wireCount * G2_BYTES),
    c: [take(8, 'C of round 1', one * G1_BYTES), take(9, 'C of round 2', two * G1_BYTES)],
    roundWires,
    h: take(12, 'H', domainSize * G1_BYTES),
    contributions: take(13, 'contributions'),
  };
}

function parseHeader(section: Uint8Array) {
  const reader = new ByteReader(section, READING);
  for (const prime of [BN254_BASE_PRIME, BN254_SCALAR_PRIME]) {
    const found = reader.uint(reader.u32());
    if (found !== prime)
      throw malformed(`is over a field of order ${found}; BN254 with ${prime} is expected.`);
  }
  const [wireCount, publicCount, domainSize] = [reader.u32(), reader.u32(), reader.u32()];
  const roundCounts = [reader.u32(), reader.u32()] as const;
  const challengeWire = reader.u32();
  const g1 = (name: string): G1Point => {
    const point = decodeG1(reader.take(G1_BYTES));
    if (point && isValidG1(point) && !isInfinityG1(point)) return point;
    throw malformed(`has a point ${name} that is infinite or off the curve. Is the file corrupt?`);
  };
  const g2 = (name: string): G2Point => {
    const point = decodeG2(reader.take(G2_BYTES));
    if (point && isValidG2(point) && !isInfinityG2(point)) return point;
    throw malformed(`has a point ${name} that is infinite or outside of its group. Is the file corrupt?`);
  };
  const header = {
    ...{ wireCount, publicCount, domainSize, roundCounts, challengeWire },
    alpha1: g1('alpha'),
    beta1: g1('beta'),
    beta2: g2('beta'),
    gamma2: g2('gamma'),
    deltas: [
      [g1('delta of round 1'), g2('delta of round 1')],
      [g1('delta of round 2'), g2('delta of round 2')],
    ] as const,
  };
  const fits =
    publicCount < wireCount &&
    challengeWire >= 1 &&
    challengeWire <= publicCount &&
    roundCounts[0] + roundCounts[1] <= wireCount - publicCount - 1 &&
    domainSize >= 2 &&
    domainSize <= 2 ** 28 &&
    Number.isInteger(Math.log2(domainSize));
  if (fits && reader.remaining === 0) return header;
  throw malformed(
    `has a header that contradicts itself: ${wireCount} wires, ${publicCount} public, challenge at ${challengeWire}, rounds of ${roundCounts.join(' and ')}, domain of ${domainSize}, ${reader.remaining} bytes left over.`,
  );
}

function parseWires(
  section: Uint8Array,
  { publicCount, wireCount }: { readonly publicCount: number; readonly wireCount: number },
): Uint32Array {
  const reader = new ByteReader(section, READING);
  return Uint32Array.from({ length: section.length / 4 }, () => {
    const wire = reader.u32();
    if (wire > publicCount && wire < wireCount) return wire;
    throw malformed(`lists wire ${wire} in a round, which is no private wire. Is the file corrupt?`);
  });
}

function malformed(problem: string): BionoirError {
  return new BionoirError('MALFORMED_KEY', `The legacy UltraGroth proving key (.zkey) ${problem}`);
}

/**
 * Takes the verification key out of a legacy proving key. The challenge's point goes last, as in ours.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function legacyUltraGrothVerificationKey(key: LegacyUltraGrothZkey): UltraGrothVerificationKey {
  const points = Array.from({ length: key.publicCount + 1 }, (_, i) => {
    const point = decodeG1(key.ic.subarray(i * G1_BYTES, (i + 1) * G1_BYTES));
    if (point && isValidG1(point)) return point;
    throw malformed(`has point ${i} of section 3 (IC) off the curve. Is the file corrupt?`);
  });
  const [challenge] = points.splice(key.challengeWire, 1) as [G1Point];
  return {
    alpha: key.alpha1,
    beta: key.beta2,
    gamma: key.gamma2,
    delta1: key.deltas[0][1],
    delta2: key.deltas[1][1],
    challengeCount: 1,
    ic: [...points, challenge],
  };
}

/** Prints a legacy verification key; its `nPublic` counts the challenge. */
export function printLegacyUltraGrothKey(key: UltraGrothVerificationKey): string {
  return print({
    protocol: JSON_PROTOCOL,
    curve: 'bn128',
    nPublic: key.ic.length - 1,
    ...keyPointsJson(key),
    IC: key.ic.slice(0, -1).map(g1Json),
    IC_rand: g1Json(key.ic.at(-1) as G1Point),
  });
}

/**
 * Parses a legacy verification key.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export function parseLegacyUltraGrothKey(text: string): UltraGrothVerificationKey {
  const place: Place = { code: 'MALFORMED_KEY', what: 'legacy UltraGroth verification key', path: '' };
  const json = parseObject(text, place);
  checkProtocol(json, JSON_PROTOCOL, place, 'optional');
  const points = parseKeyPoints(json, place);
  const ic = json.IC;
  if (!Array.isArray(ic) || ic.length === 0 || json.nPublic !== ic.length)
    throw malformedJson({ ...place, path: 'IC' }, 'is not an array of nPublic points');
  return {
    ...points,
    challengeCount: 1,
    ic: [
      ...ic.map((point: unknown, i) => parseG1(point, { ...place, path: `IC[${i}]` })),
      parseG1(json.IC_rand, { ...place, path: 'IC_rand' }),
    ],
  };
}

/** Prints a legacy proof: `pi_r` is C1, `pi_f` is C2. */
export function printLegacyUltraGrothProof(proof: UltraGrothPoints): string {
  return print({
    pi_a: g1Json(proof.a),
    pi_b: g2Json(proof.b),
    pi_f: g1Json(proof.c2),
    pi_r: g1Json(proof.c1),
    protocol: JSON_PROTOCOL,
    curve: 'bn128',
  });
}

/**
 * Parses a legacy proof.
 *
 * @throws BionoirError MALFORMED_PROOF.
 */
export function parseLegacyUltraGrothProof(text: string): UltraGrothPoints {
  const place: Place = { code: 'MALFORMED_PROOF', what: 'legacy UltraGroth proof', path: '' };
  const json = parseObject(text, place);
  checkProtocol(json, JSON_PROTOCOL, place, 'optional');
  const g1 = (path: string) => finiteG1(json[path], { ...place, path });
  return {
    a: g1('pi_a'),
    b: finiteG2(json.pi_b, { ...place, path: 'pi_b' }),
    c1: g1('pi_r'),
    c2: g1('pi_f'),
  };
}
