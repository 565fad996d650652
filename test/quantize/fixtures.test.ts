import assert from 'node:assert/strict';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { loadMnist } from '../../fixtures/data/mnist.ts';
import { constraintEstimate, measureFidelity, quantize } from '../../src/quantize/index.ts';
import { digitsGraph, mnistGraph } from './support/models.ts';

describe('the trained fixtures', () => {
  it('MNIST loses at most 0.3 points on 1000 held-out digits, and stays below 41 500 constraints', () => {
    const { heldOut } = loadMnist();
    const graph = mnistGraph();
    const network = quantize(graph);
    const count = 1000;
    const samples = heldOut.images.slice(0, count).map(image => [image]);
    const report = measureFidelity(graph, network, samples, heldOut.labels.slice(0, count));
    const { floatCorrectCount = 0, integerCorrectCount = 0, agreementCount = 0 } = report.outputs[0] ?? {};
    assert.equal(report.sampleCount, count);
    assert.ok(floatCorrectCount >= 0.97 * count, `float ${floatCorrectCount}`);
    assert.ok(
      floatCorrectCount - integerCorrectCount <= 0.003 * count,
      `${integerCorrectCount} of ${floatCorrectCount}`,
    );
    assert.ok(agreementCount >= 0.995 * count, `agreement ${agreementCount}`);
    assert.ok((report.outputs[0]?.maxError ?? 1) < 0.01 * (report.outputs[0]?.range ?? 0));

    const estimate = constraintEstimate(network);
    assert.equal(estimate.nodes[0]?.rowCount, 784 * 8);
    assert.equal(
      estimate.nodes.reduce((sum, node) => sum + node.gadgetCount, 0),
      784 + 1352 + 576,
    );
    assert.ok(estimate.total <= 41_500, `${estimate.total} constraints`);
  });

  it('digits answer as their float network does, label or logits', () => {
    const { heldOut } = loadDigits();
    const samples = heldOut.images.map(image => [image]);
    for (const graph of [digitsGraph(), digitsGraph([{ name: 'label', op: { kind: 'argmax' } }])]) {
      const report = measureFidelity(graph, quantize(graph), samples, heldOut.labels);
      const { floatCorrectCount = 0, integerCorrectCount = 0, agreementCount = 0 } = report.outputs[0] ?? {};
      assert.ok(
        integerCorrectCount >= floatCorrectCount - 1,
        `${integerCorrectCount} of ${floatCorrectCount}`,
      );
      assert.ok(agreementCount >= samples.length - 1, `agreement ${agreementCount}`);
    }
  });

  it('calibrated widths refuse hardly a held-out digit, and never cost more', () => {
    const { train, heldOut } = loadMnist();
    const graph = mnistGraph();
    const calibration = train.images.slice(0, 50).map(image => [image]);
    const network = quantize(graph, { widths: 'calibrated', calibration });
    const exact = constraintEstimate(quantize(graph, { calibration })).total;
    assert.ok(constraintEstimate(network).total <= exact);
    const report = measureFidelity(
      graph,
      network,
      heldOut.images.slice(0, 300).map(image => [image]),
    );
    assert.ok(report.refusedCount <= 3, `${report.refusedCount} refused`);
  });
});
