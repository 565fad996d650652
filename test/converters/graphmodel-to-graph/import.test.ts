/** Whole GraphModels: signatures, batches, names, domains, folding, and what is refused. */
import assert from 'node:assert/strict';
import {
  type GraphModelOptions,
  graphModelToGraph,
  supportedOps,
} from '../../../converters/graphmodel-to-graph/index.ts';
import { BionoirError } from '../../../src/errors.ts';
import { evaluateGraph, type Graph, nodeOf, printGraph } from '../../../src/graph/index.ts';
import { type TfjsModelFiles, tfjsFormat, tfjsWeightPaths } from '../../../src/tensorflow/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import {
  attr,
  type ConstantJson,
  checkAgainstTfjs,
  floats,
  graphFiles,
  integer,
  integers,
  type NodeJson,
  op,
  placeholder,
  weights,
} from './support/graph-model.ts';

const PREFIX = 'StatefulPartitionedCall/net/';

/** A small network as the converter writes it: fused, with the model's name before each node. */
function smallNetwork(): [NodeJson[], ConstantJson[]] {
  const kernel = `${PREFIX}stem/Conv2D/ReadVariableOp`;
  const convolution = {
    strides: attr.integers(1, 1, 1, 1),
    dilations: attr.integers(1, 1, 1, 1),
    padding: attr.text('SAME'),
    data_format: attr.text('NHWC'),
    fused_ops: attr.texts('BiasAdd', 'Relu'),
    num_args: attr.integer(1),
  };
  const dense = { fused_ops: attr.texts('BiasAdd'), num_args: attr.integer(1) };
  const nodes = [
    placeholder('image', -1, 4, 4, 1),
    op('init', 'Identity', ['image']),
    op(`${PREFIX}stem/Relu`, '_FusedConv2D', ['image', kernel, `${PREFIX}stem/bias`], convolution),
    op(`${PREFIX}bn/mul`, 'Mul', [`${PREFIX}stem/Relu`, `${PREFIX}bn/scale`]),
    op(`${PREFIX}bn/add`, 'AddV2', [`${PREFIX}bn/mul`, `${PREFIX}bn/shift`]),
    op(`${PREFIX}flat`, 'Reshape', [`${PREFIX}bn/add`, `${PREFIX}flat/shape`]),
    op(
      `${PREFIX}head/BiasAdd`,
      '_FusedMatMul',
      [`${PREFIX}flat`, `${PREFIX}head/kernel`, `${PREFIX}head/bias`],
      dense,
    ),
    op(`${PREFIX}Softmax`, 'Softmax', [`${PREFIX}head/BiasAdd`, '^init']),
    op('Identity', 'Identity', [`${PREFIX}Softmax`]),
  ];
  const constants = [
    weights(kernel, 3, 3, 1, 2),
    weights(`${PREFIX}stem/bias`, 2),
    weights(`${PREFIX}bn/scale`, 2),
    weights(`${PREFIX}bn/shift`, 2),
    integers(`${PREFIX}flat/shape`, -1, 32),
    weights(`${PREFIX}head/kernel`, 32, 3),
    weights(`${PREFIX}head/bias`, 3),
  ];
  return [nodes, constants];
}

const SIGNATURE = {
  inputs: { image: { name: 'image:0', dtype: 'DT_FLOAT' } },
  outputs: { scores: { name: 'Identity:0', dtype: 'DT_FLOAT' } },
};

describe('graphmodel-to-graph: whole networks', () => {
  it('imports a fused network with its signature; shortens names; folds batch normalisation', async () => {
    const graph = await checkAgainstTfjs(graphFiles(...smallNetwork(), { signature: SIGNATURE }));
    const lines = printGraph(graph)
      .trim()
      .split('\n')
      .map(line => line.trim());
    assert.deepEqual(lines, [
      'graph graph-model',
      'image: 4x4x1 = input [0, 255] * 0.00392156862745098',
      'stem: 4x4x2 = conv2d(image) 3x3x2, padding 1,1,1,1, 20 weights',
      'stem/Relu: 4x4x2 = relu(stem)',
      'flat: 32 = reshape(stem/Relu)',
      'head/BiasAdd: 3 = dense(flat) 3 units, 99 weights',
      'Softmax: 3 = softmax(head/BiasAdd)',
      'output Softmax',
    ]);
  });

  it('takes placeholders and unused nodes for inputs and outputs where there is no signature', async () => {
    const graph = await checkAgainstTfjs(graphFiles(...smallNetwork()));
    assert.equal(nodeOf(graph, graph.outputs[0] as never).name, 'Softmax');
    const old = graphFiles(...smallNetwork(), { userDefinedMetadata: { signature: SIGNATURE } });
    assert.deepEqual(await checkAgainstTfjs(old), graph);
  });

  it('drops the softmax, or gives the label, as for LayersModels', () => {
    const files = graphFiles(...smallNetwork());
    assert.equal(graphModelToGraph(files).nodes.at(-1)?.op.kind, 'dense');
    assert.equal(graphModelToGraph(files, { softmax: 'argmax' }).nodes.at(-1)?.op.kind, 'argmax');
  });

  it('imports networks without a batch', async () => {
    const nodes = [placeholder('x', 4, 5), op('y', 'MatMul', ['x', 'k'])];
    const graph = await checkAgainstTfjs(graphFiles(nodes, [weights('k', 5, 3)]), { batched: false });
    assert.deepEqual(graph.nodes.at(-1)?.shape, [4, 3]);
  });

  it('imports several inputs and outputs in the order of the signature', async () => {
    const nodes = [
      placeholder('a', -1, 3),
      placeholder('b', -1, 3),
      op('s', 'Sub', ['a', 'b']),
      op('m', 'Mul', ['a', 'b']),
    ];
    const tensor = (name: string) => ({ name });
    const signature = {
      inputs: { b: tensor('b:0'), a: tensor('a:0') },
      outputs: { m: tensor('m:0'), s: tensor('s:0') },
    };
    const graph = graphModelToGraph(graphFiles(nodes, [], { signature }));
    assert.deepEqual(
      graph.inputs.map(id => nodeOf(graph, id).name),
      ['b', 'a'],
    );
    assert.deepEqual(
      graph.outputs.map(id => nodeOf(graph, id).name),
      ['m', 's'],
    );
    await checkAgainstTfjs(graphFiles(nodes));
  });

  it('folds what depends on weights and shapes alone', async () => {
    const nodes = [
      placeholder('x', -1, 2, 3),
      op('shape', 'Shape', ['x']),
      op('wide', 'Mul', ['k', 'two']),
      op('turned', 'Transpose', ['wide', 'order']),
      op('root', 'Rsqrt', ['variance']),
      op('scaled', 'Mul', ['turned', 'root']),
      op('ones', 'Fill', ['shape', 'one']),
      op('sum', 'AddV2', ['x', 'ones']),
      op('y', 'BatchMatMulV2', ['sum', 'scaled']),
    ];
    const constants = [
      weights('k', 4, 3),
      floats('two', [], [2]),
      integers('order', 1, 0),
      floats('variance', [4], [1, 4, 0.25, 2]),
      floats('one', [], [1]),
    ];
    const graph = await checkAgainstTfjs(graphFiles(nodes, constants));
    assert.deepEqual(
      graph.nodes.map(node => node.op.kind),
      ['input', 'dense'],
    );
  });

  it('computes with shapes as TensorFlow does', async () => {
    const nodes = [
      placeholder('x', -1, 6, 4),
      op('shape', 'Shape', ['x']),
      op('size', 'Size', ['x']),
      op('half', 'FloorDiv', ['size', 'two']),
      op('rest', 'FloorMod', ['half', 'seven']),
      op('first', 'Slice', ['shape', 'begin', 'begin1']),
      op('whole', 'Prod', ['shape', 'axis'], { keep_dims: attr.flag(false) }),
      op('zeros', 'ZerosLike', ['x']),
      op('ones', 'OnesLike', ['x']),
      op('filled', 'Sub', ['ones', 'zeros']),
      op('rank', 'Rank', ['x']),
      op('counted', 'Range', ['zero', 'rank', 'one']),
      op('scale', 'Cast', ['rest'], { SrcT: attr.type('DT_INT32'), DstT: attr.type('DT_FLOAT') }),
      op('ramp', 'Cast', ['counted'], { SrcT: attr.type('DT_INT32'), DstT: attr.type('DT_FLOAT') }),
      op('top', 'Max', ['ramp', 'axis']),
      op('rough', 'Mul', ['top', 'fraction']),
      op('down', 'Floor', ['rough']),
      op('up', 'Ceil', ['rough']),
      op('a', 'Mul', ['x', 'scale']),
      op('b', 'AddV2', ['a', 'filled']),
      op('c', 'AddV2', ['b', 'down']),
      op('d', 'Sub', ['c', 'up']),
      op('target', 'ConcatV2', ['first', 'tail', 'axis0'], { N: attr.integer(2) }),
      op('flat', 'Reshape', ['d', 'target']),
      op('count', 'Cast', ['whole'], { SrcT: attr.type('DT_INT32'), DstT: attr.type('DT_FLOAT') }),
      op('y', 'RealDiv', ['flat', 'count']),
    ];
    const constants = [
      integer('two', 2),
      integer('seven', 7),
      integers('begin', 0),
      integers('begin1', 1),
      integers('axis', 0),
      integer('axis0', 0),
      integer('zero', 0),
      integer('one', 1),
      floats('fraction', [], [0.7]),
      integers('tail', 24),
    ];
    const graph = await checkAgainstTfjs(graphFiles(nodes, constants));
    assert.deepEqual(
      graph.nodes.map(node => node.op.kind),
      ['input', 'affine', 'reshape', 'affine'],
    );
  });

  it('gives the places of the largest elements, and moves blocks of pixels into channels', () => {
    const largest = graphFiles(
      [placeholder('x', -1, 4), op('y', 'TopKV2', ['x', 'k']), op('z', 'Identity', ['y:1'])],
      [integer('k', 2)],
    );
    const indices = evaluateGraph(graphModelToGraph(largest), [
      { shape: [4], data: Float32Array.of(1, 4, 2, 4) },
    ]);
    assert.deepEqual(Array.from(indices[0]?.data ?? []), [1, 3]);
    const blocks = one('SpaceToDepth', ['x'], { block_size: attr.integer(2) }, [], [-1, 2, 2, 1]);
    const image = { shape: [2, 2, 1], data: Float32Array.of(1, 2, 3, 4) };
    assert.deepEqual(evaluateGraph(graphModelToGraph(blocks), [image])[0], {
      shape: [1, 1, 4],
      data: Float64Array.of(1, 2, 3, 4),
    });
  });

  it('compares for equality', async () => {
    for (const name of ['Equal', 'NotEqual']) {
      const toFloat = { SrcT: attr.type('DT_BOOL'), DstT: attr.type('DT_FLOAT') };
      const nodes = [placeholder('x', -1, 3), op('e', name, ['x', 'c']), op('y', 'Cast', ['e'], toFloat)];
      await checkAgainstTfjs(graphFiles(nodes, [floats('c', [3], [0, 1, 2])]), { draw: () => 1 });
    }
  });

  it('reads an unrolled sequence: split, gates, concatenation', async () => {
    const nodes = [
      placeholder('x', -1, 4, 3),
      op('steps', 'Unpack', ['x'], { axis: attr.integer(1), num: attr.integer(4) }),
      op('a', 'MatMul', ['steps:0', 'k']),
      op('parts', 'Split', ['axis', 'a'], { num_split: attr.integer(2) }),
      op('gate', 'Sigmoid', ['parts']),
      op('new', 'Tanh', ['parts:1']),
      op('h', 'Mul', ['gate', 'new']),
      op('b', 'AddV2', ['h', 'steps:3']),
      op('y', 'ConcatV2', ['h', 'b', 'axis'], { N: attr.integer(2) }),
    ];
    await checkAgainstTfjs(graphFiles(nodes, [weights('k', 3, 6), integer('axis', 1)]));
  });

  it('looks a constant table up by a computed index, and takes indices as its input', async () => {
    const nodes = [
      { ...placeholder('x', -1, 3), attr: { ...placeholder('x', -1, 3).attr, dtype: attr.type('DT_INT32') } },
      op('y', 'GatherV2', ['table', 'x', 'axis']),
    ];
    const graph = graphModelToGraph(graphFiles(nodes, [weights('table', 5, 2), integer('axis', 0)]));
    assert.deepEqual(graph.nodes[1]?.shape, [3, 2]);
    assert.deepEqual(domainOf(graph), { min: 0, max: 4, scale: 1, offset: 0 });
  });

  it('tells a network that rescales its input from one that does not', () => {
    const nodes = [placeholder('x', -1, 3), op('s', 'Sub', ['x', 'mean']), op('y', 'Mul', ['s', 'factor'])];
    const files = (mean: number, factor: number): TfjsModelFiles =>
      graphFiles(nodes, [floats('mean', [], [mean]), floats('factor', [], [factor])]);
    assert.equal(domainOf(graphModelToGraph(files(127.5, 1 / 128))).scale, 1);
    assert.equal(domainOf(graphModelToGraph(files(0.485, 1 / 0.229))).scale, 1 / 255);
    assert.equal(domainOf(graphModelToGraph(files(127.5, 1 / 128), { input: { scale: 0.5 } })).scale, 0.5);
  });

  it('takes sizes that the model leaves open from the caller, with the batch or without', () => {
    const nodes = [placeholder('x', -1, -1, -1, 1), op('y', 'Relu', ['x'])];
    for (const shape of [
      [1, 5, 6, 1],
      [5, 6, 1],
    ]) {
      const graph = graphModelToGraph(graphFiles(nodes), { inputShapes: { x: shape } });
      assert.deepEqual(graph.nodes[1]?.shape, [5, 6, 1]);
    }
  });

  it('tells the formats apart, and names the weight files', () => {
    const { model } = graphFiles(...smallNetwork());
    assert.equal(tfjsFormat(model), 'graph-model');
    assert.equal(tfjsFormat({ modelTopology: { class_name: 'Sequential' } }), 'layers-model');
    assert.deepEqual(tfjsWeightPaths(model), ['weights.bin']);
  });
});

function domainOf(graph: Graph) {
  const { op } = nodeOf(graph, graph.inputs[0] as never);
  return op.kind === 'input' ? op.domain : assert.fail('no input');
}

/** A graph of one operator on `x`, which is an image of 2 channels unless told. */
function one(
  name: string,
  inputs: readonly string[],
  attributes: Parameters<typeof op>[3] = {},
  constants: ConstantJson[] = [],
  shape = [-1, 4, 4, 2],
): TfjsModelFiles {
  return graphFiles([placeholder('x', ...shape), op('y', name, inputs, attributes)], constants);
}

const CONV = { strides: attr.integers(1, 1, 1, 1), padding: attr.text('SAME') };

describe('graphmodel-to-graph: refusals', () => {
  type Refusal = [what: string, files: TfjsModelFiles, text: string, options?: GraphModelOptions];
  const unsupported: Refusal[] = [
    [
      'channels first',
      one('Conv2D', ['x', 'k'], { ...CONV, data_format: attr.text('NCHW') }, [weights('k', 1, 1, 2, 1)]),
      "Conv2D 'y' has data_format 'NCHW'; only 'NHWC' is read. Export the model with channels last.",
    ],
    [
      'a kernel that is computed',
      one('Conv2D', ['x', 'x'], CONV),
      "Conv2D 'y' has a kernel that is computed from the input; only a constant one is read. Freeze the model before converting it.",
    ],
    [
      'strides along channels',
      one('MaxPool', ['x'], { ksize: attr.integers(1, 1, 1, 2), strides: attr.integers(1, 1, 1, 2) }),
      "MaxPool 'y' has ksize [1, 1, 1, 2]; only height and width may differ from 1.",
    ],
    [
      'an unknown padding',
      one('Conv2D', ['x', 'k'], { ...CONV, padding: attr.text('FULL') }, [weights('k', 1, 1, 2, 1)]),
      "Conv2D 'y' has padding 'FULL'; 'VALID', 'SAME' and 'EXPLICIT' are read.",
    ],
    [
      'an unknown fused activation',
      one('_FusedConv2D', ['x', 'k'], { ...CONV, fused_ops: attr.texts('Cosine') }, [
        weights('k', 1, 1, 2, 1),
      ]),
      "_FusedConv2D 'y' has the fused activation Cosine; LeakyRelu, Prelu, Relu, Relu6, Elu, Sigmoid, Tanh are read.",
    ],
    [
      'a fused batch normalisation',
      one('_FusedConv2D', ['x', 'k'], { ...CONV, fused_ops: attr.texts('FusedBatchNorm') }, [
        weights('k', 1, 1, 2, 1),
      ]),
      "_FusedConv2D 'y' has the fused operators FusedBatchNorm; a bias and one activation are read. Convert the model again with another converter.",
    ],
    [
      'an odd exponent',
      one('Pow', ['x', 'c'], {}, [floats('c', [], [0.3])]),
      "Pow 'y' has the exponent 0.30000001192092896; -1, -1/2, 1/2 and 1 to 8 are read.",
    ],
    [
      'bounds that cross',
      one('ClipByValue', ['x', 'c', 'c'], {}, [floats('c', [], [1])]),
      "ClipByValue 'y' has the bounds 1 and 1; one number each is read, the lower first.",
    ],
    [
      'an axis that is not there',
      one('ExpandDims', ['x', 'a'], {}, [integer('a', 7)]),
      "ExpandDims 'y' has axis 7; its tensor has 5 axes.",
    ],
    [
      'an empty slice',
      one('Slice', ['x', 'b', 's'], {}, [integers('b', 0, 4, 0, 0), integers('s', 1, 1, 1, 1)]),
      "Slice 'y' has the ranges 1 from 0, 1 from 4, 1 from 0, 1 from 0; its tensor is 1x4x4x2, and no range may be empty.",
    ],
    [
      'symmetric mirroring',
      one('MirrorPad', ['x', 'p'], { mode: attr.text('SYMMETRIC') }, [
        { ...integers('p', 0, 0, 1, 1, 1, 1, 0, 0), shape: [4, 2] },
      ]),
      "MirrorPad 'y' has mode 'SYMMETRIC'; 'REFLECT' is read.",
    ],
    [
      'the largest of very many rows',
      graphFiles([placeholder('x', -1, 300, 2), op('y', 'ArgMax', ['x', 'a'])], [integer('a', 2)]),
      "ArgMax 'y' has 300 vectors to search; at most 256 are read.",
    ],
    [
      'the largest few of several rows',
      graphFiles([placeholder('x', -1, 3, 2), op('y', 'TopKV2', ['x', 'k'])], [integer('k', 1)]),
      "TopKV2 'y' has a tensor of shape [1, 3, 2]; only the whole of a vector is searched. Split the tensor first.",
    ],
    [
      'a division by a fraction that rounds down',
      one('FloorDiv', ['x', 'c'], {}, [floats('c', [], [0.5])]),
      "FloorDiv 'y' has the divisor 0.5; what depends on the input is divided by one positive whole number.",
    ],
    [
      'a remainder of different numbers',
      one('FloorMod', ['x', 'c'], {}, [floats('c', [2], [2, 3])]),
      "FloorMod 'y' has the divisor that varies; what depends on the input is divided by one positive whole number.",
    ],
    [
      'a gather by batches',
      one('GatherV2', ['x', 'i', 'a'], { batch_dims: attr.integer(1) }, [integers('i', 0), integer('a', 1)]),
      "GatherV2 'y' has batch_dims; only batch_dims 0 is read.",
    ],
    [
      'an einsum of three tensors',
      one('Einsum', ['x', 'x'], { equation: attr.text('abcd,abcd,abcd->a') }),
      "Einsum 'y' has the equation 'abcd,abcd,abcd->a'; products of two tensors are read.",
    ],
    [
      'a power that is no number of quarters',
      one('LRN', ['x'], { beta: attr.real(0.6) }),
      "LRN 'y' has beta 0.6; 0.5, 0.75 and 1 are read.",
    ],
    [
      'one-hot rows along another axis',
      one('OneHot', ['x', 'd', 'd', 'd'], { axis: attr.integer(0) }, [integer('d', 3)]),
      "OneHot 'y' has axis 0; the last axis is read.",
    ],
    [
      'one-hot rows of absurd length',
      one('OneHot', ['x', 'd', 'd', 'd'], { axis: attr.integer(-1) }, [integer('d', 5000)]),
      "OneHot 'y' has 5000 positions to choose from; at most 4096 are read.",
    ],
    [
      'truth by cast',
      one('Cast', ['x'], { SrcT: attr.type('DT_FLOAT'), DstT: attr.type('DT_BOOL') }),
      "Cast 'y' has a cast from DT_FLOAT to DT_BOOL; compare with NotEqual instead.",
    ],
    [
      'an open size',
      graphFiles([placeholder('x', -1, -1, 3), op('y', 'Relu', ['x'])]),
      "Input 'x' has the shape [-1, -1, 3]; every size but the batch must be known. Give it with the option inputShapes, or convert the model with a fixed input shape.",
    ],
  ];
  for (const [what, files, text] of unsupported) {
    it(`refuses ${what}, by name`, () => {
      assertThrowsCode(() => graphModelToGraph(files), 'UNSUPPORTED_OPTION', text);
    });
  }

  it('refuses loops by name, instead of following them round', () => {
    const files = graphFiles([
      placeholder('x', -1, 2),
      op('e', 'Enter', ['x']),
      op('m', 'Merge', ['e', 'n']),
      op('n', 'NextIteration', ['m']),
      op('y', 'Exit', ['m']),
    ]);
    assertThrowsCode(
      () => graphModelToGraph(files),
      'UNSUPPORTED_OP',
      "Node 'y' is a Exit, which is not supported. A circuit has one length: end the network before its loops with outputs, or convert it without them.",
    );
  });

  it('refuses results of no fixed size, with what to do', () => {
    assertThrowsCode(
      () => graphModelToGraph(one('Where', ['x'])),
      'UNSUPPORTED_OP',
      "Node 'y' is a Where, which is not supported. What it gives has no fixed size: end the network before it with outputs. For a choice, use Select.",
    );
    assertThrowsCode(
      () => graphModelToGraph(one('NonMaxSuppressionV3', ['x', 'x'])),
      'UNSUPPORTED_OP',
      "Node 'y' is a NonMaxSuppressionV3, which is not supported. What it gives has no fixed size: end the network before it with outputs.",
    );
  });

  it('refuses an operator that is not read, by name, with what is', () => {
    assertThrowsCode(
      () => graphModelToGraph(one('Tan', ['x'])),
      'UNSUPPORTED_OP',
      `Node 'y' is a Tan, which is not supported. Supported operators are: ${supportedOps().join(', ')}.`,
    );
    assertThrowsCode(
      () => graphModelToGraph(one('CropAndResize', ['x'])),
      'UNSUPPORTED_OP',
      "Node 'y' is a CropAndResize, which is not supported. Cut the picture before the network.",
    );
  });

  it('refuses shapes that do not fit', () => {
    assertThrowsCode(
      () => graphModelToGraph(one('AddV2', ['x', 'c'], {}, [weights('c', 3)])),
      'SHAPE_MISMATCH',
      "AddV2 'y' combines tensors of shapes 1x4x4x2 and 3, which do not fit together. Is model.json intact?",
    );
    assertThrowsCode(
      () => graphModelToGraph(one('Reshape', ['x', 's'], {}, [integers('s', 1, 31)])),
      'SHAPE_MISMATCH',
      "Reshape 'y' reshapes 1x4x4x2 to 1x31, which has another number of elements. The batch is 1 here; is it fixed to more in the model?",
    );
    assertThrowsCode(
      () => graphModelToGraph(one('MaxPool', ['x'], {}, [], [2, 4, 4, 2])),
      'SHAPE_MISMATCH',
      "MaxPool 'y' is given a tensor of shape 2x4x4x2; it takes one image, 1 x height x width x channels.",
    );
  });

  const malformed: Refusal[] = [
    [
      'a node that is not there',
      one('Relu', ['z']),
      "Node 'y' names 'z', which is no node of the graph. Is model.json intact?",
    ],
    [
      'an operand that is not there',
      one('AddV2', ['x']),
      "AddV2 'y' has 1 operands; it needs 2. Is model.json intact?",
    ],
    [
      'an output that is not there',
      one('Relu', ['x:1']),
      "Relu 'y' takes output 1 of 'x', which it does not have. Is model.json intact?",
    ],
    [
      'a kernel of another rank',
      one('Conv2D', ['x', 'k'], CONV, [weights('k', 2, 2)]),
      "Conv2D 'y' has a kernel of 2 axes; it needs 4. Is model.json intact?",
    ],
    [
      'a product of vectors',
      one('MatMul', ['x', 'k'], {}, [weights('k', 2)]),
      "MatMul 'y' multiplies tensors that are no matrices. Is model.json intact?",
    ],
    [
      'a cycle',
      graphFiles([
        placeholder('x', -1, 2),
        op('a', 'AddV2', ['x', 'b']),
        op('b', 'Relu', ['a']),
        op('y', 'Relu', ['b']),
      ]),
      "Relu 'b' needs its own result: the graph has a cycle. Is model.json intact?",
    ],
    [
      'two nodes of one name',
      graphFiles([placeholder('x', -1, 2), op('x', 'Relu', ['x'])]),
      "Two nodes are called 'x'; is model.json intact?",
    ],
    [
      'a graph without outputs',
      graphFiles([placeholder('x', -1, 2)]),
      'The graph has no inputs or no outputs; there is nothing to prove. Is model.json intact?',
    ],
    [
      'an output that does not depend on the input',
      graphFiles([placeholder('x', -1, 2), op('y', 'Relu', ['c'])], [weights('c', 2)]),
      "Relu 'y' is an output of the model, but does not depend on its input. Choose another output.",
    ],
    [
      'an input that is none',
      graphFiles([placeholder('x', -1, 2), op('y', 'Relu', ['x'])], [], {
        signature: { inputs: { y: { name: 'y:0' } } },
      }),
      "Relu 'y' is listed as an input of the model, but is no Placeholder. Is model.json intact?",
    ],
    [
      'a placeholder that is not listed',
      graphFiles([placeholder('x', -1, 2), placeholder('z', -1, 2), op('y', 'AddV2', ['x', 'z'])], [], {
        signature: { inputs: { x: { name: 'x:0' } } },
      }),
      "Placeholder 'z' is needed by an output, but the model's signature does not list it as an input. Is model.json intact?",
    ],
    [
      'an attribute of another type',
      one('LeakyRelu', ['x'], { alpha: { f: 'steep' } }),
      'LeakyRelu \'y\' has {"f":"steep"} as its alpha; expected a number. Is model.json intact?',
    ],
  ];
  for (const [what, files, text] of malformed) {
    it(`refuses ${what}`, () => {
      assertThrowsCode(() => graphModelToGraph(files), 'MALFORMED_MODEL', text);
    });
  }

  it('refuses a constant without its weight, and inputs that do not exist', () => {
    const files = one('AddV2', ['x', 'c'], {}, [weights('c', 2)]);
    const model = JSON.parse(String(files.model));
    model.weightsManifest = [];
    assertThrowsCode(
      () => graphModelToGraph({ model, weights: new Map() }),
      'MALFORMED_WEIGHTS',
      "The graph has the constant 'c', which is not in the weights' manifest. Save the model with its weights.",
    );
    assertThrowsCode(
      () => graphModelToGraph(files, { inputs: { z: {} } }),
      'USAGE',
      "The option 'inputs' names 'z', which is not an input of the model; its inputs are 'x'.",
    );
  });
});

describe('graphmodel-to-graph: damaged files', () => {
  it('fails with a named error, or not at all, when any part of a model is damaged', () => {
    const { model, weights: shards } = graphFiles(...smallNetwork(), { signature: SIGNATURE });
    let refused = 0;
    for (const path of pathsOf(JSON.parse(String(model)))) {
      for (const value of [undefined, null, -1, 'x', [], { x: [null] }]) {
        const damaged = JSON.parse(String(model));
        damage(damaged, path, value);
        try {
          graphModelToGraph({ model: damaged, weights: shards });
        } catch (error) {
          assert.ok(error instanceof BionoirError, `${path.join('.')} = ${JSON.stringify(value)}: ${error}`);
          refused++;
        }
      }
    }
    assert.ok(refused > 500, `only ${refused} damaged files were refused`);
  });
});

/** Every place in a JSON value. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function damage(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const parent = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>((part, key) => part[key] as Record<string, unknown>, root);
  const key = path.at(-1) as string;
  if (value === undefined && Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (value === undefined) delete parent[key];
  else parent[key] = value;
}
