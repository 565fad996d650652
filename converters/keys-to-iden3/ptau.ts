/**
 * Powers of Tau (`.ptau`, version 1) of BN254, read in pieces.
 *
 * Sections: 1 header, 2 tau^i G1, 3 tau^i G2, 4 alpha tau^i G1, 5 beta tau^i G1, 6 beta G2, 7 contributions, and after
 * "prepare phase 2" the Lagrange forms 12 to 15, for all domain sizes one after another: those of 2^k begin at point
 * 2^k - 1. What is checked here: sizes, and the first point of each section. Whether the points are what they claim is
 * checked by `verifyPtau`, once for a file.
 */

import {
  ByteReader,
  type ByteSource,
  locateSections,
  type SectionFileFormat,
  type SectionPlace,
} from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_BASE_PRIME } from '../../src/field/index.ts';
import { isInfinityG1, isInfinityG2, isValidG1, isValidG2 } from './curve.ts';
import { decodeG1, decodeG2, G1_BYTES, G2_BYTES } from './points.ts';

const FORMAT: SectionFileFormat = {
  magic: 'ptau',
  versionMax: 1,
  what: 'Powers of Tau file (.ptau)',
  code: 'MALFORMED_PTAU',
};
const POWER_MAX = 28;
const HEADER_BYTES = 44;
/** A contribution is about 2 kB; a ceremony of a thousand fits. */
const CONTRIBUTIONS_BYTES_MAX = 1 << 24;

/** Sections by what they hold. */
export const PTAU_SECTION = {
  tauG1: 2,
  tauG2: 3,
  alphaTauG1: 4,
  betaTauG1: 5,
  betaG2: 6,
  lagrangeTauG1: 12,
  lagrangeTauG2: 13,
  lagrangeAlphaG1: 14,
  lagrangeBetaG1: 15,
} as const;

/** An opened `.ptau`. */
export interface Ptau {
  /** Domains up to 2^power fit. */
  readonly power: number;
  /** Power of the ceremony that the file was cut from. */
  readonly ceremonyPower: number;
  /** Whether it has the Lagrange forms. */
  readonly isPrepared: boolean;
  /** Payload of section 7. */
  readonly contributions: Uint8Array;
  /** Number of points of a section. */
  pointCount(section: number): number;
  /** Points of a section, as they lie in the file. */
  points(section: number, first: number, count: number): Promise<Uint8Array>;
  /**
   * The same without minding the section's end: what lies there belongs to the next section, and after the file's end
   * there are zeros. snarkjs reads one such point.
   */
  pointsBeyond(section: number, first: number, count: number): Promise<Uint8Array>;
}

/**
 * Opens a `.ptau`: reads its header, and checks its sections' sizes and the first point of each.
 *
 * @throws BionoirError MALFORMED_PTAU.
 */
export async function openPtau(source: ByteSource): Promise<Ptau> {
  const places = await locateSections(source, FORMAT);
  const header = await readHeader(source, places);
  const { power } = header;
  const isPrepared = places.has(PTAU_SECTION.lagrangeTauG1);
  const layout = layoutOf(power, isPrepared);
  for (const [id, { count, bytes }] of layout) {
    const { offset } = place(places, id, '', count * bytes);
    checkFirstPoint(await source.read(offset, bytes), id);
  }
  const contributions = place(places, 7, ' (contributions)');
  if (contributions.length > CONTRIBUTIONS_BYTES_MAX) {
    throw malformed(
      `Section 7 (contributions) of the Powers of Tau file (.ptau) has ${contributions.length} bytes; at most ${CONTRIBUTIONS_BYTES_MAX} are expected.`,
    );
  }
  const read = (section: number, first: number, count: number): Promise<Uint8Array> => {
    const { bytes } = layout.get(section) as SectionShape;
    return source.read((places.get(section) as SectionPlace).offset + first * bytes, count * bytes);
  };
  return {
    ...header,
    isPrepared,
    contributions: await source.read(contributions.offset, contributions.length),
    pointCount: section => (layout.get(section) as SectionShape).count,
    points: read,
    pointsBeyond: async (section, first, count) => {
      const { bytes } = layout.get(section) as SectionShape;
      const offset = (places.get(section) as SectionPlace).offset + first * bytes;
      const inFile = Math.min(count * bytes, source.size - offset);
      const found = await source.read(offset, inFile);
      if (inFile === count * bytes) return found;
      const padded = new Uint8Array(count * bytes);
      padded.set(found);
      return padded;
    },
  };
}

/**
 * The same for a file that must be prepared for phase 2.
 *
 * @throws BionoirError MALFORMED_PTAU.
 */
export async function openPreparedPtau(source: ByteSource): Promise<Ptau> {
  const ptau = await openPtau(source);
  if (ptau.isPrepared) return ptau;
  throw malformed(
    'The Powers of Tau file (.ptau) is not prepared for phase 2 (no section 12). Run "snarkjs powersoftau prepare phase2", or download a file named "...final...".',
  );
}

async function readHeader(
  source: ByteSource,
  places: ReadonlyMap<number, SectionPlace>,
): Promise<{ readonly power: number; readonly ceremonyPower: number }> {
  const { offset } = place(places, 1, ' (header)', HEADER_BYTES);
  const header = new ByteReader(await source.read(offset, HEADER_BYTES), {
    what: 'header of the Powers of Tau file',
    code: 'MALFORMED_PTAU',
  });
  const prime = header.uint(header.u32());
  if (prime !== BN254_BASE_PRIME) {
    throw malformed(
      `The Powers of Tau file (.ptau) is over a field of order ${prime}; BN254 with ${BN254_BASE_PRIME} is expected. Take one for bn128.`,
    );
  }
  const power = header.u32();
  const ceremonyPower = header.u32();
  if (power >= 1 && power <= POWER_MAX && ceremonyPower >= power && ceremonyPower <= POWER_MAX) {
    return { power, ceremonyPower };
  }
  throw malformed(
    `The Powers of Tau file (.ptau) has power ${power} from a ceremony of power ${ceremonyPower}; 1 to ${POWER_MAX} is expected.`,
  );
}

function place(
  places: ReadonlyMap<number, SectionPlace>,
  id: number,
  name: string,
  length?: number,
): SectionPlace {
  const found = places.get(id);
  if (!found) {
    throw malformed(`The Powers of Tau file (.ptau) has no section ${id}${name}. Is the file complete?`, {
      section: id,
    });
  }
  if (length === undefined || found.length === length) return found;
  throw malformed(
    `Section ${id}${name} of the Powers of Tau file (.ptau) has ${found.length} bytes; its header promises ${length}.`,
    { section: id, length: found.length, expected: length },
  );
}

interface SectionShape {
  readonly count: number;
  readonly bytes: number;
}

function layoutOf(power: number, isPrepared: boolean): ReadonlyMap<number, SectionShape> {
  const size = 2 ** power;
  const raw: [number, SectionShape][] = [
    [2, { count: size * 2 - 1, bytes: G1_BYTES }],
    [3, { count: size, bytes: G2_BYTES }],
    [4, { count: size, bytes: G1_BYTES }],
    [5, { count: size, bytes: G1_BYTES }],
    [6, { count: 1, bytes: G2_BYTES }],
  ];
  if (!isPrepared) return new Map(raw);
  return new Map([
    ...raw,
    // A full-size file (power 28) has no room for the Lagrange form of twice the domain.
    [12, { count: power < POWER_MAX ? size * 4 - 1 : size * 2 - 1, bytes: G1_BYTES }],
    [13, { count: size * 2 - 1, bytes: G2_BYTES }],
    [14, { count: size * 2 - 1, bytes: G1_BYTES }],
    [15, { count: size * 2 - 1, bytes: G1_BYTES }],
  ]);
}

function checkFirstPoint(bytes: Uint8Array, section: number): void {
  if (bytes.length === G1_BYTES) {
    const point = decodeG1(bytes);
    if (point && !isInfinityG1(point) && isValidG1(point)) return;
  } else {
    const point = decodeG2(bytes);
    if (point && !isInfinityG2(point) && isValidG2(point)) return;
  }
  throw malformed(
    `The first point of section ${section} of the Powers of Tau file (.ptau) is not a finite point of the group of order r. Is the file corrupt?`,
    { section },
  );
}

function malformed(message: string, details: Record<string, unknown> = {}): BionoirError {
  return new BionoirError('MALFORMED_PTAU', message, { details });
}
