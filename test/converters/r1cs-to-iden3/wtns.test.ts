import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readWtns, readWtnsFile, writeWtns } from '../../../converters/r1cs-to-iden3/index.ts';
import { readSections, writeSections } from '../../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const FORMAT = { magic: 'wtns', versionMax: 2, what: 'file', code: 'MALFORMED_WITNESS' } as const;
const SEED = 20240612;

function edited(bytes: Uint8Array, id: number, edit: (payload: Uint8Array) => Uint8Array): Uint8Array {
  return writeSections(
    'wtns',
    2,
    [...readSections(bytes, FORMAT).sections].map(([section, payload]) => [
      section,
      section === id ? edit(payload.slice()) : payload,
    ]),
  );
}

describe('.wtns', () => {
  it('reads back what was written', () => {
    const value = fc.oneof(fc.bigInt(0n, 2n), fc.bigInt(r - 3n, r - 1n), fc.bigInt(0n, r - 1n));
    fc.assert(
      fc.property(fc.array(value), wires => {
        assert.deepEqual(readWtns(writeWtns(r, wires), { prime: r }), { prime: r, wires });
      }),
      { seed: SEED },
    );
  });

  it('has the layout of version 2', () => {
    const bytes = writeWtns(r, [1n, 0x0102n]);
    assert.equal(
      Buffer.from(bytes).toString('hex'),
      [
        '77746e7302000000020000000100000028000000000000002000000001000',
        '0f093f5e1439170b97948e833285d588181b64550b829a031e1724e643002000000',
        `020000004000000000000000${'01'.padEnd(64, '0')}${'0201'.padEnd(64, '0')}`,
      ].join(''),
    );
  });

  it('also holds other fields, in as many bytes as they need', () => {
    const bytes = writeWtns(101n, [1n, 100n]);
    assert.deepEqual(readWtns(bytes), { prime: 101n, wires: [1n, 100n] });
    assert.equal(readWtnsFile(bytes).values.length, 16);
  });

  it('is refused over another field', () => {
    assertThrowsCode(
      () => readWtns(writeWtns(101n, [1n]), { prime: r }),
      'MALFORMED_WITNESS',
      `The witness (.wtns) is over the field of order 101; ${r} is expected. It belongs to another curve.`,
    );
  });

  it('is refused with a value that is not canonical', () => {
    const alias = (payload: Uint8Array): Uint8Array => {
      for (let i = 0; i < 32; i++) payload[32 + i] = Number((r >> BigInt(8 * i)) & 0xffn);
      return payload;
    };
    const text = `Wire 1 of the witness has the value ${r}, which is not in [0, prime). Reduce it first.`;
    assertThrowsCode(() => readWtns(edited(writeWtns(r, [1n, 2n]), 2, alias)), 'MALFORMED_WITNESS', text);
    assertThrowsCode(() => writeWtns(r, [1n, r]), 'MALFORMED_WITNESS', text);
    assertThrowsCode(
      () => writeWtns(r, [-1n]),
      'MALFORMED_WITNESS',
      'Wire 0 of the witness has the value -1, which is not in [0, prime). Reduce it first.',
    );
  });

  it('is refused when cut anywhere', () => {
    const bytes = writeWtns(r, [1n, 2n]);
    for (let length = 0; length < bytes.length; length++) {
      assertThrowsCode(() => readWtns(bytes.subarray(0, length)), 'MALFORMED_WITNESS');
    }
  });

  it('is refused with another number of values than its header promises', () => {
    assertThrowsCode(
      () => readWtns(edited(writeWtns(r, [1n, 2n]), 2, payload => payload.subarray(0, 32))),
      'MALFORMED_WITNESS',
      'Section 2 (values) of the witness (.wtns) has 32 bytes; its header promises 64.',
    );
  });

  it('is refused with a header that is not one', () => {
    assertThrowsCode(
      () => readWtns(edited(writeWtns(r, []), 1, payload => Uint8Array.of(...payload, 0))),
      'MALFORMED_WITNESS',
      'The header of the witness (.wtns) is not one: its field takes 32 bytes.',
    );
  });
});
