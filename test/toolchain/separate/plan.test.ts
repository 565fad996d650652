import assert from 'node:assert/strict';
import { planUnits, type Unit } from '../../../src/toolchain/separate/plan.ts';
import {
  originalOffset,
  type RewrittenText,
  separableModule,
  stubModule,
} from '../../../src/toolchain/separate/stub.ts';
import { programPackage } from '../../support/noir-package.ts';

const MAIN = `mod conv;
mod dense;

// the network
fn main(x: [[Field; 2]; 3]) -> pub [Field; 4] {
    dense::forward(conv::forward(x))
}
`;
const CONV = `//! Layer conv, from -7 to 9.
pub fn forward(x: [[Field; 2]; 3]) -> [Field; 3] {
    let mut output = [0; 3];
    for y in 0..3 {
        output[y] = row(x[y])[0];
    }
    output
}

/// One row.
#[fold]
pub(crate) fn row(x: [Field; 2]) -> [Field; 1] {
    [helper(x[0]) * x[1]]
}

fn helper(x: Field) -> Field {
    x + 5
}
`;
const DENSE = `mod weights;
pub(crate) mod units_0_to_1;
pub(crate) mod units_2_to_3;

use weights::BIASES;

pub fn forward(x: [Field; 3]) -> [Field; 4] {
    units_0_to_1::forward(x).concat(units_2_to_3::forward(x))
}
`;
const unitsOf = (first: number): string => `mod weights;

use weights::WEIGHTS;

#[fold]
pub(crate) fn forward(x: [Field; 3]) -> [Field; 2] {
    [WEIGHTS[0] * x[0], ${first} * x[1]]
}
`;
const FILES = {
  'src/conv.nr': CONV,
  'src/dense.nr': DENSE,
  'src/dense/weights.nr': 'pub global BIASES: [Field; 4] = [1, 2, 3, 4];\n',
  'src/dense/units_0_to_1.nr': unitsOf(0),
  'src/dense/units_0_to_1/weights.nr': 'pub global WEIGHTS: [Field; 1] = [7]; // seven\n',
  'src/dense/units_2_to_3.nr': unitsOf(2),
  'src/dense/units_2_to_3/weights.nr': 'pub global WEIGHTS: [Field; 1] = [8];\n',
  'zkml/Nargo.toml': '[package]\nname = "zkml"\ntype = "lib"\nauthors = [""]\n',
  'zkml/src/lib.nr': '',
};

describe('taking a package apart', () => {
  const source = programPackage(MAIN, FILES);
  const plan = planUnits(source) ?? [];
  const unit = (name: string): Unit => {
    const found = plan.find(each => each.name === name);
    assert.ok(found, `${name} of ${plan.map(each => each.name).join()}`);
    return found;
  };

  it('gives the root and a unit for each module with folded functions', () => {
    assert.deepEqual(
      plan.map(({ name, exports }) => [name, exports.length]),
      [
        ['main', 0],
        ['conv', 1],
        ['dense/units_0_to_1', 1],
        ['dense/units_2_to_3', 1],
      ],
    );
  });

  it('leaves in the root neither bodies of folded functions nor what only they need', () => {
    const { files } = unit('main').noirPackage;
    assert.deepEqual([...files.keys()].filter(path => path.startsWith('src/')).sort(), [
      'src/conv.nr',
      'src/dense.nr',
      'src/dense/units_0_to_1.nr',
      'src/dense/units_2_to_3.nr',
      'src/dense/weights.nr',
      'src/main.nr',
    ]);
    assert.doesNotMatch(files.get('src/conv.nr') ?? '', /helper|x\[1\]/);
    assert.match(
      files.get('src/conv.nr') ?? '',
      /pub\(crate\) fn row\(x: \[Field; 2\]\) -> \[Field; 1\] \{ assert_eq\(x\[0\], \d+\); \[0; 1\] \}/,
    );
    assert.equal(files.get('zkml/src/lib.nr'), '');
  });

  it('gives a unit its module as it is, a main that calls its functions, and nothing of other layers', () => {
    const { files } = unit('dense/units_2_to_3').noirPackage;
    assert.deepEqual([...files.keys()].filter(path => path.startsWith('src/')).sort(), [
      'src/dense.nr',
      'src/dense/units_2_to_3.nr',
      'src/dense/units_2_to_3/weights.nr',
      'src/main.nr',
    ]);
    assert.equal(files.get('src/dense/units_2_to_3.nr'), unitsOf(2));
    assert.equal(
      files.get('src/main.nr'),
      'mod dense;\n\nfn main(x0_0: [Field; 3]) -> pub [Field; 2] {\n    dense::units_2_to_3::forward(x0_0)\n}\n',
    );
  });

  it('gives texts that a change of comments does not change', () => {
    const edited = planUnits(
      programPackage(MAIN.replace('the network', 'another word'), {
        ...FILES,
        'src/conv.nr': CONV.replace('from -7 to 9', 'from -8 to 9'),
        'src/dense/units_0_to_1/weights.nr': FILES['src/dense/units_0_to_1/weights.nr'].replace('seven', '7'),
      }),
    );
    assert.deepEqual(
      edited?.map(({ noirPackage }) => noirPackage),
      plan.map(({ noirPackage }) => noirPackage),
    );
  });

  it('changes with a weight the unit of its module alone', () => {
    const edited = planUnits(
      programPackage(MAIN, {
        ...FILES,
        'src/dense/units_2_to_3/weights.nr': 'pub global WEIGHTS: [Field; 1] = [9];\n',
      }),
    );
    const changed = plan.filter(
      ({ noirPackage }, index) =>
        JSON.stringify([...noirPackage.files]) !==
        JSON.stringify([...(edited?.[index]?.noirPackage.files ?? [])]),
    );
    assert.deepEqual(
      changed.map(({ name }) => name),
      ['dense/units_2_to_3'],
    );
  });

  it('keeps what another file uses of a module', () => {
    const uses = MAIN.replace('dense::forward', 'conv::helper(x[0][0]);\n    dense::forward');
    const root = planUnits(programPackage(uses, FILES))?.[0];
    assert.match(root?.noirPackage.files.get('src/conv.nr') ?? '', /fn helper/);
  });

  const refused: readonly (readonly [why: string, conv: string])[] = [
    ['generics', CONV.replace('fn row(x', 'fn row<let N: u32>(x')],
    ['other types', CONV.replace('row(x: [Field; 2])', 'row(x: [u8; 2])')],
    ['a private folded function', CONV.replace('pub(crate) fn row', 'fn row')],
    ['a name of a parent', CONV.replace('x + 5', 'x + super::five()')],
    ['macros', `${CONV}\ncomptime fn made() {}\n`],
    ['attributes', CONV.replace('#[fold]', '#[fold]\n#[no_predicates]')],
  ];
  for (const [why, conv] of refused) {
    it(`leaves a module with ${why} in the root as it is`, () => {
      const units = planUnits(programPackage(MAIN, { ...FILES, 'src/conv.nr': conv })) ?? [];
      assert.deepEqual(
        units.map(({ name }) => name),
        ['main', 'dense/units_0_to_1', 'dense/units_2_to_3'],
      );
      assert.match(units[0]?.noirPackage.files.get('src/conv.nr') ?? '', /x\[1\]/);
    });
  }

  it('is not done to packages without folded functions', () => {
    assert.equal(planUnits(programPackage('fn main(x: pub Field) { assert(x != 0); }\n')), undefined);
  });
});

describe('places in rewritten texts', () => {
  it('are those of the original, byte for byte', () => {
    const text = `// é\nmod weights; /* ü */ pub fn forward(x: Field) -> Field { row([x])[0] }\n\n#[fold]\npub fn row(x: [Field; 1]) -> [Field; 1] {\n    // ö\n    x\n}\nfn unused() {}\n\nfn used() {}\n`;
    const module = separableModule('src/a.nr', text);
    assert.ok(module);
    const stub: RewrittenText = stubModule(text, module, new Set(['forward', 'used']));
    const bytes = (whole: string): Buffer => Buffer.from(whole);
    for (const word of ['forward', 'row', 'pub fn row', 'fn used']) {
      const offset = bytes(stub.text).indexOf(word);
      assert.ok(offset >= 0, word);
      const original = originalOffset(stub, offset);
      assert.equal(
        bytes(text)
          .subarray(original, original + word.length)
          .toString(),
        word,
      );
    }
    assert.doesNotMatch(stub.text, /é|ü|ö|unused|weights/);
  });
});
