import assert from 'node:assert/strict';
import { BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { exportVerificationKey, prove, setupForDevelopment } from '../../src/groth16/index.ts';
import type { Groth16Points, Groth16VerificationKey, Kernel } from '../../src/kernel/types.ts';
import { encodeCall, PUBLIC_SIGNALS_MAX, verifierContract } from '../../src/solidity/index.ts';
import { type Circuit, circuitOf, manySignalsCircuit, mixedCircuit } from '../groth16/circuits.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { createFfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';
import { compileContract, type Deployed, deploy } from './evm.ts';

interface Case {
  readonly key: Groth16VerificationKey;
  readonly proof: Groth16Points;
  readonly signals: readonly bigint[];
  readonly contract: Deployed;
  readonly runtimeBytes: number;
}

describe('Solidity verifier', () => {
  let kernel: Kernel;
  let mixed: Case;

  const deployFor = async (circuit: Circuit): Promise<Case> => {
    const zkey = await setupForDevelopment(kernel, circuit.r1cs);
    const key = exportVerificationKey(zkey);
    const { proof, publicSignals } = await prove(kernel, await kernel.loadProvingKey(zkey), circuit.wires);
    const { creation, runtimeBytes } = compileContract(verifierContract(key), 'Verifier');
    return { key, proof, signals: publicSignals, contract: await deploy(creation), runtimeBytes };
  };
  const accepts = async (
    { contract }: Case,
    proof: Groth16Points,
    signals: readonly bigint[],
  ): Promise<boolean> => {
    const { ok, returned } = await contract.call(encodeCall(proof, signals));
    assert.ok(ok, 'the contract reverted');
    assert.equal(returned.length, 32);
    return returned[31] === 1;
  };

  before(async () => {
    kernel = await createFfjavascriptKernel();
    mixed = await deployFor(mixedCircuit(20));
  });
  after(() => kernel.close());

  it('accepts a proof and reports what it costs', async function () {
    assert.equal(await accepts(mixed, mixed.proof, mixed.signals), true);
    const { gas } = await mixed.contract.call(encodeCall(mixed.proof, mixed.signals));
    // Pairing 45000 + 4 * 34000, and for each signal ecMul 6000 + ecAdd 150: the rest is ours.
    const precompiles = 181_000n + 2n * 6150n;
    assert.ok(gas > precompiles && gas < precompiles + 8000n, `gas ${gas}`);
    if (this.test) this.test.title += ` (2 signals: ${gas} gas, ${mixed.runtimeBytes} bytes of code)`;
  });

  it('rejects a changed public signal', async () => {
    const [first, second] = mixed.signals as [bigint, bigint];
    assert.equal(await accepts(mixed, mixed.proof, [(first + 1n) % r, second]), false);
    assert.equal(await accepts(mixed, mixed.proof, [first, (second + 1n) % r]), false);
    assert.equal(await accepts(mixed, mixed.proof, [second, first]), false);
    assert.equal(await accepts(mixed, mixed.proof, [0n, 0n]), false);
  });

  it('rejects the aliases of a public signal', async () => {
    const [first, second] = mixed.signals as [bigint, bigint];
    for (const alias of [first + r, first + 2n * r, first + 4n * r, r, 2n ** 256n - 1n]) {
      assert.equal(await accepts(mixed, mixed.proof, [alias, second]), false);
    }
    assert.equal(await accepts(mixed, mixed.proof, [first, second + r]), false);
  });

  it('rejects a changed, swapped or negated point', async () => {
    const { a, b, c } = mixed.proof;
    const wrong: Groth16Points[] = [
      { a: c, b, c: a },
      { a: [a[0], q - a[1]], b, c },
      { a, b, c: [c[0], q - c[1]] },
      { a: mixed.key.alpha, b, c },
      { a, b: mixed.key.beta, c },
      { a, b: mixed.key.delta, c },
      { a, b, c: mixed.key.alpha },
      { a: [0n, 0n], b, c },
      { a, b, c: [0n, 0n] },
    ];
    for (const proof of wrong) assert.equal(await accepts(mixed, proof, mixed.signals), false);
  });

  it('rejects points off the curve, outside of the group, and aliases of coordinates', async () => {
    const { a, b, c } = mixed.proof;
    const [[x0, x1], [y0, y1]] = b;
    const wrong: Groth16Points[] = [
      { a: [a[0], a[1] + 1n], b, c },
      { a: [a[0] + q, a[1]], b, c },
      { a: [a[0], a[1] + q], b, c },
      {
        a,
        b: [
          [x1, x0],
          [y1, y0],
        ],
        c,
      },
      {
        a,
        b: [
          [x0 + q, x1],
          [y0, y1],
        ],
        c,
      },
      { a, b: OUTSIDE_OF_SUBGROUP, c },
      { a, b, c: [c[0] + 1n, c[1]] },
      { a, b, c: [c[0], c[1] + q] },
    ];
    for (const proof of wrong) assert.equal(await accepts(mixed, proof, mixed.signals), false);
  });

  it('verifies hundreds of public signals', async function () {
    const many = await deployFor(manySignalsCircuit(200));
    const { gas, returned } = await many.contract.call(encodeCall(many.proof, many.signals));
    assert.equal(returned[31], 1);
    if (this.test) this.test.title += ` (200 signals: ${gas} gas, ${many.runtimeBytes} bytes of code)`;
    assert.equal(await accepts(many, many.proof, [...many.signals.slice(0, -1), r]), false);
  });

  it('fits as many public signals as it promises under the limit of code size', () => {
    const point = mixed.key.ic[1] as Groth16VerificationKey['alpha'];
    const keyOf = (count: number): Groth16VerificationKey => ({
      ...mixed.key,
      ic: new Array(count + 1).fill(point),
    });
    const { runtimeBytes } = compileContract(verifierContract(keyOf(PUBLIC_SIGNALS_MAX)), 'Verifier');
    assert.ok(runtimeBytes <= 24_576, `${runtimeBytes} bytes`);
    assertThrowsCode(
      () => verifierContract(keyOf(PUBLIC_SIGNALS_MAX + 1)),
      'UNSUPPORTED_OPTION',
      'The verification key has 351 public signals; a contract has room for 350. Publish the argmax, or a hash of the outputs, instead of all of them.',
    );
  });

  it('verifies a circuit without public signals', async () => {
    const none = await deployFor(circuitOf([[[[1, 1]], [[2, 1]], [[3, 1]]]], [1n, 5n, 7n, 35n], 0));
    assert.equal(await accepts(none, none.proof, []), true);
    assert.equal(await accepts(none, { ...none.proof, c: none.proof.a }, []), false);
  });

  it('returns false, not true, where the precompiles are missing', async () => {
    // Deployed code with its precompile addresses moved to accounts without code: calls succeed and return nothing.
    const source = verifierContract(mixed.key)
      .replaceAll('callPrecompile(7,', 'callPrecompile(0x7777,')
      .replaceAll('callPrecompile(6,', 'callPrecompile(0x6666,')
      .replaceAll('callPrecompile(8,', 'callPrecompile(0x8888,');
    const contract = await deploy(compileContract(source, 'Verifier').creation);
    const forged: Groth16Points = { ...mixed.proof, a: [1n, 2n] };
    assert.equal(await accepts({ ...mixed, contract }, forged, mixed.signals), false);
    const noSignals = verifierContract({ ...mixed.key, ic: mixed.key.ic.slice(0, 1) }).replaceAll(
      'callPrecompile(8,',
      'callPrecompile(0x8888,',
    );
    const bare = await deploy(compileContract(noSignals, 'Verifier').creation);
    assert.equal(await accepts({ ...mixed, contract: bare }, forged, []), false);
  });

  it('refuses a name that is not an identifier', () => {
    for (const name of ['', 'verifier', 'A b', 'A{} contract B', '1A']) {
      assertThrowsCode(
        () => verifierContract(mixed.key, { name }),
        'INVALID_NAME',
        `The contract's name "${name}" is not a capital letter followed by up to 63 letters, digits and underscores. Choose another.`,
      );
    }
    assert.match(verifierContract(mixed.key, { name: 'DigitVerifier' }), /^contract DigitVerifier \{$/m);
  });

  it('names its public signals for those who read it', () => {
    const signals = [
      { name: 'address', count: 1 },
      { name: 'nothing', count: 0 },
      { name: 'features', count: 1 },
    ];
    const source = verifierContract(mixed.key, { signals });
    assert.match(source, /each below R\.\n {4}\/\/\/ {3}\[0\] address\n {4}\/\/\/ {3}\[1\] features\n/);
    assert.equal(compileContract(source, 'Verifier').runtimeBytes, mixed.runtimeBytes);
    assert.match(verifierContract(mixed.key, { signals: [{ name: 'both', count: 2 }] }), /\[0\.\.1\] both\n/);
    assertThrowsCode(
      () => verifierContract(mixed.key, { signals: [{ name: 'all', count: 3 }] }),
      'UNSUPPORTED_OPTION',
      '3 public signals are named; the verification key has 2. Name all of them, or none.',
    );
    assertThrowsCode(
      () => verifierContract(mixed.key, { signals: [{ name: 'a\n*/ contract', count: 2 }] }),
      'INVALID_NAME',
      /^The public signal "a\\n\*\/ contract" has no name of letters/,
    );
  });

  it('refuses a key with delta equal to gamma', () => {
    assertThrowsCode(
      () => verifierContract({ ...mixed.key, delta: mixed.key.gamma }),
      'UNSAFE_KEY',
      /^The verification key has delta equal to gamma or to the generator, so anyone can forge proofs for it\./,
    );
  });
});

/** x = i, with a square root of x^3 + 3/(9 + i): on the twist, but not in its subgroup of order r. */
const OUTSIDE_OF_SUBGROUP: Groth16Points['b'] = [
  [0n, 1n],
  [
    5857410223677516958241855868975604786906559121396168184066542210254491971240n,
    3499505209057624827709920819629410982529044040404494099368353913743455207650n,
  ],
];
