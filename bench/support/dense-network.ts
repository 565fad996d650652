/** A dense network of any size for benches. */
import { seededRandom } from '../../fixtures/data/random.ts';
import { buildGraph, type Graph } from '../../src/graph/index.ts';

export const DENSE_OUTPUTS = 10;

/** inputs -> units ReLU -> DENSE_OUTPUTS, with seeded random weights. */
export function randomDense(inputs: number, units: number): Graph {
  const random = seededRandom(1);
  const weights = (count: number) => Float32Array.from({ length: count }, () => (random.uniform() - 0.5) / 8);
  return buildGraph({
    name: 'dense',
    nodes: [
      {
        name: 'x',
        op: { kind: 'input', shape: [inputs], domain: { min: 0, max: 255, scale: 1 / 255, offset: 0 } },
      },
      {
        name: 'hidden',
        op: { kind: 'dense', units, weights: weights(inputs * units), bias: weights(units) },
      },
      { name: 'hidden_relu', op: { kind: 'relu' } },
      {
        name: 'logits',
        op: {
          kind: 'dense',
          units: DENSE_OUTPUTS,
          weights: weights(units * DENSE_OUTPUTS),
          bias: weights(DENSE_OUTPUTS),
        },
      },
    ],
  });
}
