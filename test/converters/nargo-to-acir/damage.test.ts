import assert from 'node:assert/strict';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  decodeArtifact,
  decodeBytecode,
  encodeProgram,
  readWitnessStack,
  writeWitnessStack,
} from '../../../converters/nargo-to-acir/index.ts';
import { checkProgram } from '../../../src/acir/index.ts';
import type { Program } from '../../../src/acir/types.ts';
import { BionoirError } from '../../../src/errors.ts';
import { readArtifact } from '../../support/artifacts.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const SEED = 20_251;
const CODES = ['MALFORMED_ARTIFACT', 'UNKNOWN_RELEASE', 'MALFORMED_PROGRAM', 'FILE_TOO_LARGE'];
const VERSIONS = [
  '0.25.0',
  '0.31.0',
  '0.34.0',
  '1.0.0-beta.0',
  '1.0.0-beta.2',
  '1.0.0-beta.15',
  '1.0.0-beta.26',
];

/** Decodes damaged bytes: a named error or a valid program, nothing else. Tells which. */
function survives(decode: () => Program): 'error' | 'program' {
  try {
    checkProgram(decode());
    return 'program';
  } catch (error) {
    if (error instanceof BionoirError && CODES.includes(error.code)) return 'error';
    throw error;
  }
}

function payloadOf(name: string): { bytes: Uint8Array; noirVersion: string } {
  const { bytecode, noir_version: noirVersion } = JSON.parse(readArtifact(name)) as Record<string, string>;
  return { bytes: gunzipSync(Buffer.from(bytecode ?? '', 'base64')), noirVersion: noirVersion ?? '' };
}

describe('nargo-to-acir: damaged artifacts', () => {
  for (const version of VERSIONS) {
    it(`refuses a program of ${version} cut anywhere`, () => {
      const { bytes, noirVersion } = payloadOf(`basic.${version}.json`);
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.subarray(0, length);
        const outcome = survives(() => decodeBytecode(cut, { noirVersion }).program);
        assert.equal(outcome, 'error', `cut to ${length} of ${bytes.length} bytes`);
      }
    });

    it(`takes a program of ${version} with one byte changed as a valid program or refuses it`, () => {
      const { bytes, noirVersion } = payloadOf(`mem.${version}.json`);
      let errors = 0;
      const property = fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        (at, change) => {
          const damaged = Uint8Array.from(bytes);
          damaged[at] = (damaged[at] as number) ^ change;
          if (survives(() => decodeBytecode(damaged, { noirVersion }).program) === 'error') errors++;
        },
      );
      fc.assert(property, { seed: SEED, numRuns: 600 });
      assert.ok(errors > 60, `${errors} of 600 changes were noticed`);
    });
  }

  it('does not fall over any byte sequence after a format mark', () => {
    const marks = fc.constantFrom([2, 0x82], [3, 0x92], [4, 0x82], [0, 0]);
    const property = fc.property(marks, fc.uint8Array({ maxLength: 60 }), (mark, rest) => {
      survives(() => decodeBytecode(Uint8Array.from([...mark, ...rest])).program);
    });
    fc.assert(property, { seed: SEED, numRuns: 600 });
  });

  it('notices any change inside the compressed bytecode by its checksum', () => {
    const { program } = decodeArtifact(readArtifact('basic.1.0.0-beta.26.json'));
    const packed = encodeProgram(program);
    let same = 0;
    for (let at = 0; at < packed.length; at++) {
      const damaged = Uint8Array.from(packed);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      try {
        assert.deepEqual(decodeBytecode(damaged).program, program, `byte ${at}`);
        same++;
      } catch (error) {
        assert.ok(error instanceof BionoirError && CODES.includes(error.code), String(error));
      }
    }
    assert.ok(same <= 6, 'only the time stamp, flags and system of the header may change unnoticed');
  });

  it('takes an artifact whose text is cut or changed in one place as a valid program or refuses it', () => {
    const text = readArtifact('basic.1.0.0-beta.26.json');
    const property = fc.property(fc.nat(text.length - 1), fc.string({ maxLength: 1 }), (at, other) => {
      survives(() => decodeArtifact(text.slice(0, at)).program);
      survives(() => decodeArtifact(text.slice(0, at) + other + text.slice(at + 1)).program);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  it('refuses a witness stack cut or changed anywhere, or reads another one', () => {
    const packed = writeWitnessStack([
      {
        functionIndex: 0,
        witnesses: new Map([
          [0, 5n],
          [300, 7n],
        ]),
      },
    ]);
    const payload = gunzipSync(packed);
    for (let at = 0; at < payload.length; at++) {
      const changed = Uint8Array.from(payload);
      changed[at] = (changed[at] as number) ^ 0x11;
      for (const bytes of [payload.subarray(0, at), changed]) {
        try {
          readWitnessStack(gzipSync(bytes));
        } catch (error) {
          assert.ok(error instanceof BionoirError && error.code === 'MALFORMED_WITNESS', String(error));
        }
      }
    }
    for (let length = 0; length < packed.length; length++) {
      assertThrowsCode(() => readWitnessStack(packed.subarray(0, length)), 'MALFORMED_WITNESS');
    }
  });
});

describe('nargo-to-acir: hostile artifacts', () => {
  it('stops unpacking a gzip bomb at the limit', () => {
    const bomb = gzipSync(new Uint8Array(50_000_000));
    assertThrowsCode(
      () => decodeBytecode(bomb, { maxBytes: 1_000_000 }),
      'FILE_TOO_LARGE',
      'The bytecode unpacks to more than 1000000 bytes. If it really is that large, raise maxBytes.',
    );
    assertThrowsCode(() => readWitnessStack(bomb, { maxBytes: 1_000_000 }), 'FILE_TOO_LARGE');
  });

  it('allocates nothing for a length that the bytes cannot hold', () => {
    const lists = Uint8Array.from([3, 0x92, 0xdd, 0xff, 0xff, 0xff, 0xff]);
    assertThrowsCode(
      () => decodeBytecode(lists, { noirVersion: '1.0.0-beta.26' }),
      'MALFORMED_ARTIFACT',
      /a list of 4294967295 items with 0 bytes left at byte 7/,
    );
    const vectors = new Uint8Array(16).fill(0xff);
    assertThrowsCode(
      () => decodeBytecode(vectors, { noirVersion: '0.34.0' }),
      'MALFORMED_ARTIFACT',
      /2\^53 or more at byte 0/,
    );
  });

  it('follows the shapes of a foreign call only to a depth', () => {
    const nested = (depth: number): unknown[] =>
      depth === 0 ? [] : [0x81, ...text('Vector'), 0x91, 0x91, ...nested(depth - 1)];
    const call = [0x95, ...text('f'), 0x90, 0x91, ...nested(80)];
    const head = [0x92, ...text('b'), 0x91, 0x81, ...text('ForeignCall')];
    const bytes = Uint8Array.from([3, 0x92, 0x90, 0x91, ...head, ...call] as number[]);
    assertThrowsCode(
      () => decodeBytecode(bytes, { noirVersion: '1.0.0-beta.26' }),
      'MALFORMED_ARTIFACT',
      /a type nested deeper than 64 levels at byte \d+/,
    );
  });
});

function text(value: string): number[] {
  return [0xa0 | value.length, ...Buffer.from(value)];
}
