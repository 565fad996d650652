/** Batches of claims: what holds passes, and what does not is named, on kernels with and without a batch of their own. */
import assert from 'node:assert/strict';
import { bn254 } from '@noble/curves/bn254.js';
import {
  printProof,
  printPublicSignals,
  printVerificationKey,
} from '../../converters/keys-to-iden3/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import {
  exportVerificationKey,
  type Groth16Claim,
  prove,
  setupForDevelopment,
  verify,
  verifyBatch,
} from '../../src/groth16/index.ts';
import { isNativeKernelBuilt, type Kernel, nativeKernel } from '../../src/kernel/index.ts';
import type { Groth16VerificationKey } from '../../src/kernel/types.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { createFfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';
import { endSnarkjs } from '../support/snarkjs.ts';
import { mixedCircuit } from './circuits.ts';

const CLAIMS = 9;
const KERNELS: readonly (readonly [string, () => Promise<Kernel>])[] = [
  ['native', () => nativeKernel()],
  ['ffjavascript', () => createFfjavascriptKernel()],
];

for (const [name, open] of KERNELS) {
  describe(`batches of proofs on the ${name} kernel`, () => {
    let kernel: Kernel;
    let key: Groth16VerificationKey;
    let claims: readonly Groth16Claim[];

    before(async function () {
      if (name === 'native' && !isNativeKernelBuilt()) return this.skip();
      kernel = await open();
      const circuit = mixedCircuit(6);
      const zkey = await setupForDevelopment(kernel, circuit.r1cs);
      key = exportVerificationKey(zkey);
      const loaded = await kernel.loadProvingKey(zkey);
      const proofs: Groth16Claim[] = [];
      for (let i = 0; i < CLAIMS; i++) proofs.push(await prove(kernel, loaded, circuit.wires));
      claims = proofs;
    });
    after(() => kernel?.close());

    const withFalse = (...indices: number[]): readonly Groth16Claim[] =>
      claims.map((claim, i) =>
        indices.includes(i)
          ? { ...claim, publicSignals: claim.publicSignals.map(value => (value + 1n) % r) }
          : claim,
      );

    it('accepts what holds, and no claim at all', async () => {
      for (const count of [0, 1, 2, CLAIMS]) {
        assert.deepEqual(await verifyBatch(kernel, key, claims.slice(0, count)), {
          isValid: true,
          invalid: [],
        });
      }
    });

    it('names the false claims', async () => {
      for (const invalid of [[0], [CLAIMS - 1], [3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8]]) {
        assert.deepEqual(await verifyBatch(kernel, key, withFalse(...invalid)), {
          isValid: false,
          invalid,
        });
      }
    });

    it('is not fooled by two wrongs that cancel each other', async () => {
      // C of one claim raised, of another lowered by the same point: a plain sum would not notice.
      const shifted = (index: number, sign: 1n | -1n): Groth16Claim => {
        const claim = claims[index] as Groth16Claim;
        const { c } = claim.proof;
        const point = bn254.G1.Point.fromAffine({ x: c[0], y: c[1] });
        const step = bn254.G1.Point.BASE.multiply(5n);
        const { x, y } = point.add(sign === 1n ? step : step.negate()).toAffine();
        return { ...claim, proof: { ...claim.proof, c: [x, y] } };
      };
      const wrong = [shifted(0, 1n), claims[1] as Groth16Claim, shifted(2, -1n)];
      assert.deepEqual((await verifyBatch(kernel, key, wrong)).invalid, [0, 2]);
    });

    it('throws for a claim that is malformed, and says which', async () => {
      const good = claims[0] as Groth16Claim;
      const { a } = good.proof;
      const offCurve = { ...good, proof: { ...good.proof, a: [a[0], a[1] + 1n] as const } };
      await assertRejectsCode(
        () => verifyBatch(kernel, key, [good, good, offCurve, good]),
        'MALFORMED_PROOF',
        'The proof of claim 2 holds a point that is not in the group of order r. Ask for the proof again.',
      );
      const [first, ...rest] = good.publicSignals as [bigint, ...bigint[]];
      await assertRejectsCode(
        () => verifyBatch(kernel, key, [good, { ...good, publicSignals: [first + r, ...rest] }]),
        'MALFORMED_PROOF',
        `Public signal 0 of claim 1 is ${first + r}, which is not in [0, r). Reduce it, and refuse it from others: it is an alias of another value.`,
      );
      await assertRejectsCode(
        () => verifyBatch(kernel, key, [{ ...good, publicSignals: rest }]),
        'KEY_MISMATCH',
        'There are 1 public signals of claim 0; the verification key takes 2. Use the key of the circuit that made the proof.',
      );
    });

    it('throws for a key with points outside of their groups, whatever the claims', async () => {
      const [good] = claims as [Groth16Claim];
      const text =
        'The verification key holds a point that is infinite or outside of the group of order r, or has no IC points. Export it again.';
      const twist = twistPoint();
      for (const wrong of [
        { ...key, gamma: twist },
        { ...key, alpha: [key.alpha[0], key.alpha[1] ^ 1n] as const },
        { ...key, ic: [...key.ic.slice(1), [1n, 3n] as const] },
      ]) {
        await assertRejectsCode(() => verifyBatch(kernel, wrong, [good, good]), 'MALFORMED_KEY', text);
        await assertRejectsCode(
          () => verify(kernel, wrong, good.publicSignals, good.proof),
          'MALFORMED_KEY',
          text,
        );
      }
    });

    it('agrees with snarkjs on true and false claims', async () => {
      const snarkjs = await import('snarkjs');
      const text = JSON.parse(printVerificationKey(key));
      for (const claim of [claims[0] as Groth16Claim, withFalse(0)[0] as Groth16Claim]) {
        const theirs = await snarkjs.groth16.verify(
          text,
          JSON.parse(printPublicSignals(claim.publicSignals)),
          JSON.parse(printProof(claim.proof)),
        );
        assert.equal(await verify(kernel, key, claim.publicSignals, claim.proof), theirs);
      }
      await endSnarkjs();
    });
  });
}

/** A point of the twist that is not in the subgroup of order r (the one that prove-verify.test.ts uses). */
function twistPoint() {
  return [
    [0n, 1n],
    [
      5857410223677516958241855868975604786906559121396168184066542210254491971240n,
      3499505209057624827709920819629410982529044040404494099368353913743455207650n,
    ],
  ] as const;
}
