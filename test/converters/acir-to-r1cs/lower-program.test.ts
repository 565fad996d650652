import assert from 'node:assert/strict';
import { type LowerOptions, lowerProgram } from '../../../converters/acir-to-r1cs/index.ts';
import type { BlackBoxCall, Program } from '../../../src/acir/types.ts';
import { assertSatisfied, checkWitness, printSystem } from '../../../src/r1cs/index.ts';
import type { WireId } from '../../../src/r1cs/types.ts';
import { solveWires } from '../../../src/witness/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { program } from '../../support/program-text.ts';

/** The constraints of a program, without head and provenance. */
function lowered(text: string, options: LowerOptions = {}): string {
  return printSystem(lowerProgram(program(text), options).system)
    .split('\n')
    .filter(line => line.startsWith('('))
    .map(line => line.replace(/ {2}#.*/, ''))
    .join('\n');
}

describe('lowering', () => {
  for (const [name, text, expected] of [
    [
      'a product takes one row',
      'private w0 w1\nreturn w2\n3*w0*w1 + w0 - w2 + 7',
      '(w2) * (3*w3) = (w1 - w2 - 7)',
    ],
    [
      'shared factors take one row',
      'private w0 w1 w2\nreturn w3\nw0*w1 + 2*w0*w2 - w3',
      '(w3 + 2*w4) * (w2) = (w1)',
    ],
    [
      'k products take k rows',
      'private w0 w1 w2 w3\nreturn w4\nw0*w1 + w2*w3 - w4',
      '(w2) * (w3) = (w6)\n(w4) * (w5) = (w1 - w6)',
    ],
    ['a return value is a public wire', 'private w0\nreturn w1\nw0*w0 - w2\nw2 - w1', '(w2) * (w2) = (w1)'],
    [
      'copies and sums vanish',
      'private w0 w1\nreturn w5\nw0 + w1 - w2\nw2 - w3\nw3*w3 - w4\nw4 - w5',
      '(w2) * (w2) = (w1)',
    ],
    ['constants fold', 'private w0\nreturn w3\nw1 - 5\nw0*w1 - w2\nw2*w2 - w3', '(w2) * (w2) = (w1)'],
    [
      'trivial and repeated opcodes cost nothing',
      'private w0 w1\nreturn w2\nw0 - w0\nw0*w1 - w2\nw0*w1 - w2\nw1*w0 - w2',
      '(w2) * (w3) = (w1)',
    ],
    ['a boolean is one row', 'private w0\nreturn w1\nrange w0 1\nw0*w0 - w0\nw0 - w1', '(w1) * (w1) = (w1)'],
    [
      'the narrowest range counts',
      'private w0\nreturn w1\nrange w0 3\nrange w0 2\nrange w0 9\nw0 - w1',
      '(w1 - 2*w2) * (w1 - 2*w2) = (w1 - 2*w2)\n(w2) * (w2) = (w2)',
    ],
    ['a range as wide as the field is nothing', 'public w0\nrange w0 254', ''],
    ['a program may have no constraint', 'private w0', ''],
    [
      'a call is its callee',
      'private w0\nreturn w2\ncall 1 (w0) (w1)\ncall 1 (w1) (w2)\nfn square\nprivate w0\nreturn w1\nw0*w0 - w1',
      '(w2) * (w2) = (w3)\n(w3) * (w3) = (w1)',
    ],
    [
      'a public output that is its input stays a row',
      'public w0\nreturn w1\nw0 - w1',
      '(0) * (0) = (w1 - w2)',
    ],
    ['a public constant stays a row', 'return w0\nw0 - 5', '(0) * (0) = (w1 - 5)'],
  ] as const) {
    it(name, () => {
      assert.equal(lowered(`fn main\n${text}`), expected);
    });
  }

  it('writes a ReLU as its bits, a product and one linear row', () => {
    const text =
      'private w0\nreturn w1\nrange w0 4\nbrillig w2 w3\nrange w3 3\nw2*w2 - w2*w3\nw0 - 4*w2 + 2*w3 - w4 - 9\nrange w4 1\nw2 - w1';
    const rows = lowered(`fn main\n${text}`).split('\n');
    assert.equal(rows.length, 4 + 3 + 1 + 1);
    assert.ok(
      rows.includes('(w1) * (w1 - w2 - 2*w3 - 4*w4) = (0)') || rows[0]?.startsWith('(w1) * (w1 - '),
      rows.join('\n'),
    );
  });

  it('takes public wires in ascending witness order', () => {
    const { recipe, wireName } = lowerProgram(
      program('fn main\nprivate w0 w2\npublic w1 w4\nreturn w1 w3\nw0 + w1 - w3\nw2*w4 - w0'),
    );
    assert.deepEqual(
      [1, 2, 3].map(wire => wireName(wire as WireId)),
      ['main.w1', 'main.w3', 'main.w4'],
    );
    assert.deepEqual([...recipe.wireSlots.subarray(0, 4)], [0, 1, 2, 3]);
  });

  it('names wires of callees and wires that ACIR does not have', () => {
    const { system, wireName } = lowerProgram(
      program(
        'fn main\nprivate w0\npublic w1\ncall 1 (w0) (w1)\nfn f\nprivate w0\nreturn w1\nbrillig w2 w3\nw2*w3 - w0\nw2*w2 - w1\nrange w3 2',
      ),
    );
    const names = Array.from({ length: system.wireCount }, (_, wire) => wireName(wire as WireId));
    assert.equal(names[0], 'one');
    assert.ok(
      names.includes('main.w1') && names.includes('f#1.w2') && names.some(name => /^aux\d+$/.test(name)),
      names.join(' '),
    );
  });

  it('reports its progress', () => {
    const steps: string[] = [];
    lowerProgram(program('fn main\nprivate w0\nreturn w1\nw0 - w1'), {
      onProgress: (step, fraction) => {
        assert.ok(fraction >= 0 && fraction <= 1);
        steps.push(step);
      },
    });
    assert.deepEqual([...new Set(steps)], ['rows', 'eliminate', 'pack']);
  });

  it('carries layer, gadget and line to every constraint', () => {
    const locate: LowerOptions['locate'] = (_, opcode) =>
      opcode === 0
        ? [{ file: 'pkg/src/main.nr', line: 12, column: 1 }]
        : [
            { file: 'pkg/src/main.nr', line: 14, column: 5 },
            { file: 'pkg/src/conv_2/part_1.nr', line: 57, column: 9, functionName: 'patch' },
            { file: 'zkml/activation.nr', line: 14, column: 3, functionName: 'relu' },
          ];
    const { system } = lowerProgram(program('fn main\nprivate w0 w1\nreturn w2\nrange w0 1\nw0*w1 - w2'), {
      locate,
    });
    assert.deepEqual(
      printSystem(system)
        .split('\n')
        .slice(2, 4)
        .map(line => line.replace(/.*# /, '')),
      ['layer conv_2, relu, conv_2/part_1.nr:57 [0:1 main]', 'range, main.nr:12 [0:0 main]'],
    );
  });

  it('lets calls have a predicate', () => {
    const text =
      'fn main\nprivate w0 w1\nreturn w2\ncall 1 (w0) (w3) if w1\nw3 - w2\nfn f\nprivate w0\nreturn w1\nw0*w0 - 9\nw0 + 1 - w1';
    const lowering = lowerProgram(program(text));
    const callee = {
      functionIndex: 1,
      witnesses: new Map([
        [0, 3n],
        [1, 4n],
      ]),
    };
    const main = (x: bigint, on: bigint, out: bigint) => ({
      functionIndex: 0,
      witnesses: new Map([
        [0, x],
        [1, on],
        [2, out],
        [3, out],
      ]),
    });
    assertSatisfied(lowering.system, solveWires(lowering.recipe, [callee, main(3n, 1n, 4n)]));
    assertSatisfied(lowering.system, solveWires(lowering.recipe, [main(5n, 0n, 0n)]));
    assert.notEqual(
      checkWitness(lowering.system, solveWires(lowering.recipe, [main(5n, 0n, 1n)])),
      undefined,
    );
    const lie = {
      functionIndex: 1,
      witnesses: new Map([
        [0, 5n],
        [1, 6n],
      ]),
    };
    assert.notEqual(
      checkWitness(lowering.system, solveWires(lowering.recipe, [lie, main(5n, 1n, 6n)])),
      undefined,
    );
  });
});

describe('refusals of lowering', () => {
  it('names an opcode without constraints, with its line and function', () => {
    const call = { name: 'lookup' } as unknown as BlackBoxCall; // of a later release
    const { functions } = program('fn main\nprivate w0\nw0 - 1');
    const [main] = functions;
    assert.ok(main);
    const altered: Program = {
      functions: [{ ...main, opcodes: [...main.opcodes, { kind: 'black-box', call }] }],
      unconstrained: [],
    };
    const locate = () => [{ file: 'src/main.nr', line: 3, column: 1 }];
    const error = assertThrowsCode(
      () => lowerProgram(altered, { locate }),
      'UNSUPPORTED_OPCODE',
      "The opcode 'lookup' has no constraints yet: lookup, main.nr:3. Write the Noir source without it.",
    );
    assert.deepEqual(error.details, { opcode: 'lookup', functionIndex: 0, opcodeIndex: 1 });
  });

  it('refuses a program without functions', () => {
    assertThrowsCode(
      () => lowerProgram({ functions: [], unconstrained: [] }),
      'MALFORMED_PROGRAM',
      'The program has no function. Compile it again.',
    );
  });

  it('refuses a call of a function that is not there', () => {
    assertThrowsCode(
      () => lowered('fn main\nprivate w0\ncall 3 (w0) (w1)'),
      'MALFORMED_PROGRAM',
      'The program calls function 3, but has only 1. Compile it again.',
    );
  });

  for (const [name, call, text] of [
    ['too few arguments', 'call 1 (w0) (w2)', 'has 1 arguments instead of 2'],
    ['too many arguments', 'call 1 (w0 w1 w0) (w2) if w0', 'has 3 arguments instead of 2'],
    ['too few results', 'call 1 (w0 w1) ()', 'has 0 results instead of 1'],
    ['too many results', 'call 1 (w0 w1) (w2 w3) if w0', 'has 2 results instead of 1'],
  ] as const) {
    it(`refuses a call with ${name}`, () => {
      const callee = 'fn f\nprivate w0 w1\nreturn w2\nw0*w1 - w2';
      assertThrowsCode(
        () => lowerProgram(program(`fn main\nprivate w0 w1\n${call}\n${callee}`)),
        'MALFORMED_PROGRAM',
        `A call of function 1 ${text}: call, opcode 0 of main. Compile the program again.`,
      );
    });
  }

  it('refuses a function that calls itself without a known bound', () => {
    assertThrowsCode(
      () =>
        lowered(
          'fn main\nprivate w0 w1\ncall 1 (w0 w1) (w2)\nfn loop\nprivate w0 w1\nreturn w2\ncall 1 (w0 w1) (w2) if w1',
        ),
      'UNSUPPORTED_OPCODE',
      "The folded function 'loop' calls itself without a bound that is known before running it. Bound the recursion by a constant argument, or write a loop.",
    );
  });

  it('refuses calls that unfold into more than can be proved, at once', () => {
    const link = (index: number): string =>
      `fn f${index}\nprivate w0\nreturn w2\ncall ${index + 1} (w0) (w1)\ncall ${index + 1} (w1) (w2)`;
    const links = Array.from({ length: 40 }, (_, index) => link(index));
    assertThrowsCode(
      () => lowerProgram(program(`${links.join('\n')}\nfn last\nprivate w0\nreturn w1\nw0*w0 - w1`)),
      'UNSUPPORTED_OPCODE',
      /^The calls of folded functions unfold into \d+ values; at most 268435456 \(2\^28\) can be proved\. Fold/,
    );
  });

  it('follows a recursion that constant arguments bound', () => {
    const text =
      'fn main\nprivate w0\nreturn w2\nw1 - 3\ncall 1 (w0 w1) (w2)\nfn power\nprivate w0 w1\nreturn w2\nw1 - w4 - 1\nw1*w4 - w5\ncall 1 (w0 w4) (w3) if 0\nw0*w0 - w2';
    assert.equal(lowered(text), '(w2) * (w2) = (w1)');
  });

  it('refuses memory that was not initialised', () => {
    assertThrowsCode(
      () => lowered('fn main\nprivate w0\nread 2 [w0] w1'),
      'MALFORMED_PROGRAM',
      'Memory block 2 is used before it is initialised: memory-op, opcode 0 of main. Compile the program again.',
    );
  });

  for (const [name, text, problem] of [
    [
      'a constant that is not 0',
      'private w0\nw0 - 3\nw0 - 4',
      'demands that the constant 21888242871839275222246405745257275088548364400416034343698204186575808495616 is 0, so no input satisfies it: assert-zero, opcode 1 of main',
    ],
    [
      'a constant beyond its range',
      'private w0\nw0 - 9\nrange w0 3',
      'demands that the constant 9 fits 3 bits, so no input satisfies it: range, opcode 1 of main',
    ],
    [
      'a constant that gets a range first',
      'private w0\nrange w0 3\nw0 - 9',
      'holds constraints on constants that contradict one another, so no input satisfies it: range, opcode 0 of main',
    ],
    [
      'a cell beyond its block',
      'private w0\ninit 0 w0\nread 0 [1] w1',
      'reads cell 1 of 1, so no input satisfies it: memory-op, opcode 1 of main',
    ],
    [
      'two constants of one wire',
      'private w0 w1\nw0 - w1\nw0 - 3\nw1 - 4',
      'holds constraints on constants that contradict one another, so no input satisfies it: assert-zero, opcode 2 of main',
    ],
  ] as const) {
    it(`refuses ${name}`, () => {
      assertThrowsCode(
        () => lowered(`fn main\n${text}`),
        'UNSATISFIABLE_PROGRAM',
        `The program ${problem}. Correct the assertion in the Noir source.`,
      );
    });
  }
});
