import assert from 'node:assert/strict';
import { arraySource, locateSections, writeSections } from '../../src/bytes/index.ts';
import { assertRejectsCode } from '../support/errors.ts';

const FORMAT = { magic: 'test', versionMax: 1, what: 'test file', code: 'MALFORMED_PTAU' } as const;
const GOOD = writeSections('test', 1, [
  [5, Uint8Array.of(1, 2, 3)],
  [2, new Uint8Array()],
]);

describe('places of sections', () => {
  const locate = (bytes: Uint8Array) => locateSections(arraySource(bytes), FORMAT);
  const edited = (at: number, value: number): Uint8Array => {
    const copy = GOOD.slice();
    copy[at] = value;
    return copy;
  };

  it('are found without reading the sections', async () => {
    assert.deepEqual(
      [...(await locate(GOOD))],
      [
        [5, { offset: 24, length: 3 }],
        [2, { offset: 39, length: 0 }],
      ],
    );
  });

  it('are refused for what is not such a file, by name', async () => {
    const refused = (bytes: Uint8Array, text: string) => () =>
      assertRejectsCode(() => locate(bytes), 'MALFORMED_PTAU', text);
    await refused(
      edited(0, 0x7a),
      'The test file starts with "zest" instead of "test". Is this the right file?',
    )();
    await refused(
      edited(4, 9),
      'The test file has format version 9 and 2 sections; versions 1 to 1 and up to 64 sections are supported.',
    )();
    await refused(
      edited(9, 1),
      'The test file has format version 1 and 258 sections; versions 1 to 1 and up to 64 sections are supported.',
    )();
    await refused(edited(27, 5), 'The test file holds section 5 twice, again at byte 27.')();
    await refused(
      edited(23, 0xff),
      'The test file ends too early: 18374686479671624000 bytes wanted at byte 24, 15 left. Is the file complete?',
    )();
    await refused(
      GOOD.subarray(0, 30),
      'The test file ends too early: 12 bytes wanted at byte 27, 3 left. Is the file complete?',
    )();
    await refused(
      Uint8Array.of(...GOOD, 0),
      'The test file has 1 bytes after its last section, at byte 39. Was it written over a longer file?',
    )();
  });
});
