import assert from 'node:assert/strict';
import {
  functionKeys,
  lineKeys,
  parseSystem,
  printFlameGraph,
  printFolded,
  profileBy,
  profileTree,
} from '../../src/r1cs/index.ts';
import type { ConstraintSystem, Provenance } from '../../src/r1cs/types.ts';

const MAIN = { file: '/app/src/main.nr', line: 6, functionName: 'main' };
const SQUARE = { file: 'shapes/lib.nr', line: 8, functionName: 'square' };
const ORIGINS: Provenance[] = [
  { gadget: 'range', functionIndex: 0, opcodeIndex: 0, functionName: 'main', stack: [MAIN, SQUARE, SQUARE] },
  { gadget: 'assert-zero', functionIndex: 0, opcodeIndex: 1, functionName: 'main', stack: [MAIN] },
  { gadget: 'range', functionIndex: 2, opcodeIndex: 0 },
];
/** Rows 0..3 come from origins 0, 1, 0, 2. */
const SYSTEM: ConstraintSystem = {
  ...parseSystem('public w1\n(w1) * (w1) = (1)\n(w1) * (w1) = (2)\n(w1) * (w1) = (3)\n(w1) * (w1) = (4)'),
  provenance: ORIGINS,
  provenanceIds: Uint32Array.of(0, 1, 0, 2),
};

describe('the profile of constraints', () => {
  it('counts by function, with and without what is called; recursion once', () => {
    assert.deepEqual(profileBy(SYSTEM, functionKeys), [
      { key: 'main (main.nr)', constraintCount: 3, selfCount: 1 },
      { key: 'square (shapes/lib.nr)', constraintCount: 2, selfCount: 2 },
      { key: 'function 2 (no line)', constraintCount: 1, selfCount: 1 },
    ]);
  });

  it('counts by line, and says how many have none', () => {
    assert.deepEqual(
      profileBy(SYSTEM, lineKeys).map(({ key, constraintCount }) => [key, constraintCount]),
      [
        ['main.nr:6', 3],
        ['shapes/lib.nr:8', 2],
        ['(no line)', 1],
      ],
    );
  });

  it('folds stacks for flame graph tools', () => {
    assert.equal(
      printFolded(profileTree(SYSTEM)),
      'main;main main.nr:6;square shapes/lib.nr:8;square shapes/lib.nr:8;range 2\n' +
        'main;main main.nr:6;assert-zero 1\n' +
        'function 2;range 1\n',
    );
  });

  it('sums every box of the tree from the boxes inside', () => {
    const tree = profileTree(SYSTEM);
    assert.equal(tree.constraintCount, 4);
    const sums = (node: typeof tree): boolean =>
      node.children.length === 0 ||
      (node.children.reduce((sum, child) => sum + child.constraintCount, 0) === node.constraintCount &&
        node.children.every(sums));
    assert.ok(sums(tree));
  });

  it('draws one page that needs nothing else, whatever names hold', () => {
    const hostile = { ...SQUARE, functionName: '</script><b>' };
    const system = {
      ...SYSTEM,
      provenance: [{ ...(ORIGINS[0] as Provenance), stack: [hostile] }, ...ORIGINS.slice(1)],
    };
    const page = printFlameGraph(profileTree(system), 'a <b> & "c"');
    assert.match(page, /<title>a &#60;b&#62; &#38; &#34;c&#34;<\/title>/);
    assert.equal(page.includes('</script><b>'), false);
    assert.equal(page.match(/<\/script>/g)?.length, 2);
    assert.doesNotMatch(page, /https?:|src=|@import|url\(/);
    const data = /<script type="application\/json" id="data">(.*)<\/script>/.exec(page)?.[1] ?? '';
    assert.deepEqual(JSON.parse(data), profileTree(system));
    const script = page.slice(page.lastIndexOf('<script>') + 8, page.lastIndexOf('</script>'));
    assert.doesNotThrow(() => new Function(script));
  });
});
