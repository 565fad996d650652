/**
 * The published UltraGroth, by a prover of its shape made here: our kernel's two steps with the published challenge.
 */
import assert from 'node:assert/strict';
import {
  decodeG1,
  G1_BYTES,
  type LegacyUltraGrothZkey,
  legacyUltraGrothChallenge,
  legacyUltraGrothVerificationKey,
  parseLegacyUltraGrothKey,
  parseLegacyUltraGrothProof,
  printLegacyUltraGrothKey,
  printLegacyUltraGrothProof,
  readLegacyUltraGrothZkey,
  readUltraGrothZkey,
  writeLegacyUltraGrothZkey,
} from '../../converters/keys-to-iden3/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { type NativeKernel, randomScalar } from '../../src/kernel/index.ts';
import type { UltraGrothPoints } from '../../src/kernel/types.ts';
import {
  loadProvingKey,
  setupForDevelopment,
  type UltraGrothProvingKey,
  verify,
  verifyLegacyUltraGroth,
} from '../../src/ultragroth/index.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import { forgePublicKey, lookupCircuit, publicKeyCircuit, witnessOf } from './circuits.ts';
import { openTestKernel } from './kernel.ts';

const KEYS = [3n, 0n, 7n, 7n, 5n, 1n];

describe('legacy UltraGroth', () => {
  const circuit = lookupCircuit(KEYS.length, 8, 2);
  let kernel: NativeKernel;
  let zkey: Uint8Array;
  let provingKey: UltraGrothProvingKey;
  let legacy: LegacyUltraGrothZkey;
  let proof: UltraGrothPoints;
  let publicSignals: readonly bigint[];

  before(async () => {
    kernel = await openTestKernel();
    zkey = await setupForDevelopment(kernel, circuit.r1cs);
    provingKey = await loadProvingKey(kernel, zkey);
    legacy = toLegacy(zkey);
    const { loaded } = provingKey;
    const blinding = { rho: randomScalar(), r: randomScalar(), s: randomScalar() };
    const witness = witnessOf(circuit, KEYS);
    const first = circuit.at.keys * 32;
    const roundOne = witness.roundOne.slice(first, first + loaded.roundOneCount * 32);
    const c1 = await kernel.ultraGroth.commit(loaded, roundOne, blinding.rho);
    const wires = await witness.finish([legacyUltraGrothChallenge(c1)]);
    proof = { ...(await kernel.ultraGroth.prove(loaded, wires, blinding)), c1 };
    publicSignals = [1, 2].map(wire =>
      BigInt(
        `0x${Buffer.from(wires.slice(wire * 32, wire * 32 + 32))
          .reverse()
          .toString('hex')}`,
      ),
    );
  });
  after(async () => {
    provingKey?.release();
    await kernel?.close();
  });

  it('verifies its proofs, by keys from its .zkey and its JSON', async () => {
    const key = legacyUltraGrothVerificationKey(legacy);
    assert.deepEqual(key, provingKey.verificationKey);
    assert.deepEqual(parseLegacyUltraGrothKey(printLegacyUltraGrothKey(key)), key);
    assert.deepEqual(parseLegacyUltraGrothProof(printLegacyUltraGrothProof(proof)), proof);
    assert.equal(await verifyLegacyUltraGroth(kernel, key, publicSignals, proof), true);
    const [first, second] = publicSignals as [bigint, bigint];
    assert.equal(await verifyLegacyUltraGroth(kernel, key, [first + 1n, second], proof), false);
  });

  it('mixes with ours in neither direction', async () => {
    const { verificationKey } = provingKey;
    assert.equal(await verify(kernel, verificationKey, publicSignals, proof), false);
    assertThrowsCode(
      () => readLegacyUltraGrothZkey(zkey),
      'MALFORMED_KEY',
      /is for protocol \d+; the published/,
    );
    assertThrowsCode(
      () => readUltraGrothZkey(writeLegacyUltraGrothZkey(legacy)),
      'MALFORMED_KEY',
      /is for protocol 1337; UltraGroth/,
    );
  });

  it('refuses what its own verifiers let pass', async () => {
    const key = legacyUltraGrothVerificationKey(legacy);
    const [first, second] = publicSignals as [bigint, bigint];
    await assertRejectsCode(
      () => verifyLegacyUltraGroth(kernel, key, [first + r, second], proof),
      'MALFORMED_PROOF',
    );
    await assertRejectsCode(
      () => verifyLegacyUltraGroth(kernel, key, publicSignals, { ...proof, c1: [0n, 0n] }),
      'MALFORMED_PROOF',
    );
    await assertRejectsCode(
      () => verifyLegacyUltraGroth(kernel, { ...key, delta1: key.delta2 }, publicSignals, proof),
      'UNSAFE_KEY',
    );
  });

  it('accepts a forged lookup of a public wire: the flaw that hashing the publics mends', async () => {
    const open = publicKeyCircuit();
    const key = await loadProvingKey(kernel, await setupForDevelopment(kernel, open.r1cs));
    const forgery = await forgePublicKey(kernel, key, open, c1 => [legacyUltraGrothChallenge(c1)]);
    const accepted = await verifyLegacyUltraGroth(
      kernel,
      key.verificationKey,
      [forgery.forged],
      forgery.proof,
    );
    assert.equal(accepted, true);
    assert.equal(await verify(kernel, key.verificationKey, [forgery.forged], forgery.proof), false);
    key.release();
  });

  it('reads back the .zkey that it writes, with any order of wires', () => {
    const [one, two] = legacy.roundWires;
    const scattered = { ...legacy, challengeWire: 1, roundWires: [one.slice().reverse(), two] as const };
    for (const key of [legacy, scattered]) {
      const read = readLegacyUltraGrothZkey(writeLegacyUltraGrothZkey(key));
      assert.deepEqual(plain(read), plain(key));
    }
    assert.deepEqual(
      legacyUltraGrothVerificationKey(scattered).ic.at(-1),
      decodeG1(legacy.ic.subarray(G1_BYTES, 2 * G1_BYTES)),
    );
  });

  it('refuses headers and wires that contradict themselves', () => {
    const refuses = (change: Partial<LegacyUltraGrothZkey>, text: RegExp): void => {
      const bytes = writeLegacyUltraGrothZkey({ ...legacy, ...change });
      assertThrowsCode(() => readLegacyUltraGrothZkey(bytes), 'MALFORMED_KEY', text);
    };
    const [one, two] = legacy.roundWires;
    refuses({ challengeWire: 0 }, /has a header that contradicts itself: .* challenge at 0/);
    refuses({ challengeWire: 4 }, /has a header that contradicts itself: .* challenge at 4/);
    refuses({ domainSize: 3 }, /has a header that contradicts itself: .* domain of 3/);
    refuses({ roundWires: [one, two.slice().fill(one[0] as number)] }, /lists a wire twice in its rounds/);
    refuses({ roundWires: [one, two.slice().fill(2)] }, /lists wire 2 in a round, which is no private wire/);
    refuses({ alpha1: [1n, 3n] }, /has a point alpha that is infinite or off the curve/);
    refuses({ h: legacy.h.slice(1) }, /Section 12 \(H\) .* has \d+ bytes/);
    const ic = legacy.ic.slice();
    ic[0] = (ic[0] as number) ^ 1;
    assertThrowsCode(
      () => legacyUltraGrothVerificationKey({ ...legacy, ic }),
      'MALFORMED_KEY',
      /has point 0 of section 3 \(IC\) off the curve/,
    );
  });

  it('refuses JSON of another protocol, or with other counts', () => {
    const key = printLegacyUltraGrothKey(provingKey.verificationKey);
    assertThrowsCode(
      () => parseLegacyUltraGrothKey(key.replace('"ultragroth"', '"groth16"')),
      'MALFORMED_KEY',
      /"protocol" of the legacy UltraGroth verification key is "groth16"; "ultragroth" is expected/,
    );
    assertThrowsCode(
      () => parseLegacyUltraGrothKey(key.replace('"nPublic": 3', '"nPublic": 2')),
      'MALFORMED_KEY',
      /"IC" of the legacy UltraGroth verification key is not an array of nPublic points/,
    );
  });
});

/** Our key in the published layout. */
function toLegacy(zkey: Uint8Array): LegacyUltraGrothZkey {
  const key = readUltraGrothZkey(zkey);
  const border = key.roundOneCount * G1_BYTES;
  const first = key.publicCount + 1;
  const wires = (from: number, end: number): Uint32Array =>
    Uint32Array.from({ length: end - from }, (_, i) => from + i);
  return {
    wireCount: key.wireCount,
    publicCount: key.publicCount,
    domainSize: key.domainSize,
    challengeWire: key.publicCount,
    ...{ alpha1: key.alpha1, beta1: key.beta1, beta2: key.beta2, gamma2: key.gamma2 },
    deltas: [
      [key.roundOneDelta1, key.roundOneDelta2],
      [key.delta1, key.delta2],
    ],
    ...{ ic: key.ic, coefficients: key.coefficients, a: key.a, b1: key.b1, b2: key.b2, h: key.h },
    c: [key.c.subarray(0, border), key.c.subarray(border)],
    roundWires: [wires(first, first + key.roundOneCount), wires(first + key.roundOneCount, key.wireCount)],
    contributions: new Uint8Array(68),
  };
}

/** Buffers and views compare by content. */
function plain(key: LegacyUltraGrothZkey): unknown {
  return Object.fromEntries(
    Object.entries(key).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : JSON.stringify(value, bigintText),
    ]),
  );
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
