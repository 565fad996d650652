/** Recurrent layers against their formulas, written out in plain numbers. (ONNX Runtime judges them in onnx-to-graph.) */
import assert from 'node:assert/strict';
import { InternalError } from '../../../src/errors.ts';
import { buildGraph, compose, evaluateGraph } from '../../../src/graph/index.ts';
import { seededFill } from '../passes/support/equality.ts';
import { input } from '../support/ops.ts';

const [STEPS, FEATURES, UNITS] = [3, 2, 2];
const fill = seededFill(21);
const random = (count: number): Float32Array => Float32Array.from({ length: count }, fill);
const sequence = random(STEPS * FEATURES);
const name =
  (op: 'tanh' | 'sigmoid'): compose.CellActivation =>
  site => [compose.nodeSpec(site.name, { kind: 'function', name: op }, site.input)];

function run(layer: compose.UnrolledLayer): number[][] {
  const nodes = [{ name: 'x', op: input([STEPS, FEATURES]), inputs: [] }, ...layer.nodes];
  const graph = buildGraph({ name: 'g', nodes, outputs: layer.states });
  return evaluateGraph(graph, [{ shape: [STEPS, FEATURES], data: sequence }]).map(state => [...state.data]);
}

/** x W + h U + b of one step, [gates * units]. */
function sums(options: compose.Recurrent, step: number, state: readonly number[]): number[] {
  return Array.from(options.bias, (bias, o) => {
    const width = options.bias.length;
    const fromInput = Array.from(
      { length: FEATURES },
      (_, i) => (sequence[step * FEATURES + i] ?? 0) * (options.kernel[i * width + o] ?? 0),
    );
    const fromState = state.map((value, i) => value * (options.recurrentKernel[i * width + o] ?? 0));
    return [...fromInput, ...fromState].reduce((sum, value) => sum + value, bias);
  });
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

function options(gates: number): compose.GatedRecurrent {
  return {
    units: UNITS,
    kernel: random(FEATURES * gates * UNITS),
    recurrentKernel: random(UNITS * gates * UNITS),
    bias: random(gates * UNITS),
    activation: name('tanh'),
    gateActivation: name('sigmoid'),
  };
}

function assertClose(actual: number[][], expected: number[][]): void {
  for (const [i, row] of expected.entries()) {
    for (const [k, value] of row.entries())
      assert.ok(Math.abs((actual[i]?.[k] ?? 0) - value) < 1e-6, `state ${i}, unit ${k}`);
  }
}

const SITE = { name: 'r', input: 'x', shape: [STEPS, FEATURES] };

describe('recurrent compositions', () => {
  it('unrolls a simple layer, in either direction', () => {
    const simple = options(1);
    for (const isReversed of [false, true]) {
      const order = isReversed ? [2, 1, 0] : [0, 1, 2];
      const expected: number[][] = [];
      let state = [0, 0];
      for (const step of order) {
        state = sums(simple, step, state).map(Math.tanh);
        expected[step] = state;
      }
      assertClose(run(compose.simpleRecurrent(SITE, { ...simple, isReversed })), expected);
    }
  });

  it('unrolls an LSTM', () => {
    const gated = options(4);
    let [state, cell] = [
      [0, 0],
      [0, 0],
    ];
    const expected = [0, 1, 2].map(step => {
      const gates = sums(gated, step, state);
      const at = (gate: number, unit: number): number => gates[gate * UNITS + unit] ?? 0;
      cell = cell.map((value, u) => sigmoid(at(1, u)) * value + sigmoid(at(0, u)) * Math.tanh(at(2, u)));
      state = cell.map((value, u) => sigmoid(at(3, u)) * Math.tanh(value));
      return state;
    });
    assertClose(run(compose.lstm(SITE, gated)), expected);
  });

  it('unrolls a GRU that resets the state before its product', () => {
    const gated = options(3);
    let state = [0, 0];
    const expected = [0, 1, 2].map(step => {
      const gates = sums(gated, step, state);
      const reset = state.map((value, u) => value * sigmoid(gates[UNITS + u] ?? 0));
      const candidates = sums(gated, step, reset)
        .slice(2 * UNITS)
        .map(Math.tanh);
      state = state.map((value, u) => {
        const update = sigmoid(gates[u] ?? 0);
        return (1 - update) * (candidates[u] ?? 0) + update * value;
      });
      return state;
    });
    assertClose(run(compose.gru(SITE, { ...gated, reset: { kind: 'before' } })), expected);
  });

  it('refuses a kernel that does not fit the sequence', () => {
    const simple = { ...options(1), kernel: random(3) };
    assert.throws(
      () => compose.simpleRecurrent(SITE, simple),
      new InternalError("Recurrent layer 'r' does not fit a sequence of shape 3,2."),
    );
  });
});
