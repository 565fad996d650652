/**
 * Runs the library's own #[test]s where no nargo is at hand: a copy of the library with its tests wrapped into public
 * functions, called from a main. Those that should fail are compiled one by one, and must fail in the compiler or in execution.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { BionoirError } from '../../src/errors.ts';
import { executeArtifact, noirWasm } from '../../src/toolchain/index.ts';
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

/** A constant assertion fails in the compiler already. */
function isFailedAssertion({ code, message }: BionoirError): boolean {
  return (
    code === 'EXECUTION_FAILED' ||
    (code === 'COMPILE_FAILED' && /assert|constraint|range|bits/i.test(message))
  );
}

describe('the library zkml', () => {
  const { files, tests } = readLibrary();
  const run = async (paths: readonly string[]): Promise<void> => {
    const main = `fn main() {\n${paths.map(path => `    ${path}();\n`).join('')}}\n`;
    await executeArtifact(await noirWasm().compile(programPackage(main, files)), {});
  };

  it('passes its own tests', async () => {
    const passing = tests.filter(({ shouldFail }) => !shouldFail);
    assert.ok(passing.length >= 20, `only ${passing.length} tests were found`);
    await run(passing.map(({ path }) => path));
  });

  for (const { path } of tests.filter(({ shouldFail }) => shouldFail)) {
    it(`${path.split('::run_').pop()?.replaceAll('_', ' ')}`, async () => {
      await assert.rejects(
        () => run([path]),
        error => error instanceof BionoirError && isFailedAssertion(error),
      );
    });
  }
});
