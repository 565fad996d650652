/**
 * Powers of Tau (`.ptau`, version 1) of BN254: what its header says, and whether it holds what a Groth16 set-up reads.
 *
 * Sections: 1 header, 2 tau^i G1, 3 tau^i G2, 4 alpha tau^i G1, 5 beta tau^i G1, 6 beta G2, 7 contributions, and after
 * "prepare phase 2" the Lagrange forms 12 to 15, for all domain sizes one after another. Whether the points are what they
 * claim is not checked here: `snarkjs powersoftau verify` does it once for a file.
 */

import { ByteReader, readSections, requireSection, type SectionFileFormat } from '../../src/bytes/index.ts';
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

/** What the header of a `.ptau` says. */
export interface PtauHeader {
  /** Domains up to 2^power fit. */
  readonly power: number;
  /** Power of the ceremony that the file was cut from. */
  readonly ceremonyPower: number;
  readonly contributionCount: number;
}

/**
 * Reads the header of a prepared `.ptau` and checks its sections' sizes and the first point of each.
 *
 * @throws BionoirError MALFORMED_PTAU.
 */
export function readPtauHeader(bytes: Uint8Array): PtauHeader {
  const file = readSections(bytes, FORMAT);
  const header = new ByteReader(requireSection(file, 1, FORMAT, { name: 'header', length: 44 }), {
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
  if (power < 1 || power > POWER_MAX || ceremonyPower < power) {
    throw malformed(
      `The Powers of Tau file (.ptau) has power ${power} from a ceremony of power ${ceremonyPower}; 1 to ${POWER_MAX} is expected.`,
    );
  }
  if (!file.sections.has(12)) {
    throw malformed(
      'The Powers of Tau file (.ptau) is not prepared for phase 2 (no section 12). Run "snarkjs powersoftau prepare phase2", or download a file named "...final...".',
    );
  }
  const size = 2 ** power;
  for (const [id, count, group] of sectionSizes(size, power)) {
    const payload = requireSection(file, id, FORMAT, {
      length: count * (group === 'G1' ? G1_BYTES : G2_BYTES),
    });
    checkFirstPoint(payload, group, id);
  }
  const contributions = new ByteReader(requireSection(file, 7, FORMAT, { name: 'contributions' }), {
    what: 'contributions of the Powers of Tau file',
    code: 'MALFORMED_PTAU',
  });
  return { power, ceremonyPower, contributionCount: contributions.u32() };
}

function sectionSizes(size: number, power: number): (readonly [id: number, count: number, 'G1' | 'G2'])[] {
  // A full-size file (power 28) has no room for the Lagrange form of twice the domain.
  const lagrangeTau = power < POWER_MAX ? size * 4 - 1 : size * 2 - 1;
  return [
    [2, size * 2 - 1, 'G1'],
    [3, size, 'G2'],
    [4, size, 'G1'],
    [5, size, 'G1'],
    [6, 1, 'G2'],
    [12, lagrangeTau, 'G1'],
    [13, size * 2 - 1, 'G2'],
    [14, size * 2 - 1, 'G1'],
    [15, size * 2 - 1, 'G1'],
  ];
}

function checkFirstPoint(payload: Uint8Array, group: 'G1' | 'G2', section: number): void {
  if (group === 'G1') {
    const point = decodeG1(payload.subarray(0, G1_BYTES));
    if (point && !isInfinityG1(point) && isValidG1(point)) return;
  } else {
    const point = decodeG2(payload.subarray(0, G2_BYTES));
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
