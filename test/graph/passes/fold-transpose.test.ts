import assert from 'node:assert/strict';
import { buildGraph, type Graph, type NodeSpec, printGraph, type Shape } from '../../../src/graph/index.ts';
import { foldTranspose } from '../../../src/graph/passes/fold-transpose.ts';
import { dense, input } from '../support/ops.ts';
import { assertSameFunction, seededFill } from './support/equality.ts';

const fill = seededFill(11);

function graph(shape: Shape, nodes: NodeSpec[], outputs?: string[]): Graph {
  const all = [{ name: 'x', op: input(shape) }, ...nodes];
  return buildGraph({ name: 'g', nodes: all, ...(outputs === undefined ? {} : { outputs }) });
}

function flattened(outputs?: string[]): Graph {
  return graph(
    [2, 3, 4],
    [
      { name: 't', op: { kind: 'transpose', permutation: [2, 0, 1] } },
      { name: 'f', op: { kind: 'reshape', shape: [24] } },
      { name: 'd', op: dense(24, 2, fill) },
    ],
    outputs,
  );
}

describe('foldTranspose', () => {
  it('reorders the rows of a dense layer behind a flattened transposition', () => {
    const before = flattened();
    const after = foldTranspose(before);
    assert.equal(printGraph(after).includes('transpose'), false);
    assertSameFunction(before, after, 3);
  });

  it('merges two transpositions', () => {
    const before = graph(
      [2, 3, 4],
      [
        { name: 'a', op: { kind: 'transpose', permutation: [2, 0, 1] } },
        { name: 'b', op: { kind: 'transpose', permutation: [1, 0, 2] } },
      ],
    );
    const after = foldTranspose(before);
    assert.equal(after.nodes.length, 2);
    assertSameFunction(before, after, 4);
  });

  it('leaves a transposition that something else reads', () => {
    const before = flattened(['t', 'd']);
    assert.equal(foldTranspose(before), before);
  });

  it('leaves a dense layer over the last axis of several rows', () => {
    const before = graph(
      [2, 3],
      [
        { name: 't', op: { kind: 'transpose', permutation: [1, 0] } },
        { name: 'f', op: { kind: 'reshape', shape: [2, 3] } },
        { name: 'd', op: dense(3, 2, fill) },
      ],
    );
    assert.equal(foldTranspose(before), before);
  });
});
