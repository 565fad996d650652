import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type CoefficientTable,
  createCoefficientTable,
  type Definitions,
  dropTrivial,
  eliminateLinear,
  GROTH16_COSTS,
  orientRows,
  packLinear,
  parseSystem,
  printSystem,
  shareRows,
  simplifySystem,
} from '../../../src/r1cs/index.ts';
import type { ConstraintSystem } from '../../../src/r1cs/types.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { expandedSolutions, solutionsOf } from '../../support/exhaust.ts';

type Pass = (
  system: ConstraintSystem,
  table: CoefficientTable,
) => { system: ConstraintSystem; definitions: readonly Definitions[] };

const PASSES: Readonly<Record<string, Pass>> = {
  share: (system, table) => ({ system: shareRows(system, table), definitions: [] }),
  eliminate: (system, table) => {
    const result = eliminateLinear(system, table, { costs: GROTH16_COSTS });
    return { system: result.system, definitions: [result.definitions] };
  },
  pack: (system, table) => ({ system: packLinear(system, table), definitions: [] }),
  orient: (system, table) => ({ system: orientRows(system, table), definitions: [] }),
  simplify: (system, table) => simplifySystem(system, table),
};

/** Runs a pass, and checks by exhaustion that it keeps the solutions when the field is small. */
function run(name: string, text: string): string {
  const { system: before, table } = read(text);
  const result = PASSES[name]?.(before, table) ?? assert.fail(`no pass ${name}`);
  if (before.prime < 1000n) assertSameSolutions(before, table, result);
  return printSystem(result.system)
    .split('\n')
    .filter(line => line.startsWith('('))
    .map(line => line.replace(/ {2}#.*/, ''))
    .join('\n');
}

/** Coefficients of the parsed system are those of a table that passes may extend. */
function read(text: string): { system: ConstraintSystem; table: CoefficientTable } {
  const parsed = parseSystem(text);
  const table = createCoefficientTable(parsed.prime, parsed.coefficients);
  return { system: { ...parsed, coefficients: table.values }, table };
}

function assertSameSolutions(
  before: ConstraintSystem,
  table: CoefficientTable,
  after: ReturnType<Pass>,
): void {
  const all = Array.from({ length: before.wireCount - 1 }, (_, index) => index + 1);
  assert.deepEqual(expandedSolutions(after.system, table, after.definitions), solutionsOf(before, all));
}

describe('sharing rows', () => {
  it('turns a repeated product into a linear row', () => {
    assert.equal(
      run('share', 'prime 7\nprivate w1..w4\n(w1) * (w2) = (w3)\n(2*w2) * (w1) = (w4)'),
      '(w1) * (w2) = (w3)\n(0) * (0) = (-2*w3 + w4)',
    );
  });

  it('drops proportional linear rows', () => {
    assert.equal(
      run('share', 'prime 7\nprivate w1..w3\n(0) * (0) = (w1 - w2 + 3)\n(0) * (0) = (-2*w1 + 2*w2 - 6)'),
      '(0) * (0) = (w1 - w2 + 3)',
    );
  });

  it('keeps rows of other coefficients', () => {
    const text =
      '(0) * (0) = (w1 - w2)\n(0) * (0) = (w1 - 2*w2)\n(w1) * (w2) = (w3)\n(w1 + w2) * (w2) = (w3)';
    assert.equal(run('share', `prime 7\nprivate w1..w3\n${text}`), text);
  });

  it('refuses a product with two values', () => {
    assertThrowsCode(
      () =>
        run(
          'share',
          'private w1 w2\n(w1) * (w2) = (3)\n(w1) * (w2) = (4)  # assert-zero, main.nr:9 [0:1 main]',
        ),
      'UNSATISFIABLE_PROGRAM',
      'The constraints contradict one another, so no input satisfies the program: assert-zero, main.nr:9. Correct the assertion in the Noir source.',
    );
  });
});

describe('eliminating linear rows', () => {
  it('puts a linear definition to the C side of a product', () => {
    assert.equal(
      run(
        'eliminate',
        'prime 7\npublic w1 w2\nprivate w3..w5\n(w4) * (w5) = (w3)\n(0) * (0) = (w3 - 2*w1 - w2)',
      ),
      '(w4) * (w5) = (2*w1 + w2)',
    );
  });

  it('never eliminates a public wire', () => {
    assert.equal(
      run('eliminate', 'prime 7\npublic w1\nprivate w2 w3\n(w2) * (w3) = (1)\n(0) * (0) = (w1 - w2)'),
      '(w1) * (w3) = (1)',
    );
    const text = '(0) * (0) = (w1 - w2)';
    assert.equal(run('eliminate', `prime 7\npublic w1 w2\n${text}`), text);
  });

  it('follows chains of definitions', () => {
    const chain = Array.from({ length: 40 }, (_, i) => `(0) * (0) = (w${i + 1} + w45 - w${i + 2})`).join(
      '\n',
    );
    assert.equal(
      run('eliminate', `public w1\nprivate w2..w46\n(w41) * (w45) = (w46)\n(w46) * (w1) = (w45)\n${chain}`),
      '(w1 + 40*w45) * (w45) = (w46)\n(w46) * (w1) = (w45)',
    );
  });

  it('keeps a dense form out of A and B', () => {
    const dense = Array.from({ length: 200 }, (_, i) => `${i + 2}*w${i + 3}`).join(' + ');
    const text = `(w1) * (w2) = (0)\n(0) * (0) = (-w1 + ${dense})`;
    const kept = Array.from({ length: 200 }, (_, i) => `(w${i + 3}) * (w${i + 3}) = (w${i + 3})`).join('\n');
    assert.equal(run('eliminate', `private w1..w202\n${text}\n${kept}`), `${text}\n${kept}`);
  });

  it('spends a range row on the wire when the wire stands in C, else on a bit', () => {
    const bits = '(w3) * (w3) = (w3)\n(w4) * (w4) = (w4)';
    assert.equal(
      run(
        'eliminate',
        `prime 13\npublic w1\nprivate w2..w4\n(w1) * (w1) = (3*w2)\n${bits}\n(0) * (0) = (-w2 + w3 + 2*w4)`,
      ),
      `(w1) * (w1) = (3*w3 + 6*w4)\n${bits}`,
    );
    const wide = `private w1..w4\n(w1) * (w2) = (w1)\n(w2) * (w2) = (w1)\n${bits}\n(0) * (0) = (-2*w2 + 2*w3 + 4*w4)`;
    assert.equal(
      run('eliminate', wide),
      '(w1) * (w2) = (w1)\n(w2) * (w2) = (w1)\n(w2 - 2*w4) * (w2 - 2*w4) = (w2 - 2*w4)\n(w4) * (w4) = (w4)',
    );
  });

  it('keeps a bottleneck, and dissolves a layer that grows narrower', () => {
    const layer = (inputs: number, hidden: number, outputs: number): string => {
      const x = (i: number): string => `w${outputs + 1 + i}`;
      const h = (i: number): string => `w${outputs + inputs + 1 + i}`;
      const lines = [`public w1..w${outputs}`, `private ${x(0)}..${h(hidden - 1)}`];
      for (let i = 0; i < inputs; i++) lines.push(`(${x(i)}) * (${x(i)}) = (${x(i)})`);
      for (let i = 0; i < hidden; i++)
        lines.push(
          `(0) * (0) = (-${h(i)} + ${Array.from({ length: inputs }, (_, k) => `${((i * 7 + k * 3) % 11) + 1}*${x(k)}`).join(' + ')})`,
        );
      for (let i = 0; i < outputs; i++)
        lines.push(
          `(0) * (0) = (-w${i + 1} + ${Array.from({ length: hidden }, (_, k) => `${((i * 5 + k * 3) % 13) + 1}*${h(k)}`).join(' + ')})`,
        );
      return lines.join('\n');
    };
    const linearCount = (text: string): number =>
      run('eliminate', text)
        .split('\n')
        .filter(line => line.startsWith('(0)')).length;
    assert.equal(linearCount(layer(300, 4, 300)), 304);
    assert.equal(linearCount(layer(300, 64, 10)), 10);
  });

  it('refuses linear rows that contradict one another', () => {
    assertThrowsCode(
      () =>
        run(
          'eliminate',
          'private w1\n(0) * (0) = (w1 - 1)\n(0) * (0) = (w1 - 2)  # assert-zero, main.nr:3 [0:1 main]',
        ),
      'UNSATISFIABLE_PROGRAM',
      /^The constraints contradict one another, so no input satisfies the program: .*main.*\. Correct the assertion in the Noir source\.$/,
    );
  });
});

describe('packing linear rows', () => {
  const bits = (from: number, to: number): string =>
    Array.from({ length: to - from + 1 }, (_, i) => `(w${from + i}) * (w${from + i}) = (w${from + i})`).join(
      '\n',
    );

  it('merges rows whose values are small', () => {
    assert.equal(
      run(
        'pack',
        `prime 97\nprivate w1..w4\n${bits(1, 4)}\n(0) * (0) = (w1 + w2 - 1)\n(0) * (0) = (w3 - w4)`,
      ),
      `${bits(1, 4)}\n(0) * (0) = (w1 + w2 + 2*w3 - 2*w4 - 1)`,
    );
  });

  it('keeps the multipliers far enough apart', () => {
    run(
      'pack',
      `prime 97\nprivate w1..w5\n${bits(1, 5)}\n(0) * (0) = (w1 + 2*w2 - 3*w3)\n(0) * (0) = (w4 - 2*w5 + w1)\n(0) * (0) = (w2 - w5)`,
    );
  });

  it('starts a new row where the field is full', () => {
    const rows = '(0) * (0) = (7*w1 - 7*w2)\n(0) * (0) = (8*w3 - 7*w4)';
    assert.equal(run('pack', `prime 53\nprivate w1..w4\n${bits(1, 4)}\n${rows}`), `${bits(1, 4)}\n${rows}`);
  });

  it('leaves a row alone that bounds a wire which another row needs', () => {
    const rows = '(0) * (0) = (w1 + 2*w2 - w3)\n(0) * (0) = (w3 - w4)';
    assert.equal(
      run('pack', `prime 97\nprivate w1..w4\n${bits(1, 2)}\n${bits(4, 4)}\n${rows}`),
      `${bits(1, 2)}\n${bits(4, 4)}\n${rows}`,
    );
  });

  it('leaves a row alone that has an unbounded wire', () => {
    const rows = '(0) * (0) = (w1 - w2)\n(0) * (0) = (w1 - w3 - w4)';
    assert.equal(
      run(
        'pack',
        `prime 97\npublic w4\nprivate w1..w3\n`.replace('public w4\nprivate w1..w3', 'private w1..w4') +
          `${bits(1, 3)}\n${rows}`,
      ),
      `${bits(1, 3)}\n${rows}`,
    );
  });

  it('takes the value of a ReLU from its product row', () => {
    const relu = '(w1) * (w1 - w2 - 2*w3) = (0)';
    assert.equal(
      run(
        'pack',
        `prime 97\nprivate w1..w5\n${bits(2, 5)}\n${relu}\n(0) * (0) = (w4 - 2*w1 + w2 + 2*w3 - 1)\n(0) * (0) = (w5 - w2)`,
      ),
      `${bits(2, 5)}\n${relu}\n(0) * (0) = (-2*w1 - 7*w2 + 2*w3 + w4 + 8*w5 - 1)`
        .replace('-12*w2', '- 12*w2')
        .replace('- - ', '- '),
    );
  });
});

describe('orienting products', () => {
  it('keeps to few wires in B', () => {
    assert.equal(
      run('orient', 'prime 5\nprivate w1..w5\n(w1) * (w5) = (w2)\n(w5) * (w2) = (w3)\n(w5) * (w3) = (w4)'),
      '(w1) * (w5) = (w2)\n(w2) * (w5) = (w3)\n(w3) * (w5) = (w4)',
    );
  });

  it('knows that a square is in B anyway', () => {
    assert.equal(
      run('orient', 'prime 5\nprivate w1..w4\n(w1) * (w2) = (w3)\n(w1 + w4) * (w1) = (w3)'),
      '(w2) * (w1) = (w3)\n(w1 + w4) * (w1) = (w3)',
    );
  });
});

describe('dropping what says nothing', () => {
  const drop = (text: string): string => {
    const { system, table } = read(text);
    const dropped = dropTrivial(system, table);
    assert.deepEqual(
      solutionsOf(dropped, [1]),
      solutionsOf(system, [1]),
      'the public wire may be what it was',
    );
    return printSystem(dropped)
      .split('\n')
      .filter(line => line.startsWith('('))
      .map(line => line.replace(/ {2}#.*/, ''))
      .join('\n');
  };

  it('drops components without a public wire that zeros satisfy', () => {
    assert.equal(
      drop(
        'prime 5\npublic w1\nprivate w2..w6\n(w2) * (w3) = (w1)\n(w4) * (w4) = (w4)\n(w5) * (w6) = (0)\n(0) * (0) = (w5 - w6)',
      ),
      '(w2) * (w3) = (w1)',
    );
  });

  it('keeps components that zeros do not satisfy, whole', () => {
    const text = '(w2) * (w2) = (w2)\n(0) * (0) = (w2 + w3 - 1)\n(w4 + 1) * (w4 + 2) = (0)';
    assert.equal(drop(`prime 5\npublic w1\nprivate w2..w4\n${text}`), text);
  });

  it('keeps everything where nothing is public', () => {
    const { system, table } = read('prime 5\nprivate w1\n(w1) * (w1) = (w1)');
    assert.equal(dropTrivial(system, table), system);
  });

  it('keeps contradictions of constants', () => {
    assert.equal(
      drop('prime 5\npublic w1\n(1) * (1) = (0)\n(0) * (0) = (2)'),
      '(1) * (1) = (0)\n(0) * (0) = (2)',
    );
  });
});

describe('all passes', () => {
  /** Rows over five wires: products, linear rows, booleans and range rows, with small coefficients. */
  const wire = fc.integer({ min: 1, max: 5 });
  const term = fc
    .tuple(fc.integer({ min: -3, max: 3 }), wire)
    .map(([c, w]) => `${c < 0 ? '-' : '+'}${Math.abs(c)}*w${w}`);
  const form = fc.array(term, { minLength: 1, maxLength: 3 }).map(terms => terms.join(''));
  const row = fc.oneof(
    { weight: 2, arbitrary: fc.tuple(form, form, form).map(([a, b, c]) => `(${a}) * (${b}) = (${c})`) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(form, fc.integer({ min: -1, max: 2 }))
        .map(([c, k]) => `(0) * (0) = (${c}${k < 0 ? '' : '+'}${k})`),
    },
    { weight: 3, arbitrary: wire.map(w => `(w${w}) * (w${w}) = (w${w})`) },
    {
      weight: 1,
      arbitrary: fc.tuple(wire, wire, wire).map(([w, x, y]) => `(0) * (0) = (-w${w} + w${x} + 2*w${y})`),
    },
  );

  for (const name of ['share', 'eliminate', 'orient', 'simplify']) {
    it(`keeps the solutions of random systems (${name})`, () => {
      let changed = 0;
      fc.assert(
        fc.property(fc.constantFrom(7, 11), fc.array(row, { minLength: 2, maxLength: 8 }), (prime, rows) => {
          const text = `prime ${prime}\npublic w1\nprivate w2..w5\n${rows.join('\n')}`;
          const { system, table } = read(text);
          try {
            const result = PASSES[name]?.(system, table) ?? assert.fail();
            assertSameSolutions(system, table, result);
            if (result.system !== system) changed++;
          } catch (error) {
            if ((error as { code?: string }).code !== 'UNSATISFIABLE_PROGRAM') throw error;
            assert.deepEqual(solutionsOf(system, [1]), [], 'a system that is refused has no solution');
          }
        }),
        { seed: 7, numRuns: 150 },
      );
      assert.ok(changed > 10, `only ${changed} systems changed`);
    });
  }

  it('keeps the solutions of random rows of bits (pack)', () => {
    let changed = 0;
    const rows = fc.array(fc.tuple(form, fc.integer({ min: -3, max: 3 })), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(31, 61, 127, 251), rows, (prime, linear) => {
        const bits = [1, 2, 3, 4, 5].map(w => `(w${w}) * (w${w}) = (w${w})`);
        const lines = linear.map(([c, k]) => `(0) * (0) = (${c}${k < 0 ? '' : '+'}${k})`);
        const { system, table } = read(`prime ${prime}\nprivate w1..w5\n${[...bits, ...lines].join('\n')}`);
        const packed = packLinear(system, table);
        assertSameSolutions(system, table, { system: packed, definitions: [] });
        if (packed !== system) changed++;
      }),
      { seed: 8, numRuns: 300 },
    );
    assert.ok(changed > 200, `only ${changed} systems changed`);
  });

  it('takes one constraint a comparison of two bytes beyond their bits', () => {
    const bits = (first: number, count: number): string =>
      Array.from({ length: count }, (_, i) => `(w${first + i}) * (w${first + i}) = (w${first + i})`).join(
        '\n',
      );
    const sum = (first: number, count: number): string =>
      Array.from({ length: count }, (_, i) => `${2 ** i}*w${first + i}`).join(' + ');
    const rows = run(
      'simplify',
      `private w1..w27\n${bits(3, 25)}\n(0) * (0) = (-w1 + ${sum(3, 8)})\n(0) * (0) = (-w2 + ${sum(11, 8)})\n(0) * (0) = (w1 - w2 + 256 - ${sum(19, 9).replaceAll('+', '-')})`,
    );
    assert.equal(rows.split('\n').length, 25);
  });
});
