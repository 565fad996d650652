import assert from 'node:assert/strict';
import {
  arrayLiteral,
  commentLines,
  functionText,
  globalArray,
  nested,
  tensorType,
} from '../../src/noir/source.ts';

describe('Noir source', () => {
  const numbers = (count: number, text = '12345'): string[] => new Array<string>(count).fill(text);

  it('writes the type of a tensor from the outside in', () => {
    assert.equal(tensorType([28, 27, 1]), '[[[Field; 1]; 27]; 28]');
    assert.equal(tensorType([3], 'u8'), '[u8; 3]');
    assert.equal(tensorType([]), 'Field');
  });

  it('nests a row-major run of numbers', () => {
    assert.deepEqual(nested([2, 1, 3], String), [[['0', '1', '2']], [['3', '4', '5']]]);
  });

  it('keeps an array on one line up to 100 characters', () => {
    const one = `[${numbers(13).join(', ')}]`;
    const room = ' '.repeat(100 - one.length);
    assert.equal(arrayLiteral(numbers(13), room), one);
    assert.ok(arrayLiteral(numbers(13), `${room} `).includes('\n'));
  });

  it('fills lines with short elements, up to 100 characters', () => {
    const lines = arrayLiteral(numbers(30), '').split('\n');
    const full = `    ${numbers(13, '12345,').join(' ')}`;
    assert.deepEqual(lines, ['[', full, full, `    ${numbers(4, '12345,').join(' ')}`, ']']);
    assert.ok(full.length <= 100 && full.length + ' 12345,'.length > 100);
  });

  it('gives long elements, and rows, a line each', () => {
    const long = numbers(10, '12345678901');
    assert.equal(arrayLiteral(long, '  '), `[\n${long.map(text => `      ${text},`).join('\n')}\n  ]`);
    const rows = [numbers(12), numbers(12)];
    const row = `[${numbers(12).join(', ')}]`;
    assert.equal(arrayLiteral(rows, ''), `[\n    ${row},\n    ${row},\n]`);
  });

  it('writes constants, with a comma after the last row', () => {
    assert.equal(
      globalArray('W', [2, 2], index => String(index - 2)),
      'pub global W: [[Field; 2]; 2] = [[-2, -1], [0, 1]];\n',
    );
  });

  it('breaks a long signature at its parameters', () => {
    const parameters = ['first', 'second', 'third'].map(name => ({ name, type: '[[[Field; 32]; 32]; 32]' }));
    const text = functionText({
      doc: ['Doc.'],
      folded: true,
      name: 'f',
      parameters,
      returns: 'Field',
      body: ['    0'],
    });
    assert.equal(
      text,
      '/// Doc.\n#[fold]\npub(crate) fn f(\n    first: [[[Field; 32]; 32]; 32],\n    second: [[[Field; 32]; 32]; 32],\n    third: [[[Field; 32]; 32]; 32],\n) -> Field {\n    0\n}',
    );
  });

  it('breaks comments between words', () => {
    assert.deepEqual(commentLines('//', 'a '.repeat(60).trim()), [
      `//${' a'.repeat(49)}`,
      `//${' a'.repeat(11)}`,
    ]);
  });
});
