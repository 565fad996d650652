/** Judges passes: two graphs are the same function if they agree on random inputs, up to the rounding of folded weights. */
import assert from 'node:assert/strict';
import { seededRandom } from '../../../../fixtures/data/random.ts';
import { elementCount, evaluateGraph, type Graph, nodeOf, printGraph } from '../../../../src/graph/index.ts';
import type { Fill } from '../../support/ops.ts';

/** Weights are rounded to float32 once more by each folding. */
const TOLERANCE = 1e-5;

/** A reproducible source of weights around zero. */
export function seededFill(seed: number): Fill {
  const random = seededRandom(seed);
  return () => random.normal() * 0.5;
}

/** Asserts that two graphs compute the same on a few random inputs. */
export function assertSameFunction(before: Graph, after: Graph, seed: number): void {
  const random = seededRandom(seed);
  for (let round = 0; round < 3; round++) {
    const inputs = before.inputs.map(id => {
      const { shape } = nodeOf(before, id);
      return { shape, data: Float64Array.from({ length: elementCount(shape) }, () => random.normal()) };
    });
    const expected = evaluateGraph(before, inputs);
    for (const [i, output] of evaluateGraph(after, inputs).entries()) {
      assert.deepEqual(output.shape, expected[i]?.shape);
      const largest = Math.max(1, ...Array.from(output.data, Math.abs));
      const worst = Math.max(
        ...output.data.map((value, j) => Math.abs(value - (expected[i]?.data[j] ?? Number.NaN))),
      );
      assert.ok(
        worst <= TOLERANCE * largest,
        `off by ${worst}:\n${printGraph(before)}\n${printGraph(after)}`,
      );
    }
  }
}
