import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import { assertThrowsCode } from '../../../support/errors.ts';
import {
  assertHonest,
  assertLiesRejected,
  type BlackBoxRun,
  blackBoxProgram,
  constants,
  type MakeCall,
  runBlackBox,
  witnesses,
} from './support/black-box.ts';
import { assertOutputsPinned, assertSwitchedOff, isSatisfied } from './support/curves.ts';
import { acceptsValues, assertEditsRejected, runByLookups } from './support/lookup-runs.ts';

const MODULI = {
  'BN254 Fq': 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n,
  'BN254 Fr': 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n,
  'secp256k1 Fq': 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
  'secp256k1 Fr': 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  'secp256r1 Fq': 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  'secp256r1 Fr': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};
const MAX = 2n ** 256n - 1n;

type Operation = 'add' | 'sub' | 'mul' | 'div';
const OPERATIONS: readonly Operation[] = ['add', 'sub', 'mul', 'div'];

const bytesOf = (value: bigint, count = 32): bigint[] =>
  Array.from({ length: count }, (_, index) => (value >> BigInt(8 * index)) & 255n);

const calls =
  (operation: Operation, modulus: bigint): MakeCall =>
  (inputs, outputs) => [
    { name: 'big-int-from-le-bytes', inputs: inputs.slice(0, 32), modulus: bytes(modulus), output: 0 },
    { name: 'big-int-from-le-bytes', inputs: inputs.slice(32), modulus: bytes(modulus), output: 1 },
    { name: `big-int-${operation}`, left: 0, right: 1, output: 2 },
    { name: 'big-int-to-le-bytes', input: 2, outputs },
  ];

const bytes = (value: bigint): Uint8Array => Uint8Array.from(bytesOf(value).map(Number));

/** ACVM's arithmetic: see big-int.ts. */
function model(operation: Operation, x: bigint, y: bigint, m: bigint): bigint {
  let result: bigint;
  if (operation === 'add') result = x + y;
  else if (operation === 'mul') result = x * y;
  else if (operation === 'sub') result = x > y ? x - y : x + m - y;
  else result = x * power(y, m - 2n, m);
  return result > m ? result % m : result;
}

function power(base: bigint, exponent: bigint, m: bigint): bigint {
  let result = 1n;
  for (let rest = exponent, square = base % m; rest > 0n; rest >>= 1n, square = (square * square) % m)
    if (rest & 1n) result = (result * square) % m;
  return result;
}

function solve(run: BlackBoxRun, x: bigint, y: bigint, result: bigint): boolean {
  return isSatisfied(run, [...bytesOf(x), ...bytesOf(y), ...bytesOf(result)]);
}

describe('BigInt opcodes', () => {
  /** What ACVM of 1.0.0-beta.2 answers, with m of secp256k1: (x + y), then (x + y) * x, then that minus y. */
  it('follow ACVM where a result is the modulus', () => {
    const m = MODULI['secp256k1 Fq'];
    for (const [x, y, sum, multiple, difference] of [
      [m - 1n, 1n, m, 0n, m - 1n],
      [m, m, 0n, 0n, 0n],
      [0n, m, m, 0n, 0n],
      [1n, m - 1n, m, m, 1n],
      [0n, 5n, 5n, 0n, m - 5n],
    ] as const) {
      assert.equal(model('add', x, y, m), sum);
      assert.equal(model('mul', sum, x, m), multiple);
      assert.equal(model('sub', multiple, y, m), difference);
    }
  });

  for (const [name, m] of Object.entries(MODULI)) {
    it(`calculate modulo ${name}`, async () => {
      for (const operation of OPERATIONS) {
        const first = await runBlackBox(
          witnesses([...bytesOf(6n), ...bytesOf(3n)]),
          32,
          calls(operation, m),
          bytesOf(model(operation, 6n, 3n, m)),
        );
        assertHonest(first);
        const edges = name.endsWith('Fq') ? [0n, m, MAX] : [0n, 1n, m - 1n, m, m + 1n];
        const pairs = edges.flatMap(x => edges.map(y => [x, y] as const));
        for (const [x, y] of pairs) {
          if (operation === 'sub' && y > x + m) continue; // ACVM panics
          const result = model(operation, x, y, m);
          assert.ok(solve(first, x, y, result), `${operation} ${x} ${y}`);
          const other = result === 0n ? m : result === m ? 0n : result + m;
          if (other <= MAX) assert.ok(!solve(first, x, y, other), `${operation} ${x} ${y} aliased`);
        }
      }
    });
  }

  it('calculate by lookups, aliases of results and edits refused', async () => {
    const m = MODULI['secp256k1 Fq'];
    for (const operation of OPERATIONS) {
      const result = bytesOf(model(operation, 6n, 3n, m));
      const run = await runByLookups(
        witnesses([...bytesOf(6n), ...bytesOf(3n)]),
        32,
        calls(operation, m),
        result,
      );
      assertEditsRejected(run, 20);
      for (const [x, y] of [
        [0n, m],
        [m, 1n],
        [m - 1n, 1n],
        [MAX, MAX],
      ] as const) {
        const value = model(operation, x, y, m);
        const accepts = (claimed: bigint): boolean =>
          acceptsValues(
            run.lowered,
            [x, y, claimed].flatMap(each => bytesOf(each)),
          );
        assert.ok(accepts(value), `${operation} ${x} ${y}`);
        const other = value === 0n ? m : value === m ? 0n : value + m;
        if (other <= MAX) assert.ok(!accepts(other), `${operation} ${x} ${y} aliased`);
      }
    }
  });

  it('calculate on random integers', async () => {
    const m = MODULI['secp256r1 Fr'];
    for (const operation of OPERATIONS) {
      const run = await runBlackBox(
        witnesses([...bytesOf(6n), ...bytesOf(3n)]),
        32,
        calls(operation, m),
        bytesOf(model(operation, 6n, 3n, m)),
      );
      assertOutputsPinned(run);
      const integer = fc.bigInt({ min: 0n, max: m - 1n });
      fc.assert(
        fc.property(integer, integer, (x, y) => {
          const result = model(operation, x, y, m);
          assert.ok(solve(run, x, y, result));
          assert.ok(!solve(run, x, y, result ^ 1n));
        }),
        { numRuns: 5, seed: 8 },
      );
    }
  });

  it('reject lies about any wire', async () => {
    const m = MODULI['secp256k1 Fr'];
    const [x, y] = [m / 3n, m / 7n];
    const result = bytesOf(model('mul', x, y, m));
    const run = await runBlackBox(witnesses([...bytesOf(x), ...bytesOf(y)]), 32, calls('mul', m), result);
    assertLiesRejected(run, 60);
  });

  it('refuse inputs that are not bytes', async () => {
    const m = MODULI['secp256k1 Fq'];
    const run = await runBlackBox(
      witnesses([...bytesOf(6n), ...bytesOf(3n)]),
      32,
      calls('add', m),
      bytesOf(9n),
    );
    assert.ok(isSatisfied(run, [...bytesOf(6n), ...bytesOf(3n), ...bytesOf(9n)]));
    assert.ok(!isSatisfied(run, [256n, ...bytesOf(0n, 31), ...bytesOf(3n), ...bytesOf(259n)]));
  });

  it('take constants, and bytes that are only copied', async () => {
    const m = MODULI['secp256k1 Fq'];
    const run = await runBlackBox(
      [...constants(bytesOf(6n)), ...witnesses(bytesOf(m - 6n))],
      32,
      calls('add', m),
      bytesOf(m),
    );
    assertHonest(run);
    const copy = await runBlackBox(
      witnesses(bytesOf(MAX)),
      32,
      (inputs, outputs) => [
        { name: 'big-int-from-le-bytes', inputs, modulus: bytes(m), output: 4 },
        { name: 'big-int-to-le-bytes', input: 4, outputs },
      ],
      bytesOf(MAX),
    );
    assertHonest(copy);
    assert.ok(!isSatisfied(copy, [...bytesOf(MAX, 31), 256n, ...bytesOf(MAX, 31), 256n]));
  });

  it('stand in a folded function that is switched off', () => {
    const m = MODULI['secp256k1 Fq'];
    for (const operation of OPERATIONS) {
      assertSwitchedOff([...bytesOf(5n), ...bytesOf(m)], 32, calls(operation, m));
      assertSwitchedOff(new Array<bigint>(64).fill(300n), 32, calls(operation, m));
    }
  });

  it('cost so many rows', async () => {
    const rows = await Promise.all(
      (['secp256k1 Fq', 'BN254 Fr'] as const).flatMap(name =>
        OPERATIONS.map(async operation => {
          const inputs = witnesses(bytesOf(3n, 64));
          const m = MODULI[name];
          const { lowered } = await runBlackBox(inputs, 32, calls(operation, m), bytesOf(0n));
          return lowered.system.constraintCount - 64 * 8;
        }),
      ),
    );
    assert.deepEqual(rows, [322, 337, 460, 980, 453, 468, 838, 1615]);
  });

  it('name what they cannot do', () => {
    const m = MODULI['secp256k1 Fq'];
    const program = (make: MakeCall) => blackBoxProgram(witnesses(bytesOf(1n)), 0, make);
    assertThrowsCode(
      () => lowerProgram(program(() => ({ name: 'big-int-add', left: 0, right: 1, output: 2 }))),
      'MALFORMED_PROGRAM',
      'The big integer 0 is used before it has a value: big-int-add, opcode 0 of main. Compile the program again.',
    );
    assertThrowsCode(
      () =>
        lowerProgram(
          program(inputs => [
            { name: 'big-int-from-le-bytes', inputs, modulus: bytes(m), output: 0 },
            { name: 'big-int-from-le-bytes', inputs, modulus: bytes(m - 2n), output: 1 },
            { name: 'big-int-add', left: 0, right: 1, output: 2 },
          ]),
        ),
      'UNSUPPORTED_OPCODE',
      `A big integer joins the moduli ${m} and ${m - 2n}; bionoir takes up to 32 bytes and one modulus of 33 to 256 bits: big-int-add, opcode 2 of main. Write the arithmetic in Noir instead.`,
    );
    assertThrowsCode(
      () =>
        lowerProgram(
          program(inputs => [
            { name: 'big-int-from-le-bytes', inputs, modulus: Uint8Array.of(7), output: 0 },
          ]),
        ),
      'UNSUPPORTED_OPCODE',
      'A big integer has 32 bytes and the modulus 7; bionoir takes up to 32 bytes and one modulus of 33 to 256 bits: big-int-from-le-bytes, opcode 0 of main. Write the arithmetic in Noir instead.',
    );
  });
});
