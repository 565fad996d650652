/** Networks that come quantised: their integers are ONNX Runtime's, in the float graph and after bionoir's quantiser. */
import assert from 'node:assert/strict';
import { onnxToGraph } from '../../../converters/onnx-to-graph/index.ts';
import { evaluateGraph, type Graph, nodeOf, simplifyGraph } from '../../../src/graph/index.ts';
import { evaluateQuantGraph, quantize, quantizeInput } from '../../../src/quantize/index.ts';
import { randomNumbers } from './support/models.ts';
import { floatsBetween, IMAGE_DIMS, integerLayers, pairwise } from './support/quantised.ts';
import { runModel, runSamples } from './support/runtime.ts';

const SAMPLES = 100;

function randomBytes(count: number, seed: number): number[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => Math.floor((random() + 1) * 128));
}

/**
 * Compares what a graph gives on random bytes with ONNX Runtime's integers: in floats, and quantised, which must be the same.
 *
 * @param toReal what the runtime's input is for a byte.
 */
async function compare(graph: Graph, runtime: Uint8Array, toReal?: (byte: number) => number): Promise<void> {
  const samples = Array.from({ length: SAMPLES }, (_, i) => randomBytes(128, i + 1));
  const inputs = samples.map(bytes => ({
    image: toReal
      ? { dims: IMAGE_DIMS, data: bytes.map(toReal) }
      : { type: 'uint8' as const, dims: IMAGE_DIMS, data: bytes },
  }));
  const expected = await runSamples(runtime, inputs, toReal ? 'all' : 'disabled');
  const quantGraph = quantize(graph);
  const shape = nodeOf(graph, graph.inputs[0] ?? (0 as never)).shape;
  const seen = new Set<number>();
  for (const [i, bytes] of samples.entries()) {
    const wanted = [...(Object.values(expected[i] ?? {})[0] ?? [])];
    const [float] = evaluateGraph(graph, [{ shape, data: Float64Array.from(bytes) }]);
    assert.deepEqual([...(float?.data ?? [])], wanted, `sample ${i}`);
    const [whole] = evaluateQuantGraph(quantGraph, quantizeInput(quantGraph, [bytes], 'integers'));
    assert.deepEqual(
      Array.from<number | bigint, number>(whole?.data ?? [], Number),
      wanted,
      `sample ${i}, quantised`,
    );
    for (const value of wanted) seen.add(value);
  }
  assert.ok(seen.size > 12, `only ${seen.size} different results: the network says too little`);
}

describe('onnx-to-graph: networks that come quantised', () => {
  it('computes integer layers as ONNX Runtime does, number for number', async () => {
    const model = integerLayers(3);
    await compare(simplifyGraph(onnxToGraph({ model })), model);
  });

  it('makes integer layers of floats between DequantizeLinear and QuantizeLinear', async () => {
    const graph = simplifyGraph(onnxToGraph({ model: floatsBetween(5, 'reals') }));
    assert.equal(graph.nodes.filter(node => node.op.kind === 'requantize').length, 2);
    await compare(graph, floatsBetween(5, 'integers'), byte => Math.fround(byte * Math.fround(0.02)));
  });

  for (const [op, differing] of [
    ['QLinearAdd', 0],
    ['QLinearMul', 0],
  ] as const) {
    it(`gives ${op} of all pairs of bytes`, async () => {
      const model = pairwise(op);
      const graph = onnxToGraph({ model });
      const a = Array.from({ length: 65536 }, (_, i) => i >> 8);
      const b = Array.from({ length: 65536 }, (_, i) => i & 255);
      const dims = [256, 256];
      const expected = await runModel(model, {
        a: { type: 'uint8', dims, data: a },
        b: { type: 'uint8', dims, data: b },
      });
      const tensors = [a, b].map(data => ({ shape: dims, data: Float64Array.from(data) }));
      const actual = evaluateGraph(graph, tensors)[0]?.data ?? [];
      const wrong = [...(expected.y ?? [])].filter((value, i) => value !== actual[i]).length;
      assert.equal(wrong, differing);
    });
  }
});
