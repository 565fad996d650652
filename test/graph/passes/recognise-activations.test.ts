import assert from 'node:assert/strict';
import {
  buildGraph,
  type Graph,
  mergeDuplicates,
  type NodeSpec,
  type Op,
  printGraph,
  recogniseActivations,
  simplifyGraph,
} from '../../../src/graph/index.ts';
import { input } from '../support/ops.ts';
import { assertSameFunction } from './support/equality.ts';

const relu: Op = { kind: 'relu' };

function affine(scale: number[], shift: number[]): Op {
  return { kind: 'affine', scale: Float32Array.from(scale), shift: Float32Array.from(shift) };
}

/** The same map of each of three channels. */
function line(scale: number, shift = 0): Op {
  return affine([scale, scale, scale], [shift, shift, shift]);
}

function graph(nodes: NodeSpec[], outputs?: string[]): Graph {
  const all = [{ name: 'x', op: input([2, 3]) }, ...nodes];
  return buildGraph({ name: 'g', nodes: all, ...(outputs === undefined ? {} : { outputs }) });
}

/** Simplifies, checks that the function stays, and lists the nodes that are left. */
function simplified(before: Graph): string[] {
  const after = simplifyGraph(before);
  assertSameFunction(before, after, 11);
  const lines = printGraph(after).trim().split('\n');
  return lines.slice(2, -1).map(text => text.replace(/^.*? = /, ''));
}

describe('recogniseActivations', () => {
  it('writes a minimum of a maximum as a capped ReLU', () => {
    const nodes = [
      { name: 'a', op: relu },
      { name: 'b', op: line(-1, 6) },
      { name: 'c', op: relu },
      { name: 'd', op: line(-1, 6) },
    ];
    assert.deepEqual(simplified(graph(nodes)), ['relu(x) max 6']);
  });

  it('writes a maximum of a minimum so too, with the factor that is left', () => {
    const nodes = [
      { name: 'a', op: line(-1, 2) },
      { name: 'b', op: relu },
      { name: 'c', op: line(-0.5, 1) },
      { name: 'd', op: relu },
    ];
    assert.deepEqual(simplified(graph(nodes)), [
      'affine(x) 3 channels, 6 weights',
      'relu(a) max 2',
      'affine(b) 3 channels, 6 weights',
    ]);
  });

  it('leaves a ReLU that others read, and lines that differ by channel', () => {
    const shared = graph(
      [
        { name: 'a', op: relu },
        { name: 'b', op: line(-1, 6) },
        { name: 'c', op: relu },
      ],
      ['a', 'c'],
    );
    assert.equal(recogniseActivations(shared), shared);
    const varied = graph([
      { name: 'a', op: relu },
      { name: 'b', op: affine([-1, -1, -1], [1, 2, 3]) },
      { name: 'c', op: relu },
    ]);
    assert.equal(recogniseActivations(varied), varied);
  });

  it('writes relu(x) - slope * relu(-x) as a PReLU', () => {
    const nodes: NodeSpec[] = [
      { name: 'p', op: relu, inputs: ['x'] },
      { name: 'm', op: line(-1), inputs: ['x'] },
      { name: 'n', op: relu },
      { name: 'q', op: affine([-0.1, 0.2, -0.3], [0, 0, 0]) },
      { name: 'y', op: { kind: 'add' }, inputs: ['p', 'q'] },
    ];
    assert.deepEqual(simplified(graph(nodes)), ['prelu(x) 3 weights']);
  });

  it('writes relu(x) + slope * (x - |x|) with a shift as a leaky ReLU and the shift', () => {
    const nodes: NodeSpec[] = [
      { name: 'p', op: relu, inputs: ['x'] },
      { name: 'm', op: { kind: 'abs' }, inputs: ['x'] },
      { name: 'd', op: { kind: 'subtract' }, inputs: ['x', 'm'] },
      { name: 'q', op: line(0.25, 3), inputs: ['d'] },
      { name: 'y', op: { kind: 'add' }, inputs: ['q', 'p'] },
    ];
    const [kink, ...rest] = simplified(graph(nodes));
    assert.equal(kink, 'leaky-relu(x) slope 0.5');
    assert.equal(rest.length, 1);
  });

  it('writes the larger of x and a part of x as a leaky ReLU', () => {
    const nodes: NodeSpec[] = [
      { name: 'a', op: line(0.125), inputs: ['x'] },
      { name: 'y', op: { kind: 'maximum' }, inputs: ['a', 'x'] },
    ];
    assert.deepEqual(simplified(graph(nodes)), ['leaky-relu(x) slope 0.125']);
  });

  it('leaves sums that would save nothing', () => {
    const one = graph([
      { name: 'p', op: relu, inputs: ['x'] },
      { name: 'y', op: { kind: 'add' }, inputs: ['p', 'x'] },
    ]);
    assert.equal(recogniseActivations(one), one);
    const bentElsewhere = graph([
      { name: 's', op: line(1, -1), inputs: ['x'] },
      { name: 'p', op: relu },
      { name: 'q', op: relu, inputs: ['x'] },
      { name: 'y', op: { kind: 'add' }, inputs: ['p', 'q'] },
    ]);
    assert.equal(recogniseActivations(bentElsewhere), bentElsewhere);
  });
});

describe('mergeDuplicates', () => {
  it('computes once what has the same operator, weights and operands', () => {
    const nodes: NodeSpec[] = [
      { name: 'a', op: line(2, 1), inputs: ['x'] },
      { name: 'b', op: line(2, 1), inputs: ['x'] },
      { name: 'c', op: line(2, 2), inputs: ['x'] },
      { name: 'p', op: { kind: 'multiply' }, inputs: ['a', 'b'] },
      { name: 'y', op: { kind: 'multiply' }, inputs: ['p', 'c'] },
    ];
    const before = graph(nodes);
    const after = mergeDuplicates(before);
    assertSameFunction(before, after, 3);
    assert.deepEqual(
      after.nodes.map(node => node.name),
      ['x', 'a', 'c', 'p', 'y'],
    );
    assert.equal(mergeDuplicates(after), after);
  });

  it('keeps inputs apart', () => {
    const nodes: NodeSpec[] = [
      { name: 'z', op: input([2, 3]), inputs: [] },
      { name: 'y', op: { kind: 'add' }, inputs: ['x', 'z'] },
    ];
    const before = graph(nodes);
    assert.equal(mergeDuplicates(before), before);
  });
});
