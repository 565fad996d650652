import assert from 'node:assert/strict';
import { type Abi, type AbiType, witnessNames } from '../../src/acir/index.ts';

const FIELD: AbiType = { kind: 'field' };
const POINT: AbiType = {
  kind: 'struct',
  path: 'Point',
  fields: [
    { name: 'x', type: FIELD },
    { name: 'tags', type: { kind: 'tuple', fields: [{ kind: 'boolean' }, { kind: 'string', length: 2 }] } },
  ],
};
const ABI: Abi = {
  parameters: [
    { name: 'n', type: FIELD, visibility: 'public' },
    { name: 'points', type: { kind: 'array', length: 2, type: POINT }, visibility: 'private' },
  ],
  return_type: { abi_type: { kind: 'array', length: 2, type: FIELD }, visibility: 'public' },
  error_types: {},
};

describe('names of witnesses', () => {
  it('lead to every part of a parameter, and of the return value', () => {
    const nameOf = witnessNames(ABI, { returnValues: [12, 15] });
    assert.deepEqual([0, 1, 2, 3, 4, 5, 8].map(nameOf), [
      'n',
      'points[0].x',
      'points[0].tags.0',
      'points[0].tags.1[0]',
      'points[0].tags.1[1]',
      'points[1].x',
      'points[1].tags.1[1]',
    ]);
    assert.deepEqual([12, 15, 9].map(nameOf), ['return[0]', 'return[1]', undefined]);
  });

  it('are positions where the return value has fewer witnesses than parts, and unknown where the ABI lists witnesses', () => {
    const pair: Abi = { ...ABI, return_type: { abi_type: POINT, visibility: 'public' } };
    assert.deepEqual(witnessNames(pair, { returnValues: [9, 10] })(10), 'return[1]');
    assert.equal(witnessNames({ ...ABI, return_type: null }, { returnValues: [9] })(9), undefined);
    assert.equal(witnessNames({ ...ABI, param_witnesses: {} }, { returnValues: [9] })(0), undefined);
  });
});
