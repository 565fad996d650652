import assert from 'node:assert/strict';
import {
  buildGraph,
  dropIdentities,
  finishOutputs,
  foldAffine,
  type Graph,
  mergePadding,
  mergeReshapes,
  type NodeSpec,
  type Op,
  poolBeforeActivation,
  printGraph,
  removeDeadNodes,
  type Shape,
} from '../../../src/graph/index.ts';
import { scaleToAffine } from '../../../src/graph/passes/scale-to-affine.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { conv, dense, filled, input, NO_PADDING, pool } from '../support/ops.ts';
import { assertSameFunction, seededFill } from './support/equality.ts';

const fill = seededFill(5);

function affine(channels: number, positive = false): Op {
  const scale = filled(channels, fill).map(value => (positive ? Math.abs(value) + 0.1 : value));
  return { kind: 'affine', scale, shift: filled(channels, fill) };
}

function graph(shape: Shape, nodes: NodeSpec[], outputs?: string[]): Graph {
  const all = [{ name: 'x', op: input(shape) }, ...nodes];
  return buildGraph({ name: 'g', nodes: all, ...(outputs === undefined ? {} : { outputs }) });
}

/** Runs a pass, compares its listing, and checks that the function stays. */
function check(pass: (graph: Graph) => Graph, before: Graph, listing: string): void {
  const after = pass(before);
  const lines = listing
    .trim()
    .split('\n')
    .map(line => line.trim());
  const actual = printGraph(after)
    .trim()
    .split('\n')
    .map(line => line.trim());
  assert.deepEqual(actual.slice(2), lines); // after 'graph g' and the input
  assertSameFunction(before, after, 7);
}

function checkUnchanged(pass: (graph: Graph) => Graph, before: Graph): void {
  assert.equal(pass(before), before);
}

const relu: Op = { kind: 'relu' };

describe('dropIdentities', () => {
  const reshape = (shape: Shape): Op => ({ kind: 'reshape', shape });

  it('drops a reshape to the same shape', () => {
    const before = graph(
      [4],
      [
        { name: 'flat', op: reshape([4]) },
        { name: 'y', op: dense(4, 2, fill) },
      ],
    );
    check(dropIdentities, before, 'y: 2 = dense(x) 2 units, 10 weights\noutput y');
  });

  it('drops every operator that does nothing, up to the output', () => {
    const ones = new Float32Array(2).fill(1);
    const before = graph(
      [2, 2, 2],
      [
        { name: 'r', op: relu },
        { name: 'a', op: { kind: 'transpose', permutation: [0, 1, 2] } },
        { name: 'b', op: { kind: 'pad', padding: NO_PADDING } },
        { name: 'c', op: { kind: 'affine', scale: ones, shift: new Float32Array(2) } },
        { name: 'd', op: pool('max-pool2d', [1, 1]) },
        { name: 'e', op: { kind: 'concat', axis: 0 } },
        { name: 'f', op: relu },
      ],
    );
    const all = (current: Graph): Graph => {
      const next = dropIdentities(current);
      return next === current ? current : all(next);
    };
    check(all, before, 'r: 2x2x2 = relu(x)\noutput r');
  });

  it('keeps a second ReLU with a lower cap, a strided pool and a real reshape', () => {
    checkUnchanged(
      dropIdentities,
      graph(
        [2],
        [
          { name: 'r', op: relu },
          { name: 's', op: { kind: 'relu', max: 1 } },
        ],
      ),
    );
    const strided: Op = { ...pool('max-pool2d', [1, 1]), strides: [2, 2] } as Op;
    checkUnchanged(dropIdentities, graph([4, 4, 1], [{ name: 'p', op: strided }]));
    checkUnchanged(dropIdentities, graph([4], [{ name: 'p', op: reshape([2, 2]) }]));
  });
});

describe('foldAffine', () => {
  it('takes the factor of a matrix product into the dense layer of its first operand', () => {
    const factor: Op = { kind: 'affine', scale: new Float32Array(3).fill(0.25), shift: new Float32Array(3) };
    const before = graph(
      [3, 4],
      [
        { name: 'q', op: dense(4, 4, fill) },
        { name: 'k', op: dense(4, 4, fill), inputs: ['x'] },
        { name: 't', op: { kind: 'transpose', permutation: [1, 0] } },
        { name: 's', op: { kind: 'matmul' }, inputs: ['q', 't'] },
        { name: 'a', op: factor },
        { name: 'r', op: relu },
      ],
    );
    const folded = foldAffine(foldAffine(before));
    assert.deepEqual(
      folded.nodes.map(({ op }) => op.kind),
      ['input', 'dense', 'dense', 'transpose', 'matmul', 'relu'],
    );
    assertSameFunction(before, folded, 7);
    const split = graph(
      [3, 4],
      [
        { name: 'q', op: dense(4, 4, fill) },
        { name: 'z', op: { kind: 'reshape', shape: [3, 2, 2] } },
        { name: 'p', op: { kind: 'transpose', permutation: [1, 0, 2] } },
        { name: 'k', op: { kind: 'transpose', permutation: [0, 2, 1] } },
        { name: 's', op: { kind: 'matmul' }, inputs: ['p', 'k'] },
        { name: 'a', op: factor },
        { name: 'r', op: relu },
      ],
    );
    checkUnchanged(foldAffine, split); // both operands read the dense layer
  });

  it('leaves the scale and the shift of a layer-norm to the dense layers that read it', () => {
    const norm: Op = { kind: 'layer-norm', epsilon: 0.01, scale: filled(4, fill), shift: filled(4, fill) };
    const readers: NodeSpec[] = [
      { name: 'n', op: norm },
      { name: 'd', op: dense(4, 3, fill), inputs: ['n'] },
      { name: 'e', op: dense(4, 2, fill), inputs: ['n'] },
    ];
    const after = foldAffine(graph([2, 4], readers, ['d', 'e']));
    const folded = after.nodes.find(({ name }) => name === 'n')?.op as typeof norm;
    assert.deepEqual([...folded.scale, ...folded.shift], [1, 1, 1, 1, 0, 0, 0, 0]);
    assertSameFunction(graph([2, 4], readers, ['d', 'e']), after, 7);
    checkUnchanged(foldAffine, after);
    checkUnchanged(foldAffine, graph([2, 4], readers, ['d', 'e', 'n']));
    const other: NodeSpec[] = [...readers, { name: 'r', op: relu, inputs: ['n'] }];
    checkUnchanged(foldAffine, graph([2, 4], other, ['d', 'e', 'r']));
  });

  it('folds batch normalisation into the convolution before it', () => {
    const before = graph(
      [5, 5, 2],
      [
        {
          name: 'c',
          op: conv({ channels: 2, filters: 3, padding: { top: 1, bottom: 1, left: 1, right: 1 } }, fill),
        },
        { name: 'n', op: affine(3) },
        { name: 'r', op: relu },
      ],
    );
    check(
      foldAffine,
      before,
      'c: 5x5x3 = conv2d(x) 3x3x3, padding 1,1,1,1, 57 weights\nr: 5x5x3 = relu(c)\noutput r',
    );
  });

  it('folds into the dense layer before it, at the output too', () => {
    const before = graph(
      [4],
      [
        { name: 'd', op: dense(4, 3, fill) },
        { name: 'n', op: affine(3) },
      ],
    );
    check(foldAffine, before, 'd: 3 = dense(x) 3 units, 15 weights\noutput d');
  });

  it('merges two affine maps', () => {
    const before = graph(
      [2, 3],
      [
        { name: 'a', op: affine(3) },
        { name: 'b', op: affine(3) },
      ],
    );
    check(foldAffine, before, 'a: 2x3 = affine(x) 3 channels, 6 weights\noutput a');
  });

  it('folds into the grouped convolution behind it, when nothing is padded', () => {
    const before = graph(
      [5, 5, 4],
      [
        { name: 'n', op: affine(4) },
        { name: 'c', op: conv({ channels: 4, filters: 6, groups: 2 }, fill) },
      ],
    );
    check(foldAffine, before, 'c: 3x3x6 = conv2d(x) 3x3x6, groups 2, 114 weights\noutput c');
  });

  it('folds a scale without shift into a padded convolution', () => {
    const scale: Op = { kind: 'affine', scale: filled(2, fill), shift: new Float32Array(2) };
    const before = graph(
      [4, 4, 2],
      [
        { name: 'n', op: scale },
        { name: 'c', op: conv({ channels: 2, filters: 2, padding: { ...NO_PADDING, top: 1 } }, fill) },
      ],
    );
    check(foldAffine, before, 'c: 3x2x2 = conv2d(x) 3x3x2, padding 1,0,0,0, 38 weights\noutput c');
  });

  it('folds through a flattening into the dense layer behind', () => {
    const before = graph(
      [2, 2, 3],
      [
        { name: 'n', op: affine(3) },
        { name: 'flat', op: { kind: 'reshape', shape: [12] } },
        { name: 'd', op: dense(12, 2, fill) },
      ],
    );
    check(foldAffine, before, 'flat: 12 = reshape(x)\nd: 2 = dense(flat) 2 units, 26 weights\noutput d');
  });

  it('moves behind an average, and behind a maximum when it is increasing', () => {
    const average = graph(
      [4, 4, 2],
      [
        { name: 'n', op: affine(2) },
        { name: 'p', op: pool('average-pool2d', [2, 2]) },
      ],
    );
    const moved = (kind: string): string =>
      `p: 2x2x2 = ${kind}(x) 2x2, stride 2x2\nn: 2x2x2 = affine(p) 2 channels, 4 weights\noutput n`;
    check(foldAffine, average, moved('average-pool2d'));
    const maximum = graph(
      [4, 4, 2],
      [
        { name: 'n', op: affine(2, true) },
        { name: 'p', op: pool('max-pool2d', [2, 2]) },
      ],
    );
    check(foldAffine, maximum, moved('max-pool2d'));
  });

  it('folds one side at a time when both sides could take it', () => {
    const before = graph(
      [3],
      [
        { name: 'a', op: dense(3, 4, fill) },
        { name: 'n', op: affine(4) },
        { name: 'b', op: dense(4, 2, fill) },
      ],
    );
    check(
      foldAffine,
      before,
      'a: 4 = dense(x) 4 units, 16 weights\nb: 2 = dense(a) 2 units, 10 weights\noutput b',
    );
  });

  it('leaves what it cannot fold exactly', () => {
    const shifted = graph(
      [4, 4, 2],
      [
        { name: 'n', op: affine(2) },
        { name: 'c', op: conv({ channels: 2, filters: 2, padding: { ...NO_PADDING, top: 1 } }, fill) },
      ],
    );
    checkUnchanged(foldAffine, shifted);
    const negative: Op = { kind: 'affine', scale: Float32Array.of(1, -1), shift: new Float32Array(2) };
    checkUnchanged(
      foldAffine,
      graph(
        [2, 2, 2],
        [
          { name: 'n', op: negative },
          { name: 'p', op: pool('max-pool2d', [2, 2]) },
        ],
      ),
    );
    const shared = graph(
      [3],
      [
        { name: 'd', op: dense(3, 3, fill) },
        { name: 'n', op: affine(3) },
      ],
      ['n', 'd'],
    );
    checkUnchanged(foldAffine, shared);
    const twice = graph(
      [3],
      [
        { name: 'n', op: affine(3) },
        { name: 'd', op: dense(3, 2, fill) },
        { name: 'e', op: dense(3, 2, fill), inputs: ['n'] },
        { name: 'sum', op: { kind: 'add' }, inputs: ['d', 'e'] },
      ],
    );
    checkUnchanged(foldAffine, twice);
    const odd = graph(
      [2, 3],
      [
        { name: 'n', op: affine(3) },
        { name: 'turned', op: { kind: 'reshape', shape: [3, 2] } },
        { name: 'd', op: dense(2, 2, fill) },
      ],
    );
    checkUnchanged(foldAffine, odd);
  });
});

describe('mergePadding', () => {
  const pad: Op = { kind: 'pad', padding: { top: 1, bottom: 2, left: 0, right: 1 } };

  it('merges padding into the convolution and the padding behind it', () => {
    const before = graph(
      [3, 3, 1],
      [
        { name: 'p', op: pad },
        { name: 'c', op: conv({ channels: 1, filters: 2 }, fill) },
      ],
    );
    check(mergePadding, before, 'c: 4x2x2 = conv2d(x) 3x3x2, padding 1,2,0,1, 20 weights\noutput c');
    const twice = graph(
      [3, 3, 1],
      [
        { name: 'p', op: pad },
        { name: 'q', op: pad },
      ],
    );
    check(mergePadding, twice, 'q: 9x5x1 = pad(x) padding 2,4,0,2\noutput q');
  });

  it('keeps the padding for its other users', () => {
    const before = graph(
      [3, 3, 1],
      [
        { name: 'p', op: pad },
        { name: 'c', op: conv({ channels: 1, filters: 2 }, fill) },
      ],
      ['c', 'p'],
    );
    check(
      mergePadding,
      before,
      'p: 6x4x1 = pad(x) padding 1,2,0,1\nc: 4x2x2 = conv2d(x) 3x3x2, padding 1,2,0,1, 20 weights\noutput c, p',
    );
  });

  it('leaves padding before a pool, where zeros count', () => {
    checkUnchanged(
      mergePadding,
      graph(
        [3, 3, 1],
        [
          { name: 'p', op: pad },
          { name: 'q', op: pool('max-pool2d', [2, 2]) },
        ],
      ),
    );
  });
});

describe('poolBeforeActivation', () => {
  const max = pool('max-pool2d', [2, 2]);

  it('pools first, and activates once a window', () => {
    const before = graph(
      [4, 4, 2],
      [
        { name: 'r', op: relu },
        { name: 'p', op: max },
        { name: 's', op: relu },
      ],
    );
    check(
      poolBeforeActivation,
      before,
      'p: 2x2x2 = max-pool2d(x) 2x2, stride 2x2\nr: 2x2x2 = relu(p)\ns: 2x2x2 = relu(r)\noutput s',
    );
  });

  it('does so for a capped and a leaky ReLU at the output', () => {
    for (const op of [
      { kind: 'relu', max: 0.5 },
      { kind: 'leaky-relu', slope: 0.25 },
    ] as const) {
      const before = graph(
        [4, 4, 2],
        [
          { name: 'r', op },
          { name: 'p', op: max },
        ],
      );
      const after = poolBeforeActivation(before);
      assert.deepEqual(
        after.nodes.map(node => node.name),
        ['x', 'p', 'r'],
      );
      assertSameFunction(before, after, 8);
    }
  });

  it('leaves an average, a decreasing activation, and an activation with other users', () => {
    checkUnchanged(
      poolBeforeActivation,
      graph(
        [4, 4, 1],
        [
          { name: 'r', op: relu },
          { name: 'p', op: pool('average-pool2d', [2, 2]) },
        ],
      ),
    );
    const falling: Op = { kind: 'leaky-relu', slope: -0.5 };
    checkUnchanged(
      poolBeforeActivation,
      graph(
        [4, 4, 1],
        [
          { name: 'r', op: falling },
          { name: 'p', op: max },
        ],
      ),
    );
    checkUnchanged(
      poolBeforeActivation,
      graph(
        [4, 4, 1],
        [
          { name: 'r', op: relu },
          { name: 'p', op: max },
        ],
        ['p', 'r'],
      ),
    );
  });
});

describe('mergeReshapes', () => {
  const reshape = (...shape: number[]): Op => ({ kind: 'reshape', shape });

  it('merges a chain', () => {
    const before = graph(
      [8],
      [
        { name: 'a', op: reshape(2, 4) },
        { name: 'b', op: reshape(4, 2) },
      ],
    );
    check(mergeReshapes, before, 'b: 4x2 = reshape(x)\noutput b');
  });

  it('moves a reshape behind an activation, and behind an affine map of the same channels', () => {
    const before = graph(
      [1, 4, 2],
      [
        { name: 'a', op: reshape(4, 2) },
        { name: 'n', op: affine(2) },
      ],
    );
    check(mergeReshapes, before, 'n: 1x4x2 = affine(x) 2 channels, 4 weights\na: 4x2 = reshape(n)\noutput a');
    const activated = graph(
      [8],
      [
        { name: 'a', op: reshape(4, 2) },
        { name: 'r', op: relu },
      ],
    );
    check(mergeReshapes, activated, 'r: 8 = relu(x)\na: 4x2 = reshape(r)\noutput a');
  });

  it('leaves a reshape before other operators', () => {
    checkUnchanged(
      mergeReshapes,
      graph(
        [8],
        [
          { name: 'a', op: reshape(4, 2) },
          { name: 'n', op: affine(2) },
        ],
      ),
    );
    checkUnchanged(
      mergeReshapes,
      graph(
        [8],
        [
          { name: 'a', op: reshape(4, 2) },
          { name: 'd', op: dense(2, 3, fill) },
        ],
      ),
    );
    checkUnchanged(
      mergeReshapes,
      graph(
        [8],
        [
          { name: 'a', op: reshape(4, 2) },
          { name: 'r', op: relu },
        ],
        ['r', 'a'],
      ),
    );
  });
});

describe('removeDeadNodes', () => {
  it('removes what no output follows from, and keeps every input', () => {
    const before = graph(
      [2],
      [
        { name: 'y', op: input([1]) },
        { name: 'r', op: relu },
        { name: 's', op: relu, inputs: ['x'] },
      ],
      ['s'],
    );
    check(removeDeadNodes, before, 'y: 1 = input [0, 16] * 0.0625\ns: 2 = relu(x)\noutput s');
    const live = graph([2], [{ name: 'r', op: relu }]);
    checkUnchanged(removeDeadNodes, live);
  });
});

describe('finishOutputs', () => {
  const softmax: Op = { kind: 'softmax' };
  const before = graph([3], [{ name: 's', op: softmax }]);

  it('drops a softmax, and appends an argmax on request', () => {
    assert.match(printGraph(finishOutputs(before, 'drop')), /output x\n$/);
    assert.match(
      printGraph(finishOutputs(before, 'argmax')),
      /x_argmax: scalar = argmax\(x\)\noutput x_argmax\n$/,
    );
    assert.equal(finishOutputs(before, 'keep'), before);
  });

  it('gives one argmax to an output that stands twice, and none to a label', () => {
    const twice = graph(
      [3],
      [
        { name: 'x_argmax', op: relu },
        { name: 'a', op: { kind: 'argmax' } },
      ],
      ['x', 'x', 'a'],
    );
    assert.match(
      printGraph(finishOutputs(twice, 'argmax')),
      /x_argmax_: scalar = argmax\(x\)\noutput x_argmax_, x_argmax_, a\n$/,
    );
  });

  it('keeps a softmax that is not at the end', () => {
    const inside = graph(
      [3],
      [
        { name: 's', op: softmax },
        { name: 'd', op: dense(3, 2) },
      ],
    );
    assert.equal(printGraph(finishOutputs(inside, 'drop')), printGraph(inside));
  });

  it('refuses the label of an image', () => {
    assertThrowsCode(
      () => finishOutputs(graph([2, 2], [{ name: 'r', op: relu }]), 'argmax'),
      'SHAPE_MISMATCH',
      "Node 'r_argmax' is given a tensor of shape 2x2; it takes a vector.",
    );
  });
});

describe('scaleToAffine', () => {
  const scaled = (factor: number | Float32Array, shift: number | Float32Array): string =>
    printGraph(scaleToAffine(graph([2, 2], [{ name: 's', op: { kind: 'scale', factor, shift } }])));

  it('writes scales whose channels share their constants as affine maps', () => {
    assert.match(scaled(2, 1), /s: 2x2 = affine\(x\) 2 channels/);
    assert.match(scaled(Float32Array.of(1, 2, 1, 2), 1), /s: 2x2 = affine\(x\)/);
  });

  it('leaves scales that differ by position', () => {
    assert.match(scaled(Float32Array.of(1, 2, 3, 2), 1), /s: 2x2 = scale\(x\)/);
  });
});
