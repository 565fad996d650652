import assert from 'node:assert/strict';
import { chi, choose, majority, parity } from '../../../../converters/acir-to-r1cs/black-box/bits.ts';
import { lookUpByte } from '../../../../converters/acir-to-r1cs/black-box/byte-table.ts';
import { type Form, ZERO_FORM } from '../../../../converters/acir-to-r1cs/forms.ts';
import { type Gadget, probeGadget } from './support/probe.ts';

interface Case {
  readonly name: string;
  readonly arity: number;
  readonly rowCount: number;
  readonly gadget: Gadget;
  readonly table: (bits: readonly number[]) => number;
}

const sumOf = (bits: readonly number[]): number => bits.reduce((sum, bit) => sum + bit, 0);
const xorAll = (bits: readonly number[]): number => sumOf(bits) % 2;
const form = (value: Form | undefined): Form => value ?? ZERO_FORM;

const CASES: readonly Case[] = [
  { name: 'parity of two', arity: 2, rowCount: 1, gadget: parity, table: xorAll },
  { name: 'parity of three', arity: 3, rowCount: 1, gadget: parity, table: xorAll },
  { name: 'parity of four', arity: 4, rowCount: 2, gadget: parity, table: xorAll },
  { name: 'parity of five', arity: 5, rowCount: 2, gadget: parity, table: xorAll },
  {
    name: 'majority',
    arity: 3,
    rowCount: 1,
    gadget: (builder, [a, b, c]) => majority(builder, form(a), form(b), form(c)),
    table: bits => (sumOf(bits) > 1 ? 1 : 0),
  },
  {
    name: 'chi',
    arity: 3,
    rowCount: 1,
    gadget: (builder, [a, b, c]) => chi(builder, form(a), form(b), form(c)),
    table: ([a = 0, b = 0, c = 0]) => a ^ ((1 - b) & c),
  },
  {
    name: 'choose',
    arity: 3,
    rowCount: 1,
    gadget: (builder, [a, b, c]) => form(choose(builder, [form(a)], [form(b)], [form(c)])[0]),
    table: ([a, b = 0, c = 0]) => (a === 1 ? b : c),
  },
];

describe('Boolean functions', () => {
  for (const { name, arity, rowCount, gadget, table } of CASES) {
    it(`${name}: the rows leave one value, for every input and every choice of constants`, () => {
      assert.equal(probeGadget(gadget, new Array<undefined>(arity).fill(undefined)).rowCount, rowCount);
      for (let choice = 0; choice < 3 ** arity; choice++) {
        const digits = Array.from({ length: arity }, (_, bit) => Math.floor(choice / 3 ** bit) % 3);
        const constants = digits.map(digit => (digit === 2 ? undefined : digit));
        const probe = probeGadget(gadget, constants);
        assert.ok(probe.rowCount <= rowCount);
        for (let input = 0; input < 2 ** arity; input++) {
          const bits = constants.map((value, bit) => value ?? (input >> bit) & 1);
          assert.deepEqual(probe.solutions(bits), [BigInt(table(bits))], `${name} of ${bits}`);
        }
      }
    });
  }
});

describe('a table of 256 values', () => {
  it('takes 23 rows, which leave the value of the table', () => {
    const table = Array.from({ length: 256 }, (_, index) => (index * index * 7 + 11 * index + 5) % 29);
    const probe = probeGadget(
      (builder, bits) => lookUpByte(builder, bits, table),
      new Array<undefined>(8).fill(undefined),
    );
    assert.equal(probe.rowCount, 23);
    for (let index = 0; index < 256; index++) {
      const bits = Array.from({ length: 8 }, (_, bit) => (index >> bit) & 1);
      assert.deepEqual(probe.solutions(bits), [BigInt(table[index] ?? -1)]);
    }
  });
});
