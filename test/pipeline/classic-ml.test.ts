/** The example of classic machine learning: its models are what fitting gives, and they hold on digits that none has seen. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { jsonToGraph } from '../../converters/json-to-graph/index.ts';
import { fitLda, trainingDigits } from '../../examples/classic-ml/fit.ts';
import { proveClass } from '../../examples/classic-ml/prove-class.ts';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { evaluateGraph } from '../../src/graph/index.ts';
import { evaluateQuantGraph, quantize } from '../../src/quantize/index.ts';

const modelOf = (name: string): unknown =>
  JSON.parse(readFileSync(`examples/classic-ml/models/${name}.json`, 'utf8'));

const { images, labels } = loadDigits().heldOut;
const tensors = images.map(image => ({ shape: [64], data: Float64Array.from(image) }));

describe('the example of classic machine learning', () => {
  for (const [name, accuracy] of [
    ['lda', 0.955],
    ['regression', 0.91],
    ['forest', 0.89],
  ] as const) {
    it(`recognises digits by ${name} as integers do, ${accuracy * 100} % of them`, () => {
      const graph = jsonToGraph(modelOf(name));
      const quantised = quantize(graph);
      let right = 0;
      let same = 0;
      for (const [i, tensor] of tensors.entries()) {
        const label = Number(evaluateQuantGraph(quantised, [tensor])[0]?.data[0]);
        if (label === labels[i]) right++;
        if (label === evaluateGraph(graph, [tensor])[0]?.data[0]) same++;
      }
      assert.ok(right / images.length >= accuracy - 0.005, `${right} of ${images.length}`);
      assert.ok(same / images.length > 0.985, `${same} as the float model`);
    });
  }

  it('fits the discriminant that lies beside it', () => {
    const rounded = (model: unknown): string =>
      JSON.stringify(model, (_key, value) =>
        typeof value === 'number' ? Number(value.toPrecision(6)) : value,
      );
    assert.equal(rounded(fitLda(trainingDigits())), rounded(modelOf('lda')));
  });

  it('proves the class of a digit', async () => {
    const proved = await proveClass('lda', Array.from(images[0] ?? []));
    assert.deepEqual(proved, { label: labels[0], isValid: true, constraints: 481 });
  });
});
