import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CircomCircuit, compileCircom } from './circom.ts';

const SQUARE = `pragma circom 2.1.6;
template Square() {
    signal input x[2];
    signal output y;
    x[1] * (x[1] - 1) === 0;
    y <== x[0] * x[0] + x[1];
}
component main = Square();
`;

describe('the Circom driver', () => {
  let library: string;
  let circuit: CircomCircuit;

  before(async () => {
    library = mkdtempSync(join(tmpdir(), 'bionoir-library-'));
    circuit = await compileCircom(SQUARE, { optimisation: 'O1', library });
  });

  after(() => rmSync(library, { recursive: true }));

  it('compiles a program to a constraint system and a witness calculator', () => {
    assert.equal(new TextDecoder().decode(circuit.r1cs.subarray(0, 4)), 'r1cs');
    assert.deepEqual(circuit.solve({ x: [-3n, 1n] }).slice(0, 2), [1n, 10n]);
  });

  it('solves again after an input that the program refuses', () => {
    assert.throws(() => circuit.solve({ x: [2n, 2n] }), /^Error: Assert failed\n/);
    assert.equal(circuit.solve({ x: [2n, 0n] })[1], 4n);
  });

  it('says how many values an input signal takes', () => {
    assert.throws(() => circuit.solve({ x: [1n] }), { message: "Circom signal 'x' takes 2 values, not 1." });
    assert.throws(() => circuit.solve({ z: [1n] }), {
      message: "The Circom program has no input signal 'z'.",
    });
    assert.throws(() => circuit.solve({}), { message: 'The Circom program takes 2 input values, not 0.' });
  });

  it('passes on the messages of the compiler and leaves no file behind', async () => {
    const { TMPDIR } = process.env;
    process.env.TMPDIR = library;
    try {
      const broken = compileCircom('template', { optimisation: 'O2', library });
      await assert.rejects(broken, /^Error: Circom refused the program:\n.*error.*main\.circom/s);
      await compileCircom(SQUARE, { optimisation: 'O2', library });
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
    assert.deepEqual(readdirSync(library), []);
  });
});
