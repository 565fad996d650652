import assert from 'node:assert/strict';
import { proveAge } from '../../examples/noir-js/prove-age.ts';

describe('the example with noir_js', () => {
  it('proves with Groth16 what noir_js executed', async () => {
    const { contract, calldata, publicInputs, ...rest } = await proveAge(2001);
    assert.deepEqual(rest, { isOfAge: true, isValid: true, proofBytes: 256 });
    assert.deepEqual(publicInputs.map(Number), [2026, 11, 22, 18, 1]);
    assert.match(contract, /function verifyProof\(/);
    assert.equal(calldata.match(/0x[0-9a-f]{64}/g)?.length, 8 + 5);
  });

  it('proves that somebody is not of age as well', async () => {
    const { isOfAge, isValid, publicInputs } = await proveAge(2010);
    assert.deepEqual([isOfAge, isValid, publicInputs.map(Number).at(-1)], [false, true, 0]);
  });
});
