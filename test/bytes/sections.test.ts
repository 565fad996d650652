import assert from 'node:assert/strict';
import {
  readSections,
  requireSection,
  type SectionFileFormat,
  writeSections,
} from '../../src/bytes/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

const FORMAT: SectionFileFormat = { magic: 'test', versionMax: 2, what: 'test file', code: 'MALFORMED_FILE' };
const FILE = writeSections('test', 2, [
  [7, Uint8Array.of(1, 2, 3)],
  [1, new Uint8Array()],
]);

describe('section files', () => {
  it('are laid out as iden3 has it', () => {
    assert.equal(
      Buffer.from(FILE).toString('hex'),
      `${Buffer.from('test').toString('hex')}0200000002000000${'07000000'}0300000000000000010203${'01000000'}0000000000000000`,
    );
  });

  it('are indexed in any order of sections', () => {
    const file = readSections(FILE, FORMAT);
    assert.equal(file.version, 2);
    assert.deepEqual([...requireSection(file, 7, FORMAT, { length: 3 })], [1, 2, 3]);
    assert.equal(requireSection(file, 1, FORMAT).length, 0);
  });

  it('are refused with another magic', () => {
    assertThrowsCode(
      () => readSections(writeSections('r1c\u0000', 1, []), FORMAT),
      'MALFORMED_FILE',
      'The test file starts with "r1c?" instead of "test". Is this the right file?',
    );
  });

  it('are refused with an unknown version', () => {
    for (const version of [0, 3]) {
      assertThrowsCode(
        () => readSections(writeSections('test', version, []), FORMAT),
        'MALFORMED_FILE',
        `The test file has format version ${version}; versions 1 to 2 are supported.`,
      );
    }
  });

  it('are refused with a section twice', () => {
    const twice = writeSections('test', 1, [
      [4, Uint8Array.of(1)],
      [4, Uint8Array.of(1)],
    ]);
    assertThrowsCode(
      () => readSections(twice, FORMAT),
      'MALFORMED_FILE',
      'The test file holds section 4 twice, again at byte 25.',
    );
  });

  it('are refused when cut anywhere', () => {
    for (let length = 0; length < FILE.length; length++) {
      assertThrowsCode(
        () => readSections(FILE.subarray(0, length), FORMAT),
        'MALFORMED_FILE',
        /^The test file ends too early: /,
      );
    }
  });

  it('are refused with bytes after the last section', () => {
    assertThrowsCode(
      () => readSections(Uint8Array.of(...FILE, 0, 0), FORMAT),
      'MALFORMED_FILE',
      'The test file has 2 bytes after its last section, at byte 39. Was it written over a longer file?',
    );
  });

  it('must have the sections asked for, of the length promised', () => {
    const file = readSections(FILE, FORMAT);
    assertThrowsCode(
      () => requireSection(file, 2, FORMAT, { name: 'values' }),
      'MALFORMED_FILE',
      'The test file has no section 2 (values). Is the file complete?',
    );
    assertThrowsCode(
      () => requireSection(file, 7, FORMAT, { length: 4 }),
      'MALFORMED_FILE',
      'Section 7 of the test file has 3 bytes; its header promises 4.',
    );
  });
});
