import assert from 'node:assert/strict';
import fc from 'fast-check';
import { analyzeBounds, createCoefficientTable, isBounded, parseSystem } from '../../../src/r1cs/index.ts';
import { forEachSolution } from '../../support/exhaust.ts';

/** Intervals of the wires that are bounded, by number. */
function bounds(text: string): Record<number, readonly [number, number]> {
  const system = parseSystem(text);
  const result = analyzeBounds(system, createCoefficientTable(system.prime, system.coefficients));
  const wires = Array.from({ length: system.wireCount - 1 }, (_, index) => index + 1).filter(wire =>
    isBounded(result, wire),
  );
  return Object.fromEntries(
    wires.map(wire => [wire, [result.low[wire] ?? 0, result.high[wire] ?? 0] as const]),
  );
}

const BITS = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => `(w${from + i}) * (w${from + i}) = (w${from + i})`).join(
    '\n',
  );

describe('bounds of wires', () => {
  for (const [name, text, expected] of [
    ['a boolean', 'private w1\n(w1) * (w1) = (w1)', { 1: [0, 1] }],
    ['a boolean in factors', 'private w1\n(w1) * (w1 - 1) = (0)', { 1: [0, 1] }],
    ['an alternative', 'private w1\n(w1 - 3) * (w1 + 5) = (0)', { 1: [-5, 3] }],
    ['an alternative with its constants in C', 'private w1\n(w1) * (w1) = (-2*w1 + 15)', {}],
    ['a free wire', 'private w1 w2\n(w1) * (w2) = (3)', {}],
    [
      'a sum of bits',
      `private w1..w3\n(0) * (0) = (w1 + 2*w2 - w3)\n${BITS(1, 2)}`,
      { 1: [0, 1], 2: [0, 1], 3: [0, 3] },
    ],
    [
      'a product',
      `private w1..w4\n(w1 - 4) * (2*w2 + w3) = (-w4 + 10)\n${BITS(1, 3)}`,
      { 1: [0, 1], 2: [0, 1], 3: [0, 1], 4: [10, 22] },
    ],
    [
      'a ReLU',
      `private w1..w3\n(w1) * (w1 - w2 - 2*w3) = (0)\n${BITS(2, 3)}`,
      { 1: [0, 3], 2: [0, 1], 3: [0, 1] },
    ],
    [
      'a range whose bit is expressed by the wire',
      `private w1 w2\n(w1 - 2*w2) * (w1 - 2*w2) = (w1 - 2*w2)\n${BITS(2, 2)}`,
      { 1: [0, 3], 2: [0, 1] },
    ],
    [
      'a product that is 0 through one factor',
      `private w1 w2\n(w1) * (w2) = (0)\n${BITS(2, 2)}`,
      { 2: [0, 1] },
    ],
    ['a fraction', `private w1 w2\n(0) * (0) = (3*w1 - w2)\n${BITS(2, 2)}`, { 2: [0, 1] }],
    [
      'a shifted pair of factors',
      `private w1 w2\n(w1) * (w1 + w2) = (2*w1 + 3*w1 + 3*w2 - 6)\n${BITS(2, 2)}`,
      { 1: [1, 3], 2: [0, 1] },
    ],
    [
      'a wire bounded by a bounded wire',
      `private w1..w3\n(0) * (0) = (w1 - w2 + 7)\n(0) * (0) = (w3 - 2*w1)\n${BITS(2, 2)}`,
      { 1: [-7, -6], 2: [0, 1], 3: [-14, -12] },
    ],
  ] as const) {
    it(`know ${name}`, () => assert.deepEqual(bounds(text), expected));
  }

  it('stop where the field ends', () => {
    const chain = Array.from(
      { length: 10 },
      (_, i) => `(0) * (0) = (${2n ** 30n}*w${i + 1} - w${i + 2})`,
    ).join('\n');
    const known = bounds(`private w1..w11\n${BITS(1, 1)}\n${chain}`);
    assert.deepEqual(Object.keys(known).map(Number), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.ok((known[9]?.[1] ?? 0) >= 2 ** 240);
  });

  it('hold in every solution', () => {
    const wire = fc.integer({ min: 1, max: 5 });
    const term = fc
      .tuple(fc.integer({ min: -3, max: 3 }), wire)
      .map(([c, w]) => `${c < 0 ? '-' : '+'}${Math.abs(c)}*w${w}`);
    const form = fc.array(term, { minLength: 1, maxLength: 3 }).map(terms => terms.join(''));
    const constant = fc.integer({ min: -2, max: 2 }).map(k => (k < 0 ? `${k}` : `+${k}`));
    const row = fc.oneof(
      fc.tuple(form, constant).map(([c, k]) => `(0) * (0) = (${c}${k})`),
      fc.tuple(form, constant, form, constant).map(([a, k, b, m]) => `(${a}${k}) * (${b}${m}) = (0)`),
      fc.tuple(form, form, form, constant).map(([a, b, c, k]) => `(${a}) * (${b}) = (${c}${k})`),
    );
    let boundedCount = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(61n, 127n),
        fc.integer({ min: 1, max: 3 }),
        fc.array(row, { minLength: 2, maxLength: 5 }),
        (prime, free, rows) => {
          const system = parseSystem(
            `prime ${prime}\nprivate w1..w5\n${BITS(free + 1, 5)}\n${rows.join('\n')}`,
          );
          const result = analyzeBounds(system, createCoefficientTable(prime, system.coefficients));
          const wires = [1, 2, 3].filter(each => each <= free && isBounded(result, each));
          if (wires.length < free) return;
          boundedCount++;
          forEachSolution(system, values => {
            for (const each of wires) {
              const [low, high] = [
                BigInt(Math.floor(result.low[each] ?? 0)),
                BigInt(Math.ceil(result.high[each] ?? 0)),
              ];
              const value = values[each] ?? 0n;
              const first = low + ((((value - low) % prime) + prime) % prime);
              assert.ok(first <= high, `w${each} = ${value} is not in [${low}, ${high}]`);
            }
          });
        },
      ),
      { seed: 12, numRuns: 1500 },
    );
    assert.ok(boundedCount > 60, `only ${boundedCount} systems are bounded`);
  });
});
