/** Applications from the command line: a picture, an enrolment, a claim, and what is refused. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChain } from '../../examples/support/chain.ts';
import { MALLORY } from '../../examples/support/files.ts';
import { main } from '../../src/cli/main.ts';
import { imageToInput, readImage } from '../../src/index.ts';

const EXAMPLE = 'examples/biometric-proximity';
const ADDRESS = '0x00000000000000000000000000000000000A11cE';

async function bionoir(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  return { code: await main(args, { stdout, stderr }), out, err };
}

describe('applications on the command line', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-applications-'));
  const build = join(folder, 'build');
  const features = join(build, 'features.json');
  const picture = (name: string): string => `${EXAMPLE}/${name}.png`;
  const account = ['--address', ADDRESS, '--nonce', '0x10'];
  const claim = [...account, '--features', features, '--threshold', '20'];
  const prove = (...args: string[]) => bionoir('prove', build, ...args);
  const publicSignals = (): string[] => JSON.parse(readFileSync(join(build, 'public.json'), 'utf8'));
  after(() => rmSync(folder, { recursive: true }));

  it('compile, set up with a consumer contract, enrol a picture and prove another', async () => {
    const options = ['--app', 'proximity', '--commit-features', '--commit-input', '--resize', 'stretch'];
    const compiled = await bionoir('compile', `${EXAMPLE}/model`, ...options, '--out', build);
    assert.equal(compiled.code, 0, compiled.err);
    const made = await bionoir('setup', build);
    assert.match(made.out, /written {2,}.*ProximityLogin\.sol/);
    assert.match(readFileSync(join(build, 'ProximityLogin.sol'), 'utf8'), /uint256\[5\] calldata signals/);
    const source = readFileSync(join(build, 'noir/src/main.nr'), 'utf8').replaceAll('\n/// ', ' ');
    assert.match(
      source,
      /Public signals: \[0\] address, \[1\] nonce, \[2\] threshold, \[3\] features_commitment, \[4\] input_commitment\. Private: pixels, features, features_salt, input_salt\. Where they come from is not proved\./,
    );
    const enrolled = await bionoir('--json', 'enrol', build, '--input', picture('enrolled'));
    const { commitment } = JSON.parse(enrolled.out).Enrol;
    const proved = await prove('--input', picture('login'), ...claim);
    assert.equal(proved.code, 0, proved.err);
    assert.match(proved.out, /\n {2}threshold {2,}20 \(public as \d+\)\n/);
    assert.match(proved.out, /\n {2}squared distance {2,}6\.\d+ \(private\)\n/);
    const signals = publicSignals();
    assert.deepEqual(signals.slice(0, 2), [BigInt(ADDRESS).toString(), '16']);
    assert.equal(signals[3], BigInt(commitment).toString());
    const opening = JSON.parse(readFileSync(join(build, 'opening.json'), 'utf8'));
    assert.equal(BigInt(opening.inputCommitment).toString(), signals[4]);
    const verified = await bionoir('verify', build);
    assert.equal(verified.code, 0, verified.err);
    assert.match(
      verified.out,
      new RegExp(`address {2,}${ADDRESS}\\n {2}nonce {2,}16\\n {2}threshold {2,}20 `),
    );
    for (const name of ['features.json', 'opening.json'])
      assert.equal(statSync(join(build, name)).mode & 0o077, 0, `${name} is its owner's alone`);
  });

  it('prove the same commitment to the input with the same salt', async () => {
    const before = publicSignals();
    const { inputSalt } = JSON.parse(readFileSync(join(build, 'opening.json'), 'utf8'));
    const { code } = await bionoir(
      'witness',
      build,
      '--input',
      picture('login'),
      ...claim,
      '--salt',
      inputSalt,
    );
    assert.equal(code, 0);
    const { inputCommitment } = JSON.parse(readFileSync(join(build, 'opening.json'), 'utf8'));
    assert.equal(BigInt(inputCommitment).toString(), before[4]);
  });

  for (const [index, name] of ['address', 'nonce', 'threshold', 'features', 'input'].entries()) {
    it(`refuse the proof with another ${name}`, async () => {
      const other = join(folder, 'public.json');
      const changed = publicSignals().map((value, at) => (at === index ? `${BigInt(value) - 1n}` : value));
      writeFileSync(other, JSON.stringify(changed));
      const refused = await bionoir('verify', build, '--public', other);
      assert.equal(refused.code, 1);
      assert.match(refused.err, /The proof is well-formed but false/);
    });
  }

  it("end in contracts that take the command line's call data once, from the account", async () => {
    const contracts = join(folder, 'contracts');
    const written = await bionoir('solidity', build, '--out', `${contracts}/`);
    assert.equal(written.code, 0, written.err);
    assert.deepEqual(readdirSync(contracts).sort(), ['ProximityLogin.sol', 'Verifier.sol']);
    const source = (name: string): string => readFileSync(join(contracts, `${name}.sol`), 'utf8');
    assert.equal(source('Verifier'), readFileSync(join(build, 'Verifier.sol'), 'utf8'));
    assert.match(
      source('Verifier'),
      /\[0\] address\n.*\[1\] nonce\n.*\[2\] threshold\n.*\[3\] features_commitment\n.*\[4\] input_commitment\n/,
    );
    const chain = await openChain();
    const verifier = await chain.deploy(source('Verifier'), 'Verifier');
    const largest = BigInt(publicSignals()[2] ?? 0);
    const login = await chain.deploy(source('ProximityLogin'), 'ProximityLogin', [
      BigInt(verifier.address),
      largest,
    ]);
    const registered = await login.call(ADDRESS, 'register(uint256)', [BigInt(publicSignals()[3] ?? 0)]);
    assert.equal(registered.error, undefined);
    const [nonce] = (await login.call(ADDRESS, 'nextNonce(address)', [BigInt(ADDRESS)])).returned;
    const proofs = join(folder, 'proofs');
    const proved = await prove('--input', picture('login'), ...claim, '--nonce', `${nonce}`, '--out', proofs);
    assert.equal(proved.code, 0, proved.err);
    assert.deepEqual(readdirSync(proofs).sort(), [
      'calldata.txt',
      'opening.json',
      'proof.json',
      'public.json',
      'witness.wtns',
    ]);
    const files = ['--proof', join(proofs, 'proof.json'), '--public', join(proofs, 'public.json')];
    const { out } = await bionoir('calldata', build, ...files);
    const data = Uint8Array.from(Buffer.from(out.trim().slice(2), 'hex'));
    assert.match((await login.callRaw(MALLORY, data)).error ?? '', /^NotTheSender/);
    assert.equal((await login.callRaw(ADDRESS, data)).error, undefined);
    assert.match((await login.callRaw(ADDRESS, data)).error ?? '', /^WrongNonce/);
    const told = await bionoir('--json', 'calldata', build, ...files, '--function', 'verifyProof');
    const { contract, data: plain } = JSON.parse(told.out).Calldata;
    assert.equal(contract, 'Verifier');
    const checked = await verifier.callRaw(MALLORY, Uint8Array.from(Buffer.from(plain.slice(2), 'hex')));
    assert.deepEqual(checked.returned, [1n]);
    const few = join(folder, 'few-signals.json');
    writeFileSync(few, '["1"]');
    const miscounted = await bionoir('calldata', build, '--public', few);
    assert.match(
      miscounted.err,
      /MALFORMED_PROOF: There are 1 public signals; the verification key has 5\. Are proof and key/,
    );
    const unnamed = await bionoir('calldata', build, '--function', 'a b');
    assert.equal(unnamed.code, 2);
    assert.match(
      unnamed.err,
      /USAGE: The option --function is 'a b', which is no name of a Solidity function\./,
    );
  });

  it('refuse a value that the claim has already', async () => {
    const { code, err } = await prove('--input', picture('login'), ...claim, '--set', 'threshold=3');
    assert.equal(code, 1);
    assert.match(
      err,
      /MALFORMED_INPUT: The parameter 'threshold' has a value of its own, and one by the claim or the network's input\. Leave out the first;/,
    );
  });

  it('say what is wrong with a claim or a picture', async () => {
    const cut = join(folder, 'cut.png');
    writeFileSync(cut, readFileSync(picture('login')).subarray(0, 200));
    const nothing = join(folder, 'nothing.jpg');
    writeFileSync(nothing, 'no picture');
    const login = ['--input', picture('login')];
    const few = join(folder, 'few.json');
    const enrolled = JSON.parse(readFileSync(features, 'utf8'));
    writeFileSync(few, JSON.stringify({ ...enrolled, features: enrolled.features.slice(1) }));
    const cases: readonly [string[], RegExp][] = [
      [
        ['--input', picture('stranger'), ...claim],
        /FALSE_CLAIM: The squared distance to the enrolled features is 151\.877, above the threshold 20;/,
      ],
      [login, /MALFORMED_INPUT: The claim has no address;/],
      [[...login, ...account], /The claim has no threshold;/],
      [[...login, ...account, '--threshold', '20'], /The claim has no features;/],
      [[...login, ...claim, '--address', '0x12'], /The address '0x12' is no address\./],
      [
        [...login, ...claim, '--features', few],
        /INPUT_SHAPE: The claim has 7 features; the network gives 8\./,
      ],
      [['--input', cut, ...claim], /MALFORMED_IMAGE: The picture is not usable: the PNG is cut off\./],
      [['--input', nothing, ...claim], /MALFORMED_IMAGE: The picture is not usable: it is neither/],
    ];
    for (const [args, text] of cases) {
      const { code, err } = await prove(...args);
      assert.equal(code, 1, args.join(' '));
      assert.match(err, text);
    }
    const normalized = await bionoir('inspect', 'examples/liveness/model', '--mean', '0.5', '--std', '1/2');
    assert.match(normalized.out, /input \[0, 255\] \* 0\.00784313725490196 \+ -1\n/);
    const means = await bionoir('inspect', 'examples/liveness/model', '--mean', '0.5,0.4');
    assert.match(means.err, /UNSUPPORTED_OPTION: Pixels cannot be normalised here: there are 2 means/);
    const without = await bionoir(
      'compile',
      `${EXAMPLE}/model`,
      '--commit-input',
      '--out',
      join(folder, 'other'),
    );
    assert.equal(without.code, 2);
    assert.match(without.err, /USAGE: The option --commit-input belongs to an application;/);
  });

  it('say what a project file must be', async () => {
    const path = join(build, 'project.json');
    const good = readFileSync(path, 'utf8');
    const cases: readonly [string, RegExp][] = [
      ['{}', /it is not "bionoir-project" of version 1/],
      [good.replace('"proximity"', '"dance"'), /it has the application "dance"/],
      [good.replace('"stretch"', '"bend"'), /it resizes by "bend"/],
      [good.replace('"commitInput": true', '"commitInput": 1'), /"commitInput" is 1/],
    ];
    for (const [text, message] of cases) {
      writeFileSync(path, text);
      const { code, err } = await bionoir(
        'enrol',
        build,
        '--input',
        picture('enrolled'),
        '-o',
        join(folder, 'x'),
      );
      assert.equal(code, 1);
      assert.match(err, message);
    }
    writeFileSync(path, good);
  });

  it('go on after main.nr was edited by hand', async () => {
    const path = join(build, 'noir/src/main.nr');
    const source = readFileSync(path, 'utf8');
    writeFileSync(
      path,
      source
        .replace('    nonce: pub Field,\n', '    nonce: pub Field,\n    deadline: pub u32,\n')
        .replace(
          '    zkml::application::bind',
          '    assert(deadline > 100, "too early");\n    zkml::application::bind',
        ),
    );
    assert.equal((await bionoir('recompile', build)).code, 0);
    const again = await bionoir('setup', build);
    assert.equal(again.code, 0);
    assert.match(
      again.err,
      /No consumer contract is written: the public signals of the program are no longer those of 'proximity' \(address, nonce, deadline, threshold, what the program returns\)/,
    );
    const early = await prove('--input', picture('login'), ...claim, '--set', 'deadline=99');
    assert.match(early.err, /too early/);
    const { code, err } = await prove('--input', picture('login'), ...claim, '--set', 'deadline=101');
    assert.equal(code, 0, err);
    assert.equal(publicSignals()[2], '101');
  });

  it('read a picture for a parameter of any program', async () => {
    const home = join(folder, 'photo');
    mkdirSync(join(home, 'src'), { recursive: true });
    writeFileSync(join(home, 'Nargo.toml'), '[package]\nname = "photo"\ntype = "bin"\nauthors = [""]\n');
    const main = `fn main(photo: [[[u8; 1]; 14]; 14], weight: Field) -> pub Field {
    let mut sum = 0;
    for row in photo {
        for pixel in row {
            sum += pixel[0] as Field;
        }
    }
    weight * sum
}
`;
    writeFileSync(join(home, 'src/main.nr'), main);
    writeFileSync(join(home, 'Prover.toml'), 'weight = 3\n');
    const photo = ['--image', `photo=${picture('login')}`];
    const wrong = await bionoir('execute', home, ...photo);
    assert.match(wrong.err, /The picture has 28 x 28 pixels; input 'photo' takes 14 x 14\./);
    const { out, err } = await bionoir('execute', home, ...photo, '--image-resize', 'stretch');
    const pixels = imageToInput(
      readImage(new Uint8Array(readFileSync(picture('login')))),
      { name: 'photo', shape: [14, 14, 1], min: 0, max: 255 },
      { resize: 'stretch' },
    );
    const sum = pixels.reduce((total, value) => total + value, 0);
    assert.match(out, new RegExp(`returns {2,}0x${(3 * sum).toString(16)}\n`), err);
  });

  it('leave claims to the inputs of programs', async () => {
    const { code, err } = await bionoir(
      'execute',
      join(build, 'artifact.json'),
      '--nonce',
      '3',
      '--input',
      'x.toml',
    );
    assert.equal(code, 2, err);
    assert.match(
      err,
      /The option --nonce is a claim of an application; .*artifact\.json is a program of its own\./,
    );
  });
});
