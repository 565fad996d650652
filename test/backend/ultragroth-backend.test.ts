import assert from 'node:assert/strict';
import { writeWitnessStack } from '../../converters/nargo-to-acir/index.ts';
import { decodeUltraGrothProof, encodeUltraGrothProof, UltraGrothBackend } from '../../src/backend/index.ts';
import {
  lowerArtifact,
  proveUltraGroth,
  setup,
  setupUltraGroth,
  solveProgram,
  verifyUltraGroth,
} from '../../src/pipeline/index.ts';
import { executeArtifact, type NoirArtifact, noirWasm } from '../../src/toolchain/index.ts';
import { loadProvingKey, readContributions } from '../../src/ultragroth/index.ts';
import { makePtau } from '../groth16/ptau.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import { openTestKernel } from '../ultragroth/kernel.ts';

const SOURCE = `
fn main(x: Field, limit: pub u8) -> pub Field {
    let y = x as u8;
    assert(y < limit, "x is too large");
    x * x + 1
}
`;

describe('UltraGrothBackend', () => {
  let artifact: NoirArtifact;
  let backend: UltraGrothBackend;
  let witness: Uint8Array;

  before(async () => {
    const files = new Map([
      ['Nargo.toml', '[package]\nname = "square"\ntype = "bin"\nauthors = [""]\n[dependencies]\n'],
      ['src/main.nr', SOURCE],
    ]);
    artifact = await noirWasm().compile({ name: 'square', files });
    const { stack } = await executeArtifact(artifact, { x: 5, limit: 10 });
    witness = writeWitnessStack(stack);
    backend = new UltraGrothBackend(artifact);
  });
  after(() => backend?.destroy());

  it('says that it needs keys', async () => {
    const text = /has no keys yet: UltraGroth needs a set-up for each program\. Call setup\(\) first/;
    await assertRejectsCode(() => backend.generateProof(witness), 'USAGE', text);
    assertThrowsCode(() => backend.getVerificationKey(), 'USAGE', text);
  });

  it('proves a witness file and verifies it, public parameters before return values', async () => {
    await backend.setup();
    const data = await backend.generateProof(witness);
    assert.equal(data.proof.length, 320);
    assert.deepEqual(data.publicInputs.map(BigInt), [10n, 26n]);
    assert.equal(await backend.verifyProof(data), true);
    const [, result = ''] = data.publicInputs;
    assert.equal(await backend.verifyProof({ ...data, publicInputs: ['0xb', result] }), false);
    await assertRejectsCode(
      () => backend.verifyProof({ ...data, proof: data.proof.slice(64) }),
      'MALFORMED_PROOF',
      'The proof has 256 bytes; an UltraGroth proof has 320. Is it one of another backend?',
    );
    assert.deepEqual(encodeUltraGrothProof(decodeUltraGrothProof(data.proof)), data.proof);
  });

  it('gives the Solidity side, from its own key or another', async () => {
    const data = await backend.generateProof(witness);
    const own = backend.getSolidityVerifier();
    assert.equal(backend.getSolidityVerifier(backend.getVerificationKey()), own);
    assert.match(own, /KEY_DIGEST/);
    assert.equal(backend.getSolidityCalldata(data).match(/0x[0-9a-f]{64}/g)?.length, 10 + 2);
  });

  it('refuses a witness that breaks the program, naming the place', async () => {
    const { stack } = await executeArtifact(artifact, { x: 5, limit: 10 });
    const forged = stack.map(frame => ({
      ...frame,
      witnesses: new Map([...frame.witnesses].map(([index, value]) => [index, value === 26n ? 27n : value])),
    }));
    await assertRejectsCode(
      () => backend.generateProof(writeWitnessStack(forged)),
      'UNSATISFIED_CONSTRAINT',
      /^Constraint \d+ is not satisfied/,
    );
  });

  it('takes keys that were made before', async () => {
    const keys = await backend.setup();
    const second = new UltraGrothBackend(artifact, { keys });
    assert.equal(await second.verifyProof(await backend.generateProof(witness)), true);
    await second.destroy();
  });

  it('makes keys from a .ptau', async () => {
    const kernel = await openTestKernel();
    const files = new Map([
      ['Nargo.toml', '[package]\nname = "byte"\ntype = "bin"\nauthors = [""]\n[dependencies]\n'],
      ['src/main.nr', 'fn main(x: u8, y: pub Field) -> pub Field { x as Field * y }'],
    ]);
    const byte = await noirWasm().compile({ name: 'byte', files });
    const circuit = await lowerArtifact(byte, { proofSystem: 'ultragroth', lookups: { rangeBits: [3] } });
    const ptau = makePtau(5, { tau: 1234567n, alpha: 2345678n, beta: 3456789n });
    const { provingKey, verificationKey } = await setupUltraGroth(kernel, circuit, {
      ptau,
      contributor: 'Ada',
    });
    assert.deepEqual(
      readContributions(provingKey).map(({ name }) => name),
      ['Ada'],
    );
    const key = await loadProvingKey(kernel, provingKey);
    const solved = await solveProgram(circuit, { x: 200, y: 3 });
    const result = await proveUltraGroth(kernel, key, solved);
    assert.deepEqual(result.publicSignals, [3n, 600n]);
    assert.equal(await verifyUltraGroth(kernel, verificationKey, result), true);
    key.release();
    await kernel.close();
  });

  it('does not mix with Groth16', async () => {
    const kernel = await openTestKernel();
    const plain = await lowerArtifact(artifact);
    const rounds = await lowerArtifact(artifact, { proofSystem: 'ultragroth' });
    await assertRejectsCode(
      () => setup(kernel, rounds),
      'USAGE',
      "The circuit was lowered for ultragroth; its keys cannot be for groth16. Lower it again with proofSystem 'groth16', or set up for ultragroth.",
    );
    await assertRejectsCode(
      () => setupUltraGroth(kernel, plain),
      'USAGE',
      "The circuit was lowered for groth16; its keys cannot be for ultragroth. Lower it again with proofSystem 'ultragroth', or set up for groth16.",
    );
    const { provingKey } = await setupUltraGroth(kernel, rounds);
    const key = await loadProvingKey(kernel, provingKey);
    const single = await solveProgram(plain, { x: 5, limit: 10 });
    await assertRejectsCode(
      () => proveUltraGroth(kernel, key, single),
      'USAGE',
      "The witness has one round only; UltraGroth needs one of a circuit with rounds. Lower it with proofSystem 'ultragroth', and solve again.",
    );
    key.release();
    await kernel.close();
  });
});
