import assert from 'node:assert/strict';
import {
  decodeArtifact,
  type LinkPart,
  linkArtifacts,
  programToArtifact,
} from '../../../converters/nargo-to-acir/index.ts';
import { type Abi, type BrilligOpcode, parseProgram, printProgram } from '../../../src/acir/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const ABI: Abi = { parameters: [], return_type: null, error_types: {} };
const [ROW, CELL] = [1001n, 1002n];

const HINT = `unconstrained "hint"
0: return
`;

/** main calls row twice by its stub, and one circuit and hint of its own. */
const ROOT = `circuit "main"
private w0
0: call id=2 inputs=[w0] outputs=[w1] predicate=1
1: call id=1 inputs=[w0] outputs=[w2] predicate=1
2: call id=1 inputs=[w1] outputs=[w3] predicate=1

circuit "row"
private w0
return w1
0: assert w0 - 1001 = 0
1: assert w1 = 0

circuit "own"
private w0
return w1
0: brillig-call id=0 inputs=[] outputs=[w1] predicate=1
1: assert w0 - w1 = 0

${HINT}`;

/** row calls cell by its stub. */
const ROW_UNIT = `circuit "main"
private w0
0: call id=1 inputs=[w0] outputs=[w1] predicate=1

circuit "row"
private w0
return w1
0: call id=2 inputs=[w0] outputs=[w1] predicate=1

circuit "cell"
private w0
return w1
0: assert -w0 + 1002 = 0
1: assert w1 = 0
`;

/** Two functions for others; the first is not asked for. */
const CELL_UNIT = `circuit "main"
private w0 w1
0: call id=2 inputs=[w1] outputs=[w2] predicate=1
1: call id=1 inputs=[w0] outputs=[w3] predicate=1

circuit "unused"
private w0
return w1
0: assert w0 - w1 = 0

circuit "cell"
private w0
return w1
0: brillig-call id=1 inputs=[] outputs=[w2] predicate=1
1: brillig-call id=0 inputs=[] outputs=[w3] predicate=1
2: assert w0*w0 - w1 = 0

unconstrained "other"
0: return

${HINT}`;

function partOf(text: string, exports: LinkPart['exports'] = []): LinkPart {
  return { artifact: programToArtifact(parseProgram(text), ABI), exports, sources: new Map() };
}

const ROW_PART = partOf(ROW_UNIT, [{ tag: ROW, firstInput: 0 }]);
const CELL_PART = partOf(CELL_UNIT, [
  { tag: 1003n, firstInput: 0 },
  { tag: CELL, firstInput: 1 },
]);

describe('linking artifacts', () => {
  it('puts functions in place of stubs, renumbers calls, and shares unconstrained functions', () => {
    const linked = linkArtifacts([partOf(ROOT), ROW_PART, CELL_PART]);
    assert.equal(
      printProgram(decodeArtifact(linked).program),
      `circuit "main"
private w0
0: call id=2 inputs=[w0] outputs=[w1] predicate=1
1: call id=1 inputs=[w0] outputs=[w2] predicate=1
2: call id=1 inputs=[w1] outputs=[w3] predicate=1

circuit "row"
private w0
return w1
0: call id=3 inputs=[w0] outputs=[w1] predicate=1

circuit "own"
private w0
return w1
0: brillig-call id=0 inputs=[] outputs=[w1] predicate=1
1: assert w0 - w1 = 0

circuit "cell"
private w0
return w1
0: brillig-call id=0 inputs=[] outputs=[w2] predicate=1
1: brillig-call id=1 inputs=[] outputs=[w3] predicate=1
2: assert w0*w0 - w1 = 0

unconstrained "hint"
0: return

unconstrained "other"
0: return
`,
    );
  });

  it('gives equal parts equal artifacts, whatever their order', () => {
    const linked = linkArtifacts([partOf(ROOT), ROW_PART, CELL_PART]);
    assert.deepEqual(linkArtifacts([partOf(ROOT), CELL_PART, ROW_PART]), linked);
  });

  it('refuses a stub that is left: one that does more than a stub, or was put into its caller', () => {
    for (const [name, text] of [
      ['own', ROOT.replace('1: assert w0 - w1 = 0', '1: assert w0 - w1 = 0\n2: assert w0 - 1002 = 0')],
      ['main', ROOT.replace('predicate=1\n\ncircuit', 'predicate=1\n3: assert 1001 - w1 = 0\n\ncircuit')],
    ] as const)
      assertThrowsCode(
        () => linkArtifacts([partOf(text), ROW_PART, CELL_PART]),
        'MALFORMED_ARTIFACT',
        `The parts of the program do not fit together: circuit '${name}' holds the tag of another part's function. Compile the package as a whole.`,
      );
  });

  it('refuses unconstrained code with a copy of a stub', () => {
    const program = parseProgram(ROOT);
    const copy: BrilligOpcode = {
      kind: 'const',
      destination: { base: 'memory', index: 1 },
      type: 'field',
      value: ROW,
    };
    const unconstrained = program.unconstrained.map(each => ({ ...each, opcodes: [copy, ...each.opcodes] }));
    const root = {
      artifact: programToArtifact({ ...program, unconstrained }, ABI),
      exports: [],
      sources: new Map(),
    };
    assertThrowsCode(
      () => linkArtifacts([root, ROW_PART, CELL_PART]),
      'MALFORMED_ARTIFACT',
      "The parts of the program do not fit together: the unconstrained function 'hint' holds the tag of a function. Compile the package as a whole.",
    );
  });

  it('refuses a part that does not call what it is to give', () => {
    assertThrowsCode(
      () => linkArtifacts([partOf(ROOT), partOf(ROW_UNIT, [{ tag: ROW, firstInput: 5 }]), CELL_PART]),
      'MALFORMED_ARTIFACT',
      'The parts of the program do not fit together: part 1 does not call what takes w5. Compile the package as a whole.',
    );
  });

  it('refuses two parts that give one function', () => {
    assertThrowsCode(
      () => linkArtifacts([partOf(ROOT), ROW_PART, ROW_PART, CELL_PART]),
      'MALFORMED_ARTIFACT',
      'The parts of the program do not fit together: two parts give the function of tag 1001. Compile the package as a whole.',
    );
  });

  it('refuses a function that takes or gives something else than its stub', () => {
    const wide = ROW_UNIT.replace(
      'circuit "row"\nprivate w0\nreturn w1',
      'circuit "row"\nprivate w0\nreturn w0 w1',
    );
    const part = partOf(
      wide.replace(
        'outputs=[w1] predicate=1\n\ncircuit "row"',
        'outputs=[w1 w2] predicate=1\n\ncircuit "row"',
      ),
      [{ tag: ROW, firstInput: 0 }],
    );
    assertThrowsCode(() => linkArtifacts([partOf(ROOT), part, CELL_PART]), 'MALFORMED_PROGRAM', /main/);
  });
});
