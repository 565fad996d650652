/** A dense network of any size for benches. */
import { seededRandom } from '../../fixtures/data/random.ts';
import { buildGraph, type Graph, type NodeSpec } from '../../src/graph/index.ts';

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

/** A perceptron written as its widths: "784-2000R-60R-10" has ReLUs behind two of three layers. Seeded random weights. */
export function randomPerceptron(text: string): Graph {
  const random = seededRandom(1);
  const [first = '', ...layers] = text.split('-');
  const nodes: NodeSpec[] = [
    {
      name: 'x',
      op: { kind: 'input', shape: [Number(first)], domain: { min: 0, max: 255, scale: 1 / 255, offset: 0 } },
    },
  ];
  let inputs = Number(first);
  layers.forEach((layer, index) => {
    const units = Number.parseInt(layer, 10);
    // as large as trained ones: sums neither vanish nor explode from layer to layer
    const size = Math.sqrt(6 / inputs);
    const weights = (count: number) =>
      Float32Array.from({ length: count }, () => (random.uniform() * 2 - 1) * size);
    nodes.push({
      name: `dense_${index}`,
      op: { kind: 'dense', units, weights: weights(inputs * units), bias: new Float32Array(units) },
    });
    if (layer.endsWith('R')) nodes.push({ name: `relu_${index}`, op: { kind: 'relu' } });
    inputs = units;
  });
  return buildGraph({ name: 'perceptron', nodes });
}
