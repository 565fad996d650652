import assert from 'node:assert/strict';
import { BincodeSource } from '../../../converters/nargo-to-acir/bincode-source.ts';
import { MsgpackSource } from '../../../converters/nargo-to-acir/msgpack-source.ts';
import {
  array,
  choice,
  data,
  option,
  PROGRAM,
  type Read,
  recursive,
  type Source,
  struct,
  tuple,
  u32,
  unit,
  variants,
} from '../../../converters/nargo-to-acir/source.ts';
import { InternalError } from '../../../src/errors.ts';
import { BN254_SCALAR_PRIME } from '../../../src/field/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const ADVICE = 'Was the artifact cut, edited or written by another tool? Compile it again.';
const PRIME_BYTES = Array.from(Buffer.from(BN254_SCALAR_PRIME.toString(16).padStart(64, '0'), 'hex'));

type Case = readonly [
  name: string,
  bytes: readonly number[],
  read: (source: Source) => unknown,
  message: string,
];

const msgpack = (bytes: readonly number[]) => new MsgpackSource(Uint8Array.from(bytes), 0, PROGRAM);
const bincode = (bytes: readonly number[], fields: 'hex' | 'bytes' = 'hex', arrayLengths = false) =>
  new BincodeSource(Uint8Array.from(bytes), { fields, arrayLengths }, PROGRAM);
const text = (value: string) => [0xa0 | value.length, ...Buffer.from(value)];
const u64 = (value: number) => [value, 0, 0, 0, 0, 0, 0, 0];

const shape = variants<string>({ Unit: unit('unit'), Data: data(u32, value => `data ${value}`) });
const point = struct({ x: u32, y: u32 });

describe('nargo-to-acir: msgpack', () => {
  const good: readonly (readonly [bytes: readonly number[], read: Read<unknown>, value: unknown])[] = [
    [[0xc3], s => s.boolean(), true],
    [[0xc2], s => s.boolean(), false],
    [[0x7f], s => s.u8(), 127],
    [[0xcc, 0xff], s => s.u8(), 255],
    [[0xcd, 1, 0], s => s.u32(), 256],
    [[0xce, 0xff, 0xff, 0xff, 0xff], s => s.u32(), 2 ** 32 - 1],
    [[0xcf, 0, 0, 0, 1, 0, 0, 0, 0], s => s.size(), 2 ** 32],
    [[0xcf, 0xff, 0, 0, 0, 0, 0, 0, 1], s => s.u64(), 0xff00000000000001n],
    [[0x05], s => s.u64(), 5n],
    [[0xd9, 2, 104, 105], s => s.text(), 'hi'],
    [[0xda, 0, 2, 104, 105], s => s.text(), 'hi'],
    [[0xdb, 0, 0, 0, 2, 104, 105], s => s.text(), 'hi'],
    [[0xc4, 1, 7], s => s.field(), 7n],
    [[0xc5, 0, 1, 7], s => s.field(), 7n],
    [[0xc6, 0, 0, 0, 1, 7], s => s.field(), 7n],
    [[0x92, 1, 2], tuple(2, u32), [1, 2]],
    [[0xdc, 0, 2, 1, 2], array(2, u32), [1, 2]],
    [[0xdd, 0, 0, 0, 2, 1, 2], array(2, u32), [1, 2]],
    [[0x92, 3, 4], point, { x: 3, y: 4 }],
    [[0x82, ...text('x'), 3, ...text('y'), 4], point, { x: 3, y: 4 }],
    [[0x82, 0, 3, 1, 4], point, { x: 3, y: 4 }],
    [[0xde, 0, 2, 0, 3, 1, 4], point, { x: 3, y: 4 }],
    [text('Unit'), shape, 'unit'],
    [[0x81, ...text('Unit'), 0xc0], shape, 'unit'],
    [[0x81, 0, 0xc0], shape, 'unit'],
    [[0x81, ...text('Data'), 8], shape, 'data 8'],
    [[0x81, 1, 8], shape, 'data 8'],
    [[0xc0], option(u32), undefined],
    [[6], option(u32), 6],
  ];
  for (const [bytes, read, value] of good) {
    it(`reads ${Buffer.from(bytes).toString('hex')} as ${String(value)}`, () => {
      const source = msgpack(bytes);
      assert.deepEqual(read(source), value);
      assert.equal(source.remaining, 0);
    });
  }

  const bad: readonly Case[] = [
    ['a number for a boolean', [5], s => s.boolean(), 'the marker 0x5 where a boolean belongs, at byte 0'],
    [
      'a text for a number',
      text('a'),
      s => s.u32(),
      'the marker 0xa1 where an unsigned integer belongs, at byte 0',
    ],
    [
      'a negative number',
      [0xff],
      s => s.u32(),
      'the marker 0xff where an unsigned integer belongs, at byte 0',
    ],
    [
      'a number that is too large',
      [0xcd, 1, 0],
      s => s.u8(),
      'the number 256 where at most 255 belongs at byte 0',
    ],
    ['a number cut off', [0xce, 1], s => s.u32(), 'its end where 3 more bytes belong, at byte 0'],
    ['nothing at all', [], s => s.u32(), 'its end where 1 more bytes belong, at byte 0'],
    ['a text cut off', [0xa3, 97], s => s.text(), 'its end where 2 more bytes belong, at byte 1'],
    ['bytes that are no UTF-8', [0xa1, 0xff], s => s.text(), 'a text that is not UTF-8 at byte 1'],
    ['a number for a text', [5], s => s.text(), 'the marker 0x5 where a text belongs, at byte 0'],
    ['a long field element', [0xc4, 33], s => s.field(), 'a field element of 33 bytes at byte 2'],
    ['p', [0xc4, 32, ...PRIME_BYTES], s => s.field(), 'a number that is not below the field prime at byte 2'],
    [
      'a text for a field element',
      text('a'),
      s => s.field(),
      'the marker 0xa1 where a field element belongs, at byte 0',
    ],
    ['a map for a list', [0x80], s => s.list(), 'the marker 0x80 where a list belongs, at byte 0'],
    ['a long list', [0x95, 1], s => s.list(), 'a list of 5 items with 1 bytes left at byte 1'],
    ['a tuple of another length', [0x91, 1], tuple(2, u32), 'a list of 1 items instead of 2 at byte 0'],
    ['a struct of another length', [0x81, 0, 1], point, 'a map of 1 fields instead of 2 at byte 0'],
    ['a long map', [0x8f], s => s.entries(), 'a map of 15 entries with 0 bytes left at byte 1'],
    ['a list for a map', [0x90], s => s.entries(), 'the marker 0x90 where a map belongs, at byte 0'],
    [
      'another field',
      [0x82, ...text('y'), 3, ...text('x'), 4],
      point,
      "the field 'y' instead of 'x' at byte 1",
    ],
    ['another field number', [0x82, 1, 3, 0, 4], point, "the field '1' instead of '0' at byte 1"],
    [
      'an unknown variant',
      text('Odd'),
      shape,
      "the variant 'Odd' where one of Unit, Data belongs, at byte 0",
    ],
    [
      'an unknown variant number',
      [0x81, 7, 1],
      shape,
      "the variant '7' where one of Unit, Data belongs, at byte 0",
    ],
    [
      'a name that is quoted in part',
      [0xd9, 60, ...Buffer.alloc(60, 'x')],
      shape,
      `the variant '${'x'.repeat(40)}' where one of Unit, Data belongs, at byte 0`,
    ],
    [
      'two variants at once',
      [0x82, 0, 0xc0, 1, 3],
      shape,
      'a map of several entries instead of one variant at byte 0',
    ],
    ['data for a unit variant', [0x81, 0, 3], shape, 'the marker 0x3 where nil belongs, at byte 2'],
    ['a variant without its data', text('Data'), shape, 'a variant without its data at byte 5'],
  ];
  for (const [name, bytes, read, message] of bad) {
    it(`refuses ${name}`, () => {
      const source = msgpack(bytes);
      const error = assertThrowsCode(
        () => read(source),
        'MALFORMED_ARTIFACT',
        `The ACIR program holds ${message} (unpacked). ${ADVICE}`,
      );
      assert.match(error.location ?? '', /^byte \d+$/);
    });
  }
});

describe('nargo-to-acir: bincode', () => {
  const hex = (digits: string) => [...u64(64), ...Buffer.from(digits.padStart(64, '0'))];

  const good: readonly (readonly [source: BincodeSource, read: Read<unknown>, value: unknown])[] = [
    [bincode([1]), s => s.boolean(), true],
    [bincode([200]), s => s.u8(), 200],
    [bincode([1, 2, 0, 0]), s => s.u32(), 513],
    [bincode([1, 0, 0, 0, 1, 0, 0, 0]), s => s.size(), 2 ** 32 + 1],
    [bincode([1, 0, 0, 0, 0, 0, 0, 255]), s => s.u64(), 0xff00000000000001n],
    [bincode([...u64(2), 104, 105]), s => s.text(), 'hi'],
    [bincode(hex('ff')), s => s.field(), 255n],
    [bincode([...u64(32), ...new Array(31).fill(0), 9], 'bytes'), s => s.field(), 9n],
    [bincode([1, 0, 0, 0, 2, 0, 0, 0]), array(2, u32), [1, 2]],
    [bincode([...u64(2), 1, 0, 0, 0, 2, 0, 0, 0], 'hex', true), array(2, u32), [1, 2]],
    [bincode([3, 0, 0, 0, 4, 0, 0, 0]), point, { x: 3, y: 4 }],
    [bincode([0, 0, 0, 0]), shape, 'unit'],
    [bincode([1, 0, 0, 0, 8, 0, 0, 0]), shape, 'data 8'],
    [bincode([1, 0, 0, 0]), choice(['A', 'B'], ['a', 'b']), 'b'],
    [bincode([0]), option(u32), undefined],
    [bincode([1, 6, 0, 0, 0]), option(u32), 6],
  ];
  good.forEach(([source, read, value], i) => {
    it(`reads case ${i} as ${JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? String(v) : v))}`, () => {
      assert.deepEqual(read(source), value);
      assert.equal(source.remaining, 0);
    });
  });

  const bad: readonly (readonly [
    name: string,
    source: BincodeSource,
    read: Read<unknown>,
    message: string,
  ])[] = [
    ['a boolean of 2', bincode([2]), s => s.boolean(), '2 where a boolean belongs, at byte 0'],
    ['no boolean', bincode([]), s => s.boolean(), 'its end where a boolean belongs, at byte 0'],
    ['a number cut off', bincode([1, 2]), s => s.u32(), 'its end where 2 more bytes belong, at byte 0'],
    ['a huge amount', bincode(new Array(8).fill(255)), s => s.size(), 'a number of 2^53 or more at byte 0'],
    ['a long list', bincode(u64(9)), s => s.list(), 'a list of 9 items with 0 bytes left at byte 0'],
    [
      'bytes that are no UTF-8',
      bincode([...u64(1), 255]),
      s => s.text(),
      'a text that is not UTF-8 before its place at byte 9',
    ],
    [
      'a short field element',
      bincode([...u64(1), 48]),
      s => s.field(),
      'a field element of 1 bytes before its place at byte 8',
    ],
    [
      'upper-case digits',
      bincode(hex('FF')),
      s => s.field(),
      'a field element that is not hexadecimal before its place at byte 72',
    ],
    [
      'p',
      bincode([...u64(32), ...PRIME_BYTES], 'bytes'),
      s => s.field(),
      'a number that is not below the field prime at byte 8',
    ],
    [
      'an array of another length',
      bincode([...u64(1), 0], 'hex', true),
      array(2, u32),
      'an array of 1 items instead of 2 before its place at byte 8',
    ],
    [
      'an unknown variant',
      bincode([7, 0, 0, 0]),
      shape,
      'the variant 7 where one of Unit, Data belongs, at byte 0',
    ],
  ];
  for (const [name, source, read, message] of bad) {
    it(`refuses ${name}`, () => {
      assertThrowsCode(
        () => read(source),
        'MALFORMED_ARTIFACT',
        `The ACIR program holds ${message} (unpacked). ${ADVICE}`,
      );
    });
  }

  it('does not pretend to know what comes next', () => {
    for (const peek of ['peekCount', 'peekBoolean', 'peekInteger'] as const) {
      assert.throws(() => bincode([1])[peek](), InternalError);
    }
  });
});

describe('nargo-to-acir: recursive types', () => {
  it('stops at 64 levels and can be used again afterwards', () => {
    type Nest = { readonly inner: Nest | undefined };
    const nest = recursive<Nest>(self => source => ({ inner: option(self)(source) }));
    const levels = (count: number) => bincode([...new Array(count).fill(1), 0]);
    assert.doesNotThrow(() => nest(levels(63)));
    assertThrowsCode(
      () => nest(levels(64)),
      'MALFORMED_ARTIFACT',
      /a type nested deeper than 64 levels at byte 64/,
    );
    assert.doesNotThrow(() => nest(levels(63)));
  });
});
