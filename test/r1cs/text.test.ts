import assert from 'node:assert/strict';
import { parseSystem, printSystem } from '../../src/r1cs/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

const TEXT = `prime 97
public w1
private w2..w4
(2*w2 + 1) * (w3) = (w1)  # layer dense_1, relu, dense_1.nr:41 [2:17 dense_1_row]
(0) * (0) = (w1 - 3*w4 - 5)  # assert-zero [0:3 main]
(-w2) * (w4) = (0)  # range, main.nr:7 [0:0]
`;

describe('the text form of a constraint system', () => {
  it('prints what it parses', () => {
    assert.equal(printSystem(parseSystem(TEXT)), TEXT);
  });

  it('prints and parses rounds', () => {
    const text =
      'prime 7\npublic w1\nchallenge w2\nprivate w3 w4\nround2 w5\n(w5) * (w2 - w3) = (1)  # range [0:0]\n';
    const system = parseSystem(text);
    assert.deepEqual(system.rounds, { challengeCount: 1, roundOneCount: 2 });
    assert.equal(system.wireCount, 6);
    assert.equal(printSystem(system), text);
  });

  it('reads provenance', () => {
    assert.deepEqual(parseSystem(TEXT).provenance[0], {
      gadget: 'relu',
      functionIndex: 2,
      opcodeIndex: 17,
      file: 'dense_1.nr',
      line: 41,
      functionName: 'dense_1_row',
      layer: 'dense_1',
    });
  });

  it('sorts terms, adds equal ones and reduces coefficients', () => {
    const system = parseSystem('prime 7\nprivate w1 w2\n(w2 + w1 + w2) * (9*w1) = (6*w2 + 7*w1)');
    assert.equal(printSystem(system), 'prime 7\nprivate w1 w2\n(w1 + 2*w2) * (2*w1) = (-w2)  #  [0:0]\n');
  });

  it('takes BN254 where no prime is given', () => {
    assert.equal(
      printSystem(parseSystem('public w1\n(0) * (0) = (-w1)')),
      'public w1\n(0) * (0) = (-w1)  #  [0:0]\n',
    );
  });

  it('has nothing to say of an empty system', () => {
    assert.equal(printSystem(parseSystem('')), '\n');
  });

  for (const [name, text, problem] of [
    [
      'a wire that is not declared',
      'private w1\n(w2) * (w1) = (0)',
      'uses w2, which is not declared, at line 2',
    ],
    [
      'the constant wire by name',
      'private w1\n(w0) * (w1) = (0)',
      'uses w0; the constant is written as a plain number, at line 2',
    ],
    ['a broken term', 'private w1\n(w1*w1) * (w1) = (0)', "holds the term 'w1*w1', at line 2"],
    [
      'a line that is no constraint',
      'private w1\nw1 = 3',
      "is not of the form (A) * (B) = (C): 'w1 = 3', at line 2",
    ],
    ['gaps in the numbering', 'public w2', 'declares w2 where w1 is due, at line 1'],
    ['names that are no wires', 'public x', "declares 'x', not wires like w3 or w3..w9, at line 1"],
  ] as const) {
    it(`refuses ${name}`, () => {
      assertThrowsCode(
        () => parseSystem(text),
        'MALFORMED_R1CS',
        `The constraint text ${problem}. Write 'public w1', 'private w2..w9' and '(2*w2 + 1) * (w3) = (w1)'.`,
      );
    });
  }
});
