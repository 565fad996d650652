import assert from 'node:assert/strict';
import fc from 'fast-check';
import { planRanges, type RangePlan } from '../../../../converters/acir-to-r1cs/lookups/range-plan.ts';
import { BN254_SCALAR_PRIME } from '../../../../src/field/index.ts';

const P = BN254_SCALAR_PRIME;

/** "9 of 11, 14": a limb of 9 bits looked up twice in a table of 11, then one of 14. */
function printCut(plan: RangePlan, width: number): string {
  const bits = plan.piecesOf(width).filter(({ kind }) => kind === 'bit').length;
  const limbs = plan
    .piecesOf(width)
    .filter(({ kind }) => kind === 'limb')
    .map(piece =>
      piece.width === piece.tableBits ? `${piece.width}` : `${piece.width} of ${piece.tableBits}`,
    );
  return [...(bits === 0 ? [] : [`${bits} bits`]), ...limbs].join(', ');
}

function rowsOf(plan: RangePlan, width: number): number {
  return plan
    .piecesOf(width)
    .reduce((sum, { kind, width: own, tableBits }) => sum + (kind === 'bit' || own === tableBits ? 1 : 2), 0);
}

describe('the plan of range tables', () => {
  it('is bits where a table costs more than it saves', () => {
    const plan = planRanges(P, new Map([[8, 1]]));
    assert.deepEqual(plan.tableBits, []);
    assert.equal(plan.rowCount, 8);
    assert.equal(printCut(plan, 8), '8 bits');
  });

  it('is one table where all values have one width', () => {
    const plan = planRanges(P, new Map([[8, 1000]]));
    assert.deepEqual(plan.tableBits, [8]);
    assert.equal(plan.rowCount, 1000 + 257);
    assert.equal(printCut(plan, 8), '8');
  });

  it('is a table a width where many values have each', () => {
    const plan = planRanges(
      P,
      new Map([
        [8, 5000],
        [11, 5000],
      ]),
    );
    assert.deepEqual(plan.tableBits, [11, 8]);
    assert.equal(plan.rowCount, 10_000 + 2049 + 257);
  });

  it('looks narrow limbs up twice in the narrowest table that is wider, where bits cost more', () => {
    assert.equal(printCut(planRanges(P, new Map([[14, 1]]), [14]), 14), '14');
    assert.equal(printCut(planRanges(P, new Map([[27, 1]]), [14]), 27), '13 of 14, 14');
    assert.equal(printCut(planRanges(P, new Map([[16, 1]]), [14]), 16), '2 bits, 14');
    assert.equal(printCut(planRanges(P, new Map([[5, 1]]), [14, 8]), 5), '5 of 8');
    assert.equal(printCut(planRanges(P, new Map([[64, 1]]), [14]), 64), '8 of 14, 14, 14, 14, 14');
  });

  it('takes bits for a limb whose shift would leave the field', () => {
    assert.equal(printCut(planRanges(11n, new Map([[3, 1]]), [3]), 3), '3');
    assert.equal(printCut(planRanges(37n, new Map([[3, 1]]), [4]), 3), '3 of 4');
    assert.equal(printCut(planRanges(31n, new Map([[3, 1]]), [4]), 3), '3 bits');
  });

  it('proves a ReLU of 28 bits by at most five lookups with a table of 2^14', () => {
    const widths = Array.from({ length: 28 }, (_, cut) => [27 - cut, cut] as const);
    const plan = planRanges(P, new Map(widths.flat().map(width => [width, 1])), [14]);
    for (const [quotient, cut] of widths) {
      const rows = rowsOf(plan, quotient) + rowsOf(plan, cut);
      assert.ok(rows <= 5, `${quotient} and ${cut} bits take ${rows} rows`);
    }
  });

  it('cuts every width into pieces that add up, limbs last, and counts their rows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 253 }), fc.integer({ min: 1, max: 3000 })), {
          minLength: 1,
          maxLength: 6,
        }),
        entries => {
          const histogram = new Map(entries);
          const plan = planRanges(P, histogram);
          let rows = plan.tableBits.reduce((sum, bits) => sum + 2 ** bits + 1, 0);
          let asBits = 0;
          for (const [width, count] of histogram) {
            const pieces = plan.piecesOf(width);
            assert.equal(
              pieces.reduce((sum, piece) => sum + piece.width, 0),
              width,
            );
            const firstLimb = pieces.findIndex(({ kind }) => kind === 'limb');
            assert.ok(firstLimb < 0 || pieces.slice(firstLimb).every(({ kind }) => kind === 'limb'));
            rows += count * rowsOf(plan, width);
            asBits += count * width;
          }
          assert.equal(plan.rowCount, rows);
          assert.ok(rows <= asBits, 'never more than bits');
          for (const bits of [4, 8, 11, 14])
            assert.ok(rows <= planRanges(P, histogram, [bits]).rowCount, `beaten by a table of ${bits} bits`);
        },
      ),
      { seed: 3, numRuns: 25 },
    );
  });
});
