/** Models with several outputs and inputs, and pictures for channels that come first. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setBackend } from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { encode } from 'fast-png';
import { main } from '../../src/cli/main.ts';
import {
  type CompileOptions,
  commitValues,
  evaluateGraph,
  type Graph,
  importModel,
  importNetwork,
  type ModelFiles,
  planApplication,
  quantizeFor,
  readImageSample,
  toRealInput,
} from '../../src/index.ts';
import {
  floats,
  graphFiles,
  op,
  placeholder,
} from '../converters/graphmodel-to-graph/support/graph-model.ts';
import { encodeModel } from '../converters/onnx-to-graph/support/encode.ts';
import { sketch } from '../converters/onnx-to-graph/support/models.ts';
import { runModel } from '../converters/onnx-to-graph/support/runtime.ts';
import { randomiseWeights, saveModel, toFiles } from '../converters/tfjs-to-graph/support/oracle.ts';
import { assertThrowsCode } from '../support/errors.ts';

const outputsOf = (graph: Graph): string[] => graph.outputs.map(id => graph.nodes[id]?.name ?? '');

/** image 3x4x4 and age -> score (a sigmoid), classes (a softmax over 3). */
function twoHeads(): Uint8Array {
  const s = sketch(11);
  const conv = s.add('Relu', [s.add('Conv', ['image', s.weight([2, 3, 3, 3]), s.weight([2])])]);
  const joined = s.add('Concat', [s.add('Flatten', [conv]), 'age'], { axis: { int: 1 } });
  const gemm = (outputs: number): string =>
    s.add('Gemm', [joined, s.weight([9, outputs]), s.weight([outputs])]);
  const [score, classes] = [gemm(1), gemm(3)];
  s.nodes.push({ op: 'Sigmoid', inputs: [score], outputs: ['score'] });
  s.nodes.push({ op: 'Softmax', inputs: [classes], outputs: ['classes'], attributes: { axis: { int: 1 } } });
  return encodeModel({
    nodes: s.nodes,
    weights: s.weights,
    inputs: [
      { name: 'image', dims: [1, 3, 4, 4] },
      { name: 'age', dims: [1, 1] },
    ],
    outputs: [
      { name: 'score', dims: [1, 1] },
      { name: 'classes', dims: [1, 3] },
    ],
  });
}

const UNKNOWN = (outputs: string): string =>
  `The output 'nobody' is asked for, which the model does not have; its outputs are ${outputs}. Name some of these, or a layer or tensor inside the model to end it there.`;

/** Checks that names choose outputs, and that unknown ones are refused by a text with the known ones. */
function checkChoice(files: ModelFiles, [first, second]: readonly [string, string]): void {
  const shapes = (options: CompileOptions): string[] => {
    const graph = importModel(files, options);
    return graph.outputs.map(id => (graph.nodes[id]?.shape ?? []).join('x'));
  };
  assert.equal(shapes({}).length, 2);
  assert.deepEqual(shapes({ outputs: [second] }), shapes({}).slice(1));
  assert.deepEqual(shapes({ outputs: [second, first] }), shapes({}).reverse());
  assert.deepEqual(shapes({ outputs: [second], output: 'label' }), ['']);
  assertThrowsCode(
    () => importModel(files, { outputs: ['nobody'] }),
    'USAGE',
    UNKNOWN(`'${first}', '${second}'`),
  );
}

describe('a model with several outputs', () => {
  it('publishes those that are named: ONNX', () => {
    checkChoice({ model: twoHeads() }, ['score', 'classes']);
  });

  it('publishes those that are named: LayersModel, where a layer inside ends it as well', async () => {
    await setBackend('cpu');
    const input = tfl.input({ shape: [4] });
    const hidden = tfl.layers.dense({ units: 5, activation: 'relu', name: 'embedding' }).apply(input);
    const head = (name: string, units: number): tfl.SymbolicTensor =>
      tfl.layers.dense({ name, units, activation: 'softmax' }).apply(hidden) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: input, outputs: [head('one', 2), head('two', 3)] });
    randomiseWeights(model);
    const files = toFiles(await saveModel(model));
    checkChoice(files, ['one', 'two']);
    const graph = importModel(files, { outputs: ['embedding'] });
    assert.deepEqual(outputsOf(graph), ['embedding_relu']);
    assert.equal(graph.nodes.length, 3);
  });

  it('publishes those that are named: GraphModel, by node or signature', () => {
    const nodes = [
      placeholder('x', 1, 2),
      op('hidden', 'MatMul', ['x', 'w']),
      op('one', 'Relu', ['hidden']),
      op('two', 'Sigmoid', ['hidden']),
    ];
    const signature = {
      inputs: { x: { name: 'x:0' } },
      outputs: { first: { name: 'one:0' }, second: { name: 'two:0' } },
    };
    const files = graphFiles(nodes, [floats('w', [2, 3], [1, 2, 3, 4, 5, 6])], { signature });
    checkChoice(files, ['one', 'two']);
    assert.deepEqual(outputsOf(importModel(files, { outputs: ['second'] })), ['two']);
    assert.deepEqual(outputsOf(importModel(files, { outputs: ['hidden'] })), ['hidden']);
  });

  it('is refused by name where a classic model has but one', () => {
    const model = {
      ...{ format: 'bionoir-classic', version: 1, input: { features: 2, min: 0, max: 3 } },
      steps: [{ kind: 'linear', weights: [1, 2], intercept: 0 }],
    };
    assertThrowsCode(
      () => importModel({ model, weights: new Map() }, { outputs: ['y'] }),
      'USAGE',
      "The output 'y' is asked for; a classic model has one output, without a name. Leave it out, or ask for the label.",
    );
  });

  it('gives an application the one that is named', () => {
    const files = { model: twoHeads() };
    const plan = (outputs?: string[]) => {
      const options = { application: { kind: 'liveness' }, ...(outputs ? { outputs } : {}) } as const;
      const { graph, application } = importNetwork(files, options);
      assert.ok(application);
      return planApplication(quantizeFor(graph, options), application);
    };
    const application = plan(['score']);
    assert.ok(application.kind === 'liveness' && application.isLogit);
    assertThrowsCode(
      plan,
      'UNSUPPORTED_OPTION',
      /^The application 'liveness' does not fit: the network has 2 outputs \('.+', '.+'\); it takes one; choose it with outputs: \['name'\], or --output name\.$/,
    );
  });
});

describe('a picture for a network whose channels come first', () => {
  it('is what ONNX Runtime is given after the usual preprocessing of ImageNet', async () => {
    const s = sketch(5);
    const conv = s.add('Conv', ['image', s.weight([2, 3, 3, 3]), s.weight([2])], {
      pads: { ints: [1, 1, 1, 1] },
    });
    s.nodes.push({ op: 'Relu', inputs: [conv], outputs: ['y'] });
    const dims = [1, 3, 4, 5];
    const model = encodeModel({
      nodes: s.nodes,
      weights: s.weights,
      inputs: [{ name: 'image', dims }],
      outputs: [{ name: 'y', dims: [1, 2, 4, 5] }],
    });
    const [mean, deviation] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ];
    const pixels = Uint8Array.from({ length: 60 }, (_, i) => (41 * i * i + 7 * i) % 256);
    const planes = Array.from({ length: 60 }, (_, at) => {
      const channel = Math.floor(at / 20);
      const value = pixels[3 * (at % 20) + channel] ?? 0;
      return (value / 255 - (mean[channel] ?? 0)) / (deviation[channel] ?? 1);
    });
    const expected = await runModel(model, { image: { dims, data: planes } });

    const graph = importModel({ model }, { normalization: { mean, deviation } });
    const png = encode({ width: 5, height: 4, data: pixels, channels: 3, depth: 8 });
    const [values = []] = readImageSample(quantizeFor(graph, {}), png);
    const input = graph.nodes[graph.inputs[0] ?? -1];
    assert.ok(input?.op.kind === 'input');
    const data = toRealInput(input.op.domain, values);
    const [found] = evaluateGraph(graph, [{ shape: input.shape, data }]);
    assert.equal(found?.data.length, 40);
    expected.y?.forEach((value, at) => {
      assert.ok(Math.abs((found?.data[at] ?? Number.NaN) - value) < 1e-4, `${at}`);
    });
  });
});

describe('the command line with several inputs and outputs', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-heads-'));
  after(() => rmSync(folder, { recursive: true }));

  it('states liveness by one output, with a commitment to a picture and a number', async () => {
    const pixels = Uint8Array.from({ length: 48 }, (_, i) => (37 * i * i + 3 * i) % 256);
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('heads.onnx'), twoHeads());
    writeFileSync(at('face.png'), encode({ width: 4, height: 4, data: pixels, channels: 3, depth: 8 }));
    writeFileSync(at('x.json'), JSON.stringify({ image: 'face.png', age: [31] }));
    const run = async (...argv: string[]): Promise<void> => {
      let told = '';
      const stream = { write: (text: string) => (told += text) };
      assert.equal(await main(argv, { stdout: stream, stderr: stream }), 0, told);
    };
    const build = at('build');
    const model = [at('heads.onnx'), '--output', 'score', '--app', 'liveness', '--commit-input'];
    await run('compile', ...model, '--out', build);
    const account = ['--address', '0x00000000000000000000000000000000000a11ce', '--nonce', '3'];
    const claim = [...account, '--threshold', '0.0001', '--salt', '77'];
    await run('witness', build, '--input', at('x.json'), ...claim);
    const planes = Array.from({ length: 48 }, (_, i) => pixels[3 * (i % 16) + Math.floor(i / 16)] ?? 0);
    const opening = JSON.parse(readFileSync(join(build, 'opening.json'), 'utf8'));
    const expected = commitValues([...planes, 31].map(BigInt), { low: 0n, bits: 8 }, 77n);
    assert.equal(BigInt(opening.inputCommitment), expected);
  });
});
