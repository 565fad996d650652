/**
 * Witness vectors <-> iden3 `.wtns`, version 2: every wire's value, canonical little-endian, wire 0 first.
 */

import {
  ByteReader,
  bytesToBigint,
  layoutSections,
  readSections,
  requireSection,
  type SectionFileFormat,
  writeBigint,
} from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { fieldBytes } from './words.ts';

const FORMAT: SectionFileFormat = {
  magic: 'wtns',
  versionMax: 2,
  what: 'witness (.wtns)',
  code: 'MALFORMED_WITNESS',
};
const HEADER = 1;
const VALUES = 2;

/** A witness file taken apart; `values` is section 2. */
export interface WtnsFile {
  readonly prime: bigint;
  readonly wireCount: number;
  readonly values: Uint8Array;
}

/** Prints wire values as `.wtns` bytes. Values are canonical, in [0, prime); as bytes they are of the field's width each. */
export function writeWtns(prime: bigint, wires: readonly bigint[] | Uint8Array): Uint8Array {
  const width = fieldBytes(prime);
  const count = wires instanceof Uint8Array ? wires.length / width : wires.length;
  const { bytes, payloads } = layoutSections('wtns', 2, [
    [HEADER, 8 + width],
    [VALUES, count * width],
  ]);
  const [header, values] = payloads as readonly [Uint8Array, Uint8Array];
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  view.setUint32(0, width, true);
  writeBigint(header, 4, prime, width);
  view.setUint32(4 + width, count, true);
  if (wires instanceof Uint8Array) {
    values.set(wires);
    return bytes;
  }
  wires.forEach((value, wire) => {
    if (value < 0n || value >= prime) throw notCanonical(value, wire);
    writeBigint(values, wire * width, value, width);
  });
  return bytes;
}

/**
 * Reads a `.wtns` without turning its values into integers. All of them are known to be canonical afterwards.
 *
 * @param expected.prime Refuses a witness over another field.
 * @throws BionoirError MALFORMED_WITNESS.
 */
export function readWtnsFile(bytes: Uint8Array, expected: { readonly prime?: bigint } = {}): WtnsFile {
  const file = readSections(bytes, FORMAT);
  const reader = new ByteReader(requireSection(file, HEADER, FORMAT, { name: 'header' }), {
    what: 'header of the witness (.wtns)',
    code: 'MALFORMED_WITNESS',
  });
  const width = reader.u32();
  const prime = reader.uint(width);
  const wireCount = reader.u32();
  if (reader.remaining > 0 || width === 0 || width % 8 !== 0) {
    throw malformed(`The header of the witness (.wtns) is not one: its field takes ${width} bytes.`);
  }
  if (expected.prime !== undefined && prime !== expected.prime) {
    throw malformed(
      `The witness (.wtns) is over the field of order ${prime}; ${expected.prime} is expected. It belongs to another curve.`,
    );
  }
  const values = requireSection(file, VALUES, FORMAT, { name: 'values', length: wireCount * width });
  const top = topWord(prime, width);
  const view = new DataView(values.buffer, values.byteOffset, values.length);
  for (let wire = 0; wire < wireCount; wire++) {
    if (view.getUint32(wire * width + width - 4, true) < top) continue;
    const value = bytesToBigint(values.subarray(wire * width, (wire + 1) * width));
    if (value >= prime) throw notCanonical(value, wire);
  }
  return { prime, wireCount, values };
}

/**
 * Parses `.wtns` bytes into wire values.
 *
 * @throws BionoirError MALFORMED_WITNESS.
 */
export function readWtns(
  bytes: Uint8Array,
  expected: { readonly prime?: bigint } = {},
): { readonly prime: bigint; readonly wires: bigint[] } {
  const { prime, wireCount, values } = readWtnsFile(bytes, expected);
  const width = fieldBytes(prime);
  const wires = Array.from({ length: wireCount }, (_, wire) =>
    bytesToBigint(values.subarray(wire * width, (wire + 1) * width)),
  );
  return { prime, wires };
}

function topWord(prime: bigint, width: number): number {
  return Number(prime >> BigInt(width * 8 - 32));
}

function notCanonical(value: bigint, wire: number): BionoirError {
  return new BionoirError(
    'MALFORMED_WITNESS',
    `Wire ${wire} of the witness has the value ${value}, which is not in [0, prime). Reduce it first.`,
    { details: { wire, value }, location: `wire ${wire}` },
  );
}

function malformed(message: string): BionoirError {
  return new BionoirError('MALFORMED_WITNESS', message);
}
