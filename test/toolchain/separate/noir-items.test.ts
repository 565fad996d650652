import assert from 'node:assert/strict';
import { itemsOf, maskText } from '../../../src/toolchain/separate/noir-items.ts';

const MODULE = `//! A module.

mod weights;

use weights::{BIASES, WEIGHTS};

/// Rows; not the brace in "} \\" {" nor in a comment: }
#[fold]
pub(crate) fn row(x: [Field; 2]) -> [Field; 1] {
    // } a comment
    let text = "} \\" {";
    let raw = r#"}"#;
    [x[0]]
}

global SIZES: [u32; 2] = [1, 2];
/* { /* nested { */ */
struct Pair {
    a: Field,
}

unconstrained fn hint(x: Field) -> Field {
    x
}
`;

describe('top-level items of Noir sources', () => {
  it('are found in order, with kind, name and attributes', () => {
    const items = itemsOf(MODULE) ?? [];
    assert.deepEqual(
      items.map(({ kind, name, attributes }) => [kind, name, ...attributes]),
      [
        ['module', 'weights'],
        ['use', ''],
        ['function', 'row', 'fold'],
        ['global', 'SIZES'],
        ['other', ''],
        ['function', 'hint'],
      ],
    );
  });

  it('begin with their doc comments and end with their braces or semicolons', () => {
    const [, use, row, global] = itemsOf(MODULE) ?? [];
    assert.equal(MODULE.slice(use?.start, use?.end), 'use weights::{BIASES, WEIGHTS};');
    assert.match(MODULE.slice(row?.start, row?.end), /^\/\/\/ Rows.*\[x\[0\]\]\n\}$/s);
    assert.match(MODULE.slice(row?.bodyStart, row?.end), /^\{\n {4}\/\/ } a comment/);
    assert.equal(MODULE.slice(global?.start, global?.end), 'global SIZES: [u32; 2] = [1, 2];');
  });

  it('are not guessed where brackets do not pair', () => {
    assert.equal(itemsOf('fn f() { (] }'), undefined);
    assert.equal(itemsOf('fn f() {'), undefined);
    assert.equal(itemsOf('}'), undefined);
  });

  it('are found in what strings and comments leave, position by position', () => {
    const text = 'a "b\\"c" // d\n/* e */ f r##"g"#"## "unfinished';
    const mask = maskText(text);
    assert.equal(mask.length, text.length);
    assert.equal(mask.replace(/\s+/g, ' ').trim(), 'a f');
  });
});
