/** UltraGroth on every engine: the same proofs for the same blinding, and names for what is wrong with the inputs. */
import assert from 'node:assert/strict';
import {
  decodeG1,
  encodeG1,
  G1_BYTES,
  readUltraGrothZkey,
  type UltraGrothZkey,
  writeUltraGrothZkey,
} from '../../converters/keys-to-iden3/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { mod, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { type NativeKernel, nativeKernel, wasmKernel } from '../../src/kernel/index.ts';
import type { G1Point, G2Point, LoadedUltraGrothKey, UltraGrothPoints } from '../../src/kernel/types.ts';
import { exportVerificationKey, loadProvingKey } from '../../src/ultragroth/index.ts';
import { productCircuit } from '../groth16/circuits.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { type LookupCircuit, lookupCircuit, witnessOf } from '../ultragroth/circuits.ts';
import { OUTSIDE_G2 } from '../ultragroth/points.ts';

const SECRETS = { tau: 123_456_789n, alpha: 5n, beta: 7n, delta1: 11n, delta2: 13n };
const BLINDING = { rho: 1_000_003n, r: r - 5n, s: 1n << 200n };
const INFINITE_G2: G2Point = [
  [0n, 0n],
  [0n, 0n],
];
const CHALLENGE = (1n << 252n) + 12345n;

/** Many lookups of few values; one of the domains is wide enough for vectors. */
const CIRCUITS: readonly (readonly [string, LookupCircuit, readonly bigint[]])[] = [
  ['a small domain', lookupCircuit(6, 8, 2), [3n, 0n, 7n, 7n, 5n, 1n]],
  ['a wide domain', lookupCircuit(300, 16, 1), Array.from({ length: 300 }, (_, i) => BigInt((i * i) % 7))],
  ['one key only', lookupCircuit(1, 1, 0), [0n]],
];

interface Engine {
  readonly name: string;
  readonly open: () => Promise<NativeKernel>;
}
const ENGINES: readonly Engine[] = [
  ...(['portable', 'adx', 'ifma'] as const).map(path => ({
    name: `native, ${path}`,
    open: () => nativeKernel({ path, threads: 2 }),
  })),
  { name: 'WebAssembly', open: () => wasmKernel({ threads: 2 }) },
];

interface Made {
  readonly zkey: Uint8Array;
  readonly proof: UltraGrothPoints;
}
const firstMade = new Map<string, Made>();

for (const { name, open } of ENGINES) {
  describe(`UltraGroth kernel: ${name}`, () => {
    let kernel: NativeKernel;

    before(async function () {
      try {
        kernel = await open();
      } catch (error) {
        // Not built here, or a processor without these instructions.
        if (error instanceof BionoirError && error.code === 'MISSING_KERNEL') return this.skip();
        throw error;
      }
    });
    after(() => kernel?.close());

    for (const [what, circuit, keys] of CIRCUITS) {
      it(`proves ${what}, with the bytes of every other engine`, async () => {
        const { ultraGroth } = kernel;
        const zkey = await ultraGroth.setup(circuit.r1cs, SECRETS);
        const key = await ultraGroth.loadProvingKey(zkey);
        const { proof, publicInputs } = await proofOf(kernel, key, circuit, keys);
        key.release();
        const verificationKey = keyOf(zkey);
        const inputs = [...publicInputs, CHALLENGE];
        assert.equal(await ultraGroth.verify(verificationKey, [{ inputs, proof }]), true);
        assert.equal(
          await ultraGroth.verify(verificationKey, [{ inputs: [...publicInputs, CHALLENGE + 1n], proof }]),
          false,
        );
        const first = firstMade.get(what);
        if (first === undefined) firstMade.set(what, { zkey, proof });
        else {
          assert.deepEqual(proof, first.proof);
          assert.ok(Buffer.from(zkey).equals(Buffer.from(first.zkey)), 'other bytes of the key');
        }
      });
    }

    it('tells the shape of a key', async () => {
      const circuit = lookupCircuit(6, 8, 2);
      const key = await kernel.ultraGroth.loadProvingKey(
        await kernel.ultraGroth.setup(circuit.r1cs, SECRETS),
      );
      const { wireCount, publicCount, challengeCount, roundOneCount } = key;
      assert.deepEqual(
        [wireCount, publicCount, challengeCount, roundOneCount],
        [circuit.system.wireCount, 2, 1, 14],
      );
      key.release();
    });

    it('refuses witnesses and scalars that are not', async () => {
      const { ultraGroth } = kernel;
      const circuit = lookupCircuit(6, 8, 2);
      const key = await ultraGroth.loadProvingKey(await ultraGroth.setup(circuit.r1cs, SECRETS));
      const short = new Uint8Array(14 * 32 - 1);
      await assertRejectsCode(
        () => ultraGroth.commit(key, short, 1n),
        'MALFORMED_WITNESS',
        /round 1 has 447 bytes; 14 wires need 448/,
      );
      const large = new Uint8Array(14 * 32).fill(255);
      await assertRejectsCode(
        () => ultraGroth.commit(key, large, 1n),
        'MALFORMED_WITNESS',
        /value 0 of round 1 is not below r/,
      );
      await assertRejectsCode(
        () => ultraGroth.commit(key, new Uint8Array(14 * 32), r),
        'KERNEL_FAILED',
        /not below r/,
      );
      const wires = new Uint8Array(32 * circuit.system.wireCount);
      await assertRejectsCode(
        () => ultraGroth.prove(key, wires, BLINDING),
        'MALFORMED_WITNESS',
        /wire 0 is not the constant 1/,
      );
      await assertRejectsCode(
        () => ultraGroth.prove(key, wires.slice(32), BLINDING),
        'MALFORMED_WITNESS',
        /the witness has \d+ bytes; \d+ wires need \d+/,
      );
      key.release();
    });

    it('refuses secrets that are unsafe, and systems of the other protocol', async () => {
      const { ultraGroth } = kernel;
      const { r1cs } = lookupCircuit(6, 8, 2);
      for (const change of [{ delta1: 1n }, { delta2: 1n }, { delta1: 13n }, { tau: 0n }, { beta: r }]) {
        await assertRejectsCode(() => ultraGroth.setup(r1cs, { ...SECRETS, ...change }), 'UNSAFE_KEY');
      }
      await assertRejectsCode(
        () => ultraGroth.setup(productCircuit().r1cs, SECRETS),
        'MALFORMED_R1CS',
        /the system has no rounds; Groth16 proves it/,
      );
      const { tau, alpha, beta, delta1 } = SECRETS;
      await assertRejectsCode(
        () => kernel.setup(r1cs, { tau, alpha, beta, delta: delta1 }),
        'MALFORMED_R1CS',
        /the system has rounds; UltraGroth proves it/,
      );
    });

    it('refuses keys that are not, or of the other protocol', async () => {
      const { ultraGroth } = kernel;
      const zkey = await ultraGroth.setup(lookupCircuit(6, 8, 2).r1cs, SECRETS);
      await assertRejectsCode(
        () => kernel.loadProvingKey(zkey),
        'MALFORMED_KEY',
        /protocol \d+; only Groth16/,
      );
      const { tau, alpha, beta, delta1 } = SECRETS;
      const groth16 = await kernel.setup(productCircuit().r1cs, { tau, alpha, beta, delta: delta1 });
      await assertRejectsCode(
        () => ultraGroth.loadProvingKey(groth16),
        'MALFORMED_KEY',
        /protocol 1; only UltraGroth/,
      );
      for (let cut = 0; cut < zkey.length; cut += 997)
        await assertRejectsCode(() => ultraGroth.loadProvingKey(zkey.slice(0, cut)), 'MALFORMED_KEY');
      const key = readUltraGrothZkey(zkey);
      for (const change of [{ challengeCount: 0 }, { challengeCount: 4 }, { roundOneCount: 1000 }]) {
        await assertRejectsCode(
          () => ultraGroth.loadProvingKey(writeUltraGrothZkey({ ...key, ...change })),
          'MALFORMED_KEY',
          /challenges and \d+ wires of round 1/,
        );
      }
      const c = key.c.slice();
      c.set(encodeG1([1n, 2n]), 0);
      c[0] = (c[0] as number) ^ 1;
      await assertRejectsCode(
        () => ultraGroth.loadProvingKey(writeUltraGrothZkey({ ...key, c })),
        'MALFORMED_KEY',
        /section 8 \(C\): point 0 is not on the curve/,
      );
    });

    it('refuses keys whose verification key has a point where none may be', async () => {
      const { ultraGroth } = kernel;
      const key = readUltraGrothZkey(await ultraGroth.setup(lookupCircuit(6, 8, 2).r1cs, SECRETS));
      const beside = [1n, 3n] as const;
      const ic = key.ic.slice();
      ic.set(encodeG1(beside), G1_BYTES);
      const refused: [Partial<UltraGrothZkey>, RegExp][] = [
        [{ alpha1: [0n, 0n] }, /the header's alpha is infinite/],
        [{ beta1: [0n, 0n] }, /the header's beta \(G1\) is infinite/],
        [{ delta1: beside }, /the header's delta \(G1\) is not on the curve/],
        [{ roundOneDelta1: [0n, 0n] }, /the header's delta of round 1 \(G1\) is infinite/],
        [{ beta2: OUTSIDE_G2 }, /the header's beta \(G2\) is not in the subgroup of order r/],
        [{ gamma2: OUTSIDE_G2 }, /the header's gamma is not in the subgroup of order r/],
        [{ delta2: OUTSIDE_G2 }, /the header's delta \(G2\) is not in the subgroup of order r/],
        [
          { roundOneDelta2: OUTSIDE_G2 },
          /the header's delta of round 1 \(G2\) is not in the subgroup of order r/,
        ],
        [{ roundOneDelta2: INFINITE_G2 }, /the header's delta of round 1 \(G2\) is infinite/],
        [{ ic }, /a point of section 3 \(IC\) is not on the curve/],
      ];
      for (const [change, text] of refused) {
        const zkey = writeUltraGrothZkey({ ...key, ...change });
        await assertRejectsCode(() => ultraGroth.loadProvingKey(zkey), 'MALFORMED_KEY', text);
        // Above the kernel each has the words that everything else that reads such a key has.
        await assertRejectsCode(
          () => loadProvingKey(kernel, zkey),
          'MALFORMED_KEY',
          messageOf(() => exportVerificationKey(zkey)),
        );
      }
    });

    it('stops when asked to', async () => {
      const { ultraGroth } = kernel;
      const circuit = lookupCircuit(300, 16, 1);
      const signal = AbortSignal.abort('enough');
      await assertRejectsCode(() => ultraGroth.setup(circuit.r1cs, SECRETS, { signal }), 'ABORTED');
      const key = await ultraGroth.loadProvingKey(await ultraGroth.setup(circuit.r1cs, SECRETS));
      const wires = new Uint8Array(32 * circuit.system.wireCount);
      await assertRejectsCode(() => ultraGroth.prove(key, wires, BLINDING, { signal }), 'ABORTED');
      key.release();
    });

    it('does not take the keys of another kernel', async () => {
      const other = await open();
      const key = await other.ultraGroth.loadProvingKey(
        await other.ultraGroth.setup(lookupCircuit(1, 1, 0).r1cs, SECRETS),
      );
      await assertRejectsCode(
        () => kernel.ultraGroth.commit(key, new Uint8Array(64), 1n),
        'KERNEL_FAILED',
        /was loaded by another kernel/,
      );
      key.release();
      await other.close();
    });
  });
}

async function proofOf(
  { ultraGroth }: NativeKernel,
  key: LoadedUltraGrothKey,
  circuit: LookupCircuit,
  keys: readonly bigint[],
): Promise<{ proof: UltraGrothPoints; publicInputs: readonly bigint[] }> {
  const witness = witnessOf(circuit, keys);
  const first = circuit.at.keys * 32;
  const roundOne = witness.roundOne.slice(first, first + key.roundOneCount * 32);
  const c1 = await ultraGroth.commit(key, roundOne, BLINDING.rho);
  const wires = await witness.finish([CHALLENGE]);
  const proof = { ...(await ultraGroth.prove(key, wires, BLINDING)), c1 };
  const publicInputs = Array.from({ length: circuit.system.publicCount }, (_, p) =>
    keys.reduce((sum, value, i) => mod(sum + BigInt(p + 1) ** BigInt(i) * value, r), 0n),
  );
  return { proof, publicInputs };
}

function messageOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  throw new Error('nothing was thrown');
}

/** Without the checks that exporting it makes: these secrets are tiny. */
function keyOf(zkey: Uint8Array): Parameters<NativeKernel['ultraGroth']['verify']>[0] {
  const key = readUltraGrothZkey(zkey);
  return {
    ...{ alpha: key.alpha1, beta: key.beta2, gamma: key.gamma2, challengeCount: key.challengeCount },
    ...{ delta1: key.roundOneDelta2, delta2: key.delta2 },
    ic: Array.from(
      { length: key.publicCount + 1 },
      (_, i) => decodeG1(key.ic.subarray(i * G1_BYTES, (i + 1) * G1_BYTES)) as G1Point,
    ),
  };
}
