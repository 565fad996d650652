import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteReader, ByteWriter, bytesToBigint, writeBigint } from '../../src/bytes/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

describe('bytes', () => {
  it('reads back what the writer wrote, whatever the growth', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, (1n << 64n) - 1n), { maxLength: 40 }), values => {
        const writer = new ByteWriter(1);
        for (const value of values) {
          writer.u64(value);
          writer.u32(Number(value & 0xffffffffn));
          writer.u8(Number(value & 0xffn));
          writer.uint(value << 100n, 32);
        }
        const reader = new ByteReader(writer.finish(), { what: 'test file' });
        for (const value of values) {
          assert.equal(reader.u64(), value);
          assert.equal(reader.u32(), Number(value & 0xffffffffn));
          assert.equal(reader.u8(), Number(value & 0xffn));
          assert.equal(reader.uint(32), value << 100n);
        }
        assert.equal(reader.remaining, 0);
      }),
      { seed: 1 },
    );
  });

  it('writes an integer of a length that is no multiple of eight', () => {
    const bytes = new Uint8Array(13);
    writeBigint(bytes, 2, 0x0102030405060708090an, 10);
    assert.deepEqual([...bytes], [0, 0, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    assert.equal(bytesToBigint(bytes.subarray(2, 12)), 0x0102030405060708090an);
  });

  it('grows for a single byte at the very end of its buffer', () => {
    const writer = new ByteWriter(1);
    for (let i = 0; i < 5; i++) writer.u8(i);
    assert.deepEqual([...writer.finish()], [0, 1, 2, 3, 4]);
  });

  it('patches a length written before', () => {
    const writer = new ByteWriter();
    writer.u64(0);
    writer.put(new Uint8Array([1, 2]));
    writer.patchU64(0, 2);
    assert.deepEqual([...writer.finish()], [2, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
  });

  it('names the file, the offset and the shortfall of a short read', () => {
    const reader = new ByteReader(new Uint8Array(6), { what: 'proving key' });
    reader.u32();
    assertThrowsCode(
      () => reader.u32(),
      'TRUNCATED_INPUT',
      'The proving key ends too early: 4 bytes wanted at byte 4, 2 left. Is the file complete?',
    );
    assertThrowsCode(() => reader.seek(7), 'TRUNCATED_INPUT', /ends too early/);
    assert.equal(reader.offset, 4, 'a failed read does not move');
  });

  it('refuses a length that no file can have', () => {
    const writer = new ByteWriter();
    writer.u64((1n << 64n) - 1n);
    const reader = new ByteReader(writer.finish(), { what: 'r1cs file' });
    assertThrowsCode(
      () => reader.u64AsNumber(),
      'MALFORMED_FILE',
      'The r1cs file holds a length of 18446744073709551615 at byte 0, more than any file has.',
    );
  });
});
