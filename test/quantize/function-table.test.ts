/** Tables of functions against the functions, over every step, and as many beyond either end. */
import assert from 'node:assert/strict';
import { type FunctionName, realFunction } from '../../src/graph/index.ts';
import { designDecay, designTable } from '../../src/quantize/function-table.ts';
import type { QuantTableOp } from '../../src/quantize/index.ts';
import { tableSize, tableValue } from '../../src/quantize/operators/table.ts';

type Range = readonly [min: number, max: number];

interface Measured {
  /** In steps of the output. */
  readonly error: number;
  readonly segments: number;
}

function measure(name: FunctionName, [min, max]: Range, fractionBits: number, alpha?: number): Measured {
  const op = { name, ...(alpha === undefined ? {} : { alpha }) };
  const { table: parts, stepBits, scaleBits } = designTable({ op, min, max, fractionBits, stepBitsMax: 30 });
  const table: QuantTableOp = { kind: 'table', label: name, shiftBits: 0, reachBits: [2], ...parts };
  const f = realFunction(op);
  const size = Number(tableSize(table));
  let error = 0;
  for (let t = Number(table.first) - size; t < Number(table.first) + 2 * size; t++) {
    const x = t * 2 ** -stepBits;
    if (x < min || x > max) continue;
    const y = Number(tableValue(table, BigInt(t))) * 2 ** -scaleBits;
    error = Math.max(error, Math.abs(y - f(x)));
  }
  return { error: error * 2 ** fractionBits, segments: table.bases.length };
}

/** Segments with 6 and with 8 fraction bits. */
const CASES: readonly (readonly [FunctionName, Range, number, number])[] = [
  ['sigmoid', [-300, 300], 16, 32],
  ['sigmoid', [-2, 1], 4, 8],
  ['tanh', [-40, 40], 32, 64],
  ['erf', [-9, 9], 32, 64],
  ['gelu', [-50, 20], 16, 32],
  ['gelu-tanh', [-50, 20], 16, 32],
  ['elu', [-70, 8], 32, 64],
  ['selu', [-70, 8], 32, 64],
  ['softplus', [-30, 30], 16, 32],
  ['silu', [-30, 30], 32, 128],
  ['mish', [-30, 30], 64, 128],
  ['exp', [-20, 1], 64, 128],
  ['exp', [-20, 0], 64, 64],
  ['softsign', [-4, 4], 64, 256],
  ['sqrt', [0.1, 8], 64, 128],
];

describe('tables of functions', () => {
  for (const [name, range, coarse, fine] of CASES) {
    it(`follow ${name} on [${range.join(', ')}] to half a step of the output`, () => {
      for (const [fractionBits, segments] of [
        [6, coarse],
        [8, fine],
      ] as const) {
        const found = measure(name, range, fractionBits);
        assert.ok(found.error <= 0.5, `${found.error} steps with ${fractionBits} bits`);
        assert.equal(found.segments, segments);
      }
    });
  }

  it('follow elu with its alpha, and the line above exactly', () => {
    assert.ok(measure('elu', [-20, 4], 8, 0.5).error <= 0.5);
    assert.equal(measure('elu', [0, 4], 8, 0.5).error, 0);
  });

  it('say how far off the finest table is where none is fine enough', () => {
    const design = designTable({ op: { name: 'log' }, min: 0.01, max: 8, fractionBits: 10, stepBitsMax: 30 });
    assert.equal(design.table.bases.length, 256);
    assert.ok(design.error > 2 ** -11 && design.error < 0.2, `${design.error}`);
  });

  it('hold the ends of the range, rounded to steps as a cut does', () => {
    const found = (['sigmoid', 'tanh', 'softsign', 'gelu', 'elu', 'silu', 'exp', 'sin'] as const).flatMap(
      name =>
        [255 / 256, 1 - 2 ** -19, 1, 1 + 2 ** -9].map(end => {
          const { table, stepBits, scaleBits } = designTable({
            op: { name },
            ...{ min: -end, max: end, fractionBits: 8, stepBitsMax: 30 },
          });
          const op: QuantTableOp = { kind: 'table', label: name, shiftBits: 0, reachBits: [2], ...table };
          const errors = [-end, end].map(x => {
            const y = tableValue(op, BigInt(Math.floor(x * 2 ** stepBits + 0.5)));
            return Math.abs(Number(y) * 2 ** -scaleBits - realFunction({ name })(x));
          });
          return { name, end, isFar: errors.some(error => error > 2 ** -7) };
        }),
    );
    assert.deepEqual(
      found.filter(({ isFar }) => isFar),
      [],
    );
  });

  it('have no more steps than x', () => {
    const design = designTable({ op: { name: 'tanh' }, min: -4, max: 4, fractionBits: 8, stepBitsMax: 3 });
    assert.equal(design.stepBits, 3);
    assert.equal(design.table.bases.length * 2 ** design.table.lowBits, 64);
  });

  it('hold a single value where nothing else may occur', () => {
    const design = designTable({ op: { name: 'sigmoid' }, min: 0, max: 0, fractionBits: 8, stepBitsMax: 8 });
    assert.deepEqual(design.table.bases, [1n << BigInt(design.scaleBits - 1)]);
  });

  it('of powers that decay never fall below 0, however coarse', () => {
    const found = [1, 2, 3, 8].flatMap(fractionBits =>
      [4, 5000].flatMap(max =>
        [0.001, 0.5, 1].flatMap(rate =>
          [0, 2, 16].flatMap(stepBitsMax => {
            const { table } = designDecay(rate, { max, fractionBits, stepBitsMax });
            const last = (1n << BigInt(table.lowBits)) - 1n;
            return table.bases.flatMap((base, i) => [base, base + (table.slopes[i] as bigint) * last]);
          }),
        ),
      ),
    );
    assert.deepEqual(
      found.filter(value => value < 0n),
      [],
    );
  });
});
