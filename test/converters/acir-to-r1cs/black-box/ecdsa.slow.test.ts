import assert from 'node:assert/strict';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import { pinCosts } from '../../../support/ledger.ts';
import {
  assertHonest,
  assertLiesRejected,
  type BlackBoxRun,
  blackBoxProgram,
  constant,
  constants,
  type MakeCall,
  runBlackBox,
  witness,
  witnesses,
} from './support/black-box.ts';
import { assertSwitchedOff, isSatisfied, rerun } from './support/curves.ts';
import { assertEditsRejected, runByLookups } from './support/lookup-runs.ts';

const CURVES = { 'ecdsa-secp256k1': secp256k1, 'ecdsa-secp256r1': p256 } as const;
type Name = keyof typeof CURVES;

interface Case {
  readonly x: bigint;
  readonly y: bigint;
  readonly r: bigint;
  readonly s: bigint;
  readonly z: bigint;
}

const bytesOf = (value: bigint): bigint[] =>
  Array.from({ length: 32 }, (_, index) => (value >> BigInt(8 * (31 - index))) & 255n);
const argumentsOf = ({ x, y, r, s, z }: Case): bigint[] => [x, y, r, s, z].flatMap(bytesOf);

const ecdsa =
  (name: Name): MakeCall =>
  (inputs, outputs) => {
    const [output, predicate] = [outputs[0], inputs[160]];
    assert.ok(output !== undefined && predicate);
    return {
      name,
      publicKeyX: inputs.slice(0, 32),
      publicKeyY: inputs.slice(32, 64),
      signature: inputs.slice(64, 128),
      hashedMessage: inputs.slice(128, 160),
      predicate,
      output,
    };
  };

function signed(name: Name, d: bigint, nonce: bigint, z: bigint): Case {
  const { Point } = CURVES[name];
  const { Fn } = Point;
  const r = Fn.create(Point.BASE.multiply(nonce).x);
  const s = Fn.mul(Fn.inv(nonce), Fn.create(z + r * d));
  const low = s > Fn.ORDER >> 1n ? Fn.ORDER - s : s;
  const { x, y } = Point.BASE.multiply(d).toAffine();
  return { x, y, r, s: low, z };
}

/** A key for which a point of this x is the result: (R - u1 G) / u2. */
function keyFor(name: Name, x: bigint, r: bigint): Case {
  const { Point } = CURVES[name];
  const { Fn, Fp } = Point;
  const { a, b } = Point.CURVE();
  const point = Point.fromAffine({ x, y: Fp.sqrt(Fp.create(x * x * x + a * x + b)) });
  const [u1, u2] = [12345n, 67890n];
  const key = point.subtract(Point.BASE.multiply(u1)).multiply(Fn.inv(u2)).toAffine();
  const s = Fn.div(r, u2);
  const low = s > Fn.ORDER >> 1n ? Fn.ORDER - s : s;
  return { ...key, r, s: low, z: Fn.mul(u1, s) };
}

/** The least x from a start on that some point has. */
function someX(name: Name, start: bigint): bigint {
  const { Point } = CURVES[name];
  const { a, b } = Point.CURVE();
  for (let x = start; ; x++) {
    try {
      Point.Fp.sqrt(Point.Fp.create(x * x * x + a * x + b));
      return x;
    } catch {
      // Not a square.
    }
  }
}

function casesOf(name: Name): readonly (readonly [what: string, input: Case, valid: bigint])[] {
  const { Point } = CURVES[name];
  const [p, n] = [Point.Fp.ORDER, Point.Fn.ORDER];
  const good = signed(name, 123456789n, 987654321n, 2n ** 255n + 12345n);
  const one = signed(name, 1n, 55n, 7n);
  const equal = signed(name, 1n, 55n, one.r);
  const beyond = someX(name, n + 1n);
  const small = someX(name, 1n);
  const wrapped = keyFor(name, beyond, beyond - n);
  return [
    ['a valid signature', good, 1n],
    ['the generator as a key', one, 1n],
    ['equal summands', equal, 1n],
    ['a hash of 0', signed(name, 77n, 99n, 0n), 1n],
    ['a hash of n', { ...signed(name, 77n, 99n, 0n), z: n }, 1n],
    ['a hash beyond n', { ...signed(name, 77n, 99n, 5n), z: n + 5n }, 1n],
    ['an x beyond n', wrapped, 0n],
    ['an r of that x', { ...wrapped, r: beyond }, 0n],
    ['another r', { ...good, r: good.r ^ 1n }, 0n],
    ['another hash', { ...good, z: good.z ^ 1n }, 0n],
    ['another key', { ...good, x: one.x, y: one.y }, 0n],
    ['the opposite key', { ...good, y: p - good.y }, 0n],
    ['a high s', { ...good, s: n - good.s }, 0n],
    ['an s of 0', { ...good, s: 0n }, 0n],
    ['an s of n', { ...good, s: n }, 0n],
    ['an r of 0', { ...good, r: 0n }, 0n],
    ['an r of n', { ...good, r: n }, 0n],
    ['the greatest r and s', { ...good, r: 2n ** 256n - 1n, s: 2n ** 256n - 1n }, 0n],
    ['summands that cancel', { ...one, z: n - one.r }, 0n],
    ['a key off the curve', { ...good, y: good.y ^ 1n }, 0n],
    ['a key of zeros', { ...good, x: 0n, y: 0n }, 0n],
    ['a key beyond p', { ...keyFor(name, small, small), x: p + small, y: one.y }, 0n],
    ['nothing but zeros', { x: 0n, y: 0n, r: 0n, s: 0n, z: 0n }, 0n],
  ];
}

/** ACVM's last bits: its output for the other answer must not be accepted either. */
function assertOnly(run: BlackBoxRun, inputs: readonly bigint[], valid: bigint): void {
  for (const output of [0n, 1n, 2n])
    assert.equal(isSatisfied(run, [...inputs, output]), output === valid, `output ${output}`);
}

for (const name of ['ecdsa-secp256k1', 'ecdsa-secp256r1'] as const) {
  describe(name, () => {
    let run: BlackBoxRun;
    before(async () => {
      const [, good] = casesOf(name)[0] ?? [];
      assert.ok(good);
      run = await runBlackBox([...witnesses(argumentsOf(good)), constant(1)], 1, ecdsa(name));
    });

    for (const [what, input, valid] of casesOf(name)) {
      it(`answers ${valid} to ${what}, as ACVM does`, async () => {
        const inputs = argumentsOf(input);
        const found = await rerun(run, inputs);
        assert.deepEqual(found.outputs, [valid]);
        assertHonest(found);
        assertOnly(run, inputs, valid);
      });
    }

    it('rejects lies about any wire', () => {
      assertLiesRejected(run, 12);
    });
  });
}

describe('ECDSA under a predicate', () => {
  it('says nothing while the predicate is 0, whatever the inputs', async () => {
    const name = 'ecdsa-secp256k1';
    const [good, bad] = [casesOf(name)[0]?.[1], casesOf(name)[19]?.[1]];
    assert.ok(good && bad);
    const run = await runBlackBox([...witnesses(argumentsOf(good)), witness(1)], 1, ecdsa(name));
    assertHonest(run);
    assertOnly(run, [...argumentsOf(good), 1n], 1n);
    assertOnly(run, [...argumentsOf(bad), 1n], 0n);
    for (const inputs of [argumentsOf(good), argumentsOf(bad), new Array<bigint>(160).fill(1n << 200n)]) {
      assert.ok(isSatisfied(run, [...inputs, 0n, 0n]));
      assert.ok(isSatisfied(run, [...inputs, 0n, 1n]));
      assert.ok(!isSatisfied(run, [...inputs, 0n, 2n]));
    }
  });

  it('stands in a folded function that is switched off', () => {
    assertSwitchedOff(new Array<bigint>(161).fill(777n), 1, ecdsa('ecdsa-secp256k1'));
  });

  it('pins what it costs', () => {
    const inputs = [...witnesses(new Array<number>(160).fill(0)), constant(1)];
    pinCosts('ecdsa', {
      secp256k1: blackBoxProgram(inputs, 1, ecdsa('ecdsa-secp256k1')),
      secp256r1: blackBoxProgram(inputs, 1, ecdsa('ecdsa-secp256r1')),
    });
  });

  it('pins what it costs with lookups, tables included', () => {
    const inputs = [...witnesses(new Array<number>(160).fill(0)), constant(1)];
    const rows = (name: Name) =>
      lowerProgram(blackBoxProgram(inputs, 1, ecdsa(name)), { lookups: {} }).system;
    const systems = { secp256k1: rows('ecdsa-secp256k1'), secp256r1: rows('ecdsa-secp256r1') };
    pinCosts('ecdsa with lookups', systems);
    assert.ok(systems.secp256k1.constraintCount <= 250_000);
  });

  it('agrees with ACVM by lookups, and rejects edits', async () => {
    const { x, y, r, s, z } = signed('ecdsa-secp256k1', 7n ** 80n, 5n ** 90n, 3n ** 150n);
    const args = [...witnesses(argumentsOf({ x, y, r, s, z })), witness(1)];
    const run = await runByLookups(args, 1, ecdsa('ecdsa-secp256k1'));
    assert.deepEqual(run.outputs, [1n]);
    assertEditsRejected(run, 40);
  });

  it('costs one row when the predicate is the constant 0', async () => {
    const run = await runBlackBox(
      [...constants(new Array<bigint>(160).fill(3n)), constant(0)],
      1,
      ecdsa('ecdsa-secp256r1'),
    );
    assertHonest(run);
    assert.equal(run.lowered.system.constraintCount, 1);
  });
});
