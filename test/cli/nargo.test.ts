import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { main } from '../../src/cli/main.ts';

const MANIFEST =
  '[package]\nname = "hello"\ntype = "bin"\nauthors = [""]\n\n[dependencies]\nshapes = { path = "../shapes" }\n';
const MAIN = `use shapes::Point;

fn main(p: Point, limit: pub u32, mode: u8, spare: [u8; 2]) -> pub (Field, i8) {
    assert(p.y < limit, "y is too large");
    println(f"mode {mode}");
    // Safety: a test.
    let loose = if mode == 9 { unsafe { shapes::guess(p.x) } } else { 0 };
    (shapes::square(p.x) + loose, -3)
}
`;
const SHAPES = `pub struct Point {
    pub x: Field,
    pub y: u32,
}

pub fn square(v: Field) -> Field {
    assert(v != 13, "unlucky");
    v * v
}

pub unconstrained fn guess(v: Field) -> Field {
    v + 1
}
`;
const PROVER = 'limit = 100\nmode = 1\nspare = [1, 2]\n\n[p]\nx = "0x05"\ny = 50\n';

describe('the command line in a Nargo package', function () {
  this.timeout(240_000);
  const root = mkdtempSync(join(tmpdir(), 'bionoir-nargo-'));
  const folder = join(root, 'hello');
  const target = join(folder, 'target');
  before(() => {
    write('hello/Nargo.toml', MANIFEST);
    write('hello/src/main.nr', MAIN.replace(/ {4}\/\/ Safety.*\n.*\n/, '').replace(' + loose', ''));
    write('hello/Prover.toml', PROVER);
    write('shapes/Nargo.toml', '[package]\nname = "shapes"\ntype = "lib"\nauthors = [""]\n');
    write('shapes/src/lib.nr', SHAPES);
  });
  after(() => rmSync(root, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  async function bionoir(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ['', ''];
    const stdout = { write: (text: string) => (out += text) };
    const stderr = { write: (text: string) => (err += text) };
    const code = await main(args, { stdout, stderr });
    return { code, out, err };
  }

  async function refused(args: readonly string[], message: RegExp, expected = 1): Promise<void> {
    const { code, err } = await bionoir(...args);
    assert.equal(code, expected, err);
    assert.match(err, message);
  }

  it('executes: compiles, reads Prover.toml, prints the return value, saves the witness', async () => {
    const { code, out, err } = await bionoir('execute', join(folder, 'src'));
    assert.equal(code, 0, err);
    assert.match(out, /mode 1\n/);
    assert.match(out, /returns {2,}\(0x19, -3\)/);
    assert.deepEqual(readdirSync(target).sort(), ['hello.gz', 'hello.json']);
    const named = await bionoir('--json', 'execute', folder, '--witness-name', 'other');
    assert.equal(JSON.parse(named.out).Execute.returns, '(0x19, -3)');
    assert.ok(readdirSync(target).includes('other.gz'));
  });

  it('names the message, the line and the calls of a failed assertion', async () => {
    write('hello/Bad.toml', PROVER.replace('0x05', '13'));
    await refused(
      ['execute', folder, '--prover-name', 'Bad'],
      /error EXECUTION_FAILED: The program stopped: assertion failed: unlucky at shapes\/lib\.nr:7:5, called at \/hello\/src\/main\.nr:6:6\./,
    );
  });

  it('names what is wrong in Prover.toml, with its line', async () => {
    const wrong = (text: string, message: RegExp): Promise<void> => {
      write('hello/Bad.toml', text);
      return refused(['execute', folder, '--prover-name', 'Bad'], message);
    };
    await wrong(
      PROVER.replace('mode = 1\n', ''),
      /error MALFORMED_INPUT: Bad\.toml: .*'mode' \(u8\) is missing\./,
    );
    await wrong(
      PROVER.replace('mode = 1', 'mode = 256'),
      /Bad\.toml:2: .*'mode' is 256; u8 holds 0\.\.255\./,
    );
    await wrong(
      PROVER.replace('y = 50', 'y = "fifty"'),
      /Bad\.toml:7: .*'p\.y' is "fifty", which is not of type u32\./,
    );
    await wrong(PROVER.replace('[p]', '[p'), /Bad\.toml:5:\d+: The inputs are not TOML: /);
    await wrong(`more = 1\n${PROVER}`, /Bad\.toml:1: .*'more' is given, but main has no such parameter\./);
    await refused(
      ['execute', folder, '--prover-name', 'None'],
      /error FILE_NOT_FOUND: Cannot read the inputs .*None\.toml/,
    );
  });

  it('sets up, proves from inputs and from witness files, verifies and writes the contract', async () => {
    await refused(
      ['prove', folder],
      /error FILE_NOT_FOUND: .* has no hello\.zkey\. Run 'bionoir setup' for hello first\./,
    );
    const keys = await bionoir('setup', folder);
    assert.equal(keys.code, 0, keys.err);
    assert.match(keys.err, /Private inputs that bear on nothing public.*: mode, spare\[0\], spare\[1\]\./);
    assert.equal((await bionoir('prove', folder)).code, 0);
    assert.match((await bionoir('verify', folder)).out, /proof {2,}valid/);
    const signals = readFileSync(join(target, 'hello.public.json'), 'utf8');
    assert.deepEqual(JSON.parse(signals), ['100', '25', '253']);
    for (const file of ['other.gz', 'hello.wtns']) {
      const proved = await bionoir('--json', 'prove', folder, '--witness', join(target, file));
      assert.equal(proved.code, 0, proved.out);
      assert.equal((await bionoir('verify', folder)).code, 0, file);
    }
    await refused(['prove', folder, '--witness', join(target, 'hello.json')], /error MALFORMED_WITNESS/);
    const { out } = await bionoir('solidity', folder);
    assert.match(out, /contract Verifier/);
    const unnamed = out.replace('    ///   [0] limit\n    ///   [1..2] what the program returns\n', '');
    assert.notEqual(unnamed, out);
    assert.equal(
      (await bionoir('solidity', join(target, 'hello.vkey.json'))).out,
      unnamed,
      'a key has no names',
    );
    assert.equal((await bionoir('solidity', join(target, 'hello.json'))).out, out);
  });

  it('says where constraints go: tables, stacks and a flame graph', async () => {
    const [page, folded] = [join(root, 'flame.html'), join(root, 'folded.txt')];
    const { code, out, err } = await bionoir('info', folder, '--html', page, '--folded', folded);
    assert.equal(code, 0, err);
    assert.match(out, /opcode +opcodes +constraints +share\n +range +\d+ +\d+ +\d+\.\d %/);
    assert.match(out, /square \(shapes\/lib\.nr\) +\d+/);
    assert.match(out, /main\.nr:4 +\d+/);
    assert.match(
      readFileSync(folded, 'utf8'),
      /^main;main main\.nr:6;square shapes\/lib\.nr:\d+;[\w-]+ \d+$/m,
    );
    assert.match(readFileSync(page, 'utf8'), /<title>Constraints of hello<\/title>/);
    const { Program } = JSON.parse((await bionoir('--json', 'info', folder)).out);
    const sum = Program.kinds.reduce(
      (total: number, kind: { constraintCount: number }) => total + kind.constraintCount,
      0,
    );
    assert.equal(sum, Program.constraints);
  });

  it('serves the artifact alone, without any source', async () => {
    const alone = join(root, 'alone');
    write('alone/program.json', readFileSync(join(target, 'hello.json'), 'utf8'));
    const artifact = join(alone, 'program.json');
    await refused(['execute', artifact], /error USAGE: .*program\.json has no Prover\.toml beside it/, 2);
    const inputs = join(root, 'inputs.json');
    writeFileSync(inputs, JSON.stringify({ p: { x: 5, y: 50 }, limit: 100, mode: 1, spare: [1, 2] }));
    const { code, err } = await bionoir('convert', artifact, '--input', inputs);
    assert.equal(code, 0, err);
    assert.deepEqual(
      readdirSync(alone).sort(),
      [
        'program.bwp',
        'program.costs.txt',
        'program.gz',
        'program.json',
        'program.r1cs',
        'program.stamp.json',
        'program.sym',
        'program.wtns',
      ].sort(),
    );
    assert.deepEqual(readFileSync(join(alone, 'program.wtns')), readFileSync(join(target, 'hello.wtns')));
    await refused(['compile', join(alone, 'none')], /error FILE_NOT_FOUND/);
    await refused(
      ['setup', root],
      /is no build folder, and no Nargo\.toml is in it or above it\. Give a Nargo package/,
    );
  });

  it('refuses keys for a value that the prover may choose, unless it is allowed by name', async () => {
    const loose = join(root, 'loose');
    cpSync(folder, loose, { recursive: true });
    write(
      'loose/src/main.nr',
      MAIN.replace(
        'if mode == 9 { unsafe { shapes::guess(p.x) } } else { 0 }',
        'unsafe { shapes::guess(p.x) }',
      ),
    );
    rmSync(join(loose, 'target'), { recursive: true });
    await refused(
      ['setup', loose],
      /error UNDER_CONSTRAINED: 1 value is free for the prover to choose: main\.w\d+ \(.*\)\. No input of main determines it/,
    );
    const name = /main\.w\d+/.exec((await bionoir('setup', loose)).err)?.[0] ?? '';
    assert.equal((await bionoir('setup', loose, '--allow-unconstrained', `other, ${name}`)).code, 0);
  });

  it('says that a key is of another program', async () => {
    write('hello/src/main.nr', readFileSync(join(folder, 'src/main.nr'), 'utf8').replace('-3)', '-4)'));
    await refused(
      ['prove', folder],
      /error KEY_MISMATCH: The proof is false: the proving key of hello belongs to another program/,
    );
  });

  it('chooses a package of a workspace', async () => {
    write('Nargo.toml', '[workspace]\nmembers = ["hello", "loose", "shapes"]\n');
    write('loose/Nargo.toml', MANIFEST.replace('"hello"', '"loose"'));
    await refused(['execute', root], /error USAGE: .*packages hello, loose\. Choose one with --package/, 2);
    const { code, err } = await bionoir('execute', folder, '--package', 'hello');
    assert.equal(code, 0, err);
    assert.deepEqual(readdirSync(join(root, 'target')).sort(), ['hello.gz', 'hello.json']);
    assert.equal((await bionoir('compile', root)).code, 0);
    assert.deepEqual(
      readdirSync(join(root, 'target')).sort(),
      ['hello.gz', 'hello.json', 'loose.json'],
      'all of them',
    );
  });
});
