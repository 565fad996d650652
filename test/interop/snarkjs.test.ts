/** Our files in snarkjs, and snarkjs' files here. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as snarkjs from 'snarkjs';
import {
  parseProof,
  parsePublicSignals,
  parseVerificationKey,
  printProof,
  printPublicSignals,
  printVerificationKey,
  readZkey,
} from '../../converters/keys-to-iden3/index.ts';
import { drawToxicWaste, exportVerificationKey, prove, verify } from '../../src/groth16/index.ts';
import { printCalldata } from '../../src/solidity/index.ts';
import { circuitOf, mixedCircuit } from '../groth16/circuits.ts';
import { makePtau } from '../groth16/ptau.ts';
import { createFfjavascriptKernel, type FfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';

describe('with snarkjs', () => {
  const circuit = mixedCircuit(8);
  const secrets = drawToxicWaste();
  let kernel: FfjavascriptKernel;
  let ptau: Uint8Array;
  let zkey: Uint8Array;

  before(async () => {
    kernel = await createFfjavascriptKernel();
    ptau = makePtau(5, secrets);
    zkey = await kernel.setup(circuit.r1cs, secrets, { record: true });
  });
  after(async () => {
    await kernel.close();
    await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate();
  });

  const ourProof = async () => {
    const { proof, publicSignals } = await prove(kernel, await kernel.loadProvingKey(zkey), circuit.wires);
    return { proof: JSON.parse(printProof(proof)), signals: JSON.parse(printPublicSignals(publicSignals)) };
  };

  it('"r1cs info" reads our circuit', async () => {
    const info = await snarkjs.r1cs.info(circuit.r1cs);
    assert.deepEqual(
      [info.nVars, info.nConstraints, info.nPubInputs, info.nOutputs, info.nLabels],
      [circuit.wires.length, circuit.system.constraintCount, 2, 0, circuit.wires.length],
    );
  });

  it('"wtns check" accepts our witness, and rejects it edited', async () => {
    // It fails without a logger when a constraint does not hold.
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    assert.equal(await snarkjs.wtns.check(circuit.r1cs, circuit.wtns, logger), true);
    const edited = circuit.wtns.slice();
    edited[edited.length - 32] = (edited.at(-32) as number) ^ 1;
    assert.equal(await snarkjs.wtns.check(circuit.r1cs, edited, logger), false);
  });

  it('"zkey new" makes the same points from the same secrets', async () => {
    const file: snarkjs.MemoryFile = { type: 'mem' };
    await snarkjs.zKey.newZKey(circuit.r1cs, ptau, file);
    const theirs = readZkey(file.data as Uint8Array);
    const ours = readZkey(zkey);
    for (const section of ['ic', 'coefficients', 'a', 'b1', 'b2'] as const) {
      assert.deepEqual(Buffer.from(ours[section]), Buffer.from(theirs[section]), section);
    }
    for (const part of [
      'wireCount',
      'publicCount',
      'domainSize',
      'alpha1',
      'beta1',
      'beta2',
      'gamma2',
    ] as const) {
      assert.deepEqual(ours[part], theirs[part], part);
    }
  });

  it('"zkey verify" accepts our key for its circuit only', async () => {
    assert.equal(await snarkjs.zKey.verifyFromR1cs(circuit.r1cs, ptau, zkey), true);
    const { wires, system } = circuit;
    const other = circuitOf(
      Array.from({ length: system.constraintCount }, () => [[[3, 1]], [[3, 1]], [[3, 1]]]),
      wires,
      2,
    );
    assert.equal(await snarkjs.zKey.verifyFromR1cs(other.r1cs, ptau, zkey), false);
  });

  it('"groth16 prove" proves with our key, and both verify', async () => {
    const theirs = await snarkjs.groth16.prove(zkey, circuit.wtns);
    assert.equal(
      await verify(
        kernel,
        exportVerificationKey(zkey),
        parsePublicSignals(JSON.stringify(theirs.publicSignals)),
        parseProof(JSON.stringify(theirs.proof)),
      ),
      true,
    );
    const key = await snarkjs.zKey.exportVerificationKey(zkey);
    assert.equal(await snarkjs.groth16.verify(key, theirs.publicSignals, theirs.proof), true);
  });

  it('"groth16 verify" accepts our proof with our key, and rejects another signal', async () => {
    const { proof, signals } = await ourProof();
    const key = JSON.parse(printVerificationKey(exportVerificationKey(zkey)));
    assert.equal(await snarkjs.groth16.verify(key, signals, proof), true);
    assert.equal(await snarkjs.groth16.verify(key, [signals[0], '1'], proof), false);
  });

  it('"zkey export verificationkey" is what we export and read', async () => {
    const theirs = await snarkjs.zKey.exportVerificationKey(zkey);
    const ours = exportVerificationKey(zkey);
    const { vk_alphabeta_12: _, ...rest } = theirs;
    assert.deepEqual(JSON.parse(printVerificationKey(ours)), rest);
    assert.deepEqual(parseVerificationKey(JSON.stringify(theirs)), ours);
  });

  it('"zkey export solidityverifier" takes our key, and its calldata is ours', async () => {
    const template = join(
      dirname(createRequire(import.meta.url).resolve('snarkjs')),
      '../templates/verifier_groth16.sol.ejs',
    );
    const source = await snarkjs.zKey.exportSolidityVerifier(zkey, {
      groth16: readFileSync(template, 'utf8'),
    });
    assert.match(source, /contract Groth16Verifier/);
    const { proof, signals } = await ourProof();
    assert.equal(
      printCalldata(parseProof(JSON.stringify(proof)), parsePublicSignals(JSON.stringify(signals))),
      await snarkjs.groth16.exportSolidityCallData(proof, signals),
    );
  });
});
