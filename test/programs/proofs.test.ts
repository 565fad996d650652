/** Some programs of the suite proved, verified by snarkjs and in an EVM. All are proved in proofs.slow.test.ts. */
import assert from 'node:assert/strict';
import { type Kernel, openKernel } from '../../src/kernel/index.ts';
import { encodeCall, verifierContract } from '../../src/solidity/index.ts';
import { compileContract, deploy } from '../solidity/evm.ts';
import { endSnarkjs } from '../support/snarkjs.ts';
import { readPrograms, type SuiteProgram } from './support/programs.ts';
import { assertSnarkjsVerifies, type ProvedProgram, proveProgram } from './support/prove.ts';

/** One of each kind, with few constraints; those with `signals` also in an EVM. */
const PROVED: readonly { readonly name: string; readonly signals?: number }[] = [
  { name: 'opcodes/nothing' },
  { name: 'opcodes/memory-write', signals: 3 },
  { name: 'opcodes/call-predicate', signals: 1 },
  { name: 'folds/recursion' },
  { name: 'arithmetic/signed-division' },
  { name: 'curves/add' },
  { name: 'hashes/poseidon2' },
  { name: 'applications/merkle-nullifier' },
  { name: 'applications/private-vote', signals: 7 },
  { name: 'applications/sealed-bid-auction' },
];

describe('proofs of Noir programs', () => {
  const programs = new Map(readPrograms().map(program => [`${program.group}/${program.name}`, program]));
  const proved = new Map<string, ProvedProgram>();
  let kernel: Kernel;

  before(async () => {
    kernel = await openKernel();
  });
  after(async () => {
    await kernel.close();
    await endSnarkjs();
  });

  for (const { name, signals } of PROVED) {
    it(`are accepted by snarkjs: ${name}`, async () => {
      const result = await proveProgram(kernel, programs.get(name) as SuiteProgram); // the names are those of files
      await assertSnarkjsVerifies(result);
      proved.set(name, result);
    });
    if (signals === undefined) continue;
    it(`are accepted by a contract, and no other public input is: ${name}, ${signals} signals`, async () => {
      const result = proved.get(name);
      assert.ok(result);
      assert.equal(result.signals.length, signals);
      await assertContractVerifies(result);
    });
  }
});

async function assertContractVerifies({ key, proof, signals }: ProvedProgram): Promise<void> {
  const { creation } = compileContract(verifierContract(key), 'Verifier');
  const contract = await deploy(creation);
  const accepts = async (given: readonly bigint[]): Promise<boolean> => {
    const { ok, returned } = await contract.call(encodeCall(proof, given));
    assert.ok(ok, 'the contract reverted');
    return returned.at(-1) === 1;
  };
  assert.equal(await accepts(signals), true);
  for (let i = 0; i < signals.length; i++) {
    const wrong = signals.map((signal, j) => (i === j ? signal + 1n : signal));
    assert.equal(await accepts(wrong), false, `signal ${i} changed`);
  }
}
