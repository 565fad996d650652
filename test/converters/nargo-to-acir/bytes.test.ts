import assert from 'node:assert/strict';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeBase64, encodeBase64 } from '../../../converters/nargo-to-acir/base64.ts';
import { ColumnPool } from '../../../converters/nargo-to-acir/column-pool.ts';
import { FieldTable } from '../../../converters/nargo-to-acir/field-table.ts';
import { gunzip, gzip, inflate } from '../../../converters/nargo-to-acir/gzip.ts';
import { BN254_SCALAR_PRIME } from '../../../src/field/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const SEED = 77;
const OPTIONS = { what: 'bytecode', code: 'MALFORMED_ARTIFACT', maxBytes: 1_000_000 } as const;
const damaged = (how: string) => `The bytecode is damaged: ${how}. Copy or make it again.`;

describe('nargo-to-acir: base64', () => {
  it('agrees with Node on any bytes, both ways', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const text = Buffer.from(bytes).toString('base64');
      assert.equal(encodeBase64(bytes), text);
      assert.deepEqual(decodeBase64(text), bytes);
    });
    fc.assert(property, { seed: SEED });
  });

  it('encodes more bytes than a call takes arguments', () => {
    const bytes = new Uint8Array(300_001).fill(9);
    assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString('base64'));
  });

  for (const text of [
    'A',
    'AA',
    'AAA',
    'A===',
    '====',
    'AA=A',
    'AB==',
    'AAB=',
    'AA A',
    'AA-_',
    'AAĀA',
    'AAAA\n',
  ]) {
    it(`is undefined for ${JSON.stringify(text)}`, () => {
      assert.equal(decodeBase64(text), undefined);
    });
  }
});

describe('nargo-to-acir: gzip', () => {
  const content = Buffer.from('some bytes, some bytes, some bytes');

  it('unpacks what zlib packs and packs what it unpacks', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 3000 }), bytes => {
      assert.deepEqual(gunzip(gzipSync(bytes), OPTIONS), bytes);
      assert.deepEqual(gunzip(gzip(bytes), OPTIONS), bytes);
      assert.deepEqual(inflate(deflateRawSync(bytes), OPTIONS), bytes);
    });
    fc.assert(property, { seed: SEED });
  });

  it('steps over every optional part of the header', () => {
    const plain = gzipSync(content);
    const optional = [3, 0, 1, 2, 3, ...Buffer.from('name\0'), ...Buffer.from('remark\0'), 0, 0];
    const header = Uint8Array.from(plain.subarray(0, 10));
    header[3] = 2 | 4 | 8 | 16;
    const packed = Buffer.concat([header, Uint8Array.from(optional), plain.subarray(10)]);
    assert.deepEqual(Buffer.from(gunzip(packed, OPTIONS)), content);
  });

  it('unpacks content that takes many steps, up to the limit and not a byte further', () => {
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * i) >> 7);
    assert.deepEqual(gunzip(gzipSync(bytes), OPTIONS), bytes);
    assertThrowsCode(() => gunzip(gzipSync(bytes), { ...OPTIONS, maxBytes: 999_999 }), 'FILE_TOO_LARGE');
  });

  const packed = gzipSync(content);
  const changed = (at: number) => {
    const copy = Uint8Array.from(packed);
    copy[at] = (copy[at] as number) ^ 0xff;
    return copy;
  };
  const cases: readonly (readonly [name: string, bytes: Uint8Array, message: string | RegExp])[] = [
    ['another format', Uint8Array.of(1, 2, 3), damaged('it does not begin as gzip does')],
    ['another method', changed(2), damaged('it does not begin as gzip does')],
    ['a lone header', packed.subarray(0, 12), damaged('it ends inside the gzip header or trailer')],
    ['an endless name', changed(3), /damaged: it /],
    ['a wrong length', changed(packed.length - 1), damaged('its length is wrong')],
    ['a wrong checksum', changed(packed.length - 8), damaged('its checksum is wrong')],
    ['bytes that do not inflate', changed(10), /^The bytecode is damaged: it does not inflate \(.*\)\. Copy/],
    ['another member after it', Buffer.concat([packed, gzipSync('other')]), damaged('its length is wrong')],
  ];
  for (const [name, bytes, message] of cases) {
    it(`refuses ${name}`, () => {
      assertThrowsCode(() => gunzip(bytes, OPTIONS), 'MALFORMED_ARTIFACT', message);
    });
  }
});

describe('nargo-to-acir: field table', () => {
  const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');

  it('reads elements of any length and refuses p and above', () => {
    const table = new FieldTable();
    assert.equal(table.read(new Uint8Array(32), 0, 32), 0n);
    assert.equal(table.read(Uint8Array.of(9, 1, 2, 9), 1, 2), 258n);
    assert.equal(table.read(Uint8Array.of(1, 2, 3, 4, 5), 0, 5), 0x0102030405n);
    assert.equal(table.read(new Uint8Array(0), 0, 0), 0n);
    assert.equal(table.read(bytesOf(BN254_SCALAR_PRIME - 1n), 0, 32), BN254_SCALAR_PRIME - 1n);
    assert.equal(table.read(bytesOf(BN254_SCALAR_PRIME), 0, 32), undefined);
    assert.equal(table.read(bytesOf(2n ** 256n - 1n), 0, 32), undefined);
  });

  it('keeps apart and finds again thousands of elements', () => {
    const table = new FieldTable();
    const values = Array.from(
      { length: 5000 },
      (_, i) => (BigInt(i) ** 17n * 0x9e3779b97f4a7c15n) % BN254_SCALAR_PRIME,
    );
    for (let round = 0; round < 2; round++) {
      for (const value of values) assert.equal(table.read(bytesOf(value), 0, 32), value);
    }
  });
});

describe('nargo-to-acir: column pool', () => {
  it('gives zeroed columns that do not overlap, short and long', () => {
    const pool = new ColumnPool();
    const columns = [1, 3, 16_000, 60_000, 16_000, 16_000, 16_000, 2].map(length => pool.take(length));
    for (const column of columns) assert.ok(column.every(entry => entry === 0));
    columns.forEach((column, i) => {
      column.fill(i + 1);
    });
    columns.forEach((column, i) => {
      assert.ok(column.every(entry => entry === i + 1));
    });
  });
});
