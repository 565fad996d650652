/** Every way to cheat that the protocol is built against, tried on the verifier here and on the contract in an EVM. */
import assert from 'node:assert/strict';
import {
  decodeG1,
  G1_BYTES,
  G2_GENERATOR,
  readUltraGrothZkey,
  ultraGrothChallenges,
  ultraGrothKeyDigest,
  writeUltraGrothZkey,
} from '../../converters/keys-to-iden3/index.ts';
import { invertOrZero, mod, BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { type NativeKernel, randomScalar } from '../../src/kernel/index.ts';
import type { G1Point, UltraGrothPoints, UltraGrothVerificationKey } from '../../src/kernel/types.ts';
import { encodeUltraGrothCall, ultraGrothVerifierContract } from '../../src/solidity/index.ts';
import {
  exportVerificationKey,
  loadProvingKey,
  prove,
  setupForDevelopment,
  type TwoRoundWitness,
  type UltraGrothProvingKey,
  verify,
  verifyBatch,
} from '../../src/ultragroth/index.ts';
import { compileContract, type Deployed, deploy } from '../solidity/evm.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import {
  decodeWires,
  encodeWires,
  forgePublicKey,
  type Lies,
  type LookupCircuit,
  lookupCircuit,
  publicKeyCircuit,
  publicKeyWitness,
  witnessOf,
} from './circuits.ts';
import { openTestKernel } from './kernel.ts';
import { OUTSIDE_G2 } from './points.ts';

const KEYS = [3n, 0n, 7n, 7n, 5n, 1n];
const INFINITY: G1Point = [0n, 0n];

interface Scene {
  readonly circuit: LookupCircuit;
  readonly zkey: Uint8Array;
  readonly key: UltraGrothVerificationKey;
  readonly provingKey: UltraGrothProvingKey;
  readonly contract: Deployed;
}

describe('attacks on UltraGroth', () => {
  let kernel: NativeKernel;
  let scene: Scene;
  let honest: { proof: UltraGrothPoints; publicSignals: readonly bigint[] };

  const stage = async (circuit: LookupCircuit): Promise<Scene> => {
    const zkey = await setupForDevelopment(kernel, circuit.r1cs);
    const key = exportVerificationKey(zkey);
    const { creation } = compileContract(ultraGrothVerifierContract(key), 'Verifier');
    const provingKey = await loadProvingKey(kernel, zkey);
    return { circuit, zkey, key, provingKey, contract: await deploy(creation) };
  };
  const contractAccepts = async (
    { contract }: Scene,
    proof: UltraGrothPoints,
    signals: readonly bigint[],
  ): Promise<boolean> => {
    const { ok, returned } = await contract.call(encodeUltraGrothCall(proof, signals));
    assert.ok(ok, 'the contract reverted');
    return returned[31] === 1;
  };
  /** Refused by false on both sides. */
  const assertRefused = async (
    proof: UltraGrothPoints,
    signals: readonly bigint[],
    where: Scene = scene,
  ): Promise<void> => {
    assert.equal(await verify(kernel, where.key, signals, proof), false, 'the verifier accepts');
    assert.equal(await contractAccepts(where, proof, signals), false, 'the contract accepts');
  };
  const lie = (lies: Lies, keys = KEYS): Promise<typeof honest> =>
    prove(kernel, scene.provingKey, witnessOf(scene.circuit, keys, lies));

  before(async () => {
    kernel = await openTestKernel();
    scene = await stage(lookupCircuit(KEYS.length, 8, 2));
    honest = await prove(kernel, scene.provingKey, witnessOf(scene.circuit, KEYS));
  });
  after(async () => {
    scene?.provingKey.release();
    await kernel?.close();
  });

  it('the honest proof is accepted, so that refusals mean something', async () => {
    assert.equal(await verify(kernel, scene.key, honest.publicSignals, honest.proof), true);
    assert.equal(await contractAccepts(scene, honest.proof, honest.publicSignals), true);
  });

  it('a public input plus r is refused', async () => {
    const [first, second] = honest.publicSignals as [bigint, bigint];
    for (const aliases of [
      [first + r, second],
      [first, second + r],
      [first + 2n * r, second],
    ]) {
      await assertRejectsCode(
        () => verify(kernel, scene.key, aliases, honest.proof),
        'MALFORMED_PROOF',
        /which is not in \[0, r\): it would be an alias of another/,
      );
      assert.equal(await contractAccepts(scene, honest.proof, aliases), false);
    }
  });

  it('a changed public input is refused', async () => {
    const [first, second] = honest.publicSignals as [bigint, bigint];
    await assertRefused(honest.proof, [first + 1n, second]);
  });

  it('a public wire in a key cannot be chosen after the challenge, for the challenge hashes it', async () => {
    const where = await stage(publicKeyCircuit());
    const { provingKey, key, circuit } = where;
    const engine = kernel.ultraGroth;
    const fair = await prove(kernel, provingKey, publicKeyWitness(circuit, 5n));
    assert.equal(await verify(kernel, key, fair.publicSignals, fair.proof), true);

    const { proof, forged, challenge } = await forgePublicKey(kernel, provingKey, circuit, c1 =>
      ultraGrothChallenges(provingKey.digest, 1, [5n], c1),
    );
    // Were the challenge a hash of C1 alone, this would be accepted.
    assert.equal(await engine.verify(key, [{ inputs: [forged, challenge], proof }]), true);
    await assertRefused(proof, [forged], where);
    provingKey.release();
  });

  it('a limb beyond its table is refused, whatever the prover makes of the sum', async () => {
    const { at } = scene.circuit;
    const keys = [8n, ...KEYS.slice(1)];
    const honestLate = await lie({}, keys);
    await assertRefused(honestLate.proof, honestLate.publicSignals);
    const patched = await lie(
      {
        late: wires => {
          const inverse = wires[at.inverses] as bigint;
          wires[at.quotients] = ((wires[at.quotients] as bigint) + inverse) % r;
        },
      },
      keys,
    );
    await assertRefused(patched.proof, patched.publicSignals);
    const dropped = await lie(
      {
        late: wires => {
          wires[at.inverses] = 0n;
        },
      },
      keys,
    );
    await assertRefused(dropped.proof, dropped.publicSignals);
  });

  it('a multiplicity off by one is refused', async () => {
    const { at } = scene.circuit;
    for (const change of [1n, r - 1n]) {
      const wrong = await lie({
        bound: wires => {
          wires[at.multiplicities + 7] = ((wires[at.multiplicities + 7] as bigint) + change) % r;
        },
      });
      await assertRefused(wrong.proof, wrong.publicSignals);
    }
  });

  it('swapped commitments of the rounds are refused', async () => {
    const { a, b, c1, c2 } = honest.proof;
    await assertRefused({ a, b, c1: c2, c2: c1 }, honest.publicSignals);
  });

  it('the challenge of another proof is refused', async () => {
    const { loaded, digest } = scene.provingKey;
    const engine = kernel.ultraGroth;
    const blinding = { rho: randomScalar(), r: randomScalar(), s: randomScalar() };
    const witness: TwoRoundWitness = witnessOf(scene.circuit, KEYS);
    const first = 1 + loaded.publicCount + loaded.challengeCount;
    const roundOne = witness.roundOne.slice(first * 32, (first + loaded.roundOneCount) * 32);
    const c1 = await engine.commit(loaded, roundOne, blinding.rho);
    const others = ultraGrothChallenges(digest, 1, honest.publicSignals, honest.proof.c1);
    const wires = await witness.finish(others);
    const proof = { ...(await engine.prove(loaded, wires, blinding)), c1 };
    // The equation holds for the challenge that was used: only its origin is wrong.
    const inputs = [...honest.publicSignals, ...others];
    assert.equal(await engine.verify(scene.key, [{ inputs, proof }]), true);
    await assertRefused(proof, honest.publicSignals);
  });

  it('a commitment blinded anew after the challenge is refused, though the equation holds', async () => {
    const { roundOneDelta1, delta1: roundTwoDelta1 } = readUltraGrothZkey(scene.zkey);
    const { c1, c2 } = honest.proof;
    const moved = {
      ...honest.proof,
      c1: addG1(c1, roundTwoDelta1),
      c2: addG1(c2, [roundOneDelta1[0], q - roundOneDelta1[1]]),
    };
    const challenges = ultraGrothChallenges(scene.provingKey.digest, 1, honest.publicSignals, c1);
    const inputs = [...honest.publicSignals, ...challenges];
    assert.equal(await kernel.ultraGroth.verify(scene.key, [{ inputs, proof: moved }]), true);
    await assertRefused(moved, honest.publicSignals);
  });

  it('a wire of round 1 moved into round 2 is refused: its point is over another delta', async () => {
    const { c, roundOneCount } = readUltraGrothZkey(scene.zkey);
    const point = decodeG1(c.subarray((roundOneCount - 1) * G1_BYTES, roundOneCount * G1_BYTES)) as G1Point;
    const { c1, c2 } = honest.proof;
    const moved = { ...honest.proof, c1: addG1(c1, [point[0], q - point[1]]), c2: addG1(c2, point) };
    await assertRefused(moved, honest.publicSignals);
  });

  it("another circuit's key is refused", async () => {
    // The same circuit even, of another set-up.
    const other = await stage(scene.circuit);
    await assertRefused(honest.proof, honest.publicSignals, other);
    const back = await prove(kernel, other.provingKey, witnessOf(scene.circuit, KEYS));
    await assertRefused(back.proof, back.publicSignals);
    other.provingKey.release();
  });

  it('keys with unset or equal deltas are refused by everything that takes a key', async () => {
    const parts = readUltraGrothZkey(scene.zkey);
    const { key } = scene;
    const unsafe: [UltraGrothVerificationKey, Uint8Array][] = [
      [{ ...key, delta1: G2_GENERATOR }, writeUltraGrothZkey({ ...parts, roundOneDelta2: G2_GENERATOR })],
      [{ ...key, delta2: G2_GENERATOR }, writeUltraGrothZkey({ ...parts, delta2: G2_GENERATOR })],
      [{ ...key, delta1: key.delta2 }, writeUltraGrothZkey({ ...parts, roundOneDelta2: parts.delta2 })],
    ];
    const text = /a delta equal to gamma, to the generator or to the other delta, so anyone can forge/;
    for (const [verificationKey, zkey] of unsafe) {
      assertThrowsCode(() => exportVerificationKey(zkey), 'UNSAFE_KEY', text);
      assertThrowsCode(() => ultraGrothVerifierContract(verificationKey), 'UNSAFE_KEY', text);
      await assertRejectsCode(() => loadProvingKey(kernel, zkey), 'UNSAFE_KEY', text);
      await assertRejectsCode(
        () => verify(kernel, verificationKey, honest.publicSignals, honest.proof),
        'UNSAFE_KEY',
        text,
      );
      await assertRejectsCode(() => kernel.ultraGroth.loadProvingKey(zkey), 'MALFORMED_KEY', /delta/);
    }
  });

  it('points off the curve, outside of the group, infinite or with aliases are refused', async () => {
    const { a, b, c1, c2 } = honest.proof;
    const [[x0, x1], [y0, y1]] = b;
    const wrong: UltraGrothPoints[] = [
      { a: INFINITY, b, c1, c2 },
      { a, b, c1: INFINITY, c2 },
      { a, b, c1, c2: INFINITY },
      {
        a,
        b: [
          [0n, 0n],
          [0n, 0n],
        ],
        c1,
        c2,
      },
      { a: [a[0], a[1] + 1n], b, c1, c2 },
      { a, b, c1: [c1[0] + 1n, c1[1]], c2 },
      { a, b, c1, c2: [c2[0], c2[1] + 1n] },
      { a, b, c1: [c1[0] + q, c1[1]], c2 },
      { a: [a[0], a[1] + q], b, c1, c2 },
      {
        a,
        b: [
          [x1, x0],
          [y1, y0],
        ],
        c1,
        c2,
      },
    ];
    for (const proof of wrong) {
      await assertRejectsCode(
        () => verify(kernel, scene.key, honest.publicSignals, proof),
        'MALFORMED_PROOF',
        /a point that is infinite or not in the group of order r/,
      );
      assert.equal(await contractAccepts(scene, proof, honest.publicSignals), false);
    }
    // On the twist, which a contract's precompile refuses by failing.
    await assertRejectsCode(
      () => verify(kernel, scene.key, honest.publicSignals, { a, b: OUTSIDE_G2, c1, c2 }),
      'MALFORMED_PROOF',
      /a point that is infinite or not in the group of order r/,
    );
  });

  it('verification keys with points off the curve, outside of the group, infinite or with aliases are refused', async () => {
    const { key } = scene;
    const changes: Partial<UltraGrothVerificationKey>[] = [
      { beta: OUTSIDE_G2 },
      { gamma: OUTSIDE_G2 },
      { delta1: OUTSIDE_G2 },
      { delta2: OUTSIDE_G2 },
      { alpha: INFINITY },
      { alpha: [key.alpha[0], key.alpha[1] + q] },
      { ic: [[1n, 3n], ...key.ic.slice(1)] },
    ];
    for (const change of changes) {
      await assertRejectsCode(
        () => verify(kernel, { ...key, ...change }, honest.publicSignals, honest.proof),
        'MALFORMED_KEY',
        'The UltraGroth verification key holds a point that is infinite or outside of the group of order r, or fewer IC points than challenges need. Export it again.',
      );
    }
  });

  it('too few and too many public inputs are refused', async () => {
    const [first, second] = honest.publicSignals as [bigint, bigint];
    for (const signals of [[first], [first, second, 0n], []]) {
      await assertRejectsCode(
        () => verify(kernel, scene.key, signals, honest.proof),
        'KEY_MISMATCH',
        /public signals; the verification key is for 2/,
      );
      const { ok } = await scene.contract.call(encodeUltraGrothCall(honest.proof, signals));
      assert.equal(ok, false);
    }
    // The right function with a word too few.
    const call = encodeUltraGrothCall(honest.proof, honest.publicSignals);
    assert.equal((await scene.contract.call(call.subarray(0, -32))).ok, false);
  });

  it('a batch with one false claim is refused', async () => {
    const other = await lie({}, [...KEYS].reverse());
    assert.equal(await verifyBatch(kernel, scene.key, [honest, other]), true);
    const crossed = { proof: other.proof, publicSignals: honest.publicSignals };
    assert.equal(await verifyBatch(kernel, scene.key, [honest, crossed]), false);
    assert.equal(await verifyBatch(kernel, scene.key, []), true);
  });

  it('A and B negated together still verify: proofs are malleable, and must never serve as identifiers', async () => {
    const { a, b, c1, c2 } = honest.proof;
    const [x, [y0, y1]] = b;
    const proof: UltraGrothPoints = { a: [a[0], q - a[1]], b: [x, [q - y0, q - y1]], c1, c2 };
    assert.equal(await verify(kernel, scene.key, honest.publicSignals, proof), true);
  });

  it('two proofs of one witness share no element', async () => {
    const again = await prove(kernel, scene.provingKey, witnessOf(scene.circuit, KEYS));
    const elements = ({ a, b, c1, c2 }: UltraGrothPoints): bigint[] => [...a, ...b.flat(), ...c1, ...c2];
    const seen = new Set(elements(honest.proof));
    for (const coordinate of elements(again.proof)) assert.equal(seen.has(coordinate), false);
  });

  it('the commitment to a one-bit witness cannot be matched by enumeration', async () => {
    const circuit = lookupCircuit(1, 2, 1);
    const zkey = await setupForDevelopment(kernel, circuit.r1cs);
    const provingKey = await loadProvingKey(kernel, zkey);
    const { loaded } = provingKey;
    const first = 1 + loaded.publicCount + loaded.challengeCount;
    const candidates = await Promise.all(
      [0n, 1n].map(bit =>
        kernel.ultraGroth.commit(
          loaded,
          witnessOf(circuit, [bit]).roundOne.slice(first * 32, (first + loaded.roundOneCount) * 32),
          0n,
        ),
      ),
    );
    const matches = (c1: G1Point): boolean => candidates.some(([x]) => x === c1[0]);
    const blinded = await prove(kernel, provingKey, witnessOf(circuit, [1n]));
    assert.equal(matches(blinded.proof.c1), false);
    // Without blinding the enumeration does find the bit.
    const unblinded = await prove(kernel, provingKey, witnessOf(circuit, [1n]), {
      blinding: { rho: 0n, r: 1n, s: 1n },
    });
    assert.equal(matches(unblinded.proof.c1), true);
    provingKey.release();
  });

  it('a solver that changes what was committed to, or the challenge, is told so', async () => {
    const change = (wire: number): TwoRoundWitness => {
      const witness = witnessOf(scene.circuit, KEYS);
      return {
        roundOne: witness.roundOne,
        finish: async challenges => {
          const wires = decodeWires(await witness.finish(challenges));
          wires[wire] = ((wires[wire] as bigint) + 1n) % r;
          return encodeWires(wires);
        },
      };
    };
    const { at } = scene.circuit;
    for (const wire of [at.publics, at.challenge, at.keys + 1, at.multiplicities + 7]) {
      await assertRejectsCode(
        () => prove(kernel, scene.provingKey, change(wire)),
        'MALFORMED_WITNESS',
        `Wire ${wire} of the finished witness is not what round 1 committed to, or not the challenge that follows from it. Fill only challenges and round 2.`,
      );
    }
    assert.deepEqual(ultraGrothKeyDigest(scene.key), scene.provingKey.digest);
  });
});

/** Affine addition of different points. */
function addG1([x1, y1]: G1Point, [x2, y2]: G1Point): G1Point {
  const slope = mod((y2 - y1) * invertOrZero(x2 - x1, q), q);
  const x3 = mod(slope * slope - x1 - x2, q);
  return [x3, mod(slope * (x1 - x3) - y1, q)];
}
