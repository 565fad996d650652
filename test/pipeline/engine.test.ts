/** Networks and programs solved by the kernel's witness engine, to the proof; the reference machine behind it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadDigits } from '../../fixtures/data/digits.ts';
import {
  type Circuit,
  compile,
  type Kernel,
  loadUltraGrothKey,
  lowerArtifact,
  type NoirArtifact,
  noirWasm,
  openKernel,
  type ProvableNetwork,
  prove,
  proveUltraGroth,
  setup,
  setupUltraGroth,
  solve,
  solveProgram,
  verify,
  verifyUltraGroth,
  witnessProgramOf,
} from '../../src/index.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { programPackage } from '../support/noir-package.ts';

const MAIN = `
unconstrained fn spin(start: u32) -> u32 {
    start / 2
}

fn main(mode: u32, signed: i8, pair: (bool, [u16; 2]), name: str<3>) -> pub Field {
    // Safety: a test.
    let rest = unsafe { if mode == 7 { spin(mode) } else { mode } };
    assert(rest != 9, "nine is refused");
    println(f"mode {mode}");
    rest as Field + (signed as u8) as Field + pair.0 as Field + pair.1[1] as Field + name.as_bytes()[0] as Field
}
`;

describe('the pipeline with a witness engine', function () {
  this.timeout(240_000);
  let kernel: Kernel;
  let artifact: NoirArtifact;
  let digits: ProvableNetwork;
  let looked: Circuit;

  before(async () => {
    kernel = await openKernel('best');
    const folder = 'fixtures/models/digits';
    const weights = new Map([['weights.bin', new Uint8Array(readFileSync(`${folder}/weights.bin`))]]);
    digits = await compile(
      { model: JSON.parse(readFileSync(`${folder}/model.json`, 'utf8')), weights },
      { input: { max: 16 }, output: 'label' },
    );
    looked = await lowerArtifact(digits.artifact, { proofSystem: 'ultragroth' });
    artifact = await noirWasm().compile(programPackage(MAIN));
  });
  after(() => kernel.close());

  it("gives the reference machine's witness of a network, and a proof that verifies", async () => {
    const sample = [loadDigits().heldOut.images[0] ?? []];
    const reference = await solve(digits, sample);
    const witness = await solve(digits, sample, { kernel });
    assert.equal(reference.engine, 'reference');
    assert.equal(witness.engine, kernel.description);
    assert.deepEqual(witness.wires, reference.wires);
    assert.deepEqual(witness.publicSignals, reference.publicSignals);
    assert.deepEqual(witness.outputs, reference.outputs);
    const made = witnessProgramOf(digits);
    assert.ok(made.kind === 'compiled' && made.hintCount > 0, "the library's hints are recognised");
    const keys = await setup(kernel, digits);
    const key = await kernel.loadProvingKey(keys.provingKey);
    const result = await prove(kernel, key, witness);
    key.release();
    assert.deepEqual(result.publicSignals, witness.publicSignals);
    assert.ok(await verify(kernel, keys.verificationKey, result));
  });

  it('solves both rounds for UltraGroth', async () => {
    const network = { ...looked, quantGraph: digits.quantGraph };
    const witness = await solve(network, [loadDigits().heldOut.images[1] ?? []], { kernel });
    assert.ok(witness.finishEncoded && witness.finish === undefined);
    const keys = await setupUltraGroth(kernel, network);
    const key = await loadUltraGrothKey(kernel, keys.provingKey);
    const result = await proveUltraGroth(kernel, key, witness);
    key.release();
    assert.ok(await verifyUltraGroth(kernel, keys.verificationKey, result));
  });

  it('leaves programs that print to the reference machine, and says so', async () => {
    const circuit = await lowerArtifact(artifact);
    const printed: string[] = [];
    const inputs = { mode: 3, signed: -5, pair: [true, [7, 900]], name: 'abc' };
    const witness = await solveProgram(circuit, inputs, {
      kernel,
      onPrint: text => printed.push(text),
      keepStack: true,
    });
    assert.equal(witness.engine, 'reference: the engine stopped (unsupported)');
    assert.deepEqual(printed, ['mode 3\n']);
    assert.equal(witness.stack?.length, 1);
  });

  it('names what failed in the words of the reference machine', async () => {
    const circuit = await lowerArtifact(artifact);
    const inputs = { mode: 9, signed: 1, pair: [false, [0, 0]], name: 'abc' };
    const expected = await assertRejectsCode(
      () => solveProgram(circuit, inputs),
      'EXECUTION_FAILED',
      /nine is refused/,
    );
    await assertRejectsCode(
      () => solveProgram(circuit, inputs, { kernel }),
      'EXECUTION_FAILED',
      expected.message,
    );
  });

  it('names a part of the input that does not fit', async () => {
    const circuit = await lowerArtifact(artifact);
    const inputs = { mode: 3, signed: 200, pair: [true, [7, 900]], name: 'abc' };
    await assertRejectsCode(
      () => solveProgram(circuit, inputs, { kernel }),
      'MALFORMED_INPUT',
      /'signed' is 200; i8 holds/,
    );
  });
});
