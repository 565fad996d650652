import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  acirWitness,
  asConstant,
  asWitness,
  constantExpression,
  evaluateExpression,
  normaliseExpression,
  ONE_EXPRESSION,
  witnessExpression,
  ZERO_EXPRESSION,
} from '../../src/acir/index.ts';
import type { Expression } from '../../src/acir/types.ts';
import { BN254_SCALAR_PRIME as P } from '../../src/field/index.ts';

const SEED = 3;
const witness = fc.nat(4).map(acirWitness);
const coefficient = fc.constantFrom(0n, 1n, 2n, P - 1n, P - 2n, P >> 1n, 12345n);

/** Few witnesses and few coefficients, so that terms meet and cancel. */
const expressions: fc.Arbitrary<Expression> = fc.record({
  mulTerms: fc.array(fc.record({ coefficient, left: witness, right: witness }), { maxLength: 5 }),
  linear: fc.array(fc.tuple(witness, coefficient), { maxLength: 6 }).map(terms => ({
    witnesses: Uint32Array.from(terms, ([w]) => w),
    coefficients: terms.map(([, c]) => c),
  })),
  constant: coefficient,
});

const VALUES = [0n, 1n, P - 1n, 7n, 1n << 200n];
const lookup = (index: number) => VALUES[index];

describe('acir: expressions', () => {
  it('evaluates products, linear terms and the constant', () => {
    const expression: Expression = {
      mulTerms: [{ coefficient: P - 2n, left: acirWitness(1), right: acirWitness(3) }],
      linear: { witnesses: Uint32Array.of(3, 2), coefficients: [5n, 1n] },
      constant: 4n,
    };
    // -2 * 1 * 7 + 5 * 7 + 1 * -1 + 4
    assert.equal(evaluateExpression(expression, lookup), 24n);
  });

  it('evaluates over another prime', () => {
    const expression = { ...ZERO_EXPRESSION, linear: { witnesses: Uint32Array.of(3), coefficients: [5n] } };
    assert.equal(evaluateExpression(expression, lookup, 11n), 35n % 11n);
  });

  it('has no value while a witness is unknown, whatever its coefficient', () => {
    const product: Expression = {
      ...ZERO_EXPRESSION,
      mulTerms: [{ coefficient: 0n, left: acirWitness(0), right: acirWitness(9) }],
    };
    assert.equal(evaluateExpression(product, lookup), undefined);
    assert.equal(evaluateExpression(witnessExpression(acirWitness(9)), lookup), undefined);
  });

  it('tells constants and single witnesses', () => {
    assert.equal(asConstant(constantExpression(5n)), 5n);
    assert.equal(asConstant(witnessExpression(acirWitness(5))), undefined);
    assert.equal(asWitness(witnessExpression(acirWitness(5))), 5);
    assert.equal(asWitness(constantExpression(5n)), undefined);
    const twice = { ...ZERO_EXPRESSION, linear: { witnesses: Uint32Array.of(5), coefficients: [2n] } };
    assert.equal(asWitness(twice), undefined);
    assert.equal(asWitness({ ...witnessExpression(acirWitness(5)), constant: 1n }), undefined);
    assert.equal(constantExpression(0n), ZERO_EXPRESSION);
    assert.equal(constantExpression(1n), ONE_EXPRESSION);
  });

  it('normalises without changing any value', () => {
    fc.assert(
      fc.property(expressions, expression => {
        const normal = normaliseExpression(expression);
        assert.equal(evaluateExpression(normal, lookup), evaluateExpression(expression, lookup));
        assert.deepEqual(normaliseExpression(normal), normal);
      }),
      { seed: SEED },
    );
  });

  it('normalises equal sums to one form: sorted, merged, without zeros', () => {
    fc.assert(
      fc.property(expressions, expression => {
        const { mulTerms, linear, constant } = expression;
        const shuffled: Expression = {
          mulTerms: mulTerms.map(term => ({ ...term, left: term.right, right: term.left })).reverse(),
          linear: {
            witnesses: linear.witnesses.slice().reverse(),
            coefficients: [...linear.coefficients].reverse(),
          },
          constant,
        };
        const normal = normaliseExpression(expression);
        assert.deepEqual(normaliseExpression(shuffled), normal);
        assert.ok(normal.mulTerms.every(term => term.coefficient !== 0n && term.left <= term.right));
        assert.ok(normal.linear.coefficients.every(c => c !== 0n));
        assert.ok(normal.linear.witnesses.every((w, i, all) => i === 0 || w > (all[i - 1] as number)));
      }),
      { seed: SEED },
    );
  });
});
