import assert from 'node:assert/strict';
import { executeArtifact, type NoirArtifact, nargo, noirWasm } from '../../src/toolchain/index.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { programPackage } from '../support/noir-package.ts';

const SOURCE = `
#[fold]
fn square(x: Field) -> Field {
    x * x
}

fn main(x: u32, y: pub Field) -> pub Field {
    println(x);
    assert(x != 7, "seven is not welcome");
    square(x as Field) + square(y)
}
`;

describe('the toolchain', () => {
  let artifact: NoirArtifact;
  before(async () => {
    artifact = await noirWasm().compile(programPackage(SOURCE));
  });

  it('executes folded calls: main is the last frame, its return value is decoded', async () => {
    const printed: string[] = [];
    const { stack, returnValue } = await executeArtifact(
      artifact,
      { x: 3, y: 2 },
      { onPrint: text => printed.push(text) },
    );
    assert.equal(stack.length, 3);
    assert.deepEqual(
      stack.map(frame => frame.functionIndex),
      [1, 1, 0],
    );
    assert.equal(BigInt(String(returnValue)), 13n);
    assert.match(printed.join(''), /0x03|3/);
  });

  it('names message and line of a failed assertion', async () => {
    const error = await assertRejectsCode(
      () => executeArtifact(artifact, { x: 7, y: 2 }),
      'EXECUTION_FAILED',
    );
    assert.match(error.message, /seven is not welcome/);
    assert.match(error.message, /main\.nr:9/);
  });

  it('refuses inputs that the ABI does not know, or that do not fit', async () => {
    await assertRejectsCode(() => executeArtifact(artifact, { x: 3 }), 'MALFORMED_INPUT', /y/);
    await assertRejectsCode(() => executeArtifact(artifact, { x: 2 ** 32, y: 0 }), 'MALFORMED_INPUT', /x/);
  });

  it('reports what the compiler says, with file and line', async () => {
    const error = await assertRejectsCode(
      () => noirWasm().compile(programPackage('fn main(x: Field) {\n    assert(x == nothing);\n}\n')),
      'COMPILE_FAILED',
    );
    assert.match(error.message, /nothing/);
    assert.match(error.message, /main\.nr:2/);
  });

  it('compiles a program whose assertion can never hold, with a warning that says so', async () => {
    const warnings: string[] = [];
    const source = 'fn main(x: Field) {\n    let y = x * 0;\n    assert(y == 1);\n}\n';
    const always = await noirWasm().compile(programPackage(source), {
      onWarning: ({ message, line }) => warnings.push(`${line}: ${message}`),
    });
    assert.deepEqual(warnings, ['3: assert failed']);
    await assertRejectsCode(() => executeArtifact(always, { x: 1 }), 'EXECUTION_FAILED');
  });

  it('says how to get a nargo that is not there', async () => {
    await assertRejectsCode(
      () => nargo({ path: 'no-such-nargo' }).compile(programPackage(SOURCE)),
      'MISSING_TOOL',
      /no-such-nargo/,
    );
  });

  it('stops when it is asked to', async () => {
    const signal = AbortSignal.abort();
    await assertRejectsCode(() => noirWasm().compile(programPackage(SOURCE), { signal }), 'ABORTED');
  });
});
