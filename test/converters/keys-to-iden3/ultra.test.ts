/** UltraGroth's files and challenges. */
import assert from 'node:assert/strict';
import {
  checkUltraGrothKey,
  encodeG1,
  G1_GENERATOR,
  G2_GENERATOR,
  parseUltraGrothKey,
  parseUltraGrothProof,
  printUltraGrothKey,
  printUltraGrothProof,
  readUltraGrothZkey,
  type UltraGrothZkey,
  ultraGrothChallenges,
  ultraGrothKeyDigest,
  ultraGrothVerificationKey,
  writeUltraGrothZkey,
  writeZkey,
  type Zkey,
} from '../../../converters/keys-to-iden3/index.ts';
import { BN254_BASE_PRIME as q } from '../../../src/field/index.ts';
import type {
  G1Point,
  G2Point,
  UltraGrothPoints,
  UltraGrothVerificationKey,
} from '../../../src/kernel/types.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { otherG2Point } from '../../ultragroth/points.ts';

const NEGATED_G1: G1Point = [1n, q - 2n];
const NEGATED_G2: G2Point = [G2_GENERATOR[0], [q - G2_GENERATOR[1][0], q - G2_GENERATOR[1][1]]];
const OTHER_G2 = otherG2Point();
const PROOF: UltraGrothPoints = { a: G1_GENERATOR, b: G2_GENERATOR, c1: NEGATED_G1, c2: G1_GENERATOR };
const KEY: UltraGrothVerificationKey = {
  alpha: G1_GENERATOR,
  beta: G2_GENERATOR,
  gamma: G2_GENERATOR,
  delta1: NEGATED_G2,
  delta2: OTHER_G2,
  challengeCount: 1,
  ic: [G1_GENERATOR, NEGATED_G1, G1_GENERATOR],
};
/** By a script that knows docs/ultragroth.md alone. */
const DIGEST = 'a755c69cb8b44fc1a29d0c174dfc00e14a78bbb0bd386d4323a138c37a86a348';
const CHALLENGES = [
  '147a25b6aaf2a2e1eb6384191d3b2bcb256bf7f270fb8b975634c8495e001ea',
  '67a81ff98cfb1e83e319cfd6b41dae8ba3780ae11538909b6691274db49c0a',
];
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('UltraGroth keys and proofs as JSON', () => {
  it('reads back what it prints', () => {
    assert.deepEqual(parseUltraGrothKey(printUltraGrothKey(KEY)), KEY);
    assert.deepEqual(parseUltraGrothProof(printUltraGrothProof(PROOF)), PROOF);
  });

  it('says which protocol it is, and keeps the challenges apart', () => {
    const json = JSON.parse(printUltraGrothKey(KEY)) as Record<string, unknown>;
    assert.deepEqual(
      [json.protocol, json.nPublic, json.nChallenges, (json.IC as unknown[]).length],
      ['bionoir-ultragroth', 1, 1, 2],
    );
    assert.deepEqual(json.IC_challenges, [['1', '2', '1']]);
  });

  it('refuses other protocols, counts and infinite points', () => {
    const key = printUltraGrothKey(KEY);
    const proof = printUltraGrothProof(PROOF);
    assertThrowsCode(
      () => parseUltraGrothKey(key.replace('bionoir-ultragroth', 'ultragroth')),
      'MALFORMED_KEY',
      '"protocol" of the UltraGroth verification key is "ultragroth"; "bionoir-ultragroth" is expected. Is this the right file?',
    );
    for (const count of ['2', '"1"', 'null']) {
      assertThrowsCode(
        () => parseUltraGrothKey(key.replace('"nPublic": 1', `"nPublic": ${count}`)),
        'MALFORMED_KEY',
        '"IC" of the UltraGroth verification key is not an array of nPublic + 1 points. Is this the right file?',
      );
    }
    assertThrowsCode(
      () => parseUltraGrothKey(key.replace('"nChallenges": 1', '"nChallenges": 0')),
      'MALFORMED_KEY',
      '"IC_challenges" of the UltraGroth verification key is not an array of nChallenges points. Is this the right file?',
    );
    assertThrowsCode(
      () => parseUltraGrothProof(proof.replace('bionoir-ultragroth', 'groth16')),
      'MALFORMED_PROOF',
    );
    const infinite = printUltraGrothProof({ ...PROOF, c1: [0n, 0n] });
    assertThrowsCode(
      () => parseUltraGrothProof(infinite),
      'MALFORMED_PROOF',
      '"pi_c1" of the UltraGroth proof is the point at infinity. Is this the right file?',
    );
  });
});

describe('checkUltraGrothKey', () => {
  it('accepts a sound key', () => checkUltraGrothKey(KEY));

  it('refuses unset and equal deltas', () => {
    const text =
      'The UltraGroth verification key has a delta equal to gamma, to the generator or to the other delta, so anyone can forge proofs for it. It comes from a set-up without contributions: contribute to the proving key and export again.';
    for (const change of [
      { delta1: G2_GENERATOR },
      { delta2: G2_GENERATOR },
      { delta1: OTHER_G2 },
      { gamma: NEGATED_G2 },
    ]) {
      assertThrowsCode(() => checkUltraGrothKey({ ...KEY, ...change }), 'UNSAFE_KEY', text);
    }
  });

  it('refuses infinite points, points off the curve, and too few points for the challenges', () => {
    const infinity: G2Point = [
      [0n, 0n],
      [0n, 0n],
    ];
    for (const change of [
      { alpha: [0n, 0n] as const },
      { alpha: [1n, 3n] as const },
      { beta: infinity },
      { delta1: infinity },
      { challengeCount: 0 },
      { challengeCount: 3 },
      { ic: [G1_GENERATOR, [1n, 3n] as const] },
    ]) {
      assertThrowsCode(
        () => checkUltraGrothKey({ ...KEY, ...change }),
        'MALFORMED_KEY',
        'The UltraGroth verification key holds a point that is infinite or outside of the group of order r, or fewer IC points than challenges need. Export it again.',
      );
    }
  });
});

describe('UltraGroth challenges', () => {
  it('depend on the key, each public input, the commitment, and their number', () => {
    const digest = ultraGrothKeyDigest(KEY);
    const base = ultraGrothChallenges(digest, 2, [5n, 6n], G1_GENERATOR);
    const others = [
      ultraGrothChallenges(ultraGrothKeyDigest({ ...KEY, delta1: OTHER_G2 }), 2, [5n, 6n], G1_GENERATOR),
      ultraGrothChallenges(digest, 2, [5n, 7n], G1_GENERATOR),
      ultraGrothChallenges(digest, 2, [6n, 5n], G1_GENERATOR),
      ultraGrothChallenges(digest, 2, [5n, 6n], NEGATED_G1),
    ];
    assert.equal(new Set([base, ...others].flat()).size, 10);
    assert.deepEqual(ultraGrothChallenges(digest, 1, [5n, 6n], G1_GENERATOR), base.slice(0, 1));
    for (const challenge of base) assert.ok(challenge < 2n ** 253n);
  });

  it('are those of version 1 of the protocol', () => {
    const digest = ultraGrothKeyDigest(KEY);
    assert.equal(hex(digest), DIGEST);
    assert.deepEqual(
      ultraGrothChallenges(digest, 2, [5n, 6n], G1_GENERATOR).map(value => value.toString(16)),
      CHALLENGES,
    );
  });

  it('every point of the key and the split of its inputs changes the digest', () => {
    const digests = [
      KEY,
      { ...KEY, alpha: NEGATED_G1 },
      { ...KEY, beta: NEGATED_G2 },
      { ...KEY, gamma: NEGATED_G2 },
      { ...KEY, delta1: OTHER_G2, delta2: NEGATED_G2 },
      { ...KEY, challengeCount: 2 },
      { ...KEY, ic: [G1_GENERATOR, G1_GENERATOR, NEGATED_G1] },
    ].map(key => hex(ultraGrothKeyDigest(key)));
    assert.equal(new Set(digests).size, digests.length);
  });
});

describe('UltraGroth .zkey', () => {
  const zkey: UltraGrothZkey = {
    ...{ wireCount: 6, publicCount: 2, domainSize: 4, challengeCount: 1, roundOneCount: 2 },
    ...{ alpha1: G1_GENERATOR, beta1: G1_GENERATOR, beta2: G2_GENERATOR, gamma2: G2_GENERATOR },
    ...{ delta1: NEGATED_G1, delta2: NEGATED_G2, roundOneDelta1: G1_GENERATOR, roundOneDelta2: OTHER_G2 },
    ic: new Uint8Array([G1_GENERATOR, NEGATED_G1, G1_GENERATOR].flatMap(point => [...encodeG1(point)])),
    coefficients: new Uint8Array(4),
    ...{ a: new Uint8Array(6 * 64), b1: new Uint8Array(6 * 64), b2: new Uint8Array(6 * 128) },
    ...{ c: new Uint8Array(3 * 64), h: new Uint8Array(4 * 64), contributions: new Uint8Array(68) },
  } as UltraGrothZkey;

  it('reads back what it writes', () => {
    const bytes = writeUltraGrothZkey(zkey);
    assert.ok(Buffer.from(writeUltraGrothZkey(readUltraGrothZkey(bytes))).equals(Buffer.from(bytes)));
    const { challengeCount, roundOneCount, roundOneDelta1, roundOneDelta2 } = readUltraGrothZkey(bytes);
    assert.deepEqual(
      { challengeCount, roundOneCount, roundOneDelta1, roundOneDelta2 },
      { challengeCount: 1, roundOneCount: 2, roundOneDelta1: G1_GENERATOR, roundOneDelta2: OTHER_G2 },
    );
    assert.deepEqual(ultraGrothVerificationKey(readUltraGrothZkey(bytes)).delta1, OTHER_G2);
  });

  it('is refused where Groth16 is expected, and the other way round', () => {
    assertThrowsCode(
      () => readUltraGrothZkey(writeZkey(zkey as Zkey)),
      'MALFORMED_KEY',
      'The proving key (.zkey) is for protocol 1; UltraGroth (827213653) is expected. Make the key with an UltraGroth set-up.',
    );
  });

  it('is refused with counts that contradict one another, or a short header', () => {
    for (const change of [{ challengeCount: 0 }, { challengeCount: 3 }, { roundOneCount: 4 }]) {
      const { challengeCount, roundOneCount } = { ...zkey, ...change };
      assertThrowsCode(
        () => readUltraGrothZkey(writeUltraGrothZkey({ ...zkey, ...change })),
        'MALFORMED_KEY',
        `The header of the proving key (.zkey) contradicts itself: ${challengeCount} challenges and ${roundOneCount} wires of round 1 among 2 public and 6 wires.`,
      );
    }
    const bytes = writeUltraGrothZkey(zkey);
    for (let cut = 0; cut < bytes.length; cut += 131)
      assert.throws(() => readUltraGrothZkey(bytes.subarray(0, cut)), /The .*(key|section|Section)/);
  });

  it('gives no verification key from a broken point of IC', () => {
    const ic = zkey.ic.slice();
    ic[64] = (ic[64] as number) ^ 1;
    assertThrowsCode(
      () => ultraGrothVerificationKey({ ...zkey, ic }),
      'MALFORMED_KEY',
      'Point 1 of section 3 (IC) of the proving key (.zkey) is not on the curve. Is the file corrupt?',
    );
  });
});
