/**
 * Runs the library's own #[test]s where no nargo is at hand: a copy of the library with its tests wrapped into public
 * functions, called from a main. Those that should fail are called one at a time, by an input of main.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { executeArtifact, type NoirArtifact, noirWasm } from '../../src/toolchain/index.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { programPackage } from '../support/noir-package.ts';

const LIBRARY = 'noir-templates/zkml';

interface LibraryTest {
  readonly path: string;
  readonly shouldFail: boolean;
}

function readLibrary(): { files: Record<string, string>; tests: LibraryTest[] } {
  const files: Record<string, string> = { 'zkml/Nargo.toml': readFileSync(`${LIBRARY}/Nargo.toml`, 'utf8') };
  const tests: LibraryTest[] = [];
  for (const name of readdirSync(`${LIBRARY}/src`)) {
    const text = readFileSync(`${LIBRARY}/src/${name}`, 'utf8');
    const module = name.replace(/\.nr$/, '');
    let wrappers = '';
    for (const match of text.matchAll(/#\[test(\(should_fail[^\n]*)?\]\n(unconstrained )?fn (\w+)\(\)/g)) {
      const call = match[2] === undefined ? `${match[3]}()` : `unsafe { ${match[3]}() }`;
      wrappers += `\npub fn run_${match[3]}() {\n    ${call};\n}\n`;
      tests.push({ path: `zkml::${module}::run_${match[3]}`, shouldFail: match[1] !== undefined });
    }
    files[`zkml/src/${name}`] = `${text.replace(/#\[test[^\n]*\]\n/g, '')}${wrappers}`.replace(
      /^mod /gm,
      'pub mod ',
    );
  }
  return { files, tests };
}

describe('the library zkml', () => {
  const { files, tests } = readLibrary();
  const passing = tests.filter(({ shouldFail }) => !shouldFail);
  const failing = tests.filter(({ shouldFail }) => shouldFail);

  it('passes its own tests', async () => {
    assert.ok(passing.length >= 20, `only ${passing.length} tests were found`);
    const main = `fn main() {\n${passing.map(({ path }) => `    ${path}();\n`).join('')}}\n`;
    await executeArtifact(await noirWasm().compile(programPackage(main, files)), {});
  });

  describe('refuses what its tests say that it should', () => {
    let artifact: NoirArtifact;

    before(async () => {
      const calls = failing.map(
        ({ path }, index) => `    if which == ${index} {\n        ${path}();\n    }\n`,
      );
      const main = `fn main(which: Field) {\n${calls.join('')}}\n`;
      artifact = await noirWasm().compile(programPackage(main, files));
    });

    it('when none of them is called', () => executeArtifact(artifact, { which: failing.length }));

    for (const [index, { path }] of failing.entries()) {
      it(`${path.split('::run_').pop()?.replaceAll('_', ' ')}`, async () => {
        await assertRejectsCode(() => executeArtifact(artifact, { which: index }), 'EXECUTION_FAILED');
      });
    }
  });
});
