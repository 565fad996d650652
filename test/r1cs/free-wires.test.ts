import assert from 'node:assert/strict';
import { findFreeWires, parseSystem } from '../../src/r1cs/index.ts';

/** Free groups of a system in text; wires 1..inputs are the inputs. */
function search(text: string, inputs: number, ignored: readonly number[] = []) {
  const system = parseSystem(text);
  const isInput = Uint8Array.from({ length: system.wireCount }, (_, wire) => (wire <= inputs ? 1 : 0));
  const isIgnored = Uint8Array.from({ length: system.wireCount }, (_, wire) =>
    ignored.includes(wire) ? 1 : 0,
  );
  return findFreeWires(system, { isInput, isIgnored });
}

describe('the search for free wires', () => {
  it('takes definitions away before it looks for inputs', () => {
    const { groups, users } = search(
      'public w1 w2\nprivate w3\n(0) * (0) = (w1 + w3 - w2)\n(w3) * (w3) = (w3)',
      1,
    );
    assert.deepEqual(groups, [{ wires: [3], row: 0 }]);
    assert.equal(users[3], 2, 'w3 shows in w2');
  });

  it('peels chains of definitions to their end', () => {
    const chain =
      'public w1\nprivate w2 w3 w4\n(0) * (0) = (w1 + w2)\n(w2) * (w1) = (w3)\n(w3) * (w3) = (w4)';
    assert.deepEqual(search(chain, 1).groups, []);
    assert.deepEqual(
      search(chain.replace('(w1 + w2)', '(w2 + w2)'), 1).groups,
      [],
      'peeled to 0 = 2 w2, which defines w2',
    );
  });

  it('takes a wire that a row makes constant for determined, with its bits', () => {
    const text =
      'public w1\nprivate w2 w3 w4\n(0) * (0) = (w2 - 2)\n(w3) * (w3) = (w3)\n(w4) * (w4) = (w4)\n';
    assert.deepEqual(search(`${text}(0) * (0) = (w2 - w3 - 2*w4)`, 1).groups, []);
    assert.deepEqual(search(text, 1).groups, [
      { wires: [3], row: 1 },
      { wires: [4], row: 2 },
    ]);
  });

  it('does not take a factor for a definition', () => {
    const { groups } = search('public w1\nprivate w2 w3\n(w2) * (w3) = (1)\n(w1) * (w1) = (1)', 1);
    assert.deepEqual(groups, [{ wires: [2, 3], row: 0 }]);
  });

  it('connects nothing through ignored wires, and never reports them', () => {
    const text =
      'public w1\nprivate w2 w3 w4\n(w3) * (w4 - w1) = (1)\n(w3) * (w4 - w2) = (1)\n(w2) * (w2) = (w2)';
    assert.deepEqual(search(text, 1).groups, []);
    assert.deepEqual(search(text, 1, [3, 4]).groups, [{ wires: [2], row: 1 }]);
  });
});
