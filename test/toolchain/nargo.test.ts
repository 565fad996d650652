/**
 * The driver of nargo, against a stand-in program: no machine of ours has the real one. The stand-in is a script that
 * Node runs, which writes what nargo would write.
 */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Diagnostic, nargo } from '../../src/toolchain/index.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { programPackage } from '../support/noir-package.ts';

const SOURCE = programPackage('fn main(x: Field) -> pub Field {\n    x\n}\n');
const ARTIFACT = { noir_version: 'stand-in', abi: {}, bytecode: '', debug_symbols: '', file_map: {} };
const WRITES_ARTIFACT = `
const folder = process.argv[process.argv.indexOf('--program-dir') + 1];
fs.mkdirSync(folder + '/target');
fs.writeFileSync(folder + '/target/program.json', '${JSON.stringify(ARTIFACT)}');
`;

describe('nargo', () => {
  let folder = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bionoir-test-'));
  });
  after(() => rm(folder, { recursive: true }));

  async function standIn(name: string, script: string) {
    const path = join(folder, name);
    await writeFile(path, `#!${process.execPath}\nconst fs = require('node:fs');\n${script}`);
    await chmod(path, 0o755);
    return nargo({ path });
  }

  it('says how to get a compiler that is not there', async () => {
    await assertRejectsCode(
      () => nargo({ path: 'no-such-nargo' }).compile(SOURCE),
      'MISSING_TOOL',
      "The Noir compiler 'no-such-nargo' cannot be started (ENOENT). Install Noir from noir-lang.org, give its path, or use the built-in noir_wasm.",
    );
  });

  it('compiles a package of memory in a folder of its own, and hands on warnings', async () => {
    const warnings: Diagnostic[] = [];
    const report = 'warning: unused variable y\\n  ┌─ src/main.nr:2:9\\n  │\\n';
    const tool = await standIn('good', `process.stderr.write('${report}');\n${WRITES_ARTIFACT}`);
    const artifact = await tool.compile(SOURCE, { onWarning: warning => warnings.push(warning) });
    assert.deepEqual(artifact, ARTIFACT);
    assert.deepEqual(warnings, [{ message: 'unused variable y', file: 'src/main.nr', line: 2, column: 9 }]);
  });

  it('names the mistakes that nargo reports', async () => {
    const report = 'error: cannot find `y` in this scope\\n  ┌─ src/main.nr:2:5\\n  │\\n';
    const tool = await standIn('bad', `process.stderr.write('${report}');\nprocess.exit(1);\n`);
    await assertRejectsCode(
      () => tool.compile(SOURCE),
      'COMPILE_FAILED',
      "The Noir package 'program' does not compile:\n  src/main.nr:2:5: cannot find `y` in this scope\nCorrect the source and compile again.",
    );
  });

  it('tells a crash from a mistake', async () => {
    const tool = await standIn(
      'crash',
      "process.stderr.write('thread main panicked');\nprocess.exit(101);\n",
    );
    await assertRejectsCode(
      () => tool.compile(SOURCE),
      'COMPILER_CRASHED',
      "nargo ended with exit code 101 on package 'program': thread main panicked. Simplify the source near the place it names.",
    );
  });

  it('misses an artifact that nargo did not write', async () => {
    const tool = await standIn('idle', '');
    await assertRejectsCode(
      () => tool.compile(SOURCE),
      'COMPILE_FAILED',
      /^nargo left no readable artifact for package 'program' at .*program\.json\. Is the package of type "bin"\?$/,
    );
  });

  it('refuses a folder without a manifest, and one that names no package', async () => {
    await assertRejectsCode(
      () => nargo().compile(folder),
      'COMPILE_FAILED',
      /^The Noir package '.*' cannot be read: ENOENT.* A package is a folder with Nargo\.toml and src\/main\.nr\.$/,
    );
    await assertRejectsCode(
      () => nargo().compile({ name: 'x', files: new Map([['Nargo.toml', '[package]\n']]) }),
      'COMPILE_FAILED',
      /cannot be read: Nargo\.toml names no package\./,
    );
  });

  it('stops on request', async () => {
    const tool = await standIn('endless', 'setInterval(() => {}, 1000);\n');
    const controller = new AbortController();
    const compiling = tool.compile(SOURCE, { signal: controller.signal });
    controller.abort();
    await assertRejectsCode(() => compiling, 'ABORTED', /^Compiling with '.*' was stopped on request\.$/);
  });
});
