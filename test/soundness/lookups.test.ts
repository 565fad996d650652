import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createBuilder,
  type GadgetBuilder,
  recordRead,
  recordRom,
  witnessForm,
} from '../../converters/acir-to-r1cs/builder.ts';
import { emitRows } from '../../converters/acir-to-r1cs/emit-rows.ts';
import { ZERO_FORM } from '../../converters/acir-to-r1cs/forms.ts';
import { lookUp } from '../../converters/acir-to-r1cs/gadgets.ts';
import { type Assembly, instantiate } from '../../converters/acir-to-r1cs/instantiate.ts';
import { buildArgument } from '../../converters/acir-to-r1cs/lookups/argument.ts';
import { appendTableRows } from '../../converters/acir-to-r1cs/lookups/table-rows.ts';
import {
  createTableRegistry,
  type TableRegistry,
  tableIdOf,
} from '../../converters/acir-to-r1cs/lookups/tables.ts';
import { createTemplate } from '../../converters/acir-to-r1cs/template.ts';
import { mod } from '../../src/field/index.ts';
import { type CoefficientTable, createCoefficientTable } from '../../src/r1cs/index.ts';
import type { ConstraintSystem, Provenance } from '../../src/r1cs/types.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { assertSameWitnesses } from '../support/exhaust-lowering.ts';
import { judgeRounds } from '../support/lookup-rows.ts';

/** Ranges by lookups prove what bits prove: each lookup is taken for the membership that it is to prove. */
describe('lowering with lookups over a tiny field', () => {
  const cases: readonly (readonly [name: string, prime: bigint, tables: readonly number[], text: string])[] =
    [
      ['a range as wide as the table', 11n, [2], 'fn main\nprivate w0\nrange w0 2'],
      ['a range narrower than the table', 37n, [3], 'fn main\nprivate w0\nrange w0 2'],
      [
        'a range narrower than the table, in a field too small for the shift',
        11n,
        [3],
        'fn main\nprivate w0\nrange w0 2',
      ],
      ['a range of two limbs', 17n, [2], 'fn main\nprivate w0\nrange w0 4'],
      ['a range of a limb and a bit', 11n, [2], 'fn main\nprivate w0\nrange w0 3'],
      ['a range of limbs of two tables', 37n, [3, 2], 'fn main\nprivate w0\nrange w0 5'],
      ['a range of three limbs', 67n, [2], 'fn main\nprivate w0\nrange w0 6'],
      ['a range of two limbs and a bit', 37n, [2], 'fn main\nprivate w0\nrange w0 5'],
      ['a range of two limbs, one narrower than its table', 67n, [3], 'fn main\nprivate w0\nrange w0 5'],
      ['ranges of no bit and of one', 11n, [2], 'fn main\nprivate w0 w1\nrange w0 0\nrange w1 1'],
      ['a range of a public witness', 11n, [2], 'fn main\npublic w0\nrange w0 2'],
      ['a range of a sum', 11n, [2], 'fn main\nprivate w0 w1\nw0 + w1 - w2\nrange w2 2'],
      ['a range of a sum in limbs', 17n, [2], 'fn main\nprivate w0 w1\n3*w0 + w1 + 5 - w2\nrange w2 4'],
      ['a range of a constant', 11n, [2], 'fn main\nprivate w0\nw0 - 3\nrange w0 2'],
      ['a range that a constant breaks', 11n, [2], 'fn main\nprivate w0\nw0 - 5\nrange w0 2'],
      ['two ranges of one witness', 11n, [2], 'fn main\nprivate w0 w1\nrange w0 3\nw0 - w1\nrange w1 2'],
      [
        'a range of a witness of which bits are used',
        11n,
        [2],
        'fn main\nprivate w0 w1\nreturn w2\nrange w0 2\nand w0 w1 w2 2',
      ],
      [
        'the ReLU gadget',
        29n,
        [2],
        'fn main\nprivate w0\nreturn w1\nbrillig w1 w2\nrange w2 2\nw1*w1 - w1*w2\nw0 - 2*w1 + w2',
      ],
      [
        'the ReLU gadget with a shift',
        29n,
        [2],
        'fn main\nprivate w0\nbrillig w1 w2 w3\nrange w2 2\nrange w3 1\nw1*w1 - w1*w2\nw0 - 4*w1 + 2*w2 - w3',
      ],
      [
        'a range in a call with a predicate',
        11n,
        [2],
        'fn main\nprivate w0 w1\ncall 1 (w0) (w2) if w1\nfn f\nprivate w0\nreturn w1\nrange w0 2\nw0*w0 - w1',
      ],
      ['a range without a table', 11n, [], 'fn main\nprivate w0\nrange w0 3'],
    ];
  for (const [name, prime, rangeBits, text] of cases) {
    it(`keeps the solutions of ${name}`, () => {
      assertSameWitnesses(text, prime, { rangeBits });
    });
  }

  it('keeps the solutions of random programs', () => {
    const witness = fc.integer({ min: 0, max: 3 });
    const term = fc.tuple(fc.integer({ min: 1, max: 3 }), witness).map(([c, w]) => `${c}*w${w}`);
    const linear = fc
      .tuple(fc.array(term, { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 4 }))
      .map(([terms, constant]) => `${terms.join(' - ')} + ${constant}`);
    const range = fc.tuple(witness, fc.integer({ min: 1, max: 4 })).map(([w, bits]) => `range w${w} ${bits}`);
    const product = fc.tuple(witness, witness, term).map(([x, y, z]) => `w${x}*w${y} - ${z}`);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(range, linear, range, product), { minLength: 2, maxLength: 4 }),
        fc.constantFrom([2], [3], [3, 2]),
        (opcodes, rangeBits) => {
          assertSameWitnesses(`fn main\nprivate w0 w1\nreturn w2 w3\n${opcodes.join('\n')}`, 17n, {
            rangeBits,
          });
        },
      ),
      { seed: 5, numRuns: 12 },
    );
  });
});

interface Assembled {
  readonly assembly: Assembly;
  readonly table: CoefficientTable;
  readonly tables: TableRegistry;
}

/** A function whose gadgets are written by hand. */
function assembled(
  prime: bigint,
  challengeCount: number,
  write: (builder: GadgetBuilder, tables: TableRegistry) => void,
): Assembled {
  const table = createCoefficientTable(prime);
  const template = createTemplate(table, 0);
  const tables = createTableRegistry();
  const builder = createBuilder({
    table,
    origins: { list: [], ids: new Map(), locate: () => [], describe: () => ({}), functionNames: [] } as never, // provenance is not looked at
    circuit: { opcodes: [] } as never, // nor are opcodes
    template,
    gated: false,
    tables,
  });
  write(builder, tables);
  return { assembly: instantiate(template, [], challengeCount).assembly, table, tables };
}

/** Rows that are not simplified. */
function argumentRows({ assembly, table, tables }: Assembled): ConstraintSystem {
  const argument = buildArgument({
    assembly,
    table,
    registry: tables,
    ranges: [],
    challenge: 1,
    options: {},
  });
  const provenance: Provenance[] = [];
  return appendTableRows(
    emitRows(assembly, [], table, { provenance, argument }),
    argument,
    table,
    provenance,
  );
}

/** Keys looked up in one table: challenge, keys, multiplicities, then round 2. */
function argumentSystem(prime: bigint, entries: readonly bigint[], keyCount: number): ConstraintSystem {
  return argumentRows(
    assembled(prime, 1, (builder, tables) => {
      const id = tableIdOf(tables, 'test', () => entries);
      for (let key = 0; key < keyCount; key++) lookUp(builder, id, witnessForm(builder, key));
    }),
  );
}

/** A memory of two cells and one read: challenges r, g; cells, index, value, multiplicities; then round 2. */
function memorySystem(prime: bigint): ConstraintSystem {
  const { assembly, table, tables } = assembled(prime, 2, builder => {
    const [first = ZERO_FORM, second = ZERO_FORM, index = ZERO_FORM, value = ZERO_FORM] = [0, 1, 2, 3].map(
      witness => witnessForm(builder, witness),
    );
    recordRead(builder, recordRom(builder, [first, second]), { index, value });
  });
  return argumentRows({ assembly, table, tables });
}

/** Two cells, each of which is looked up once, by two pairs: challenges r, g; cells, index, value, index, value; unused counts. */
function orderSystem(prime: bigint): ConstraintSystem {
  const { assembly, table, tables } = assembled(prime, 2, builder => {
    const forms = Array.from({ length: 6 }, (_, witness) => witnessForm(builder, witness));
    const [first = ZERO_FORM, second = ZERO_FORM, ...pairs] = forms;
    const rom = recordRom(builder, [first, second], 'once');
    for (const k of [0, 2])
      recordRead(builder, rom, { index: pairs[k] ?? ZERO_FORM, value: pairs[k + 1] ?? ZERO_FORM });
  });
  return argumentRows({ assembly, table, tables });
}

/** Calls `visit` with every vector of `count` field elements. */
function forEachVector(prime: bigint, count: number, visit: (values: readonly bigint[]) => void): void {
  const values = new Array<bigint>(count).fill(0n);
  const assign = (index: number): void => {
    if (index === count) {
      visit(values);
      return;
    }
    for (let value = 0n; value < prime; value++) {
      values[index] = value;
      assign(index + 1);
    }
  };
  assign(0);
}

/** The lookup argument itself: every commitment to keys and multiplicities, every challenge, the best second round. */
describe('the LogUp argument over a tiny field', () => {
  const cases: readonly (readonly [prime: bigint, entries: readonly bigint[], keyCount: number])[] = [
    [11n, [0n, 1n], 2],
    [11n, [2n, 7n], 2],
    [7n, [0n, 1n], 3],
    [11n, [0n, 1n, 5n], 1],
  ];
  for (const [prime, entries, keyCount] of cases) {
    const badCount = keyCount + 2 * entries.length - 1;
    it(`of ${keyCount} keys in {${entries.join(', ')}} modulo ${prime}: a wrong key or count survives ${badCount} challenges at most`, () => {
      const judge = judgeRounds(argumentSystem(prime, entries, keyCount));
      let worst = 0;
      forEachVector(prime, keyCount + entries.length, roundOne => {
        const keys = roundOne.slice(0, keyCount);
        const counts = roundOne.slice(keyCount);
        const isRight =
          keys.every(key => entries.includes(key)) &&
          entries.every((entry, row) => BigInt(keys.filter(key => key === entry).length) === counts[row]);
        let accepted = 0;
        for (let challenge = 0n; challenge < prime; challenge++) {
          const accepts = judge([1n, challenge, ...roundOne]);
          if (accepts) accepted++;
          if (isRight && !keys.includes(challenge)) assert.ok(accepts, `${keys} ${counts} ${challenge}`);
        }
        if (!isRight) worst = Math.max(worst, accepted);
      });
      assert.ok(worst <= badCount, `${worst} challenges accept a wrong commitment`);
      assert.ok(worst > 0, 'the test sees what bad challenges are');
    });
  }

  it('of a read of two cells modulo 5: a wrong value, index or count survives 4 in 5 pairs of challenges at most', () => {
    const prime = 5n;
    const judge = judgeRounds(memorySystem(prime));
    let worst = 0;
    forEachVector(prime, 6, ([first = 0n, second = 0n, index = 0n, value = 0n, ...counts]) => {
      const isRight =
        value === [first, second][Number(index)] &&
        [0n, 1n].every(row => counts[Number(row)] === (row === index ? 1n : 0n));
      let accepted = 0;
      for (let challenges = 0n; challenges < prime * prime; challenges++) {
        const [r, g] = [challenges % prime, challenges / prime];
        const accepts = judge([1n, r, g, first, second, index, value, ...counts]);
        if (accepts) accepted++;
        if (isRight && mod(r - index - g * value, prime) !== 0n) assert.ok(accepts, `${r} ${g}`);
      }
      if (!isRight) worst = Math.max(worst, accepted);
    });
    assert.ok(worst > 0 && worst <= 20, `${worst} of 25`);
  });

  it('of a table of two cells that is looked up once a row, modulo 5: other pairs survive 4 in 5 pairs of challenges at most', () => {
    const prime = 5n;
    const judge = judgeRounds(orderSystem(prime));
    let worst = 0;
    forEachVector(prime, 6, values => {
      const [first = 0n, second = 0n, ...pairs] = values;
      const rows = [`0 ${first}`, `1 ${second}`].sort().join();
      const isRight = [`${pairs[0]} ${pairs[1]}`, `${pairs[2]} ${pairs[3]}`].sort().join() === rows;
      let accepted = 0;
      for (let challenges = 0n; challenges < prime * prime; challenges++) {
        const [r, g] = [challenges % prime, challenges / prime];
        const accepts = judge([1n, r, g, ...values, 0n, 0n]);
        if (accepts) accepted++;
        const isPole = mod(r - g * first, prime) === 0n || mod(r - 1n - g * second, prime) === 0n;
        if (isRight && !isPole) assert.ok(accepts, `${r} ${g}`);
      }
      if (!isRight) worst = Math.max(worst, accepted);
    });
    assert.ok(worst > 0 && worst <= 20, `${worst} of 25`);
  });

  it('needs more field elements than lookups, and says so', () => {
    assertThrowsCode(
      () => argumentSystem(3n, [0n, 1n], 3),
      'USAGE',
      "The table 'test' of 2 rows with 3 lookups does not fit a field of 3 elements. Lower the program without lookups, or over a larger field.",
    );
  });

  it('needs tables of distinct entries in the field', () => {
    for (const entries of [
      [1n, 1n],
      [1n, 3n],
    ]) {
      assertThrowsCode(
        () => argumentSystem(3n, entries, 1),
        'USAGE',
        "The table 'test' has equal entries, or some that are not in [0, 3). Lower the program without lookups, or over a larger field.",
      );
    }
  });
});
