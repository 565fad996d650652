import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findPackage, lastChange, noirWasm, readPackage } from '../../src/toolchain/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

const manifest = (name: string, type: string, dependencies = ''): string =>
  `[package]\nname = "${name}"\ntype = "${type}"\nauthors = [""]\n\n[dependencies]\n${dependencies}`;
const LIBRARY = 'pub fn one() -> Field {\n    1\n}\n';

describe('Nargo packages and workspaces', () => {
  let folder = '';
  const cratesRoot = process.env.NARGO_CRATES_ROOT;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'bionoir-project-')));
    process.env.NARGO_CRATES_ROOT = join(folder, 'crates');
  });
  afterEach(() => {
    if (cratesRoot === undefined) delete process.env.NARGO_CRATES_ROOT;
    else process.env.NARGO_CRATES_ROOT = cratesRoot;
    rmSync(folder, { recursive: true });
  });

  function write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }

  it('are found from any folder inside', () => {
    write({ 'app/Nargo.toml': manifest('app', 'bin'), 'app/src/main.nr': 'fn main() {}\n' });
    const expected = { name: 'app', folder: join(folder, 'app'), target: join(folder, 'app/target') };
    assert.deepEqual(findPackage(join(folder, 'app')), expected);
    assert.deepEqual(findPackage(join(folder, 'app/src')), expected);
    assert.equal(findPackage(folder), undefined);
  });

  it('are chosen in a workspace by name, by default-member, or by being the only binary one', () => {
    const workspace = '[workspace]\nmembers = ["a", "b", "lib"]\n';
    write({
      'Nargo.toml': workspace,
      'a/Nargo.toml': manifest('a', 'bin'),
      'b/Nargo.toml': manifest('b', 'bin'),
      'lib/Nargo.toml': manifest('lib', 'lib'),
    });
    const target = join(folder, 'target');
    assertThrowsCode(
      () => findPackage(folder),
      'USAGE',
      /Nargo\.toml is of a workspace with the packages a, b\. Choose one with --package, or set default-member\.$/,
    );
    assert.deepEqual(findPackage(folder, 'b'), { name: 'b', folder: join(folder, 'b'), target });
    assert.deepEqual(findPackage(join(folder, 'a'), 'b')?.target, target, 'from inside another member');
    assert.equal(
      findPackage(join(folder, 'a'))?.target,
      join(folder, 'a/target'),
      'as nargo does without --package',
    );
    assertThrowsCode(() => findPackage(folder, 'c'), 'USAGE', /has no binary package 'c'; it has a, b\.$/);
    assertThrowsCode(() => findPackage(folder, 'lib'), 'USAGE', /has no binary package 'lib'/);
    write({ 'Nargo.toml': `${workspace}default-member = "a"\n` });
    assert.equal(findPackage(folder)?.name, 'a');
    write({ 'Nargo.toml': `${workspace}default-member = "lib"\n` });
    assertThrowsCode(
      () => findPackage(folder),
      'USAGE',
      /has no binary package as its default-member; it has a, b\.$/,
    );
    write({ 'Nargo.toml': '[workspace]\nmembers = ["lib", "b"]\n' });
    assert.equal(findPackage(folder)?.name, 'b');
    write({ 'Nargo.toml': '[workspace]\nmembers = ["lib"]\n' });
    assertThrowsCode(
      () => findPackage(folder),
      'USAGE',
      /has no package of type "bin", and only such can be proved\.$/,
    );
  });

  it('are refused by what their manifest lacks', () => {
    const refuses = (text: string, message: RegExp): void => {
      write({ 'Nargo.toml': text });
      assertThrowsCode(() => findPackage(folder), 'COMPILE_FAILED', message);
    };
    refuses('[package\n', /cannot be read: Invalid TOML document/);
    refuses('name = "x"\n', /cannot be read: Nargo\.toml has neither \[package\] nor \[workspace\]\./);
    refuses(
      '[package]\nname = "x"\n',
      /cannot be read: Nargo\.toml gives no type; it must be "bin" or "lib"\./,
    );
    refuses('[package]\ntype = "bin"\n', /cannot be read: Nargo\.toml names no package\./);
    refuses('[workspace]\n', /cannot be read: Nargo\.toml lists no workspace members\./);
    refuses(
      manifest('x', 'bin', 'y = "1"\n'),
      /its dependency 'y' has neither a path nor a git address with a tag\./,
    );
    write({ 'sub/Nargo.toml': '[workspace]\nmembers = []\n' });
    refuses('[workspace]\nmembers = ["sub"]\n', /has the member 'sub', which is a workspace itself/);
  });

  it('are read with local and git dependencies, and compile without the network', async () => {
    const git = 'git = "https://github.com/someone/tools/", tag = "v0.1.0", directory = "crates/tools"';
    write({
      'app/Nargo.toml': manifest('app', 'bin', 'near = { path = "near" }\nfar = { path = "../far" }\n'),
      'app/src/main.nr':
        'mod part;\nfn main(x: Field) -> pub Field {\n    x + near::one() + far::two() + part::three()\n}\n',
      'app/src/part.nr': 'pub fn three() -> Field {\n    3\n}\n',
      'app/near/Nargo.toml': manifest('near', 'lib'),
      'app/near/src/lib.nr': LIBRARY,
      'far/Nargo.toml': manifest('far', 'lib', `tools = { ${git} }\n`),
      'far/src/lib.nr': 'pub fn two() -> Field {\n    tools::one() * 2\n}\n',
      'crates/github.com/someone/tools/v0.1.0/crates/tools/Nargo.toml': manifest('tools', 'lib'),
      'crates/github.com/someone/tools/v0.1.0/crates/tools/src/lib.nr': LIBRARY,
    });
    const { name, files } = readPackage(join(folder, 'app'));
    assert.equal(name, 'app');
    assert.deepEqual([...files.keys()].sort(), [
      'Nargo.toml',
      'deps/far/Nargo.toml',
      'deps/far/src/lib.nr',
      'deps/tools/Nargo.toml',
      'deps/tools/src/lib.nr',
      'near/Nargo.toml',
      'near/src/lib.nr',
      'src/main.nr',
      'src/part.nr',
    ]);
    const artifact = await noirWasm().compile(join(folder, 'app'));
    const paths = Object.values(artifact.file_map).map(({ path }) => path);
    assert.deepEqual(
      paths.filter(path => path.includes(folder)),
      [],
      'no path of this machine in the artifact',
    );
  });

  it('name the nargo command that fetches a missing git dependency', () => {
    const git = 'far = { git = "https://github.com/someone/far", tag = "v1" }\n';
    write({ 'Nargo.toml': manifest('app', 'bin', git), 'src/main.nr': 'fn main() {}\n' });
    assertThrowsCode(
      () => readPackage(folder),
      'FILE_NOT_FOUND',
      `The dependency 'far' (https://github.com/someone/far, tag v1) is not in nargo's cache at ${join(folder, 'crates/github.com/someone/far/v1')}. ` +
        `Run 'nargo check' in ${folder}, which fetches it, or clone it there.`,
    );
    write({ 'Nargo.toml': manifest('app', 'bin', git.replace('v1', '../../up')) });
    assertThrowsCode(() => readPackage(folder), 'FILE_NOT_FOUND');
    write({ 'Nargo.toml': manifest('app', 'bin', git.replace('v1', '../../../../up')) });
    assertThrowsCode(
      () => readPackage(folder),
      'COMPILE_FAILED',
      /the git address .* of its dependency 'far' is not one\./,
    );
  });

  it('are refused when a dependency is missing, no library, or shares its name with another', () => {
    const refuses = (dependencies: string, message: RegExp): void => {
      write({ 'Nargo.toml': manifest('app', 'bin', dependencies), 'src/main.nr': 'fn main() {}\n' });
      assertThrowsCode(() => readPackage(folder), 'COMPILE_FAILED', message);
    };
    refuses('near = { path = "near" }\n', /its dependency 'near' has no Nargo\.toml at .*near\./);
    write({ 'near/Nargo.toml': manifest('near', 'bin'), 'near/src/main.nr': 'fn main() {}\n' });
    refuses('near = { path = "near" }\n', /its dependency 'near' is of type "bin", not "lib"\./);
    write({
      'one/Nargo.toml': manifest('one', 'lib', 'same = { path = "a" }\n'),
      'one/src/lib.nr': LIBRARY,
      'one/a/Nargo.toml': manifest('a', 'lib'),
      'one/a/src/lib.nr': LIBRARY,
      'b/Nargo.toml': manifest('b', 'lib'),
      'b/src/lib.nr': LIBRARY,
    });
    refuses(
      'one = { path = "one" }\nsame = { path = "b" }\n',
      /^Two packages are known as 'same': .*: give one of them another name, or compile with nargo \(--toolchain nargo\)\.$/,
    );
    write({ 'Nargo.toml': '[workspace]\nmembers = []\n' });
    assertThrowsCode(() => readPackage(folder), 'COMPILE_FAILED', /it is a workspace, not a package\./);
  });

  it('are refused without their root file, or with one of another name', () => {
    write({ 'Nargo.toml': manifest('app', 'bin') });
    assertThrowsCode(() => readPackage(folder), 'COMPILE_FAILED', /it has no src[\\/]main\.nr\./);
    write({ 'Nargo.toml': manifest('app', 'bin').replace('authors', 'entry = "src/start.nr"\nauthors') });
    assertThrowsCode(
      () => readPackage(folder),
      'UNSUPPORTED_OPTION',
      /has the entry 'src\/start\.nr'; the built-in compiler starts at src[\\/]main\.nr only\. Rename the file, or compile with nargo/,
    );
  });

  it('tell when they were changed last, dependencies included', () => {
    write({
      'Nargo.toml': manifest('app', 'bin', 'near = { path = "near" }\n'),
      'src/main.nr': 'fn main() {}\n',
      'near/Nargo.toml': manifest('near', 'lib'),
      'near/src/lib.nr': LIBRARY,
    });
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(folder, 'near/src/lib.nr'), later, later);
    assert.equal(Math.round(lastChange(folder)), later.getTime());
  });
});
