import assert from 'node:assert/strict';
import { writeWitnessStack } from '../../converters/nargo-to-acir/index.ts';
import { decodeProof, encodeProof, Groth16Backend } from '../../src/backend/index.ts';
import { unusedInputs } from '../../src/index.ts';
import { executeArtifact, type NoirArtifact, noirWasm } from '../../src/toolchain/index.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import { programPackage } from '../support/noir-package.ts';

const SOURCE = `
fn main(x: Field, limit: pub u32) -> pub Field {
    let y = x as u32;
    assert(y < limit, "x is too large");
    x * x + 1
}
`;

describe('Groth16Backend', () => {
  let artifact: NoirArtifact;
  let backend: Groth16Backend;
  let witness: Uint8Array;
  before(async () => {
    const files = new Map([
      ['Nargo.toml', '[package]\nname = "square"\ntype = "bin"\nauthors = [""]\n[dependencies]\n'],
      ['src/main.nr', SOURCE],
    ]);
    artifact = await noirWasm().compile({ name: 'square', files });
    const { stack } = await executeArtifact(artifact, { x: 5, limit: 10 });
    witness = writeWitnessStack(stack);
    backend = new Groth16Backend(artifact);
  });
  after(() => backend.destroy());

  it('says that it needs keys', async () => {
    const text = /has no keys yet: Groth16 needs a set-up for each program\. Call setup\(\) first/;
    await assertRejectsCode(() => backend.generateProof(witness), 'USAGE', text);
    assertThrowsCode(() => backend.getVerificationKey(), 'USAGE', text);
  });

  it('proves a witness file and verifies it, public parameters before return values', async () => {
    await backend.setup();
    const data = await backend.generateProof(witness);
    assert.equal(data.proof.length, 256);
    assert.deepEqual(data.publicInputs.map(BigInt), [10n, 26n]);
    assert.equal(await backend.verifyProof(data), true);
    const [limit = '', result = ''] = data.publicInputs;
    assert.equal(await backend.verifyProof({ ...data, publicInputs: ['0xb', result] }), false);
    const wrong = { ...data, publicInputs: ['0xb', result] };
    assert.deepEqual(await backend.verifyProofs([data, wrong, data]), { isValid: false, invalid: [1] });
    assert.deepEqual(await backend.verifyProofs([data, data]), { isValid: true, invalid: [] });
    await assertRejectsCode(
      () => backend.verifyProof({ ...data, publicInputs: [limit, 'five'] }),
      'MALFORMED_PROOF',
      "A public input is 'five'; it must be a whole number, decimal or with 0x. Ask for the proof again.",
    );
    await assertRejectsCode(
      () => backend.verifyProof({ ...data, proof: data.proof.slice(1) }),
      'MALFORMED_PROOF',
      'The proof has 255 bytes; a Groth16 proof has 256. Is it one of another backend?',
    );
    assert.deepEqual(encodeProof(decodeProof(data.proof)), data.proof);
  });

  it('gives the Solidity side, from its own key or another', async () => {
    const data = await backend.generateProof(witness);
    const own = backend.getSolidityVerifier();
    assert.equal(backend.getSolidityVerifier(backend.getVerificationKey()), own);
    assert.match(own, /function verifyProof/);
    assert.equal(backend.getSolidityCalldata(data).match(/0x[0-9a-f]{64}/g)?.length, 8 + 2);
  });

  it('refuses a witness that breaks the program, naming the place', async () => {
    const { stack } = await executeArtifact(artifact, { x: 5, limit: 10 });
    const forged = stack.map(frame => ({
      ...frame,
      witnesses: new Map([...frame.witnesses].map(([index, value]) => [index, value === 26n ? 27n : value])),
    }));
    const error = await assertRejectsCode(
      () => backend.generateProof(writeWitnessStack(forged)),
      'UNSATISFIED_CONSTRAINT',
    );
    assert.match(error.message, /^Constraint \d+ is not satisfied: .*opcode \d+ of main/);
  });

  it('takes the bytecode alone, as other backends do', async () => {
    const alone = new Groth16Backend(artifact.bytecode);
    const keys = await alone.setup();
    assert.deepEqual(
      (await alone.circuit()).lowered.system.constraintCount,
      (await backend.circuit()).lowered.system.constraintCount,
    );
    const again = new Groth16Backend(artifact, { keys });
    assert.equal(await again.verifyProof(await alone.generateProof(witness)), true);
    await alone.destroy();
    await again.destroy();
    await assertRejectsCode(() => new Groth16Backend('AAAA').setup(), 'UNKNOWN_RELEASE');
  });

  it('makes no keys for a program that forgets to constrain, unless it is told what may be free', async () => {
    const source = `
unconstrained fn half(x: u32) -> u32 {
    x / 2
}
fn main(x: u32, spare: u8) -> pub [u32; 2] {
    // Safety: nothing here is safe, which is the point.
    [x, unsafe { half(x) }]
}
`;
    const loose = new Groth16Backend(await noirWasm().compile(programPackage(source)));
    const error = await assertRejectsCode(() => loose.setup(), 'UNDER_CONSTRAINED');
    assert.match(
      error.message,
      /^1 value is free for the prover to choose: return\[1\] \(main\.w\d+, returned by main, range, .*\)\. No input of main determines it\./,
    );
    await loose.setup({ allowUnconstrained: ['return[1]'] });
    assert.deepEqual(unusedInputs(await loose.circuit()), ['spare']);
    await loose.destroy();
  });

  it('takes keys that were made before', async () => {
    const keys = await backend.setup();
    const second = new Groth16Backend(artifact, { keys });
    assert.equal(await second.verifyProof(await backend.generateProof(witness)), true);
    await second.destroy();
  });
});
