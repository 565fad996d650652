import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BN254_SCALAR_PRIME, mod } from '../../src/field/index.ts';
import { assertSatisfied, checkWitness, parseSystem } from '../../src/r1cs/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

const SYSTEM = parseSystem(`public w1
private w2 w3
(w2) * (w3) = (w1)  # layer conv_2, relu, conv_2.nr:57 [1:0 patch]
(0) * (0) = (w2 - w3 - 1)  # assert-zero [1:1 patch]`);

describe('the checker', () => {
  it('accepts a witness that satisfies every constraint', () => {
    assert.equal(checkWitness(SYSTEM, [1n, 12n, 4n, 3n]), undefined);
    assertSatisfied(SYSTEM, [1n, 12n, 4n, 3n]);
  });

  it('names the first violated constraint by layer, gadget and line', () => {
    const failure = checkWitness(SYSTEM, [1n, 13n, 4n, 3n]);
    assert.equal(failure?.place, 'layer conv_2, relu, conv_2.nr:57');
    assert.deepEqual([failure?.constraint, failure?.a, failure?.b, failure?.c], [0, 4n, 3n, 13n]);
  });

  it('names the opcode where no source is known', () => {
    assert.equal(checkWitness(SYSTEM, [1n, 8n, 4n, 2n])?.place, 'assert-zero, opcode 1 of patch');
  });

  it('throws for a violated constraint', () => {
    assertThrowsCode(
      () => assertSatisfied(SYSTEM, [1n, 13n, 4n, 3n]),
      'UNSATISFIED_CONSTRAINT',
      'Constraint 0 is not satisfied: layer conv_2, relu, conv_2.nr:57. Its sides are 4 * 3 and 13; check the inputs, or the witness that was edited.',
    );
  });

  for (const [name, wires, problem] of [
    ['of the wrong length', [1n, 2n], 'has 2 values, but the system has 4 wires'],
    ['whose wire 0 is not one', [2n, 12n, 4n, 3n], 'has 2 on wire 0, which must be 1'],
    ['with a negative value', [1n, -1n, 4n, 3n], 'has -1 on wire 1, which is not in [0, prime)'],
    [
      'with the prime as a value',
      [1n, 1n, 4n, BN254_SCALAR_PRIME],
      `has ${BN254_SCALAR_PRIME} on wire 3, which is not in [0, prime)`,
    ],
  ] as const) {
    it(`refuses a witness ${name}`, () => {
      assertThrowsCode(
        () => checkWitness(SYSTEM, wires),
        'MALFORMED_WITNESS',
        `The witness ${problem}. Solve it again for this constraint system.`,
      );
    });
  }

  it('agrees with bigint arithmetic for small and large values', () => {
    const value = fc.oneof(
      fc.bigInt(-4n, 4n),
      fc.bigInt(2n ** 52n, 2n ** 54n),
      fc.bigInt(0n, BN254_SCALAR_PRIME - 1n),
      fc.bigInt(-(2n ** 27n), 2n ** 27n),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 6, maxLength: 6 }),
        fc.array(value, { minLength: 3, maxLength: 3 }),
        (c, w) => {
          const [x = 0n, y = 0n, z = 0n] = w.map(each => mod(each, BN254_SCALAR_PRIME));
          const at = (index: number): bigint => c[index] ?? 0n;
          const form = (i: number): string =>
            `${at(i) < 0n ? '' : '+'}${at(i)}*w1${at(i + 1) < 0n ? '' : '+'}${at(i + 1)}*w2`;
          const system = parseSystem(`private w1..w3\n(${form(0)}) * (${form(2)}) = (${form(4)} + w3)`);
          const left = (at(0) * x + at(1) * y) * (at(2) * x + at(3) * y);
          const exact = mod(left - at(4) * x - at(5) * y, BN254_SCALAR_PRIME);
          assert.equal(checkWitness(system, [1n, x, y, exact]), undefined);
          assert.equal(checkWitness(system, [1n, x, y, z]) === undefined, z === exact);
        },
      ),
      { seed: 5, numRuns: 200 },
    );
  });
});
