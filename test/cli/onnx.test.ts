/** A convolutional network as ONNX file with its weights beside it: from the file to a verified proof by one command. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { encodeModel, encodeRaw, type TensorSpec } from '../converters/onnx-to-graph/support/encode.ts';
import { sketch } from '../converters/onnx-to-graph/support/models.ts';
import { IMAGE_DIMS, integerLayers } from '../converters/onnx-to-graph/support/quantised.ts';
import { runModel } from '../converters/onnx-to-graph/support/runtime.ts';

const [CHANNELS, SIZE, CLASSES] = [2, 8, 3];

/** Conv, batch norm, ReLU, pool, flatten, Gemm; weights in `weights.bin` when asked. */
function convolutionalNet(): { inside: Uint8Array; outside: Uint8Array; weights: Uint8Array } {
  const s = sketch(7);
  const conv = s.add('Conv', ['image', s.weight([4, CHANNELS, 3, 3]), s.weight([4])], {
    pads: { ints: [1, 1, 1, 1] },
    strides: { ints: [2, 2] },
  });
  s.weights.variance = { dims: [4], data: [1, 0.5, 2, 1.5] };
  const normal = s.add('BatchNormalization', [conv, s.weight([4]), s.weight([4]), s.weight([4]), 'variance']);
  const pooled = s.add('MaxPool', [s.add('Relu', [normal])], {
    kernel_shape: { ints: [2, 2] },
    strides: { ints: [2, 2] },
  });
  const flat = s.add('Flatten', [pooled]);
  s.nodes.push({
    op: 'Gemm',
    inputs: [flat, s.weight([CLASSES, 16]), s.weight([CLASSES])],
    outputs: ['logits'],
    attributes: { transB: { int: 1 } },
  });
  const spec = {
    nodes: s.nodes,
    inputs: [{ name: 'image', dims: ['batch', CHANNELS, SIZE, SIZE] }],
    outputs: [{ name: 'logits', dims: ['batch', CLASSES] }],
  };
  const parts: Uint8Array[] = [];
  let offset = 0;
  const placed = Object.entries(s.weights).map(([name, tensor]): [string, TensorSpec] => {
    const bytes = encodeRaw(tensor);
    parts.push(bytes);
    const external = { location: 'weights.bin', offset, length: bytes.length };
    offset += bytes.length;
    return [name, { ...tensor, external }];
  });
  return {
    inside: encodeModel({ ...spec, weights: s.weights }),
    outside: encodeModel({ ...spec, weights: Object.fromEntries(placed) }),
    weights: Buffer.concat(parts),
  };
}

describe('the command line with an ONNX model', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-onnx-'));
  after(() => rmSync(folder, { recursive: true }));

  it('proves a convolutional network whose logits are those of ONNX Runtime', async () => {
    const { inside, outside, weights } = convolutionalNet();
    const pixels = Array.from({ length: CHANNELS * SIZE * SIZE }, (_, i) => (37 * i * i + 11 * i) % 256);
    const [model, input, build] = ['net.onnx', 'x.json', 'build'].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(model, outside);
    writeFileSync(join(folder, 'weights.bin'), weights);
    writeFileSync(input, JSON.stringify(pixels));
    let [out, err] = ['', ''];
    const stdout = { write: (text: string) => (out += text) };
    const stderr = { write: (text: string) => (err += text) };
    const code = await main(['--json', 'run', model, '--input', input, '--out', build], { stdout, stderr });
    assert.equal(code, 0, err + out);
    const dims = [1, CHANNELS, SIZE, SIZE];
    const expected = await runModel(inside, { image: { dims, data: pixels.map(value => value / 255) } });
    const told = JSON.parse(out);
    assert.equal(told.Verify.proof, true);
    const logits: readonly number[] = told['Solve the witness']['float 0'];
    assert.equal(logits.length, CLASSES);
    for (const [i, value] of (expected.logits ?? []).entries()) {
      assert.ok(Math.abs((logits[i] ?? 0) - value) < 1e-3, `logit ${i}: ${logits[i]} is not ${value}`);
    }
  });

  it('proves a network that comes quantised, whose integers are those of ONNX Runtime', async () => {
    const bytes = integerLayers(3);
    const pixels = Array.from({ length: 128 }, (_, i) => (53 * i * i + 29 * i) % 256);
    const [model, input, build] = ['q.onnx', 'q.json', 'q'].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(model, bytes);
    writeFileSync(input, JSON.stringify(pixels));
    let [out, err] = ['', ''];
    const stdout = { write: (text: string) => (out += text) };
    const stderr = { write: (text: string) => (err += text) };
    const code = await main(['--json', 'run', model, '--input', input, '--out', build], { stdout, stderr });
    assert.equal(code, 0, err + out);
    const expected = await runModel(bytes, { image: { type: 'uint8', dims: IMAGE_DIMS, data: pixels } });
    const told = JSON.parse(out);
    assert.equal(told.Verify.proof, true);
    assert.deepEqual(told['Solve the witness']['integers 0'], [...(expected.output ?? [])]);
  });
});
