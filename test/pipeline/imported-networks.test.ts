/**
 * Networks as TensorFlow.js writes them, from file to constraints: their program computes the integer network, the integer
 * network stays near the float one, and edited witnesses are refused.
 */
import assert from 'node:assert/strict';
import { layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { graphModelToGraph } from '../../converters/graphmodel-to-graph/index.ts';
import { tfjsToGraph } from '../../converters/tfjs-to-graph/index.ts';
import { evaluateGraph, type Graph, nodeOf, simplifyGraph, toRealInput } from '../../src/graph/index.ts';
import { dequantizeOutput, evaluateQuantGraph, quantize } from '../../src/quantize/index.ts';
import {
  attr,
  floats,
  graphFiles,
  integers,
  op,
  placeholder,
  weights,
} from '../converters/graphmodel-to-graph/support/graph-model.ts';
import { randomiseWeights, saveModel, toFiles } from '../converters/tfjs-to-graph/support/oracle.ts';
import { assertEditsRefused, assertProves, proveNetwork, randomInputs } from '../support/proved-network.ts';

describe('networks of TensorFlow.js, from file to constraints', function () {
  this.timeout(120_000);

  it('proves a GraphModel: clip and PReLU spelled out, channels gated by a sigmoid of their mean', async () => {
    const strides = attr.integers(1, 1, 1, 1);
    const conv = { strides, dilations: strides, padding: attr.text('SAME'), data_format: attr.text('NHWC') };
    const nodes = [
      placeholder('x', -1, 3, 3, 1),
      op('conv', 'Conv2D', ['x', 'kernel'], conv),
      op('above', 'Maximum', ['conv', 'zero']),
      op('below', 'Minimum', ['conv', 'zero']),
      op('bent', 'Mul', ['below', 'slopes']),
      op('prelu', 'AddV2', ['above', 'bent']),
      op('floor', 'Maximum', ['prelu', 'zero']),
      op('clip', 'Minimum', ['floor', 'one']),
      op('mean', 'Mean', ['prelu', 'axes'], { keep_dims: attr.flag(true) }),
      op('gate', 'Sigmoid', ['mean']),
      op('y', 'Mul', ['clip', 'gate']),
    ];
    const constants = [
      weights('kernel', 2, 2, 1, 2),
      floats('zero', [], [0]),
      floats('one', [], [1]),
      floats('slopes', [2], [0.25, -0.5]),
      integers('axes', 1, 2),
    ];
    await prove(graphModelToGraph(graphFiles(nodes, constants)), 0.02);
  });

  it('proves an LSTM with an embedding', async () => {
    const x = layers.input({ shape: [2] });
    const rows = layers.embedding({ inputDim: 5, outputDim: 2 }).apply(x) as SymbolicTensor;
    const state = layers
      .lstm({ units: 2, recurrentInitializer: 'zeros', recurrentActivation: 'sigmoid' })
      .apply(rows);
    const net = model({
      inputs: x,
      outputs: layers.dense({ units: 2 }).apply(state as SymbolicTensor) as SymbolicTensor,
    });
    randomiseWeights(net);
    await prove(tfjsToGraph(toFiles(await saveModel(net))), 0.02);
  });
});

/** Quantises, compares with floats (relative to the largest output, at least 1), proves, and lies. */
async function prove(imported: Graph, tolerance: number): Promise<void> {
  const graph = simplifyGraph(imported);
  const quantGraph = quantize(graph);
  const network = await proveNetwork(quantGraph);
  for (let seed = 1; seed <= 2; seed++) {
    const inputs = randomInputs(quantGraph, seed);
    const reals = graph.inputs.map((id, i) => {
      const { op: input, shape } = nodeOf(graph, id);
      const domain = input.kind === 'input' ? input.domain : assert.fail('no input');
      return { shape, data: toRealInput(domain, Array.from(inputs[i]?.data ?? [], Number)) };
    });
    const expected = evaluateGraph(graph, reals).flatMap(({ data }) => Array.from(data));
    const outputs = dequantizeOutput(quantGraph, evaluateQuantGraph(quantGraph, inputs));
    const actual = outputs.flatMap(({ data }) => Array.from(data));
    const largest = Math.max(1, ...expected.map(Math.abs));
    for (const [i, value] of expected.entries()) {
      const error = Math.abs(value - (actual[i] ?? Number.NaN)) / largest;
      assert.ok(error <= tolerance, `output ${i} is ${actual[i]}, the float network says ${value}`);
    }
    const wires = await assertProves(network, inputs);
    if (seed === 1) assertEditsRefused(network, wires);
  }
}
