import assert from 'node:assert/strict';
import { lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { BN254_SCALAR_PRIME, mod } from '../../src/field/index.ts';
import { assertSatisfied, checkWitness, costTable } from '../../src/r1cs/index.ts';
import type { ConstraintSystem } from '../../src/r1cs/types.ts';
import { solveWires } from '../../src/witness/index.ts';
import { denseNetwork, type Network, network } from '../support/networks.ts';

const DENSE = { inputs: 20, units: 30, quotientBits: 12, shiftBits: 6, outputs: 4 };
const CONVOLUTION = {
  inputs: 27,
  window: 9,
  stride: 3,
  calls: 7,
  functions: 1,
  units: 5,
  quotientBits: 12,
  shiftBits: 4,
  outputs: 3,
};

function pixelsOf(count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index * 97 + 13) % 256);
}

/** Bits of the inputs, bits and product of each ReLU, one row an output: what is left is packed rows. */
function rowsBeyondGadgets(
  system: ConstraintSystem,
  shape: { inputs: number; quotientBits: number; shiftBits: number; outputs: number },
  relus: number,
): number {
  return (
    system.constraintCount -
    8 * shape.inputs -
    (shape.quotientBits + shape.shiftBits + 1) * relus -
    shape.outputs
  );
}

function countTerms(system: ConstraintSystem, gadget: string): number {
  return costTable(system)
    .filter(row => row.gadget === gadget)
    .reduce((sum, row) => sum + row.abTermCount, 0);
}

describe('networks as constraints', () => {
  it('take no constraint for a linear layer, and a tenth for the linear row of a ReLU', () => {
    const dense = lowerProgram(denseNetwork(DENSE).program).system;
    assert.equal(rowsBeyondGadgets(dense, DENSE, 30), 3);
    const convolution = lowerProgram(network(CONVOLUTION).program).system;
    assert.equal(rowsBeyondGadgets(convolution, CONVOLUTION, 35), 3);
  });

  it('have as many A and B coefficients in their ReLUs however many weights a unit has', () => {
    const counts = [64, 128, 256].map(inputs =>
      countTerms(lowerProgram(denseNetwork({ ...DENSE, inputs }).program).system, 'assert-zero'),
    );
    assert.deepEqual(counts, [counts[0], counts[0], counts[0]]);
  });

  it('add no A or B coefficient for their outputs', () => {
    assert.equal(countTerms(lowerProgram(denseNetwork(DENSE).program).system, 'output'), 0);
  });

  for (const [name, net, inputs] of [
    ['a dense layer', denseNetwork(DENSE), DENSE.inputs],
    ['a convolution', network(CONVOLUTION), CONVOLUTION.inputs],
  ] as const) {
    it(`reject every edited wire of ${name}`, () => assertEveryEditRejected(net, inputs));
    it(`reject an input of ${name} beyond its range`, () => assertWideInputsRejected(net, inputs));
  }
});

function assertEveryEditRejected(net: Network, inputs: number): void {
  const { system, recipe, wireName } = lowerProgram(net.program);
  const wires = solveWires(recipe, net.solve(pixelsOf(inputs)));
  assertSatisfied(system, wires);
  for (let wire = 1; wire < system.wireCount; wire++) {
    const value = wires[wire] ?? 0n;
    for (const lie of [value + 1n, value - 1n, 1n - value, -value]) {
      const edited = mod(lie, BN254_SCALAR_PRIME);
      if (edited === value) continue;
      const failure = checkWitness(system, wires.with(wire, edited));
      assert.notEqual(failure, undefined, `${wireName(wire as never)} = ${edited} instead of ${value}`);
    }
  }
}

/** The prover runs the network honestly on a pixel that is no byte: the bits do not add up. */
function assertWideInputsRejected(net: Network, inputs: number): void {
  const { system, recipe } = lowerProgram(net.program);
  for (const pixel of [256, 1000, -1]) {
    const pixels = pixelsOf(inputs).with(3, pixel);
    const failure = checkWitness(system, solveWires(recipe, net.solve(pixels)));
    assert.notEqual(failure, undefined, `${pixel}`);
  }
}
