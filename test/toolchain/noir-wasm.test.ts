import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Diagnostic, noirWasm, noirWasmSession } from '../../src/toolchain/index.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { programPackage } from '../support/noir-package.ts';

const LIBRARY = '[package]\nname = "lib"\ntype = "lib"\nauthors = [""]\n\n[dependencies]\n';
const WITH_LIBRARY = `[package]
name = "program"
type = "bin"
authors = [""]

[dependencies]
lib = { path = "lib" }
`;

describe('noir_wasm', () => {
  const toolchain = noirWasm();

  it('compiles a package held in memory, with warnings by line, and names no folder of this machine', async () => {
    const warnings: Diagnostic[] = [];
    const main =
      'fn main(x: Field) -> pub Field {\n    let y = x * 0;\n    assert(y == 1);\n    x + lib::one()\n}\n';
    const source = programPackage(main, {
      'Nargo.toml': WITH_LIBRARY,
      'lib/Nargo.toml': LIBRARY,
      'lib/src/lib.nr': 'pub fn one() -> Field {\n    1\n}\n',
    });
    const artifact = await toolchain.compile(source, { onWarning: warning => warnings.push(warning) });
    assert.match(artifact.noir_version, /^1\.0\.0-beta\.26/);
    assert.deepEqual(
      artifact.abi.parameters.map(({ name }) => name),
      ['x'],
    );
    const paths = Object.values(artifact.file_map).map(({ path }) => path);
    assert.ok(
      paths.every(path => /^(std|lib|\/program\/src)\//.test(path)),
      paths.join(),
    );
    assert.deepEqual(warnings, [{ message: 'assert failed', file: 'src/main.nr', line: 3, column: 5 }]);
  });

  it('gives the same artifact for the same package', async () => {
    const source = programPackage('fn main(x: Field) -> pub Field {\n    x * x\n}\n');
    assert.deepEqual(await toolchain.compile(source), await toolchain.compile(source));
  });

  it('compiles the package in a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bionoir-test-'));
    try {
      for (const [path, text] of programPackage('fn main(x: pub Field) {\n    assert(x != 0);\n}\n').files) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
      const artifact = await toolchain.compile(folder);
      assert.equal(artifact.abi.parameters[0]?.visibility, 'public');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names every mistake of a source by file, line and column, also in a library', async () => {
    const source = programPackage('fn main(x: Field) -> pub Field {\n    // é\n    x + y\n}\n', {
      'Nargo.toml': WITH_LIBRARY,
      'lib/Nargo.toml': LIBRARY,
      'lib/src/lib.nr': 'pub fn one() -> Field {\n    two()\n}\n',
    });
    const error = await assertRejectsCode(
      () => toolchain.compile(source),
      'COMPILE_FAILED',
      "The Noir package 'program' does not compile:\n" +
        '  lib/src/lib.nr:2:5: cannot find `two` in this scope (not found in this scope)\n' +
        '  src/main.nr:3:9: cannot find `y` in this scope (not found in this scope)\n' +
        'Correct the source and compile again.',
    );
    assert.equal(error.location, 'lib/src/lib.nr:2:5');
  });

  it('refuses what is not a package', async () => {
    await assertRejectsCode(
      () => toolchain.compile({ name: 'program', files: new Map() }),
      'COMPILE_FAILED',
      "The Noir package 'program' cannot be read: the package has no file Nargo.toml. A package is a folder with Nargo.toml and src/main.nr.",
    );
  });

  it('survives a source that overflows the stack of the compiler', async () => {
    const deep = `fn main(x: Field) -> pub Field {\n    ${'('.repeat(20_000)}x${')'.repeat(20_000)}\n}\n`;
    await assertRejectsCode(
      () => toolchain.compile(programPackage(deep)),
      'COMPILER_CRASHED',
      "The Noir compiler ran out of stack on package 'program' (memory access out of bounds). Break up very long or deeply nested expressions, or compile with nargo.",
    );
    await toolchain.compile(programPackage('fn main(x: Field) -> pub Field {\n    x\n}\n'));
  });

  it('tells of folded functions that the compiler numbers in two ways', async () => {
    await assertRejectsCode(
      () => toolchain.compile(programPackage(CONFUSED)),
      'COMPILER_CRASHED',
      /^The Noir compiler crashed on package 'program': .*It numbers #\[fold\] functions in two ways.*name them all in main/s,
    );
  });

  it('stops on request, before and while it compiles', async () => {
    const source = programPackage('fn main(x: Field) -> pub Field {\n    x\n}\n');
    const text = "Compiling the Noir package 'program' was stopped on request.";
    await assertRejectsCode(
      () => toolchain.compile(source, { signal: AbortSignal.abort() }),
      'ABORTED',
      text,
    );
    const controller = new AbortController();
    const compiling = toolchain.compile(source, { signal: controller.signal });
    controller.abort();
    await assertRejectsCode(() => compiling, 'ABORTED', text);
  });
});

describe('a session of noir_wasm', () => {
  const square = programPackage('fn main(x: Field) -> pub Field {\n    x * x\n}\n');
  const broken = programPackage('fn main(x: Field) -> pub Field {\n    x + y\n}\n');
  const session = noirWasmSession();
  after(() => session.close());

  it('gives the artifacts of a single compilation, also after a source with a mistake', async () => {
    const [first, mistake, second] = await Promise.allSettled(
      [square, broken, square].map(source => session.compile(source)),
    );
    const single = await noirWasm().compile(square);
    assert.deepEqual(first, { status: 'fulfilled', value: single });
    assert.deepEqual(second, first);
    assert.ok(mistake?.status === 'rejected');
    assert.match(String(mistake.reason), /src\/main\.nr:2:9: cannot find `y` in this scope/);
  });

  it('goes on with another process after a crash, a stop and being closed', async () => {
    const crashed = session.compile(programPackage(CONFUSED));
    const stopped = session.compile(square, { signal: AbortSignal.abort() });
    const compiled = session.compile(square);
    await assertRejectsCode(() => crashed, 'COMPILER_CRASHED');
    await assertRejectsCode(() => stopped, 'ABORTED');
    assert.equal((await compiled).abi.parameters.length, 1);
    session.close();
    assert.equal((await session.compile(square)).abi.parameters.length, 1);
  });
});

/** Two functions below main that each call folded functions of their own, with different parameters. */
const CONFUSED = `
#[fold]
fn a2(x: [Field; 2]) -> Field {
    x[0] + x[1]
}
#[fold]
fn a1(x: [Field; 9]) -> Field {
    a2([x[0], x[1]]) + a2([x[2], x[8]])
}
fn a(x: [Field; 9]) -> Field {
    a1(x)
}
#[fold]
fn b2(x: [Field; 3]) -> Field {
    x[0] + x[2]
}
#[fold]
fn b1(x: [Field; 8]) -> Field {
    b2([x[0], x[1], x[2]]) + b2([x[2], x[3], x[7]])
}
fn b(x: [Field; 8]) -> Field {
    b1(x)
}
fn main(x: [Field; 9], y: [Field; 8]) -> pub Field {
    a(x) + b(y)
}
`;
