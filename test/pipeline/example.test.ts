import assert from 'node:assert/strict';
import { proveDigit } from '../../examples/digits/prove-digit.ts';
import { loadDigits } from '../../fixtures/data/digits.ts';

describe('the example of the README', () => {
  it('proves what the network says of a held-out digit', async () => {
    const { heldOut } = loadDigits();
    const { label, isValid } = await proveDigit(Array.from(heldOut.images[0] ?? []));
    assert.equal(isValid, true);
    assert.equal(label, heldOut.labels[0]);
  });
});
