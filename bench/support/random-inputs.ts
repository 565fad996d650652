/** Seeded random inputs of a quantised network, uniform over each input's domain. */
import { seededRandom } from '../../fixtures/data/random.ts';
import { type QuantGraph, quantNodeOf } from '../../src/quantize/index.ts';

/** One tensor for each input, row-major. */
export function randomInputs(graph: QuantGraph): { shape: readonly number[]; data: Float64Array }[] {
  const random = seededRandom(2);
  return graph.inputs.map(id => {
    const { op, shape } = quantNodeOf(graph, id);
    if (op.kind !== 'input') throw new Error('An input is none.');
    const size = shape.reduce((product, side) => product * side, 1);
    const { min, max } = op.domain;
    return { shape, data: Float64Array.from({ length: size }, () => min + random.below(max - min + 1)) };
  });
}
