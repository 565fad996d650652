/**
 * ConstraintSystem <-> iden3 `.r1cs`, version 1
 * (https://github.com/iden3/r1csfile/blob/master/doc/r1cs_bin_format.md).
 *
 * Written files count all public wires as public inputs, in our order, and use the identity as the wire-to-label map.
 * Read files may list sections in any order and terms unsorted; circom does both. Custom gates are refused: Groth16 has
 * no meaning for them. Provenance has no place in the format.
 *
 * A system with rounds (UltraGroth) counts its challenges as public inputs, after the real ones, and has a section of our
 * own, id 16: u32 challenges, u32 wires of round 1. Our Groth16 set-up refuses such a file.
 */

import {
  ByteReader,
  layoutSections,
  readSections,
  requireSection,
  type SectionFileFormat,
  writeBigint,
} from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import type { ConstraintSystem, Rounds, SparseRows } from '../../src/r1cs/types.ts';
import { TermCollector } from './terms.ts';
import { fieldBytes, words } from './words.ts';

const FORMAT: SectionFileFormat = {
  magic: 'r1cs',
  versionMax: 1,
  what: 'constraint system (.r1cs)',
  code: 'MALFORMED_R1CS',
};
const HEADER = 1;
const CONSTRAINTS = 2;
const WIRE_TO_LABEL = 3;
const CUSTOM_GATE_LIST = 4;
const CUSTOM_GATE_USES = 5;
const ROUNDS = 16;
const ROUNDS_BYTES = 8;

/** What the header of a `.r1cs` says, and where its constraints are. */
export interface R1csFile {
  readonly prime: bigint;
  /** Bytes of a coefficient. */
  readonly coefficientBytes: number;
  readonly wireCount: number;
  readonly publicOutputCount: number;
  /** With the challenges of a system with rounds. */
  readonly publicInputCount: number;
  readonly privateInputCount: number;
  readonly labelCount: bigint;
  readonly constraintCount: number;
  /** Of UltraGroth systems. */
  readonly rounds?: Rounds;
  /** The payload of section 2: per constraint A, B, C, each a u32 count and that many (u32 wire, coefficient). */
  readonly constraints: Uint8Array;
}

/** Prints a system as `.r1cs` bytes. */
export function writeR1cs(system: ConstraintSystem): Uint8Array {
  const coefficientBytes = fieldBytes(system.prime);
  const termCount = system.a.wires.length + system.b.wires.length + system.c.wires.length;
  const { bytes, payloads } = layoutSections('r1cs', 1, [
    [HEADER, 32 + coefficientBytes],
    [CONSTRAINTS, system.constraintCount * 12 + termCount * (4 + coefficientBytes)],
    [WIRE_TO_LABEL, system.wireCount * 8],
    ...(system.rounds ? [[ROUNDS, ROUNDS_BYTES] as const] : []),
  ]);
  const [header, constraints, labels] = payloads as readonly [Uint8Array, Uint8Array, Uint8Array];
  putHeader(header, system, coefficientBytes);
  putConstraints(words(constraints), system, coefficientBytes / 4);
  const labelWords = words(labels);
  for (let wire = 0; wire < system.wireCount; wire++) labelWords[wire * 2] = wire;
  if (system.rounds) {
    const counts = words(payloads[3] as Uint8Array);
    counts[0] = system.rounds.challengeCount;
    counts[1] = system.rounds.roundOneCount;
  }
  return bytes;
}

function putHeader(bytes: Uint8Array, system: ConstraintSystem, coefficientBytes: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint32(0, coefficientBytes, true);
  writeBigint(bytes, 4, system.prime, coefficientBytes);
  const counts = 4 + coefficientBytes;
  view.setUint32(counts, system.wireCount, true);
  view.setUint32(counts + 8, system.publicCount + (system.rounds?.challengeCount ?? 0), true);
  view.setBigUint64(counts + 16, BigInt(system.wireCount), true);
  view.setUint32(counts + 24, system.constraintCount, true);
}

function putConstraints(out: Uint32Array, system: ConstraintSystem, coefficientWords: number): void {
  const table = new Uint8Array(system.coefficients.length * coefficientWords * 4);
  system.coefficients.forEach((value, id) => {
    writeBigint(table, id * coefficientWords * 4, value, coefficientWords * 4);
  });
  const tableWords = words(table);
  let at = 0;
  for (let row = 0; row < system.constraintCount; row++) {
    at = putRow(out, at, system.a, row, tableWords, coefficientWords);
    at = putRow(out, at, system.b, row, tableWords, coefficientWords);
    at = putRow(out, at, system.c, row, tableWords, coefficientWords);
  }
}

function putRow(
  out: Uint32Array,
  start: number,
  rows: SparseRows,
  row: number,
  table: Uint32Array,
  coefficientWords: number,
): number {
  let at = start;
  const first = rows.rowStarts[row] as number;
  const end = rows.rowStarts[row + 1] as number;
  out[at++] = end - first;
  for (let term = first; term < end; term++) {
    out[at++] = rows.wires[term] as number;
    const from = (rows.coefficientIds[term] as number) * coefficientWords;
    for (let i = 0; i < coefficientWords; i++) out[at++] = table[from + i] as number;
  }
  return at;
}

/**
 * Reads the header of a `.r1cs` and finds its constraints, without parsing them.
 *
 * @throws BionoirError MALFORMED_R1CS.
 */
export function readR1csFile(bytes: Uint8Array): R1csFile {
  const file = readSections(bytes, FORMAT);
  for (const id of [CUSTOM_GATE_LIST, CUSTOM_GATE_USES]) {
    const payload = file.sections.get(id);
    if (payload?.some(byte => byte !== 0)) {
      throw new BionoirError(
        'MALFORMED_R1CS',
        `The constraint system (.r1cs) uses custom gates (section ${id}), which Groth16 cannot prove. Compile the circuit without custom templates.`,
        { details: { section: id } },
      );
    }
  }
  const reader = new ByteReader(requireSection(file, HEADER, FORMAT, { name: 'header' }), {
    what: 'header of the constraint system (.r1cs)',
    code: 'MALFORMED_R1CS',
  });
  const coefficientBytes = reader.u32();
  if (coefficientBytes === 0 || coefficientBytes % 8 !== 0 || coefficientBytes > 256) {
    throw malformed(
      `The constraint system (.r1cs) says a coefficient takes ${coefficientBytes} bytes; a multiple of 8 up to 256 is expected.`,
    );
  }
  const header = {
    prime: reader.uint(coefficientBytes),
    coefficientBytes,
    wireCount: reader.u32(),
    publicOutputCount: reader.u32(),
    publicInputCount: reader.u32(),
    privateInputCount: reader.u32(),
    labelCount: reader.u64(),
    constraintCount: reader.u32(),
  };
  if (reader.remaining > 0) {
    throw malformed(
      `The header of the constraint system (.r1cs) is ${reader.remaining} bytes too long. Is the file corrupt?`,
    );
  }
  // Private inputs are not counted: Circom's --O2 removes some and still says how many the program has.
  const known = header.publicOutputCount + header.publicInputCount + 1;
  if (header.prime < 2n || known > header.wireCount) {
    throw malformed(
      `The header of the constraint system (.r1cs) contradicts itself: ${header.wireCount} wires, of which ${known} are the constant and public ones.`,
    );
  }
  requireSection(file, WIRE_TO_LABEL, FORMAT, { name: 'wire to label', length: header.wireCount * 8 });
  const constraints = requireSection(file, CONSTRAINTS, FORMAT, { name: 'constraints' });
  if (!file.sections.has(ROUNDS)) return { ...header, constraints };
  const rounds = readRounds(
    requireSection(file, ROUNDS, FORMAT, { name: 'rounds', length: ROUNDS_BYTES }),
    header,
  );
  return { ...header, rounds, constraints };
}

function readRounds(
  payload: Uint8Array,
  header: Pick<R1csFile, 'wireCount' | 'publicOutputCount' | 'publicInputCount'>,
): Rounds {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const rounds = { challengeCount: view.getUint32(0, true), roundOneCount: view.getUint32(4, true) };
  const publicCount = header.publicOutputCount + header.publicInputCount;
  if (
    rounds.challengeCount >= 1 &&
    rounds.challengeCount <= publicCount &&
    publicCount + rounds.roundOneCount < header.wireCount
  ) {
    return rounds;
  }
  throw malformed(
    `Section 16 (rounds) of the constraint system (.r1cs) has ${rounds.challengeCount} challenges and ${rounds.roundOneCount} wires of round 1 among ${publicCount} public and ${header.wireCount} wires. Is the file corrupt?`,
  );
}

/**
 * Parses `.r1cs` bytes. Public outputs come before public inputs, as in the file; terms are sorted by wire, those of one
 * wire added up, and zero coefficients dropped.
 *
 * @param options.prime Refuses files over another field.
 * @throws BionoirError MALFORMED_R1CS.
 */
export function readR1cs(bytes: Uint8Array, options: { readonly prime?: bigint } = {}): ConstraintSystem {
  const file = readR1csFile(bytes);
  if (options.prime !== undefined && options.prime !== file.prime) {
    throw malformed(
      `The constraint system (.r1cs) is over the field of order ${file.prime}; ${options.prime} is expected. Compile it for that curve.`,
    );
  }
  const collector = new TermCollector(file);
  const a = collector.matrix();
  const b = collector.matrix();
  const c = collector.matrix();
  for (let row = 0; row < file.constraintCount; row++) {
    collector.readRow(a, row);
    collector.readRow(b, row);
    collector.readRow(c, row);
  }
  collector.end();
  return {
    prime: file.prime,
    wireCount: file.wireCount,
    publicCount: file.publicOutputCount + file.publicInputCount - (file.rounds?.challengeCount ?? 0),
    ...(file.rounds ? { rounds: file.rounds } : {}),
    constraintCount: file.constraintCount,
    a: a.finish(),
    b: b.finish(),
    c: c.finish(),
    coefficients: collector.coefficients(),
    provenance: [{ gadget: 'r1cs file', functionIndex: 0, opcodeIndex: 0 }],
    provenanceIds: new Uint32Array(file.constraintCount),
  };
}

function malformed(message: string): BionoirError {
  return new BionoirError('MALFORMED_R1CS', message);
}
