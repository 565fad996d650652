import assert from 'node:assert/strict';
import { readSym, writeSym } from '../../../converters/r1cs-to-iden3/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

describe('.sym', () => {
  it('prints a line a wire, from wire 1 on', () => {
    assert.equal(writeSym(['main.out', 'main.in[0]']), '1,1,0,main.out\n2,2,0,main.in[0]\n');
  });

  it('parses what it prints, and signals that were optimised away', () => {
    assert.deepEqual(readSym(`${writeSym(['main.a'])}2,-1,3,main.b\r\n`), [
      { label: 1, wire: 1, component: 0, name: 'main.a' },
      { label: 2, component: 3, name: 'main.b' },
    ]);
  });

  it('refuses other lines', () => {
    assertThrowsCode(
      () => readSym('1,1,0,main.a\n2,x,0,main.b\n'),
      'MALFORMED_R1CS',
      'Line 2 of the symbol file (.sym) is "2,x,0,main.b"; "label,wire,component,name" is expected.',
    );
  });
});
