import assert from 'node:assert/strict';
import {
  deriveGenerator,
  inputGenerator,
  lengthGenerator,
} from '../../../../converters/acir-to-r1cs/black-box/pedersen-generators.ts';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import { assertThrowsCode } from '../../../support/errors.ts';
import {
  assertHonest,
  assertLiesRejected,
  blackBoxProgram,
  constant,
  constants,
  type MakeCall,
  runBlackBox,
  witness,
  witnesses,
} from './support/black-box.ts';
import {
  assertOutputsPinned,
  assertSwitchedOff,
  Grumpkin,
  isSatisfied,
  limbs,
  multiple,
  N,
  P,
} from './support/curves.ts';

const pedersen =
  (name: 'pedersen-hash' | 'pedersen-commitment', domainSeparator = 0): MakeCall =>
  (inputs, outputs) => ({ name, inputs, domainSeparator, outputs });

/** pedersen_hash([1, 2]), the same in Noir 0.31, beta.0 and beta.26. */
const HASH_OF_1_2 = 0x17cb544f4d22abbae88f69c706f21367d7925abb131a13836745714dc896c150n;

function commitment(inputs: readonly bigint[], separator = 0) {
  return inputs.reduce(
    (sum, input, index) =>
      sum.add(Grumpkin.fromAffine(inputGenerator(separator + index)).multiplyUnsafe(input)),
    Grumpkin.ZERO,
  );
}

const affine = (point: typeof Grumpkin.ZERO): bigint[] => {
  const { x, y } = point.is0() ? { x: 0n, y: 0n } : point.toAffine();
  return [x, y];
};

describe('Pedersen generators', () => {
  it('are those of Noir', () => {
    assert.equal(
      inputGenerator(0).x,
      3728882899078719075161482178784387565366481897740339799480980287259621149274n,
    );
    assert.equal(
      lengthGenerator().x,
      20793534830995666052889629834383221590246524226953098604058514977776739732941n,
    );
  });

  it('are on the curve', () => {
    for (const index of [0, 1, 2, 1000]) Grumpkin.fromAffine(deriveGenerator('any', index)).assertValidity();
  });
});

describe('PedersenHash', () => {
  it('hashes [1, 2] as Noir does', async () => {
    for (const args of [witnesses([1n, 2n]), constants([1n, 2n]), [witness(1n), constant(2n)]]) {
      const run = await runBlackBox(args, 1, pedersen('pedersen-hash'), [HASH_OF_1_2]);
      assertHonest(run);
      assertOutputsPinned(run);
    }
  });

  it('takes a domain separator and extreme inputs', async () => {
    for (const inputs of [[0n], [P - 1n], [0n, P - 1n]]) {
      const sum = commitment(inputs, 5).add(
        Grumpkin.fromAffine(lengthGenerator()).multiply(BigInt(inputs.length)),
      );
      const run = await runBlackBox(witnesses(inputs), 1, pedersen('pedersen-hash', 5), [
        affine(sum)[0] ?? 0n,
      ]);
      assertHonest(run);
      assertOutputsPinned(run);
    }
  });

  it('stands in a folded function that is switched off', () => {
    assertSwitchedOff([5n, P - 1n], 1, pedersen('pedersen-hash'));
  });

  it('costs about 920 rows an input', async () => {
    const one = await runBlackBox(witnesses([1n]), 1, pedersen('pedersen-hash'), [0n]);
    const two = await runBlackBox(witnesses([1n, 2n]), 1, pedersen('pedersen-hash'), [0n]);
    const rows = [one, two].map(({ lowered }) => lowered.system.constraintCount);
    assert.deepEqual(rows, [917, 1838]);
  });
});

describe('PedersenCommitment', () => {
  it('commits as its definition says', async () => {
    for (const inputs of [[], [0n], [3n], [7n, P - 1n, 0n]]) {
      const run = await runBlackBox(
        witnesses(inputs),
        2,
        pedersen('pedersen-commitment'),
        affine(commitment(inputs)),
      );
      assertHonest(run);
      assertOutputsPinned(run);
    }
  });

  it('rejects lies about any wire', async () => {
    const input = ((1n << 253n) - 1n) / 3n;
    const outputs = affine(commitment([input]));
    const run = await runBlackBox([witness(input)], 2, pedersen('pedersen-commitment'), outputs);
    assertLiesRejected(run, 60);
  });
});

describe('FixedBaseScalarMul', () => {
  const fixedBase: MakeCall = ([low, high], outputs) => {
    assert.ok(low && high);
    return { name: 'fixed-base-scalar-mul', low, high, outputs };
  };

  it('multiplies the generator', async () => {
    for (const scalar of [0n, 1n, N - 1n, N / 3n]) {
      const { x, y } = multiple(scalar);
      const run = await runBlackBox(witnesses(limbs(scalar)), 2, fixedBase, [x, y]);
      assertHonest(run);
      assertOutputsPinned(run);
      assert.equal(run.lowered.system.constraintCount, 923);
      assert.ok(!isSatisfied(run, [...limbs(N + scalar), x, y]), 'a scalar beyond the order');
    }
  });
});

describe('RecursiveAggregation', () => {
  const recursive: MakeCall = ([predicate]) => {
    assert.ok(predicate);
    const empty = { verificationKey: [], proof: [], publicInputs: [] };
    return { name: 'recursive-aggregation', ...empty, keyHash: predicate, proofType: 1, predicate };
  };

  it('is refused by name', () => {
    assertThrowsCode(
      () => lowerProgram(blackBoxProgram([constant(1)], 0, recursive)),
      'UNSUPPORTED_OPCODE',
      'The program verifies a proof inside itself (proof type 1), which has no constraints in bionoir: recursive-aggregation, opcode 0 of main. Verify the inner proof outside, or join the two programs.',
    );
  });

  it('is left out when it is switched off for good', () => {
    const { system } = lowerProgram(blackBoxProgram([constant(0)], 0, recursive));
    assert.equal(system.constraintCount, 0);
  });
});
