import assert from 'node:assert/strict';
import { checkPackageName, NameScope, toIdentifier } from '../../src/noir/names.ts';
import { assertThrowsCode } from '../support/errors.ts';

describe('Noir names', () => {
  const cases: readonly (readonly [text: string, name: string])[] = [
    ['dense_1', 'dense_1'],
    ['Conv A', 'conv_a'],
    ['model/block1/BatchNorm:0', 'model_block1_batch_norm_0'],
    ['conv2d', 'conv2d'],
    ['__x--y__', 'x_y'],
    ['слой', 'relu'],
    ['', 'relu'],
    ['3rd', 'layer_3rd'],
    ['match', 'layer_match'],
    ['Field', 'layer_field'],
    ['zkml', 'layer_zkml'],
    ['circuits', 'layer_circuits'],
    ['"; fn main() {}', 'fn_main'],
  ];
  for (const [text, name] of cases) {
    it(`makes ${name} of "${text}"`, () => assert.equal(toIdentifier(text, 'relu'), name));
  }

  it('are unique, also where a number was taken before', () => {
    const scope = new NameScope();
    const names = ['Dense', 'dense', 'dense_2', 'dense'].map(text => scope.unique(text, 'dense'));
    assert.deepEqual(names, ['dense', 'dense_2', 'dense_2_2', 'dense_3']);
  });

  it('of packages are taken as the caller gives them, or refused', () => {
    assert.equal(checkPackageName('Digits_8'), 'Digits_8');
    for (const name of ['8x8', 'a-b', '', 'fn', '../x', 'zkml', 'std']) {
      assertThrowsCode(
        () => checkPackageName(name),
        'INVALID_NAME',
        `'${name}' cannot name a Noir package. Use letters, digits and underscores, not beginning with a digit, and no word of the language.`,
      );
    }
  });
});
