import assert from 'node:assert/strict';
import * as tfl from '@tensorflow/tfjs-layers';
import { tfjsToGraph } from '../../../converters/tfjs-to-graph/index.ts';
import { nodeOf } from '../../../src/graph/index.ts';
import { edLight2DConv, seHeavyBlock } from '../../../src/layers/index.ts';
import { BLOCKS, modelOf } from '../../layers/support.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { single } from './support/keras.ts';
import { checkAgainstTfjs } from './support/oracle.ts';

describe('import of the trainable blocks', () => {
  for (const block of BLOCKS) {
    it(`${block.title} computes what the layer computes`, () => checkAgainstTfjs(modelOf(block)));
  }

  it('a network of blocks computes what its layers compute, one activation for each hidden unit', async () => {
    const input = tfl.input({ shape: [8, 8, 3] });
    const cut = edLight2DConv({ patchSize: 4, filters: 4, hiddenUnits: 6, outputPatchSize: 2 }).apply(input);
    const excited = seHeavyBlock({ patchSize: 2, hiddenUnits: 3, shift: 3 }).apply(cut);
    const norm = tfl.layers.batchNormalization().apply(excited);
    const model = tfl.model({ inputs: input, outputs: norm as tfl.SymbolicTensor });
    const graph = await checkAgainstTfjs(model);
    const activations = graph.nodes.filter(({ op }) => op.kind === 'relu' || op.kind === 'leaky-relu');
    const counts = activations.map(node => node.shape.reduce((a, b) => a * b, 1));
    assert.deepEqual(counts, [4 * 6, 4 * 3]);
    const products = graph.nodes.filter(({ op }) => op.kind === 'multiply');
    assert.deepEqual(
      products.map(({ id }) => nodeOf(graph, id).shape),
      [[4, 4, 4]],
    );
  });

  it('refuses patches that do not cover the image, and slopes that are no power of two', () => {
    const config = { patch_size: 3, filters: 1, hidden_units: 1 };
    assertThrowsCode(
      () => tfjsToGraph(single('EDLightConv2D', config)),
      'UNSUPPORTED_OPTION',
      "EDLightConv2D 'layer' has patch_size 3 on an image of 4x4; the patches must cover the image evenly.",
    );
    assertThrowsCode(
      () => tfjsToGraph(single('ShiftReLU', { shift: 0.5 })),
      'UNSUPPORTED_OPTION',
      "ShiftReLU 'layer' has shift 0.5; a whole number of zero or more is read.",
    );
  });
});
