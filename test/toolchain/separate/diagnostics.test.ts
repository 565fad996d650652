import assert from 'node:assert/strict';
import { BionoirError } from '../../../src/errors.ts';
import { errorOfSource, warningsOf } from '../../../src/toolchain/separate/diagnostics.ts';
import { planUnits, type Unit } from '../../../src/toolchain/separate/plan.ts';
import type { Diagnostic } from '../../../src/toolchain/types.ts';
import { programPackage } from '../../support/noir-package.ts';

const MAIN =
  '// é\nmod a; // the layer\n\nfn main(x: Field) -> pub Field {\n    /* ü */ a::forward([x])[0]\n}\n';
const LAYER =
  '#[fold]\npub fn forward(x: [Field; 1]) -> [Field; 1] {\n    // half\n    [helper(x[0])]\n}\n\nfn helper(x: Field) -> Field {\n    x\n}\n';

describe('diagnostics of parts', () => {
  const [root, layer] = (planUnits(programPackage(MAIN, { 'src/a.nr': LAYER })) ?? []) as unknown as [
    Unit,
    Unit,
  ];
  const rejected = (...diagnostics: Diagnostic[]): BionoirError =>
    new BionoirError('COMPILE_FAILED', 'The part does not compile.', { details: { diagnostics } });
  const at = (file: string, line: number, column: number, message = 'wrong'): Diagnostic => ({
    message,
    file,
    line,
    column,
  });

  it('are told at the places of the package', () => {
    // without its comment, the first line of main is the second one
    const error = errorOfSource(root, rejected(at('src/main.nr', 4, 6)));
    assert.equal(
      error?.message,
      "The Noir package 'program' does not compile:\n  src/main.nr:5:13: wrong\nCorrect the source and compile again.",
    );
    assert.equal(errorOfSource(layer, rejected(at('src/a.nr', 3, 6)))?.location, 'src/a.nr:4:6');
  });

  it('are not told of what taking apart has made', () => {
    assert.equal(errorOfSource(root, rejected(at('src/a.nr', 1, 1))), undefined);
    assert.equal(errorOfSource(layer, rejected(at('src/main.nr', 1, 1))), undefined);
    assert.equal(errorOfSource(root, rejected(at('src/main.nr', 4, 6), at('src/a.nr', 1, 1))), undefined);
    assert.equal(errorOfSource(root, rejected()), undefined);
  });

  it('are not told where they speak of what a stub does not have', () => {
    assert.equal(errorOfSource(root, rejected(at('src/main.nr', 4, 6, 'cannot find `helper`'))), undefined);
  });

  it('are told of libraries as they are', () => {
    const warning = at('zkml/lib.nr', 3, 1);
    assert.deepEqual(warningsOf(root, { artifact: {} as never, warnings: [warning] }), [warning]);
  });

  it('say nothing of functions that only the whole package uses', () => {
    const warnings = [at('src/a.nr', 6, 4, 'unused function helper'), at('src/a.nr', 3, 6, 'odd')];
    assert.deepEqual(warningsOf(layer, { artifact: {} as never, warnings }), [at('src/a.nr', 4, 6, 'odd')]);
  });
});
