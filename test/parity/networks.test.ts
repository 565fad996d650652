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
    const claim = `the digits network ${constraints} with ${productTerms} coefficients in A and B`;
    assert.ok(readPage().includes(claim), claim);
  });
});

describe("the formula for Circom's O2", () => {
  it('gives the count of the digits network, and the one that docs/parity.md claims of the MNIST network', async () => {
    const digits = TRAINED_CASES[0]?.graph();
    assert.ok(digits);
    assert.equal(expectedByFormula(digits), costOf((await circomNetwork(digits, 'O2')).system).constraints);
    const claimed = expectedByFormula(MNIST_CASE.graph()).toLocaleString('en').replace(',', ' ');
    assert.ok(readPage().includes(`it would have ${claimed} constraints`), claimed);
  });
});

/** The bits of the inputs, and for a ReLU of B bits B + 1. */
function expectedByFormula(graph: QuantGraph): number {
  const counts = graph.nodes.map(({ op, shape }) => {
    const elements = shape.reduce((product, side) => product * side, 1);
    if (op.kind === 'input') return elements * op.bits;
    if (op.kind !== 'relu') return 0;
    assert.ok(op.sign.every(sign => sign === 'any') && op.max === undefined);
    const widths = op.quotientBits.map(bits => bits + op.shiftBits + 1);
    return (elements / widths.length) * widths.reduce((sum, width) => sum + width + 1, 0);
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** docs/parity.md with its line breaks as spaces. */
function readPage(): string {
  return readFileSync(new URL('../../docs/parity.md', import.meta.url), 'utf8').replace(/\s+/g, ' ');
}

function toInputs(graph: QuantGraph, images: readonly Uint8Array[]): Inputs[] {
  return images.map(image => quantizeInput(graph, [image]));
}
