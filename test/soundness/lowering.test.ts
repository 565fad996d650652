import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assertSameWitnesses } from '../support/exhaust-lowering.ts';

/** Every assignment of these programs over a tiny field: the constraints allow exactly what ACIR states. */
describe('lowering over a tiny field', () => {
  const cases: readonly (readonly [name: string, prime: bigint, text: string])[] = [
    ['a product', 7n, 'fn main\nprivate w0 w1\npublic w2\nw0*w1 - w2'],
    ['a sum and a copy', 7n, 'fn main\nprivate w0 w1\nreturn w3\nw0 + 2*w1 - w2\nw2 - w3'],
    ['two products that share a factor', 5n, 'fn main\nprivate w0 w1 w2\nreturn w3\nw0*w1 + 2*w0*w2 - w3'],
    ['a square of a difference', 7n, 'fn main\nprivate w0 w1\nreturn w2\nw0*w0 - 2*w0*w1 + w1*w1 - w2'],
    ['a sum of two squares', 13n, 'fn main\nprivate w0 w1\nreturn w2\nw0*w0 + w1*w1 - w2'],
    ['a sum of three squares', 5n, 'fn main\nprivate w0 w1 w2\nreturn w3\nw0*w0 + 2*w1*w1 + 3*w2*w2 - w3'],
    [
      'all pairs of four',
      5n,
      'fn main\nprivate w0 w1 w2 w3\npublic w4\nw0*w1 + w0*w2 + w0*w3 + w1*w2 + w1*w3 + w2*w3 - w4',
    ],
    ['a range', 11n, 'fn main\nprivate w0\nrange w0 2'],
    ['two ranges of one witness', 11n, 'fn main\nprivate w0 w1\nrange w0 3\nw0 - w1\nrange w1 2'],
    ['a range of one bit', 11n, 'fn main\nprivate w0\nrange w0 1'],
    ['a range of no bit', 11n, 'fn main\nprivate w0\nrange w0 0'],
    ['a range as wide as the field', 11n, 'fn main\nprivate w0\nrange w0 4'],
    ['a range of a sum', 11n, 'fn main\nprivate w0 w1\nw0 + w1 - w2\nrange w2 2'],
    ['a range of a public witness', 11n, 'fn main\npublic w0\nrange w0 3'],
    ['a range of a constant', 11n, 'fn main\nprivate w0\nw0 - 3\nrange w0 2'],
    ['a range that a constant breaks', 11n, 'fn main\nprivate w0\nw0 - 5\nrange w0 2'],
    ['a pinned witness', 7n, 'fn main\nprivate w0 w1\nw0 - 3\nw0*w1 - w2\nw2 - w3'],
    ['a pinned public witness', 7n, 'fn main\npublic w0 w1\nw0 - 3\nw0*w1 - 6'],
    ['equal public witnesses', 7n, 'fn main\npublic w0 w1\nw0 - w1'],
    ['an explicit boolean with a range', 11n, 'fn main\nprivate w0\nw0*w0 - w0\nrange w0 1'],
    ['a boolean range as an AssertZero', 11n, 'fn main\nprivate w0 w1\nw0*w0 - w0\nw0 + 2*w1 - 3'],
    [
      'the ReLU gadget',
      29n,
      'fn main\nprivate w0\nreturn w1\nbrillig w1 w2\nrange w2 2\nw1*w1 - w1*w2\nw0 - 2*w1 + w2',
    ],
    [
      'the ReLU gadget with a shift',
      17n,
      'fn main\nprivate w0\nbrillig w1 w2 w3\nrange w2 1\nrange w3 1\nw1*w1 - w1*w2\nw0 - 4*w1 + 2*w2 - w3',
    ],
    ['an inequality by an inverse', 7n, 'fn main\nprivate w0 w1\nbrillig w2\nw0*w2 - w1*w2 - 1'],
    ['a contradiction', 7n, 'fn main\nprivate w0\nw0 - 3\nw0 - 4'],
    [
      'duplicated and trivial opcodes',
      7n,
      'fn main\nprivate w0 w1\nw0*w1 - 1\nw0*w1 - 1\nw0 - w0\n2*w0*w1 - 2',
    ],
    ['a witness that nothing constrains', 5n, 'fn main\nprivate w0 w1\nbrillig w2\nw0 - 1'],
    [
      'a call',
      5n,
      'fn main\nprivate w0\nreturn w2\ncall 1 (w0) (w1)\nw1 - w2\nfn square\nprivate w0\nreturn w1\nw0*w0 - w1',
    ],
    [
      'two calls of one function',
      5n,
      'fn main\nprivate w0 w1\ncall 1 (w0 w1) (w2)\ncall 1 (w2 w2) (w3)\nw3 - 1\nfn f\nprivate w0 w1\nreturn w2\nw0*w1 + w0 - w2',
    ],
    [
      'a call that returns its argument',
      5n,
      'fn main\nprivate w0\ncall 1 (w0) (w1)\nw1*w1 - 4\nfn f\nprivate w0\nreturn w0',
    ],
    [
      'a call with a range on either side',
      11n,
      'fn main\nprivate w0\nrange w0 3\ncall 1 (w0) (w1)\nw1 - w0\nfn f\nprivate w0\nreturn w1\nrange w0 2\nw0 - w1',
    ],
    [
      'a call with a predicate',
      5n,
      'fn main\nprivate w0 w1\ncall 1 (w0) (w2) if w1\nfn f\nprivate w0\nreturn w1\nw0*w0 - 1\nw0 + 1 - w1',
    ],
    [
      'a call with a predicate and a range',
      5n,
      'fn main\nprivate w0 w1\ncall 1 (w0) (w2) if w1\nfn f\nprivate w0\nreturn w1\nrange w0 1\n2*w0 - w1',
    ],
    [
      'a call with a predicate that pins a constant',
      5n,
      'fn main\nprivate w0 w1\ncall 1 (w0) (w2) if w1\nfn f\nprivate w0\nreturn w1\nw0 - 3\nw1 - 2',
    ],
    [
      'a call with a predicate that is an expression',
      5n,
      'fn main\nprivate w0 w1\ncall 1 (w0) (w2) if 1 - w1\nfn f\nprivate w0\nreturn w1\nw0*w0 - w1',
    ],
    [
      'calls with predicates inside one another',
      3n,
      'fn main\nprivate w0 w1\ncall 1 (w0 w1) (w2) if w1\nfn f\nprivate w0 w1\nreturn w2\ncall 2 (w0) (w3) if w0\nw3 - w2\nfn g\nprivate w0\nreturn w1\nw0*w0 - 1\nw0 + 1 - w1',
    ],
    [
      'a recursion in a call with a predicate, bounded by a constant',
      3n,
      'fn main\nprivate w0 w1\nw2 - 2\ncall 1 (w0 w2) (w3) if w1\nfn f\nprivate w0 w1\nreturn w2\nbrillig w3\nw1 - w3 - 1\ncall 1 (w0 w3) (w4) if w3\nw4 + w0 - w2',
    ],
    [
      'memory in a call with a predicate, indexed by a pinned witness',
      3n,
      'fn main\nprivate w0 w1\ncall 1 (w0 w1) (w2) if w1\nfn f\nprivate w0 w1\nreturn w2\nw1*w0 - w1\nw0 - 1\ninit 0 w1 w0\nread 0 [w0] w2',
    ],
    [
      'a call that is never taken',
      5n,
      'fn main\nprivate w0\ncall 1 (w0) (w1) if 0\nfn f\nprivate w0\nreturn w1\nw0 - w0 - 1\nw0 - w1',
    ],
    [
      'a call with a constant predicate that is no bit',
      5n,
      'fn main\nprivate w0\ncall 1 (w0) (w1) if 2\nfn f\nprivate w0\nreturn w1\nw0*w0 - w1',
    ],
    [
      'a call with a pinned predicate that is no bit, in a call with a predicate',
      3n,
      'fn main\nprivate w0 w1\ncall 1 (w0) (w2) if w1\nfn f\nprivate w0\nreturn w1\nw0 - 2\ncall 2 (w0) (w2) if w0\nw2 - w1\nfn g\nprivate w0\nreturn w1\nw0 - w1',
    ],
    ['AND of two words', 11n, 'fn main\nprivate w0 w1\nand w0 w1 w2 2'],
    ['XOR of two words', 11n, 'fn main\nprivate w0 w1\nxor w0 w1 w2 3'],
    ['AND and XOR of the same words', 5n, 'fn main\nprivate w0 w1\nand w0 w1 w2 2\nxor w1 w0 w3 2'],
    ['AND with a constant', 11n, 'fn main\nprivate w0\nand w0 5 w1 3'],
    ['XOR with a constant that is too wide', 11n, 'fn main\nprivate w0\nxor w0 5 w1 2'],
    ['AND of a result with another width', 11n, 'fn main\nprivate w0 w1\nand w0 w1 w2 3\nxor w2 1 w3 2'],
    [
      'the low bits of equal words, both public',
      5n,
      'fn main\nprivate w0 w1\nreturn w2 w3\nand w0 1 w2 2\nand w1 1 w3 2\nw0 - w1',
    ],
    [
      'the low bits of equal words of two widths, both public',
      5n,
      'fn main\nprivate w0 w1\nreturn w2 w3\nand w0 1 w2 2\nand w1 1 w3 1\nw0 - w1',
    ],
    [
      'the low bits of equal words, pinned to different constants',
      5n,
      'fn main\nprivate w0 w1\nand w0 1 w2 2\nand w1 1 w3 2\nw0 - w1\nw2 - 1\nw3',
    ],
    [
      'the public low bit of a word of no bits',
      5n,
      'fn main\nprivate w0\nreturn w1\nand w0 1 w1 2\nrange w0 0',
    ],
    [
      'the public low bit of a word that is pinned later',
      5n,
      'fn main\nprivate w0\nreturn w1\nand w0 1 w1 2\nw0 - 3',
    ],
    [
      'the public low bit of a public word of one bit',
      5n,
      'fn main\npublic w0\nreturn w1\nand w0 1 w1 2\nrange w0 1',
    ],
    ['a range of no bit of a public witness', 5n, 'fn main\npublic w0\nrange w0 0'],
    ['OR by complements', 5n, 'fn main\nprivate w0 w1\nw0 + w2 - 3\nw1 + w3 - 3\nand w2 w3 w4 2'],
    ['a read with a constant index', 5n, 'fn main\nprivate w0 w1\ninit 0 w0 w1\nread 0 [1] w2'],
    ['a read with a pinned index', 5n, 'fn main\nprivate w0 w1\nw2 - 1\ninit 0 w0 w1\nread 0 [w2] w3'],
    ['a read beyond the block', 5n, 'fn main\nprivate w0 w1\ninit 0 w0 w1\nread 0 [2] w2'],
    ['a read of a block without cells', 5n, 'fn main\nprivate w0\ninit 0\nread 0 [w0] w1'],
    [
      'a read of a block without cells in a call with a predicate',
      5n,
      'fn main\nprivate w0 w1\ncall 1 (w0) (w2) if w1\nfn f\nprivate w0\nreturn w1\ninit 0\nread 0 [w0] w1',
    ],
    ['a read with a witness index', 5n, 'fn main\nprivate w0 w1 w2\ninit 0 w0 w1\nread 0 [w2] w3'],
    ['a read of three cells', 5n, 'fn main\nprivate w0 w1 w2 w3\ninit 0 w0 w1 w2\nread 0 [w3] w4'],
    ['a read of a block of one cell', 5n, 'fn main\nprivate w0 w1\ninit 0 w0\nread 0 [w1] w2'],
    ['a read by an expression', 5n, 'fn main\nprivate w0 w1 w2\ninit 0 w0 w1\nread 0 [2*w2 + 1] w3'],
    [
      'a table of four constants',
      11n,
      'fn main\nprivate w0\nw1 - 3\nw2 - 7\nw3 - 4\nw4 - 9\ninit 0 w1 w2 w3 w4\nread 0 [w0] w5',
    ],
    [
      'a table of five constants at an index of three bits',
      11n,
      'fn main\nprivate w0\nrange w0 3\nw1 - 3\nw2 - 7\nw3 - 4\nw4 - 9\nw5 - 1\ninit 0 w1 w2 w3 w4 w5\nread 0 [w0] w6',
    ],
    [
      'tables of six and seven constants at one index whose range comes later',
      11n,
      'fn main\nprivate w0\nw1 - 3\nw2 - 7\nw3 - 4\ninit 0 w1 w2 w3 w2 w3 w1\ninit 1 w3 w2 w1 w3 w3 w2 w2\nread 1 [w0] w5\nread 0 [w0] w4\nrange w0 3',
    ],
    [
      'three tables at one index',
      11n,
      'fn main\nprivate w0\nw1 - 3\nw2 - 7\nw3 - 4\ninit 0 w1 w2 w3 w2 w3 w1 w1 w2\ninit 1 w3 w2 w1 w3 w3 w2 w2 w1\ninit 2 w2 w2 w1 w1 w3 w2 w3 w1\nread 1 [w0] w5\nread 0 [w0] w4\nread 2 [w0] w6',
    ],
    [
      'a table of five cells at an index of one bit',
      5n,
      'fn main\nprivate w0\nrange w0 1\nw1 - 3\nw2 - 2\ninit 0 w1 w2 w2 w1 w1\nread 0 [w0] w4',
    ],
    [
      'cells of a private block of three at an index of two bits',
      5n,
      'fn main\nprivate w0 w1 w2\nrange w1 2\ninit 0 w0 w1 w2\nread 0 [w1] w3',
    ],
    [
      'a table in a call with a predicate, at an index with a range',
      11n,
      'fn main\nprivate w0 w1\ncall 1 (w0) (w2) if w1\nfn f\nprivate w0\nreturn w6\nrange w0 3\nw1 - 3\nw2 - 7\nw3 - 4\nw4 - 9\nw5 - 1\ninit 0 w1 w2 w3 w4 w5\nread 0 [w0] w6',
    ],
    [
      'two reads with one index',
      5n,
      'fn main\nprivate w0 w1\ninit 0 w0 w1\ninit 1 w1 w1\nread 0 [w0] w2\nread 1 [w0] w3',
    ],
    [
      'a write with a constant index',
      5n,
      'fn main\nprivate w0 w1 w2\ninit 0 w0 w1\nwrite 0 [0] w2\nread 0 [0] w3',
    ],
    [
      'a write with a witness index',
      5n,
      'fn main\nprivate w0 w1 w2\ninit 0 w0 w1\nwrite 0 [w2] w2\nread 0 [1] w3\nread 0 [0] w4',
    ],
    [
      'a write and a read with witness indices',
      3n,
      'fn main\nprivate w0 w1 w2 w3\ninit 0 w0 w1\nwrite 0 [w2] w3\nread 0 [w3] w4',
    ],
    [
      'a read of which the value is an expression',
      5n,
      'fn main\nprivate w0 w1 w2\ninit 0 w0 w1\nread 0 [w2] 2*w3 + 1',
    ],
    [
      'memory in a call with a predicate',
      3n,
      'fn main\nprivate w0 w1\ncall 1 (w0 w1) (w2) if w1\nfn f\nprivate w0 w1\nreturn w2\ninit 0 w0 w1\nread 0 [w0] w2',
    ],
    [
      'memory indexed by a constant argument',
      5n,
      'fn main\nprivate w0 w1\nw2 - 1\ncall 1 (w0 w1 w2) (w3)\nfn f\nprivate w0 w1 w2\nreturn w3\ninit 0 w0 w1\nread 0 [w2] w3',
    ],
    [
      'AND in a call with a predicate',
      5n,
      'fn main\nprivate w0 w1\ncall 1 (w0 w1) (w2) if w1\nfn f\nprivate w0 w1\nreturn w2\nand w0 w1 w2 1',
    ],
  ];
  for (const [name, prime, text] of cases) {
    it(`keeps the solutions of ${name}`, () => {
      assertSameWitnesses(text, prime);
    });
  }

  it('keeps the solutions of random programs', () => {
    const witness = fc.integer({ min: 0, max: 3 }).map(index => `w${index}`);
    const coefficient = fc.integer({ min: 1, max: 6 });
    const term = fc.oneof(
      fc.tuple(coefficient, witness, witness).map(([c, x, y]) => `${c}*${x}*${y}`),
      fc.tuple(coefficient, witness).map(([c, x]) => `${c}*${x}`),
      coefficient.map(String),
    );
    const assertion = fc.array(term, { minLength: 1, maxLength: 5 }).map(terms => terms.join(' + '));
    const range = fc.tuple(witness, fc.integer({ min: 0, max: 3 })).map(([x, bits]) => `range ${x} ${bits}`);
    const line = fc.oneof({ weight: 3, arbitrary: assertion }, { weight: 1, arbitrary: range });
    let satisfiable = 0;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), lines => {
        const text = `fn main\nprivate w0 w1\npublic w2\nreturn w3\n${lines.join('\n')}`;
        if (assertSameWitnesses(text, 7n).solutions.length > 0) satisfiable++;
      }),
      { numRuns: 150, seed: 20 },
    );
    assert.ok(satisfiable > 50, `only ${satisfiable} programs have solutions`);
  });

  it('keeps the solutions of random programs that switch a call on and off', () => {
    const witness = (max: number): fc.Arbitrary<string> =>
      fc.integer({ min: 0, max }).map(index => `w${index}`);
    const term = fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 2 }), witness(3), witness(3)).map(([c, x, y]) => `${c}*${x}*${y}`),
      fc.tuple(fc.integer({ min: 1, max: 2 }), witness(3)).map(([c, x]) => `${c}*${x}`),
      fc.constant('1'),
    );
    const assertion = fc.array(term, { minLength: 1, maxLength: 4 }).map(terms => terms.join(' + '));
    const line = fc.oneof(
      { weight: 3, arbitrary: assertion },
      { weight: 1, arbitrary: witness(3).map(x => `range ${x} 1`) },
      { weight: 1, arbitrary: fc.tuple(witness(1), witness(2)).map(([x, y]) => `xor ${x} 1 ${y} 1`) },
      {
        weight: 1,
        arbitrary: fc.tuple(witness(1), witness(3)).map(([x, y]) => `init 0 w0 w1\nread 0 [${x}] ${y}`),
      },
    );
    const predicate = fc.constantFrom('w1', '1 - w1', 'w0*w1', 'w1 + 2*w0');
    let satisfiable = 0;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 3 }), predicate, (lines, on) => {
        const body = lines.join('\n').replaceAll('init 0', () => `init ${blocks++}`);
        const text = `fn main\nprivate w0 w1\nreturn w2\ncall 1 (w0 w1) (w2) if ${on}\nfn f\nprivate w0 w1\nreturn w2\n${inOrder(body)}`;
        if (assertSameWitnesses(text, 3n).solutions.length > 0) satisfiable++;
      }),
      { numRuns: 150, seed: 21 },
    );
    assert.ok(satisfiable > 50, `only ${satisfiable} programs have solutions`);
  });

  for (const [mode, lookups] of [
    ['bits', undefined],
    ['lookups', { rangeBits: [1] }],
  ] as const) {
    it(`keeps the solutions of random programs of words, copies and constants, by ${mode}`, () => {
      let satisfiable = 0;
      fc.assert(
        fc.property(wordPrograms(mode === 'bits'), text => {
          if (assertSameWitnesses(text, 5n, lookups).solutions.length > 0) satisfiable++;
        }),
        { numRuns: 200, seed: 22 },
      );
      assert.ok(satisfiable > 80, `only ${satisfiable} programs have solutions`);
    });
  }
});

const WITNESSES = [0, 1, 2, 3, 4];

/** Programs in which the same words are cut, equated, made public and pinned; memory is read and written on request. */
function wordPrograms(hasMemory: boolean): fc.Arbitrary<string> {
  const witness = fc.constantFrom(...WITNESSES).map(index => `w${index}`);
  const operand = fc.oneof(witness, witness, fc.constantFrom('0', '1', '2', '3'));
  const small = fc.constantFrom(1, 2, 3);
  const line = fc.oneof(
    fc.tuple(small, witness, witness, witness).map(([c, x, y, z]) => `${c}*${x}*${y} - ${z}`),
    fc.tuple(witness, witness).map(([x, y]) => `${x} - ${y}`),
    fc.tuple(witness, witness, small).map(([x, y, c]) => `${x} + ${y} - ${c}`),
    fc.tuple(witness, small).map(([x, c]) => `${x} - ${c}`),
    fc.tuple(witness, fc.constantFrom(0, 1, 2, 3)).map(([x, bits]) => `range ${x} ${bits}`),
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom('and', 'xor'), operand, operand, witness, fc.constantFrom(1, 2))
        .map(([name, x, y, z, bits]) => `${name} ${x} ${y} ${z} ${bits}`),
    },
    ...(hasMemory
      ? [
          fc
            .tuple(witness, witness, fc.constantFrom('read', 'write'), operand, operand, witness, witness)
            .map(
              ([c0, c1, name, i, j, x, y]) => `init 0 ${c0} ${c1}\n${name} 0 [${i}] ${x}\nread 0 [${j}] ${y}`,
            ),
        ]
      : []),
  );
  const role = fc.constantFrom('private', 'public', 'return', 'brillig');
  return fc
    .tuple(fc.tuple(...WITNESSES.map(() => role)), fc.array(line, { minLength: 2, maxLength: 5 }))
    .map(([roles, lines]) => {
      const heads = ['private', 'public', 'return', 'brillig'].flatMap(name => {
        const own = WITNESSES.filter(index => roles[index] === name).map(index => `w${index}`);
        return own.length === 0 ? [] : [`${name} ${own.join(' ')}`];
      });
      const body = lines.join('\n').replaceAll('init 0', () => `init ${blocks++}`);
      return `fn main\n${heads.join('\n')}\n${inOrder(body)}`;
    });
}

let blocks = 0;

/** Every read and write takes the block that was initialised last. */
function inOrder(body: string): string {
  let block = '0';
  return body
    .split('\n')
    .map(line => {
      block = /^init (\d+)/.exec(line)?.[1] ?? block;
      return line.replace(/^(read|write) \d+/, `$1 ${block}`);
    })
    .join('\n');
}
