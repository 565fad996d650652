import assert from 'node:assert/strict';
import { readR1cs } from '../../converters/r1cs-to-iden3/index.ts';
import type { ConstraintSystem } from '../../src/r1cs/types.ts';
import { assertRoundsSound } from '../../src/ultragroth/index.ts';
import type { Row, Terms } from '../groth16/circuits.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { lookupCircuit, systemOf } from './circuits.ts';

/** Wires: 0 one, 1 public, 2 challenge k, 3 challenge g, 4..9 round 1, 10.. round 2. */
const [ONE, PUB, K, G, A, B, M] = [0, 1, 2, 3, 4, 5, 6] as const;
const [V, W, P, Z] = [10, 11, 12, 13] as const;
const ROUNDS = { challengeCount: 2, roundOneCount: 6 };

const system = (rows: readonly Row[], wireCount = 12): ConstraintSystem =>
  systemOf(rows, wireCount, 1, ROUNDS);
const fraction = (wire: number, denominator: Terms, numerator: Terms): Row => [
  [[wire, 1]],
  denominator,
  numerator,
];
const sum = (...terms: Terms): Row => [[], [], terms];
/** k - 5 as the one table row with multiplicity m. */
const TABLE: Row = fraction(
  W,
  [
    [ONE, -5],
    [K, 1],
  ],
  [[M, 1]],
);
const LOOKUP: Row = fraction(
  V,
  [
    [K, 1],
    [A, -1],
  ],
  [[ONE, 1]],
);
const SUM = sum([V, 1], [W, -1]);

const refuses = (rows: readonly Row[], problem: string, constraint: number, wireCount = 12): void => {
  assertThrowsCode(
    () => assertRoundsSound(system(rows, wireCount)),
    'UNDER_CONSTRAINED',
    `Constraint ${constraint} (test, opcode 0 of function 0) ${problem}. Lookups must read only what is committed to before their challenge; lower the program again, and report this.`,
  );
};

describe('assertRoundsSound', () => {
  it('accepts a range check, and counts its lookups, table rows and bad challenges', () => {
    const report = assertRoundsSound(lookupCircuit(6, 8, 2).system);
    assert.deepEqual(report.arguments, [
      { constraint: 16, lookupCount: 6, tableRowCount: 8, badChallengeCount: 6 + 2 * 8 - 1 },
    ]);
    assert.equal(report.badChallengeCount, 21);
    assert.ok(Math.abs(report.soundnessBits - (253 - Math.log2(21))) < 1e-9);
  });

  it('finds the rounds of a system that came as .r1cs', () => {
    const { r1cs, system } = lookupCircuit(6, 8, 2);
    const read = readR1cs(r1cs);
    assert.deepEqual([read.publicCount, read.rounds], [system.publicCount, system.rounds]);
    assert.equal(assertRoundsSound(read).badChallengeCount, 21);
  });

  it('accepts publics, constants and forms of round 1 in keys, and the factors of a fraction in any order', () => {
    const key: Terms = [
      [ONE, 3],
      [PUB, 2],
      [K, -7],
      [A, 1],
      [B, 5],
    ];
    assertRoundsSound(system([[key, [[V, 2]], [[ONE, 4]]], TABLE, SUM]));
    const sumTimesOne: Row = [
      [
        [V, 1],
        [W, -1],
      ],
      [[ONE, 3]],
      [],
    ];
    assertRoundsSound(system([LOOKUP, TABLE, sumTimesOne]));
  });

  it('reads fractions in the normal form of rows, whose factors have no constants', () => {
    // 2 w (k - 5) = m as 2 w k = m + 10 w.
    const table: Row = [
      [[W, 2]],
      [[K, 1]],
      [
        [M, 1],
        [W, 10],
      ],
    ];
    assert.equal(assertRoundsSound(system([LOOKUP, table, SUM])).badChallengeCount, 2);
    const late: Row = [
      [[W, 2]],
      [[K, 1]],
      [
        [M, 1],
        [V, 1],
        [W, 10],
      ],
    ];
    const multiplies = `multiplies with wire ${W}, which the prover may choose after the challenges`;
    refuses([LOOKUP, late, SUM], multiplies, 1);
    // 2 w (a - 5) = m has no challenge: a prover with a = 5 is free in w.
    const none: Row = [
      [[W, 2]],
      [[A, 1]],
      [
        [M, 1],
        [W, 10],
      ],
    ];
    refuses(
      [LOOKUP, none, SUM],
      'has a denominator without a challenge of its own, which the prover can make 0',
      1,
    );
  });

  it('accepts columns under a second challenge, by the product that it needs', () => {
    const products: Row[] = [
      [[[G, 1]], [[P, 1]], [[Z, 1]]],
      [[[G, 1]], [[B, 1]], [[P, 1]]],
    ];
    const lookup = fraction(
      V,
      [
        [K, 1],
        [A, -1],
        [P, -1],
        [Z, -1],
      ],
      [[ONE, 1]],
    );
    const table = fraction(
      W,
      [
        [ONE, -5],
        [K, 1],
        [G, -9],
      ],
      [[M, 1]],
    );
    const report = assertRoundsSound(system([lookup, ...products, table, SUM], 14));
    // Denominators of degree 2 (g * g * b) and 1.
    assert.equal(report.badChallengeCount, 2 + 1 - 1 + 1);
  });

  it('refuses a wire of round 2 in a key', () => {
    const row = fraction(
      V,
      [
        [K, 1],
        [A, -1],
        [W, 1],
      ],
      [[ONE, 1]],
    );
    const problem = `has wire ${W} of round 2 in a key, which the prover may choose after the challenges`;
    refuses([row, TABLE, SUM], problem, 0);
  });

  it('refuses a wire of round 2, or a challenge, in a multiplicity', () => {
    const late = (wire: number): string =>
      `has wire ${wire} in a multiplicity, which depends on the challenges`;
    const row = (wire: number): Row => fraction(W, [[K, 1]], [[wire, 1]]);
    refuses([LOOKUP, row(K), SUM], late(K), 1);
    refuses([LOOKUP, row(G), SUM], late(G), 1);
    // On the right side alone, a wire of round 2 is a product; its factor W is no product.
    refuses(
      [LOOKUP, row(V), SUM],
      `multiplies with wire ${W}, which the prover may choose after the challenges`,
      1,
    );
  });

  it('refuses a challenge that a row ties to round 1', () => {
    const problem = 'relates a challenge to other wires and defines no wire of round 2';
    refuses([LOOKUP, TABLE, SUM, [[[K, 1]], [[A, 1]], [[B, 1]]]], problem, 3);
    refuses([LOOKUP, TABLE, SUM, [[[A, 1]], [[B, 1]], [[K, 1]]]], problem, 3);
  });

  it('refuses a linear row between a challenge and round 1', () => {
    refuses(
      [LOOKUP, TABLE, SUM, sum([K, 1], [A, -1])],
      `sums wire ${K}, which is not a fraction of a lookup argument`,
      3,
    );
  });

  it('refuses a sum with anything but fractions, so that nothing can make up the difference', () => {
    refuses(
      [LOOKUP, TABLE, sum([B, 1], [V, 1], [W, -1])],
      `sums wire ${B}, which is not a fraction of a lookup argument`,
      2,
    );
    refuses(
      [LOOKUP, TABLE, sum([V, 1], [W, -1], [P, 1])],
      `sums wire ${P} of round 2, which no fraction defines`,
      2,
      13,
    );
  });

  it('refuses a fraction that no sum has, and one that two have', () => {
    refuses([LOOKUP, TABLE, sum([W, 1])], `looks something up, but no sum has its wire ${V}`, 0);
    refuses([LOOKUP, TABLE, SUM, SUM], `sums wire ${V} a second time`, 3);
  });

  it('refuses a wire of round 2 that no row defines', () => {
    assertThrowsCode(
      () => assertRoundsSound(system([LOOKUP, TABLE, SUM], 13)),
      'UNDER_CONSTRAINED',
      `Wire ${P} of round 2 is neither a product nor a fraction of a lookup argument: the prover may choose it after the challenges. Put it into round 1.`,
    );
  });

  it('refuses a second definition of a wire of round 2', () => {
    refuses([LOOKUP, TABLE, LOOKUP, SUM], `defines wire ${V} a second time`, 2);
    const product: Row = [[[G, 1]], [[B, 1]], [[P, 1]]];
    refuses([LOOKUP, TABLE, SUM, product, product], `defines wire ${P} a second time`, 4, 13);
  });

  it('refuses a denominator that the prover can make 0', () => {
    const problem = 'has a denominator without a challenge of its own, which the prover can make 0';
    refuses([fraction(V, [[A, 1]], [[ONE, 1]]), TABLE, SUM], problem, 0);
    // k is there, but also times a wire of round 1 that could cancel it.
    const product: Row = [[[K, 1]], [[B, 1]], [[P, 1]]];
    const cancelled = fraction(
      V,
      [
        [K, 1],
        [P, 1],
      ],
      [[ONE, 1]],
    );
    refuses([product, cancelled, TABLE, SUM], problem, 1, 13);
  });

  it('refuses fractions of different challenges in one sum', () => {
    const other = fraction(
      W,
      [
        [ONE, -5],
        [G, 1],
      ],
      [[M, 1]],
    );
    refuses([LOOKUP, other, SUM], 'sums fractions that have no challenge in common', 2);
  });

  it('refuses products in a circle, products of fractions, and products of two wires at once', () => {
    const circle: Row[] = [
      [[[Z, 1]], [[K, 1]], [[P, 1]]],
      [[[P, 1]], [[K, 1]], [[Z, 1]]],
    ];
    const problem = (wire: number): string =>
      `multiplies with wire ${wire}, which the prover may choose after the challenges`;
    refuses([LOOKUP, TABLE, SUM, ...circle], problem(Z), 3, 14);
    refuses([LOOKUP, TABLE, SUM, [[[V, 1]], [[K, 1]], [[P, 1]]]], problem(V), 3, 13);
    refuses(
      [
        LOOKUP,
        TABLE,
        SUM,
        [
          [[K, 1]],
          [[A, 1]],
          [
            [P, 1],
            [Z, 1],
          ],
        ],
      ],
      'has several wires of round 2 on its right side',
      3,
      14,
    );
  });

  it('accepts a product with a constant factor, and refuses to take a fraction for one', () => {
    const product: Row = sum([G, 3], [P, -1]);
    const key = (wire: number, numerator: Terms): Row =>
      fraction(
        wire,
        [
          [K, 1],
          [P, -1],
        ],
        numerator,
      );
    const rows = [product, key(V, [[ONE, 1]]), key(W, [[M, 1]])];
    assert.equal(assertRoundsSound(system([...rows, SUM], 13)).arguments.length, 1);
    refuses([...rows, sum([V, 1])], `looks something up, but no sum has its wire ${W}`, 2, 13);
  });

  it('accepts a product with terms of round 1 and challenges beside it: read-only memory', () => {
    const product: Row = [
      [[A, 1]],
      [[G, 1]],
      [
        [G, -7],
        [B, 2],
        [P, 1],
      ],
    ];
    const key = (wire: number, numerator: Terms): Row =>
      fraction(
        wire,
        [
          [K, 1],
          [P, -1],
        ],
        numerator,
      );
    const report = assertRoundsSound(system([product, key(V, [[ONE, 1]]), key(W, [[M, 1]]), SUM], 13));
    assert.deepEqual(report.arguments[0]?.lookupCount, 1);
  });

  it('refuses a system without rounds, and counts that do not fit', () => {
    const { rounds, ...plain } = system([LOOKUP, TABLE, SUM]);
    assert.deepEqual(rounds, ROUNDS);
    assertThrowsCode(
      () => assertRoundsSound(plain),
      'MALFORMED_R1CS',
      'The constraint system has no rounds; UltraGroth needs lookups with a challenge. Prove it with Groth16, or lower the program with lookups.',
    );
    for (const [challengeCount, roundOneCount] of [
      [0, 8],
      [31, 0],
      [2, 9],
    ] as const) {
      assertThrowsCode(
        () => assertRoundsSound({ ...plain, rounds: { challengeCount, roundOneCount } }),
        'MALFORMED_R1CS',
        `The constraint system has ${challengeCount} challenges and ${roundOneCount} wires of round 1 among 12 wires, 1 of them public; 1 to 30 challenges are expected, and all must fit. Lower the program again.`,
      );
    }
  });
});
