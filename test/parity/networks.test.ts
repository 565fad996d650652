/** The trained networks in Circom and here, on edges, random inputs and real digits. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { loadMnist } from '../../fixtures/data/mnist.ts';
import { type QuantGraph, quantizeInput } from '../../src/quantize/index.ts';
import { MNIST_CASE, TRAINED_CASES } from './support/cases.ts';
import { circomNetwork } from './support/circom-network.ts';
import { costOf } from './support/implementation.ts';
import { drawInputs, type Inputs, outOfRangeInputs } from './support/inputs.ts';
import { assertSameAnswers, describeParity } from './support/suite.ts';

describe('parity with Circom: the digits network', () => {
  describeParity(TRAINED_CASES, {
    inputCount: 60,
    extraInputs: graph => toInputs(graph, loadDigits().heldOut.images.slice(0, 60)),
  });
});

describe('parity with Circom: the MNIST network', () => {
  // Circom's --O2 does not end on it: see docs/parity.md.
  describeParity([MNIST_CASE], {
    inputCount: 4,
    extraInputs: graph => toInputs(graph, loadMnist().heldOut.images.slice(0, 4)),
    levels: ['O1'],
  });
});

describe("bionoir's ReLU, written in Circom", () => {
  it('takes the constraints and coefficients that docs/parity.md says', async () => {
    const graph = TRAINED_CASES[0]?.graph();
    assert.ok(graph);
    const circom = await circomNetwork(graph, 'O2', { relu: 'SignFreeRelu' });
    const inputs = [...drawInputs(graph, 20, 5), ...outOfRangeInputs(graph)];
    await assertSameAnswers(graph, new Map([['sign-free', circom]]), inputs);
    const { constraints, productTerms } = costOf(circom.system);
    const page = readFileSync(new URL('../../docs/parity.md', import.meta.url), 'utf8');
    const claim = `the digits network ${constraints} with ${productTerms} coefficients in A and B`;
    assert.ok(page.replace(/\s+/g, ' ').includes(claim), claim);
  });
});

function toInputs(graph: QuantGraph, images: readonly Uint8Array[]): Inputs[] {
  return images.map(image => quantizeInput(graph, [image]));
}
