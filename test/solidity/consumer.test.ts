/** Consumer contracts in an EVM, with real verifiers and proofs of small networks, in both proof systems. */
import assert from 'node:assert/strict';
import { type CallResult, type Contract, openChain } from '../../examples/support/chain.ts';
import { planApplication, signalNames, thresholdInteger } from '../../src/applications/index.ts';
import type { ApplicationOptions, Claim, Liveness, Proximity } from '../../src/applications/types.ts';
import { enrol } from '../../src/claiming.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import type { LoadedProvingKey, NativeKernel } from '../../src/kernel/index.ts';
import {
  type ProvableNetwork,
  prove,
  proveUltraGroth,
  setup,
  setupUltraGroth,
  solve,
} from '../../src/pipeline/index.ts';
import {
  consumerContract,
  encodeCall,
  encodeUltraGrothCall,
  ultraGrothVerifierContract,
  verifierContract,
} from '../../src/solidity/index.ts';
import { loadProvingKey, type UltraGrothProvingKey } from '../../src/ultragroth/index.ts';
import {
  FAR_SAMPLE,
  NEAR_SAMPLE,
  SAMPLE,
  smallApplication,
  smallQuantGraph,
} from '../applications/support/small-network.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import { openTestKernel } from '../ultragroth/kernel.ts';

const ALICE = '0x00000000000000000000000000000000000a11ce';
const BOB = '0x0000000000000000000000000000000000000b0b';
const CLAIM_GAS_MAX = 330_000n;

/** A proof as call data: with other signals, it is the same proof told to say something else. */
type Calldata = (signals: readonly bigint[]) => Uint8Array;

interface Deployment {
  readonly network: ProvableNetwork;
  readonly consumer: Contract;
  readonly entry: string;
  prove(sample: readonly number[], claim: Claim): Promise<{ signals: readonly bigint[]; calldata: Calldata }>;
  nonceOf(account: string): Promise<bigint>;
}

describe('consumer contracts', () => {
  let kernel: NativeKernel;
  const keys: { release(): void }[] = [];
  before(async () => {
    kernel = await openTestKernel();
  });
  after(async () => {
    for (const key of keys) key.release();
    await kernel.close();
  });

  type Prover = (
    sample: readonly number[],
    claim: Claim,
  ) => Promise<{ signals: readonly bigint[]; calldata: Calldata }>;

  async function groth16(
    network: ProvableNetwork,
    entry: string,
  ): Promise<{ verifier: string; prover: Prover }> {
    const { provingKey, verificationKey } = await setup(kernel, network);
    const key: LoadedProvingKey = await kernel.loadProvingKey(provingKey);
    keys.push(key);
    const prover: Prover = async (sample, claim) => {
      const { proof, publicSignals } = await prove(kernel, key, await solve(network, [sample], { claim }));
      return { signals: publicSignals, calldata: signals => encodeCall(proof, signals, entry) };
    };
    return { verifier: verifierContract(verificationKey), prover };
  }

  async function ultraGroth(
    network: ProvableNetwork,
    entry: string,
  ): Promise<{ verifier: string; prover: Prover }> {
    const { provingKey, verificationKey } = await setupUltraGroth(kernel, network);
    const key: UltraGrothProvingKey = await loadProvingKey(kernel, provingKey);
    keys.push(key);
    const prover: Prover = async (sample, claim) => {
      const witness = await solve(network, [sample], { claim });
      const { proof, publicSignals } = await proveUltraGroth(kernel, key, witness);
      return { signals: publicSignals, calldata: signals => encodeUltraGrothCall(proof, signals, entry) };
    };
    return { verifier: ultraGrothVerifierContract(verificationKey), prover };
  }

  async function deployFor(
    options: ApplicationOptions,
    proofSystem: 'groth16' | 'ultragroth',
    threshold?: number,
  ): Promise<Deployment> {
    const network = await smallApplication(options, proofSystem);
    const { application } = network;
    assert.ok(application);
    const { name, entry, source } = consumerContract(application, { proofSystem });
    const make = proofSystem === 'groth16' ? groth16 : ultraGroth;
    const { verifier, prover } = await make(network, entry);
    const chain = await openChain();
    const deployed = await chain.deploy(verifier, 'Verifier');
    const bound =
      threshold === undefined ? [] : [thresholdInteger(application as Liveness | Proximity, threshold)];
    const consumer = await chain.deploy(source, name, [BigInt(deployed.address), ...bound]);
    const nonceOf = async (account: string): Promise<bigint> => {
      const { returned } = await consumer.call(account, 'nextNonce(address)', [BigInt(account)]);
      return returned[0] as bigint;
    };
    return { network, consumer, entry, prove: prover, nonceOf };
  }

  /** A valid proof is taken once; by nobody else; and not with any signal changed. Returns the accepted call. */
  async function attack(
    { network, consumer, nonceOf, prove: prover }: Deployment,
    claim: Claim,
    errors: Readonly<Record<string, RegExp>>,
  ): Promise<CallResult> {
    const nonce = await nonceOf(ALICE);
    const { signals, calldata } = await prover(SAMPLE, { ...claim, address: ALICE, nonce });
    const application = network.application;
    assert.ok(application);
    const names = signalNames(application);
    for (const [index, name] of names.entries()) {
      const changed = signals.map((value, at) => (at === index ? (value + 1n) % r : value));
      const { error } = await consumer.callRaw(ALICE, calldata(changed));
      assert.match(error ?? '', errors[name.replace(/\[.*/, '')] ?? /^FalseProof\(\)$/, `${name} changed`);
      const alias = signals.map((value, at) => (at === index ? value + r : value));
      assert.equal((await consumer.callRaw(ALICE, calldata(alias))).error, `SignalOutOfField(${index})`);
    }
    assert.equal((await consumer.callRaw(BOB, calldata(signals))).error, `NotTheSender(${BigInt(ALICE)})`);
    const accepted = await consumer.callRaw(ALICE, calldata(signals));
    assert.equal(accepted.error, undefined);
    assert.ok(accepted.gas < CLAIM_GAS_MAX, `${accepted.gas} gas`);
    const next = await nonceOf(ALICE);
    assert.notEqual(next, nonce);
    assert.equal((await consumer.callRaw(ALICE, calldata(signals))).error, `WrongNonce(${next})`);
    const renewed = signals.map((value, at) => (at === 1 ? next : value));
    assert.equal((await consumer.callRaw(ALICE, calldata(renewed))).error, 'FalseProof()');
    const asBob = signals.map((value, at) => [BigInt(BOB), next][at] ?? value);
    assert.match((await consumer.callRaw(BOB, calldata(asBob))).error ?? '', /^WrongNonce/);
    return accepted;
  }

  const BOUND_ERRORS = { address: /^NotTheSender/, nonce: /^WrongNonce/ };

  for (const system of ['groth16', 'ultragroth'] as const) {
    it(`take a classification of the sender once (${system})`, async function () {
      const deployment = await deployFor({ kind: 'classification', commitInput: true }, system);
      const { gas } = await attack(deployment, {}, BOUND_ERRORS);
      const { returned } = await deployment.consumer.call(ALICE, 'records(address)', [BigInt(ALICE)]);
      const { outputs } = await solve(deployment.network, [SAMPLE], { claim: { address: ALICE, nonce: 0 } });
      assert.equal(returned[0], BigInt(outputs[0]?.data[0] ?? -1));
      assert.ok((returned[1] as bigint) > 0n);
      if (this.test) this.test.title += ` (${gas} gas)`;
    });

    it(`take liveness above the threshold (${system})`, async function () {
      const deployment = await deployFor({ kind: 'liveness' }, system, -0.75);
      const { consumer, nonceOf, prove: prover } = deployment;
      const low = await prover(SAMPLE, { address: ALICE, nonce: await nonceOf(ALICE), threshold: -0.7501 });
      assert.match(
        (await consumer.callRaw(ALICE, low.calldata(low.signals))).error ?? '',
        /^ThresholdTooLow/,
      );
      const { gas } = await attack(deployment, { threshold: -0.75 }, BOUND_ERRORS);
      const { returned } = await consumer.call(ALICE, 'provenAt(address)', [BigInt(ALICE)]);
      assert.ok((returned[0] as bigint) > 0n);
      if (this.test) this.test.title += ` (${gas} gas)`;
    });

    it(`log in who is near to the registered commitment (${system})`, async function () {
      const deployment = await deployFor({ kind: 'proximity', commitFeatures: true }, system, 0.5);
      const { network, consumer, nonceOf, prove: prover } = deployment;
      const { features, salt, commitment } = enrol(network, [NEAR_SAMPLE]);
      const claim = { features, featuresSalt: salt, threshold: 0.5 };
      const early = await prover(SAMPLE, { ...claim, address: ALICE, nonce: await nonceOf(ALICE) });
      const refused = await consumer.callRaw(ALICE, early.calldata(early.signals));
      assert.equal(refused.error, 'NotTheRegisteredFeatures(0)');
      assert.equal((await consumer.call(ALICE, 'register(uint256)', [r])).error, 'SignalOutOfField(0)');
      assert.equal((await consumer.call(ALICE, 'register(uint256)', [commitment])).error, undefined);
      assert.equal((await consumer.call(ALICE, 'register(uint256)', [7n])).error, 'AlreadyRegistered()');
      const nonce = await nonceOf(ALICE);
      const wide = await prover(SAMPLE, { ...claim, threshold: 0.51, address: ALICE, nonce });
      assert.match(
        (await consumer.callRaw(ALICE, wide.calldata(wide.signals))).error ?? '',
        /^ThresholdTooHigh/,
      );
      const errors = {
        ...BOUND_ERRORS,
        threshold: /^ThresholdTooHigh/,
        features_commitment: /^NotTheRegistered/,
      };
      const { gas } = await attack(deployment, claim, errors);
      if (this.test) this.test.title += ` (${gas} gas)`;
    });
  }

  it('log in who is near to registered public features, and refuse other features', async () => {
    const deployment = await deployFor({ kind: 'proximity' }, 'groth16', 0.5);
    const { network, consumer, nonceOf, prove: prover } = deployment;
    const { features } = enrol(network, [NEAR_SAMPLE]);
    const words = features.map(value => (value + r) % r);
    assert.equal((await consumer.call(ALICE, 'register(uint256[4])', words)).error, undefined);
    const errors = { ...BOUND_ERRORS, threshold: /^ThresholdTooHigh/, features: /^NotTheRegistered/ };
    await attack(deployment, { features, threshold: 0.5 }, errors);
    const other = enrol(network, [SAMPLE]).features;
    const nonce = await nonceOf(ALICE);
    const wrong = await prover(SAMPLE, { features: other, threshold: 0.5, address: ALICE, nonce });
    assert.match(
      (await consumer.callRaw(ALICE, wrong.calldata(wrong.signals))).error ?? '',
      /^NotTheRegistered/,
    );
    await assertRejectsCode(
      () => prover(FAR_SAMPLE, { features, threshold: 0.5, address: ALICE, nonce }),
      'FALSE_CLAIM',
      /^The squared distance to the enrolled features is [\d.]+, above the threshold 0\.5; that it is within cannot be proved\. /,
    );
  });

  it('are not written for proofs that anyone could use again', () => {
    const graph = smallQuantGraph(4, 'label');
    const application = planApplication(graph, { kind: 'classification', bound: false });
    assertThrowsCode(
      () => consumerContract(application),
      'UNSUPPORTED_OPTION',
      'The application has no address and no nonce, so that anyone could use a proof again. Compile it bound to accounts, or call the verifier from a contract of your own.',
    );
  });
});
