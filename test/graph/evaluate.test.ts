import assert from 'node:assert/strict';
import { buildGraph, evaluateGraph, evaluateNodes, type Op, toRealInput } from '../../src/graph/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { input } from './support/ops.ts';

const vector = (...data: number[]) => ({ shape: [data.length], data: Float64Array.from(data) });

function run(op: Op, ...operands: number[][]): number[] {
  const names = operands.map((_, i) => `x${i}`);
  const inputs = operands.map((data, i) => ({ name: `x${i}`, op: input([data.length]) }));
  const graph = buildGraph({ name: 'g', nodes: [...inputs, { name: 'y', op, inputs: names }] });
  return evaluateGraph(
    graph,
    operands.map(data => vector(...data)),
  ).flatMap(output => [...output.data]);
}

describe('evaluateGraph', () => {
  it('gives the lowest index when an argmax is tied', () => {
    assert.deepEqual(run({ kind: 'argmax' }, [1, 5, 5, 2]), [1]);
    assert.deepEqual(run({ kind: 'argmax' }, [-3, -3]), [0]);
  });

  it('caps a ReLU, and lets a leaky one through on both sides', () => {
    assert.deepEqual(run({ kind: 'relu', max: 6 }, [-1, 0, 5, 7]), [0, 0, 5, 6]);
    assert.deepEqual(run({ kind: 'leaky-relu', slope: 0.5 }, [-4, 0, 3]), [-2, 0, 3]);
  });

  it('adds several tensors and subtracts two', () => {
    assert.deepEqual(run({ kind: 'add' }, [1, 2], [10, 20], [100, 200]), [111, 222]);
    assert.deepEqual(run({ kind: 'subtract' }, [1, 2], [10, 30]), [-9, -28]);
  });

  it('survives a softmax of large logits', () => {
    assert.deepEqual(run({ kind: 'softmax' }, [1000, 1000, -1000]), [0.5, 0.5, 0]);
  });

  it('takes inputs in the order that the graph lists', () => {
    const graph = buildGraph({
      name: 'g',
      nodes: [
        { name: 'a', op: input([1]) },
        { name: 'b', op: input([2]) },
        { name: 'both', op: { kind: 'concat', axis: 0 }, inputs: ['a', 'b'] },
      ],
      inputs: ['b', 'a'],
    });
    assert.deepEqual(evaluateGraph(graph, [vector(1, 2), vector(3)])[0]?.data, Float64Array.of(3, 1, 2));
    assert.equal(evaluateNodes(graph, [vector(1, 2), vector(3)]).length, 3);
  });

  it('maps integers to what the network sees', () => {
    const domain = { min: 0, max: 255, scale: 2, offset: -1 };
    assert.deepEqual(toRealInput(domain, Uint8Array.of(0, 255)), Float64Array.of(-1, 509));
  });

  const graph = buildGraph({ name: 'g', nodes: [{ name: 'x', op: input([2, 3]) }] });

  it('refuses another number of tensors', () => {
    assertThrowsCode(
      () => evaluateGraph(graph, []),
      'INPUT_SHAPE',
      "Graph 'g' has 1 inputs, but 0 tensors are given; give one tensor per input.",
    );
  });

  it('refuses a tensor of another shape or length', () => {
    assertThrowsCode(
      () => evaluateGraph(graph, [vector(1, 2, 3, 4, 5, 6)]),
      'INPUT_SHAPE',
      "Input 'x' is given 6 values of shape 6; it takes 2x3, 6 values.",
    );
    assertThrowsCode(
      () => evaluateGraph(graph, [{ shape: [2, 3], data: Float64Array.of(1) }]),
      'INPUT_SHAPE',
      "Input 'x' is given 1 values of shape 2x3; it takes 2x3, 6 values.",
    );
  });
});
