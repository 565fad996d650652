import assert from 'node:assert/strict';
import { measureFidelity, printFidelityReport, quantize } from '../../src/quantize/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { chain, denseOf, plainDomain } from './support/graphs.ts';

const identity = chain(
  [2],
  plainDomain(0, 15),
  denseOf(
    [
      [1, 0],
      [0, 0.7],
    ],
    [0, 0],
  ),
);
/** 0.7 becomes 1 at two bits a weight. */
const coarse = quantize(identity, { freeWeightBits: 1, weightBits: 1 });

describe('the fidelity report', () => {
  it('counts right answers, agreement and errors by hand-checked numbers', () => {
    const samples = [[[10, 2]], [[2, 10]], [[8, 10]], [[5, 5]]];
    const report = measureFidelity(identity, coarse, samples, [0, 1, 1, 1]);
    assert.deepEqual(
      { ...report, outputs: [] },
      { network: 'chain', sampleCount: 4, refusedCount: 0, outputs: [] },
    );
    const [output] = report.outputs;
    assert.ok(output);
    // floats [10, 1.4], [2, 7], [8, 7], [5, 3.5]; integers [10, 2], [2, 10], [8, 10], [5, 5]
    assert.deepEqual(
      [output.floatCorrectCount, output.integerCorrectCount, output.agreementCount],
      [2, 3, 3],
    );
    assert.ok(Math.abs(output.maxError - 3) < 1e-6);
    assert.ok(Math.abs(output.meanError - (0.6 + 3 + 3 + 1.5) / 8) < 1e-6);
    assert.ok(Math.abs(output.range - 8.6) < 1e-6);
    assert.equal(
      printFidelityReport(report),
      [
        'fidelity of chain on 4 samples',
        '  output dense_1',
        '    top-1: float 50.00 %, integer 75.00 %, loss -25.00 pp',
        '    agreement: 75.00 %',
        '    max error: 3.00 (34.884 % of the range)',
        '    mean error: 1.01 (11.773 % of the range)',
        '',
      ].join('\n'),
    );
  });

  it('compares labels for an argmax, and only errors for a single real', () => {
    const graph = chain([2], plainDomain(0, 15), { kind: 'argmax' });
    const [labels] = measureFidelity(graph, quantize(graph), [[[1, 9]], [[9, 1]]], [1, 1]).outputs;
    assert.deepEqual(labels, {
      name: 'argmax_1',
      agreementCount: 2,
      floatCorrectCount: 1,
      integerCorrectCount: 1,
      maxError: 0,
      meanError: 0,
      range: 0,
    });
    const score = chain([2], plainDomain(0, 15), denseOf([[1], [1]], [0]));
    const [single] = measureFidelity(score, quantize(score), [[[1, 9]]], [1]).outputs;
    assert.deepEqual(single, { name: 'dense_1', maxError: 0, meanError: 0, range: 0 });
    const text = printFidelityReport(measureFidelity(score, quantize(score), [[[1, 9]]]));
    assert.equal(
      text,
      'fidelity of chain on 1 samples\n  output dense_1\n    max error: 0.00\n    mean error: 0.00\n',
    );
  });

  it('counts a sample that calibrated widths refuse as wrong', () => {
    const graph = chain([2], plainDomain(-8, 7), { kind: 'relu' });
    const options = { widths: 'calibrated', marginBits: 0, calibration: [[[1, 2]]] } as const;
    const report = measureFidelity(graph, quantize(graph, options), [[[1, 2]], [[7, 1]]], [1, 0]);
    assert.equal(report.refusedCount, 1);
    assert.deepEqual([report.outputs[0]?.floatCorrectCount, report.outputs[0]?.integerCorrectCount], [2, 1]);
    assert.equal(report.outputs[0]?.agreementCount, 1);
    assert.match(printFidelityReport(report), /\n {2}refused: 1 samples exceed the calibrated widths\n/);
  });

  it('refuses an empty data set, a wrong number of labels, and samples that do not fit', () => {
    const graph = chain([2], plainDomain(-8, 7), { kind: 'relu' });
    const network = quantize(graph);
    assertThrowsCode(
      () => measureFidelity(graph, network, []),
      'MALFORMED_INPUT',
      'The fidelity report was given no samples; give at least one.',
    );
    assertThrowsCode(
      () => measureFidelity(graph, network, [[[1, 2]]], [1, 2]),
      'MALFORMED_INPUT',
      'The fidelity report was given 1 samples and 2 labels; give one label per sample, or none.',
    );
    assertThrowsCode(() => measureFidelity(graph, network, [[[1]]]), 'INPUT_SHAPE');
    assertThrowsCode(() => measureFidelity(graph, network, [[[1, 8]]]), 'INPUT_RANGE');
  });
});
