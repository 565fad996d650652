import assert from 'node:assert/strict';
import { assertConstrained, lowerProgram } from '../../../converters/acir-to-r1cs/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { network } from '../../support/networks.ts';
import { program } from '../../support/program-text.ts';

describe('the search for what a program forgot to constrain', () => {
  const search = (text: string) => lowerProgram(program(`fn main\n${text}`)).unconstrained;
  const check = (text: string, options?: Parameters<typeof assertConstrained>[1]): void =>
    assertConstrained(search(text), options);
  const freeNames = (text: string): string[] => search(text).freeValues.map(({ name }) => name);

  it('accepts values that inputs determine', () => {
    check('private w0 w1\nreturn w2\nrange w0 8\nw0*w1 - w2');
    check('private w0\npublic w1\nreturn w2\nw0*w0 - w2');
    check('private w0\nreturn w1\nw0 - w1');
    check('private w0\nreturn w1\nw0 - 3\nw1 - 4');
  });

  it('accepts hints that constraints tie to an input', () => {
    // Quotient and remainder; an inverse; a preimage that only an oracle knows.
    check('private w0\nreturn w2\nbrillig w1 w2\nrange w1 24\nrange w2 8\nw0 - 256*w1 - w2');
    check('private w0\nreturn w2\nbrillig w1\nw0*w1 + w2 - 1\nw0*w2');
    check('public w0\nbrillig w1\nw1*w1 - w0');
  });

  it('finds a return value that only unconstrained code computes', () => {
    const text = 'private w0\nreturn w1\nbrillig w1\nrange w0 1';
    assertThrowsCode(
      () => check(text),
      'UNDER_CONSTRAINED',
      '1 value is free for the prover to choose: main.w1 (returned by main, in no constraint). No input of main determines it. ' +
        'Constrain it in the Noir source, or allow it by name if that is meant.',
    );
    check(text, { allowed: ['main.w1'] });
  });

  it('finds a return value that is only checked to be in range', () => {
    const text = 'private w0\nreturn w1 w2\nbrillig w1\nrange w1 8\nw0 - w2';
    assert.deepEqual(freeNames(text), ['main.w1']);
    assertThrowsCode(
      () => check(text, { nameOf: witness => (witness === 1 ? 'return[0]' : undefined) }),
      'UNDER_CONSTRAINED',
      '1 value is free for the prover to choose: return[0] (main.w1, returned by main, range, opcode 1 of main). No input of main ' +
        'determines it. Constrain it in the Noir source, or allow it by name if that is meant.',
    );
  });

  it('finds a hint that an output hides, though the output is tied to an input', () => {
    assert.deepEqual(freeNames('private w0\nreturn w2\nbrillig w1\nw0 + w1 - w2'), ['main.w1']);
    assert.deepEqual(freeNames('private w0\nreturn w2\nbrillig w1\nrange w1 8\nw0 + w1 - w2'), ['main.w1']);
    assert.deepEqual(freeNames('private w0\nreturn w2\nbrillig w1\nw0*w1 - w2'), ['main.w1']);
  });

  it('finds a remainder whose quotient has no range', () => {
    const text = 'private w0\nreturn w2\nbrillig w1 w2\nrange w2 8\nw0 - 256*w1 - w2';
    assert.deepEqual(freeNames(text), ['main.w2']);
  });

  it('finds hints that are tied to one another alone', () => {
    const text = 'private w0\nreturn w3\nbrillig w1 w2\nw1*w2 - 6\nw0 - w3';
    assert.deepEqual(search(text).freeValues, [
      { name: 'main.w1', witness: 1, isReturned: false, place: 'assert-zero, opcode 1 of main', size: 2 },
    ]);
  });

  it('names values of called functions, and counts what it does not show', () => {
    const callee = 'fn helper\nprivate w0\nreturn w3\nbrillig w1\nrange w1 4\nw0 + w1 - w2\nw2*w2 - w3';
    const text = `fn main\nprivate w0\nreturn w2 w3\ncall 1 (w0) (w2)\ncall 1 (w0) (w3)\n${callee}`;
    const { unconstrained } = lowerProgram(program(text));
    assert.deepEqual(
      unconstrained.freeValues.map(({ name }) => name),
      ['helper#1.w1', 'helper#2.w1'],
    );
    const many = `private w0\nreturn w1 w2 w3 w4 w5 w6\nrange w0 1\nbrillig w1 w2 w3 w4 w5 w6`;
    assertThrowsCode(
      () => check(many),
      'UNDER_CONSTRAINED',
      /^6 values are free for the prover to choose: main\.w1 .*; main\.w5 \(returned by main, in no constraint\) \.\.\.\. No input of main determines them\./,
    );
  });

  it('allows by the name of a whole, but not by the beginning of a name', () => {
    const text = 'private w0\nreturn w1 w2\nbrillig w1 w2\nrange w0 1';
    const nameOf = (witness: number): string => (witness === 1 ? 'return[0].x' : 'returned');
    assertThrowsCode(
      () => check(text, { nameOf, allowed: ['return'] }),
      'UNDER_CONSTRAINED',
      /^1 value is free .*: returned \(main\.w2,/,
    );
    check(text, { nameOf, allowed: ['return[0]', 'returned'] });
    check(text, { nameOf, allowed: ['return[0].x', 'main.w2'] });
  });

  it('is not misled by wires that share a lookup table', () => {
    const text = 'private w0 w4\nreturn w1 w2\nbrillig w1\nrange w0 8\nrange w1 8\nrange w4 8\nw0 - w2';
    const { unconstrained, system } = lowerProgram(program(`fn main\n${text}`), {
      lookups: { rangeBits: [8] },
    });
    assert.equal(system.rounds?.challengeCount, 1);
    assert.deepEqual(
      unconstrained.freeValues.map(({ name }) => name),
      ['main.w1'],
    );
    assert.deepEqual(unconstrained.isolatedParameters, [4]);
  });

  it('lets networks leave pixels aside', () => {
    const shape = { inputs: 20, window: 4, stride: 6, calls: 3, functions: 1, units: 2, outputs: 2 };
    const { program: strided } = network({ ...shape, quotientBits: 12, shiftBits: 4 });
    const { unconstrained } = lowerProgram(strided);
    assertConstrained(unconstrained);
    assert.deepEqual(unconstrained.isolatedParameters, [4, 5, 10, 11, 16, 17, 18, 19]);
  });

  it('remarks private parameters that bear on nothing public', () => {
    assert.deepEqual(search('private w0 w1 w2\npublic w3\nreturn w4\nrange w1 8\nw2 - w4'), {
      freeValues: [],
      unusedParameters: [0],
      isolatedParameters: [1],
    });
    // Nothing is public here: the proof says that such values exist.
    assert.deepEqual(search('private w0 w1\nw0*w0 - 4'), {
      freeValues: [],
      unusedParameters: [1],
      isolatedParameters: [],
    });
  });
});
