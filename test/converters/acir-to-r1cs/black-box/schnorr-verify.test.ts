import assert from 'node:assert/strict';
import { blake2s } from '@noble/hashes/blake2.js';
import {
  inputGenerator,
  lengthGenerator,
} from '../../../../converters/acir-to-r1cs/black-box/pedersen-generators.ts';
import {
  assertHonest,
  assertLiesRejected,
  type BlackBoxRun,
  type MakeCall,
  runBlackBox,
  witnesses,
} from './support/black-box.ts';
import {
  type Affine,
  assertSwitchedOff,
  Grumpkin,
  isSatisfied,
  multiple,
  N,
  negated,
} from './support/curves.ts';

const MESSAGE = Uint8Array.from({ length: 10 }, (_, index) => index);

const schnorr: MakeCall = ([publicKeyX, publicKeyY, ...rest], [output]) => {
  assert.ok(publicKeyX && publicKeyY && output !== undefined);
  const [signature, message] = [rest.slice(0, 64), rest.slice(64)];
  return { name: 'schnorr-verify', publicKeyX, publicKeyY, signature, message, output };
};

const bytesOf = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * (31 - index))) & 255n));
const integerOf = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);

function challenge(rx: bigint, key: Affine, message: Uint8Array): Uint8Array {
  const hash = [rx, key.x, key.y].reduce(
    (sum, input, index) => sum.add(Grumpkin.fromAffine(inputGenerator(index)).multiplyUnsafe(input)),
    Grumpkin.fromAffine(lengthGenerator()).multiply(3n),
  );
  return blake2s(Uint8Array.of(...bytesOf(hash.toAffine().x), ...message));
}

interface Case {
  readonly key: Affine;
  readonly s: bigint;
  readonly e: bigint;
}

function sign(secret: bigint, nonce: bigint): Case {
  const key = multiple(secret);
  const e = integerOf(challenge(multiple(nonce).x, key, MESSAGE));
  return { key, s: (((nonce - e * secret) % N) + N) % N, e };
}

const valuesOf = ({ key, s, e }: Case): bigint[] => [
  key.x,
  key.y,
  ...[...bytesOf(s), ...bytesOf(e), ...MESSAGE].map(BigInt),
];

/** A challenge above the order, as half of all are. */
function longChallenge(): Case {
  for (let nonce = 1n; ; nonce++) {
    const found = sign(5n, nonce);
    if (found.e > N) return found;
  }
}

/** Answers are those of ACVM 1.0.0-beta.0, the last that knew the opcode, on the same cases. */
describe('SchnorrVerify', () => {
  let run: BlackBoxRun;
  before(async () => {
    run = await runBlackBox(witnesses(valuesOf(sign(123456789n, 987654321n))), 1, schnorr, [1n]);
  });

  it('accepts a signature and rejects lies about its wires', () => {
    assertHonest(run);
    assertLiesRejected(run, 15);
    assert.equal(run.lowered.system.constraintCount, 27800);
  });

  it('stands in a folded function that is switched off', () => {
    assertSwitchedOff(valuesOf({ ...sign(3n, 77n), key: { x: 5n, y: 0n } }), 1, schnorr);
  });

  const good = sign(3n, 77n);
  const s = (good.s * 7n) % N;
  const e = N - s; // with the key G, s G + e G is infinite
  const cases: readonly (readonly [what: string, input: Case, valid: bigint])[] = [
    ['a valid signature', good, 1n],
    ['a challenge above the order', longChallenge(), 1n],
    ['an s above the order', { ...good, s: good.s + N }, 1n],
    ['another s', { ...good, s: good.s ^ 1n }, 0n],
    ['another e', { ...good, e: good.e ^ 1n }, 0n],
    ['an e of the same residue', { ...good, e: good.e > N ? good.e - N : good.e + N }, 0n],
    ['an s of 0', { ...good, s: 0n }, 0n],
    ['an s of the order', { ...good, s: N }, 0n],
    ['an e of 0', { ...good, e: 0n }, 0n],
    ['the opposite key', { ...good, key: negated(good.key) }, 0n],
    ['a key off the curve', { ...good, key: { x: good.key.x, y: 5n } }, 0n],
    ['a key of zeros', { ...good, key: { x: 0n, y: 0n } }, 0n],
    ['summands that cancel', { key: multiple(1n), s, e }, 0n],
    ['equal summands', { key: multiple(1n), s, e: s }, 0n],
  ];
  for (const [what, input, valid] of cases) {
    it(`answers ${valid} to ${what}`, () => {
      for (const output of [0n, 1n]) {
        const isRight = isSatisfied(run, [...valuesOf(input), output]);
        assert.equal(isRight, output === valid, `output ${output}`);
      }
    });
  }
});
