/** Whole numbers from layer to layer: the operator, and what keeps a graph whole. */
import assert from 'node:assert/strict';
import {
  buildGraph,
  checkExactGraph,
  evaluateGraph,
  type Graph,
  isExactGraph,
  type NodeSpec,
  type Op,
} from '../../../src/graph/index.ts';
import { evaluateQuantGraph, quantize, quantizeInput } from '../../../src/quantize/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const BYTES = { min: 0, max: 255, scale: 1, offset: 0 };
const STEP: Op = {
  kind: 'requantize',
  multipliers: Float64Array.of(3, 5),
  offsets: Float64Array.of(-200, 40),
  shiftBits: 3,
  min: -10,
  max: 60,
};

function graph(nodes: NodeSpec[], domain = BYTES): Graph {
  return buildGraph({
    name: 'g',
    nodes: [{ name: 'x', op: { kind: 'input', shape: [3, 2], domain } }, ...nodes],
  });
}

describe('requantize', () => {
  it('multiplies, shifts and saturates each channel, in floats and in integers alike', () => {
    const network = graph([{ name: 'y', op: STEP }]);
    const bytes = [0, 0, 100, 20, 255, 255];
    const [float] = evaluateGraph(network, [{ shape: [3, 2], data: Float64Array.from(bytes) }]);
    // floor((100 * 3 - 200) / 8) = 12; floor((20 * 5 + 40) / 8) = 17; both counted from -10, and cut at 60.
    assert.deepEqual([...(float?.data ?? [])], [-10, -5, 2, 7, 60, 60]);
    const quantGraph = quantize(network);
    const [whole] = evaluateQuantGraph(quantGraph, quantizeInput(quantGraph, [bytes], 'integers'));
    assert.deepEqual(Array.from<number | bigint, number>(whole?.data ?? [], Number), [
      ...(float?.data ?? []),
    ]);
  });

  it('keeps whole weights as they are, however few bits weights are given', () => {
    const dense: Op = {
      kind: 'dense',
      units: 2,
      weights: Float32Array.of(127, -3, 64, 1),
      bias: Float32Array.of(1, -1),
    };
    const network = graph([
      { name: 'd', op: dense },
      { name: 'y', op: STEP },
    ]);
    const node = quantize(network, { weightBits: 2 }).nodes.find(({ name }) => name === 'd');
    assert.deepEqual(node?.op.kind === 'dense' && [...node.op.weights], [127, -3, 64, 1]);
  });

  it('refuses multipliers that are not whole, and as many as there are channels', () => {
    assertThrowsCode(
      () => graph([{ name: 'y', op: { ...STEP, multipliers: Float64Array.of(0.5, 1) } }]),
      'MALFORMED_GRAPH',
      "Node 'y' (requantize) has the multipliers, offsets and limits 3, -10, 60; they must be whole numbers.",
    );
    assertThrowsCode(
      () => graph([{ name: 'y', op: { ...STEP, multipliers: Float64Array.of(1) } }]),
      'SHAPE_MISMATCH',
    );
  });

  it('makes a graph exact, which must stay whole', () => {
    const sigmoid: Op = { kind: 'function', name: 'sigmoid' };
    const half: Op = { kind: 'scale', factor: 0.5, shift: 0 };
    const relu: Op = { kind: 'relu' };
    const step = { name: 'y', op: STEP };
    assert.equal(isExactGraph(graph([{ name: 's', op: sigmoid }])), false);
    checkExactGraph(graph([step, { name: 'r', op: relu }]));
    const refused: [Graph, string][] = [
      [graph([step, { name: 's', op: sigmoid }]), "Node 's' (function) makes fractions"],
      [graph([step, { name: 'h', op: half }]), "Node 'h' (scale) has weights that are not whole"],
      [graph([step], { ...BYTES, scale: 1 / 255 }), "Node 'x' (input) scales its integers"],
    ];
    for (const [network, problem] of refused) {
      assertThrowsCode(
        () => checkExactGraph(network),
        'UNSUPPORTED_OP',
        `${problem}, in a network that computes on whole numbers. Quantise the whole network, or none of it.`,
      );
    }
  });
});
