/** Files from strangers: whatever is wrong with them ends in a named error, never in a crash or a hang. */
import assert from 'node:assert/strict';
import { onnxExternalPaths, onnxToGraph, supportedOnnxOps } from '../../../converters/onnx-to-graph/index.ts';
import { BionoirError } from '../../../src/errors.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { encodeModel, type ModelSpec, type NodeSpec, type TensorSpec } from './support/encode.ts';
import { mobileNet, randomNumbers, sequenceClassifier, transformer } from './support/models.ts';
import { floatsBetween, integerLayers } from './support/quantised.ts';

const node = (
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  rest: Partial<NodeSpec> = {},
): NodeSpec => ({
  op,
  inputs,
  outputs,
  ...rest,
});

function model(nodes: readonly NodeSpec[], rest: Partial<ModelSpec> = {}): Uint8Array {
  return encodeModel({
    nodes,
    inputs: [{ name: 'x', dims: [1, 4] }],
    outputs: [{ name: 'y', dims: [1, 4] }],
    ...rest,
  });
}

const weights = (tensor: TensorSpec): Partial<ModelSpec> => ({ weights: { w: tensor } });
const MATMUL = [node('MatMul', ['x', 'w'], ['y'], { name: 'fc' })];
const BROKEN_DIMS: TensorSpec = { dims: [4, 2 ** 40], data: [] };
const SHORT: TensorSpec = { dims: [4, 4], data: [1, 2, 3] };
const OUTSIDE: TensorSpec = {
  dims: [4, 4],
  data: [],
  external: { location: 'w.bin', offset: 8, length: 64 },
};

describe('onnx-to-graph: files that are not as they should be', () => {
  const models = {
    mobileNet: mobileNet(1),
    transformer: transformer(2),
    sequenceClassifier: sequenceClassifier(3),
  };

  for (const [name, bytes] of Object.entries({
    ...models,
    integerLayers: integerLayers(4),
    qdq: floatsBetween(5, 'reals'),
  })) {
    it(`ends in a named error wherever ${name} is cut off or damaged (seed 7)`, function () {
      this.timeout(60_000);
      const random = randomNumbers(7);
      const at = (): number => Math.floor(((random() + 1) / 2) * bytes.length);
      let refused = 0;
      for (let i = 0; i < 60; i++) {
        const damaged = i % 2 === 0 ? bytes.slice(0, at()) : bytes.slice();
        if (i % 2 === 1) damaged[at()] = Math.floor((random() + 1) * 128);
        try {
          onnxToGraph({ model: damaged });
        } catch (error) {
          assert.ok(error instanceof BionoirError, `${error instanceof Error ? error.stack : error}`);
          refused += 1;
        }
      }
      assert.ok(refused >= 25, `only ${refused} of 60 were refused`);
    });
  }

  const cases: [what: string, bytes: Uint8Array, code: BionoirError['code'], text: string | RegExp][] = [
    [
      'an empty file',
      new Uint8Array(),
      'MALFORMED_MODEL',
      'The file has no graph, so it is not a whole ONNX model. Export the model again, and check it with onnx.checker.',
    ],
    [
      'text',
      new TextEncoder().encode('{"format": "layers-model"}'),
      'MALFORMED_MODEL',
      /^The model's file (breaks off or is damaged|has the field)/,
    ],
    [
      'nodes in a circle',
      model([
        node('Relu', ['b'], ['a'], { name: 'r' }),
        node('Relu', ['a'], ['b']),
        node('Add', ['x', 'a'], ['y']),
      ]),
      'MALFORMED_MODEL',
      "Relu 'r' takes 'b', which is never computed: an initialiser or input is missing, or the nodes form a cycle. Check the model with onnx.checker.",
    ],
    [
      'a missing initialiser',
      model(MATMUL),
      'MALFORMED_MODEL',
      "MatMul 'fc' takes 'w', which is never computed: an initialiser or input is missing, or the nodes form a cycle. Check the model with onnx.checker.",
    ],
    [
      'an output that nothing makes',
      model([node('Relu', ['x'], ['z'])]),
      'MALFORMED_MODEL',
      "The graph 'test' gives 'y', which no node makes. Check the model with onnx.checker.",
    ],
    [
      'an absurd weight',
      model(MATMUL, weights(BROKEN_DIMS)),
      'MALFORMED_WEIGHTS',
      "Tensor 'w' has the shape [4, 1099511627776]; at most 134217728 elements are read. Is the file intact?",
    ],
    [
      'too few weights',
      model(MATMUL, weights(SHORT)),
      'MALFORMED_WEIGHTS',
      "Tensor 'w' has 12 bytes of data; its shape and type ask for 64. Is the file intact?",
    ],
    [
      'weights in a file that is not given',
      model(MATMUL, weights(OUTSIDE)),
      'FILE_NOT_FOUND',
      "Tensor 'w' has its data in the file 'w.bin', which is not given. Put it beside the model.",
    ],
    [
      'sizes that do not fit',
      model(MATMUL, weights({ dims: [3, 3], data: new Float32Array(9) })),
      'MALFORMED_MODEL',
      "MatMul 'fc' multiplies [1, 4] by [3, 3]; the inner sizes differ. Check the model with onnx.checker.",
    ],
    [
      'weights that are not numbers',
      model(MATMUL, weights({ dims: [4, 1], data: [1, Number.NaN, 0, 0] })),
      'MALFORMED_WEIGHTS',
      /^The weights of node 'fc' hold NaN at index 1; every weight must be a finite number\./,
    ],
    [
      'an unknown operator',
      model([node('Det', ['x'], ['y'], { name: 'd' })]),
      'UNSUPPORTED_OP',
      `Det 'd' is an operator that is not imported. Imported are: ${supportedOnnxOps().join(', ')}.`,
    ],
    [
      'an attribute of another type',
      model([node('LeakyRelu', ['x'], ['y'], { name: 'l', attributes: { alpha: { int: 1 } } })]),
      'MALFORMED_MODEL',
      "LeakyRelu 'l' has the attribute 'alpha' of type 2; it must be float. Check the model with onnx.checker.",
    ],
    [
      'a constant of absurd size',
      model([node('ConstantOfShape', ['w'], ['c'], { name: 'c' }), node('Add', ['x', 'c'], ['y'])], {
        weights: { w: { type: 'int64', dims: [2], data: [2 ** 30, 2 ** 30] } },
      }),
      'MALFORMED_MODEL',
      "ConstantOfShape 'c' makes a constant of shape [1073741824, 1073741824]; at most 16777216 elements are made. Check the model with onnx.checker.",
    ],
    [
      'an open size',
      model([node('Relu', ['x'], ['y'])], { inputs: [{ name: 'x', dims: ['batch', 'length'] }] }),
      'UNSUPPORTED_OPTION',
      "Input 'x' leaves the size of axis 1 open (length). Give all sizes with the option inputShapes: { 'x': [...] }.",
    ],
  ];
  for (const [what, bytes, code, text] of cases) {
    it(`refuses ${what}`, () => {
      assertThrowsCode(() => onnxToGraph({ model: bytes }), code, text);
    });
  }

  it('refuses external data beyond the end of their file, and files outside of the model’s folder', () => {
    const bytes = model(MATMUL, weights(OUTSIDE));
    const external = new Map([['w.bin', new Uint8Array(64)]]);
    assertThrowsCode(
      () => onnxToGraph({ model: bytes, external }),
      'MALFORMED_WEIGHTS',
      "Tensor 'w' lies at bytes 8 to 72 of 'w.bin', which has 64 bytes. Is the file intact?",
    );
    const leaving = model(
      MATMUL,
      weights({ ...OUTSIDE, external: { location: '../w.bin', offset: 0, length: 64 } }),
    );
    assertThrowsCode(
      () => onnxExternalPaths(leaving),
      'MALFORMED_MODEL',
      "The model keeps weights in '../w.bin', outside of its own folder; such files are not read. Save the model with its weights beside it.",
    );
    assert.deepEqual(onnxExternalPaths(bytes), ['w.bin']);
  });

  it('refuses options that name inputs which the model does not have', () => {
    const bytes = model([node('Relu', ['x'], ['y'])]);
    assertThrowsCode(
      () => onnxToGraph({ model: bytes }, { inputShapes: { z: [1, 4] } }),
      'USAGE',
      "The option 'inputShapes' names 'z', which is not an input of the model; its inputs are 'x'.",
    );
    assertThrowsCode(
      () => onnxToGraph({ model: bytes }, { inputShapes: { x: [4] } }),
      'USAGE',
      "The option 'inputShapes' gives 'x' 1 sizes; the model declares 2, batch included.",
    );
  });
});
