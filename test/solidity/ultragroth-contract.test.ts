import assert from 'node:assert/strict';
import type { NativeKernel } from '../../src/kernel/index.ts';
import type { UltraGrothPoints, UltraGrothVerificationKey } from '../../src/kernel/types.ts';
import {
  encodeUltraGrothCall,
  PUBLIC_SIGNALS_MAX,
  printUltraGrothCalldata,
  ultraGrothVerifierContract,
} from '../../src/solidity/index.ts';
import {
  exportVerificationKey,
  loadProvingKey,
  prove,
  setupForDevelopment,
} from '../../src/ultragroth/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { type LookupCircuit, lookupCircuit, twoChallengeCircuit, witnessOf } from '../ultragroth/circuits.ts';
import { openTestKernel } from '../ultragroth/kernel.ts';
import { compileContract, deploy } from './evm.ts';

/** EIP-197: 45 000 and 34 000 a pair; EIP-1108: 6000 and 150 for each input. */
const PAIRINGS = 45_000n + 5n * 34_000n;
const INPUT = 6150n;

describe('Solidity verifier of UltraGroth', () => {
  let kernel: NativeKernel;

  const run = async (
    circuit: LookupCircuit,
    keys: readonly bigint[],
  ): Promise<{ accepted: boolean; gas: bigint; bytes: number; key: UltraGrothVerificationKey }> => {
    const zkey = await setupForDevelopment(kernel, circuit.r1cs);
    const key = exportVerificationKey(zkey);
    const provingKey = await loadProvingKey(kernel, zkey);
    const { proof, publicSignals } = await prove(kernel, provingKey, witnessOf(circuit, keys));
    provingKey.release();
    const { creation, runtimeBytes } = compileContract(ultraGrothVerifierContract(key), 'Verifier');
    const contract = await deploy(creation);
    const data = encodeUltraGrothCall(proof, publicSignals);
    // In a transaction precompiles are warm (EIP-2929); this EVM warms them by the first call.
    await contract.call(data);
    const { ok, returned, gas } = await contract.call(data);
    return { accepted: ok && returned[31] === 1, gas, bytes: runtimeBytes, key };
  };

  before(async () => {
    kernel = await openTestKernel();
  });
  after(() => kernel?.close());

  it('accepts a proof with 5 public inputs for at most 265 000 gas', async function () {
    const { accepted, gas, bytes } = await run(lookupCircuit(6, 8, 5), [3n, 0n, 7n, 7n, 5n, 1n]);
    assert.equal(accepted, true);
    const precompiles = PAIRINGS + 6n * INPUT;
    assert.ok(gas > precompiles && gas <= 265_000n, `gas ${gas}`);
    assert.ok(gas - precompiles < 6000n, `${gas - precompiles} gas of our own`);
    if (this.test) this.test.title += ` (${gas} gas, ${bytes} bytes of code)`;
  });

  it('draws several challenges as the prover does', async function () {
    const { accepted, gas } = await run(twoChallengeCircuit(6, 8, 5), [3n, 0n, 7n, 7n, 5n, 1n]);
    assert.equal(accepted, true);
    assert.ok(gas <= 265_000n, `gas ${gas}`);
    if (this.test) this.test.title += ` (2 challenges, 5 signals: ${gas} gas)`;
  });

  it('verifies a circuit without public signals', async () => {
    const { accepted, key } = await run(lookupCircuit(2, 4, 0), [3n, 1n]);
    assert.equal(accepted, true);
    assert.ok(!ultraGrothVerifierContract(key).includes('calldata signals'));
  });

  it('returns false where a precompile is missing, or returns nothing', async () => {
    const circuit = lookupCircuit(2, 4, 1);
    const { key } = await run(circuit, [3n, 1n]);
    const proof: UltraGrothPoints = { a: [1n, 2n], b: key.beta, c1: [1n, 2n], c2: [1n, 2n] };
    for (const [call, moved] of [
      ['staticcall(gas(), 7,', 'staticcall(gas(), 0x7777,'],
      ['staticcall(gas(), 6,', 'staticcall(gas(), 0x6666,'],
      ['callPrecompile(8,', 'callPrecompile(0x8888,'],
    ] as const) {
      const source = ultraGrothVerifierContract(key);
      assert.ok(source.includes(call));
      const contract = await deploy(compileContract(source.replace(call, moved), 'Verifier').creation);
      const { ok, returned } = await contract.call(encodeUltraGrothCall(proof, [4n]));
      assert.deepEqual([ok, returned.length, returned[31]], [true, 32, 0]);
    }
  });

  it('prints the arguments of verifyProof in order', () => {
    const proof: UltraGrothPoints = {
      a: [1n, 2n],
      b: [
        [3n, 4n],
        [5n, 6n],
      ],
      c1: [7n, 8n],
      c2: [9n, 10n],
    };
    const hex = (value: number): string => `"0x${value.toString(16).padStart(64, '0')}"`;
    assert.equal(
      printUltraGrothCalldata(proof, [11n]),
      `[${hex(1)}, ${hex(2)}],[[${hex(4)}, ${hex(3)}],[${hex(6)}, ${hex(5)}]],[${hex(7)}, ${hex(8)}],[${hex(9)}, ${hex(10)}],[${hex(11)}]`,
    );
    const words = Buffer.from(encodeUltraGrothCall(proof, [11n]))
      .toString('hex')
      .slice(8);
    assert.deepEqual(
      words.match(/.{64}/g)?.map(word => Number.parseInt(word, 16)),
      [1, 2, 4, 3, 6, 5, 7, 8, 9, 10, 11],
    );
  });

  it('refuses a bad name, and more signals than a contract has room for', async () => {
    const { key } = await run(lookupCircuit(2, 4, 1), [3n, 1n]);
    assertThrowsCode(() => ultraGrothVerifierContract(key, { name: '1x' }), 'INVALID_NAME');
    const [first] = key.ic;
    const ic = Array.from({ length: PUBLIC_SIGNALS_MAX + 2 }, () => first as [bigint, bigint]);
    assertThrowsCode(() => ultraGrothVerifierContract({ ...key, ic }), 'UNSUPPORTED_OPTION');
  });
});
