import assert from 'node:assert/strict';
import fc from 'fast-check';
import { factorProducts, type ProductTerm } from '../../../converters/acir-to-r1cs/quadratic.ts';
import { squareRoot } from '../../../converters/acir-to-r1cs/square-root.ts';
import { BN254_SCALAR_PRIME, mod } from '../../../src/field/index.ts';

const P = BN254_SCALAR_PRIME;

/** "3*x*y" terms, signals by letter. */
function terms(text: string): ProductTerm[] {
  return text
    .replaceAll(' ', '')
    .replace(/(?!^)([+-])/g, ' $1')
    .split(' ')
    .map(word => {
      const match = /^([+-]?)(\d*)\*?([a-z])\*?([a-z])$/.exec(word) ?? assert.fail(word);
      const size = BigInt(match[2] === '' ? '1' : (match[2] ?? '1'));
      const signal = (letter = ''): number => letter.charCodeAt(0) - 96;
      return {
        left: signal(match[3]),
        right: signal(match[4]),
        coefficient: match[1] === '-' ? -size : size,
      };
    });
}

/** Coefficients of the sum of all products, by pair of signals. */
function expand(prime: bigint, products: ReturnType<typeof factorProducts>): Map<string, bigint> {
  const sum = new Map<string, bigint>();
  for (const { left, right } of products) {
    left.signals.forEach((i, m) => {
      right.signals.forEach((j, n) => {
        const key = `${Math.min(i, j)} ${Math.max(i, j)}`;
        sum.set(
          key,
          mod((sum.get(key) ?? 0n) + (left.coefficients[m] ?? 0n) * (right.coefficients[n] ?? 0n), prime),
        );
      });
    });
  }
  return new Map([...sum].filter(([, value]) => value !== 0n));
}

function collect(prime: bigint, all: readonly ProductTerm[]): Map<string, bigint> {
  const single = all.map(({ left, right, coefficient }) => ({
    left: { signals: [left], coefficients: [mod(coefficient, prime)] },
    right: { signals: [right], coefficients: [1n] },
  }));
  return expand(prime, single);
}

function assertSameForm(prime: bigint, all: readonly ProductTerm[]): number {
  const products = factorProducts(prime, all);
  const sort = (map: Map<string, bigint>): [string, bigint][] =>
    [...map].sort(([x], [y]) => (x < y ? -1 : 1));
  assert.deepEqual(sort(expand(prime, products)), sort(collect(prime, all)));
  return products.length;
}

describe('factoring products', () => {
  for (const [text, count] of [
    ['xy', 1],
    ['3xy + 2xz', 1],
    ['yy - yq', 1],
    ['xy + zw', 2],
    ['xx', 1],
    ['xx + yy', 1],
    ['xx + yy + zz', 2],
    ['xx - 2xy + yy', 1],
    ['xx - 2xy + yy + zz - 2zw + ww', 1],
    ['xa + xb + ya + yb', 1],
    ['xa + 2xb + 2ya + 4yb + 3xc + 6yc', 1],
    ['ab + bc + cd', 2],
    ['ab + ac + bc', 2],
    ['ab + ac + ad + bc + bd + cd', 2],
    ['xy - xy', 0],
    ['xy + 5xx - xy', 1],
    ['aa + bb + cc + dd + ee + ff', 3],
    ['ab + cd + ef + gh', 4],
  ] as const) {
    it(`takes ${count} product${count === 1 ? '' : 's'} for ${text}`, () => {
      assert.equal(assertSameForm(P, terms(text)), count);
    });
  }

  it('needs two products for a sum of two squares where -1 is no square', () => {
    assert.equal(assertSameForm(7n, terms('xx + yy')), 2);
    assert.equal(assertSameForm(7n, terms('xx - yy')), 1);
  });

  it('covers large forms by stars', () => {
    const all = Array.from({ length: 3000 }, (_, index) => ({
      left: 1 + (index % 3),
      right: 10 + ((index * 7) % 2000),
      coefficient: BigInt(index + 1),
    }));
    assert.equal(assertSameForm(P, all), 3);
  });

  it('never takes more products than terms, and adds up to the form', () => {
    const term = fc.record({
      left: fc.integer({ min: 1, max: 6 }),
      right: fc.integer({ min: 1, max: 6 }),
      coefficient: fc.bigInt(-6n, 6n),
    });
    fc.assert(
      fc.property(fc.constantFrom(5n, 7n, 13n, P), fc.array(term, { maxLength: 12 }), (prime, all) => {
        const count = assertSameForm(prime, all);
        assert.ok(count <= collect(prime, all).size);
      }),
      { seed: 9, numRuns: 300 },
    );
  });
});

describe('square roots', () => {
  for (const prime of [3n, 5n, 7n, 13n, 17n, 97n, 257n]) {
    it(`are found of exactly the squares modulo ${prime}`, () => {
      const squares = new Set(
        Array.from({ length: Number(prime) }, (_, x) => (BigInt(x) * BigInt(x)) % prime),
      );
      for (let value = 0n; value < prime; value++) {
        const root = squareRoot(value, prime);
        assert.equal(root !== undefined, squares.has(value));
        if (root !== undefined) assert.equal((root * root) % prime, value);
      }
    });
  }

  it('are found in the scalar field of BN254', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, P - 1n), x => {
        const root = squareRoot(x * x, P) ?? assert.fail();
        assert.ok(root === x || root === P - x || x === 0n);
      }),
      { seed: 10, numRuns: 20 },
    );
    assert.equal(squareRoot(5n, P), undefined);
  });
});
