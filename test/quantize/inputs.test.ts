import assert from 'node:assert/strict';
import { dequantizeOutput, quantize, quantizeInput } from '../../src/quantize/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { chain, denseOf, tensor } from './support/graphs.ts';

const grey = quantize(
  chain([2], { min: 0, max: 16, scale: 1 / 16, offset: -0.5 }, denseOf([[1], [1]], [0]), { kind: 'relu' }),
);

describe('inputs and outputs of the integer network', () => {
  it("take a person's integers as they are", () => {
    assert.deepEqual(quantizeInput(grey, [Uint8Array.of(0, 16)]), [tensor([2], [0, 16])]);
    assert.deepEqual(quantizeInput(grey, [[-0, 3]]), [tensor([2], [0, 3])]);
  });

  it('round reals to the nearest integer of the domain', () => {
    assert.deepEqual(quantizeInput(grey, [[-0.5, 0.03]], 'reals'), [tensor([2], [0, 8])]);
    assert.deepEqual(quantizeInput(grey, [[0.5, -0.46]], 'reals'), [tensor([2], [16, 1])]);
  });

  it('refuse values outside the domain, even where the circuit could prove them', () => {
    const error = assertThrowsCode(
      () => quantizeInput(grey, [[3, 17]]),
      'INPUT_RANGE',
      "Input 'x' holds 17 at index 1; its domain is whole numbers from 0 to 16. Scale the data as for training, or declare a wider domain.",
    );
    assert.deepEqual([error.details.node, error.details.index, error.details.value], ['x', 1, 17]);
    assertThrowsCode(
      () => quantizeInput(grey, [[0.6, 0]], 'reals'),
      'INPUT_RANGE',
      "Input 'x' holds 0.6 at index 0; its domain is real numbers from -0.5 to 0.5. Scale the data as for training, or declare a wider domain.",
    );
    for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assertThrowsCode(() => quantizeInput(grey, [[value, 0]]), 'INPUT_RANGE');
    }
    const flipped = quantize(chain([1], { min: 0, max: 4, scale: -2, offset: 1 }, { kind: 'relu' }));
    const text =
      "Input 'x' holds 3 at index 0; its domain is real numbers from -7 to 1. Scale the data as for training, or declare a wider domain.";
    assertThrowsCode(() => quantizeInput(flipped, [[3]], 'reals'), 'INPUT_RANGE', text);
  });

  it('refuse a wrong number of inputs or values', () => {
    assertThrowsCode(
      () => quantizeInput(grey, []),
      'INPUT_SHAPE',
      "Network 'chain' has 1 inputs, but values for 0 are given; give one list of values per input.",
    );
    assertThrowsCode(
      () => quantizeInput(grey, [[1, 2, 3]]),
      'INPUT_SHAPE',
      "Input 'x' is given 3 values; its shape 2 takes 2.",
    );
  });

  it('give reals back by the scale of each output', () => {
    const [id = 0] = grey.outputs;
    const step = 2 ** -(grey.nodes[id]?.scaleBits ?? 0);
    assert.deepEqual(dequantizeOutput(grey, [tensor([1], [3])]), [
      { shape: [1], data: Float64Array.of(3 * step) },
    ]);
    const wide = { shape: [1], data: [1n << 60n] };
    assert.deepEqual(dequantizeOutput(grey, [wide])[0]?.data, Float64Array.of(2 ** 60 * step));
  });
});
