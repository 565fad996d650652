/** Circom's circuits and witnesses, set up and proved here. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readR1cs } from '../../converters/r1cs-to-iden3/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { exportVerificationKey, prove, setupForDevelopment, verify } from '../../src/groth16/index.ts';
import { compileCircom } from '../support/circom.ts';
import { createFfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';

const SOURCE = `pragma circom 2.0.0;
template Main() {
  signal input x[4];
  signal input secret;
  signal output product;
  signal output weighted;
  signal square;
  square <== secret * secret;
  product <== square * (x[0] + 3 * x[1] - 7 * x[2]);
  weighted <== 5 * x[3] + 2 * x[0] - x[2] + secret;
}
component main {public [x]} = Main();
`;

describe('with Circom', () => {
  for (const optimisation of ['O1', 'O2'] as const) {
    it(`proves a circuit compiled with --${optimisation}, outputs before public inputs`, async () => {
      const circuit = await compileCircom(SOURCE, {
        optimisation,
        library: join(import.meta.dirname, '../../fixtures/circom'),
      });
      const wires = circuit.solve({ x: [2n, 3n, 1n, 4n], secret: [5n] });
      const system = readR1cs(circuit.r1cs, { prime: r });
      assert.equal(system.publicCount, 6);
      const kernel = await createFfjavascriptKernel();
      try {
        const zkey = await setupForDevelopment(kernel, circuit.r1cs);
        const { proof, publicSignals } = await prove(kernel, await kernel.loadProvingKey(zkey), wires);
        assert.deepEqual(publicSignals, [100n, 28n, 2n, 3n, 1n, 4n]);
        assert.equal(await verify(kernel, exportVerificationKey(zkey), publicSignals, proof), true);
      } finally {
        await kernel.close();
      }
    });
  }
});
