import assert from 'node:assert/strict';
import { assertConstrained, lowerProgram } from '../../../converters/acir-to-r1cs/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { program } from '../../support/program-text.ts';

describe('the analysis of what a program forgot to constrain', () => {
  const check = (text: string, options?: Parameters<typeof assertConstrained>[1]): void =>
    assertConstrained(lowerProgram(program(`fn main\n${text}`)), options);

  it('accepts a program whose wires all bear on a public one', () => {
    check('private w0 w1\nreturn w2\nrange w0 8\nw0*w1 - w2');
    check('private w0\npublic w1\nreturn w2\nw0*w0 - w2');
    check('private w0\nreturn w1\nw0 - w1');
    check('private w0\nreturn w1\nw0 - 3\nw1 - 4');
  });

  it('refuses a return value that only unconstrained code computes', () => {
    const text = 'private w0\nreturn w1\nbrillig w1\nrange w0 1';
    assert.deepEqual(lowerProgram(program(`fn main\n${text}`)).freeWitnesses, {
      privateParameters: [],
      returnValues: [1],
    });
    assertThrowsCode(
      () => check(text),
      'UNDER_CONSTRAINED',
      '1 return values of main are unconstrained: main.w1. Constrain them in the Noir source, or allow them if that is meant.',
    );
    check(text, { allowedWitnesses: [1], allowedWires: () => true });
  });

  it('refuses private parameters that nothing mentions', () => {
    assertThrowsCode(
      () => check('private w0 w1 w2 w3 w4 w5 w6\nreturn w7\nw6 - w7'),
      'UNDER_CONSTRAINED',
      '6 private parameters of main are unconstrained: main.w0, main.w1, main.w2, main.w3, main.w4 .... Constrain them in the Noir source, or allow them if that is meant.',
    );
    check('private w0 w1\nreturn w2\nw1 - w2', { allowedWitnesses: [0] });
  });

  it('refuses wires that are constrained but not connected', () => {
    const text = 'private w0 w1\nreturn w2\nrange w0 1\nw1 - w2';
    assertThrowsCode(
      () => check(text),
      'UNDER_CONSTRAINED',
      '1 private wires are, towards any public wire, unconstrained: main.w0. Constrain them in the Noir source, or allow them if that is meant.',
    );
    check(text, { allowedWires: name => name === 'main.w0' });
  });
});
