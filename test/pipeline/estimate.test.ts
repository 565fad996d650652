import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setBackend } from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import {
  type CompileOptions,
  compile,
  estimateLayers,
  importModel,
  lowerArtifact,
  printNetworkEstimate,
  quantizeFor,
  type TfjsModelFiles,
} from '../../src/index.ts';
import { edLight2DConv, seHeavyBlock } from '../../src/layers/index.ts';
import { randomiseWeights, saveModel, toFiles } from '../converters/tfjs-to-graph/support/oracle.ts';

function fixture(name: string): TfjsModelFiles {
  const folder = new URL(`../../fixtures/models/${name}/`, import.meta.url);
  const weights = new Map([['weights.bin', readFileSync(new URL('weights.bin', folder))]]);
  return { model: readFileSync(new URL('model.json', folder), 'utf8'), weights };
}

/** An encoder-decoder, factors and an encoder-decoder: 128 activations, 64 products, 48 factors that are cut. */
async function blocks(): Promise<TfjsModelFiles> {
  await setBackend('cpu');
  const input = tfl.input({ shape: [8, 8, 1] });
  const cut = edLight2DConv({ patchSize: 2, filters: 4, hiddenUnits: 6, outputPatchSize: 1 }).apply(input);
  const excited = seHeavyBlock({ patchSize: 2, hiddenUnits: 4, shift: 2 }).apply(cut);
  const last = edLight2DConv({ patchSize: 2, filters: 1, hiddenUnits: 4, outputPatchSize: 1 });
  const model = tfl.model({ inputs: input, outputs: last.apply(excited) as tfl.SymbolicTensor });
  randomiseWeights(model);
  return toFiles(await saveModel(model));
}

/** How far the estimates are from the lowered counts: 0.01 is one per cent too many. */
async function errorsOf(model: TfjsModelFiles, options: CompileOptions): Promise<[number, number]> {
  const { quantGraph, artifact, lowered } = await compile(model, options);
  const { groth16, ultraGroth } = estimateLayers(quantGraph);
  const lookups = (await lowerArtifact(artifact, { proofSystem: 'ultragroth' })).lowered;
  return [
    groth16.total / lowered.system.constraintCount - 1,
    ultraGroth.total / lookups.system.constraintCount - 1,
  ];
}

describe('estimate', () => {
  it('is within one per cent of what Groth16 gets, and three of what UltraGroth gets', async () => {
    const label = { output: 'label', input: { min: 0, max: 16 } } as const;
    for (const [name, model, options] of [
      ['digits', fixture('digits'), label],
      ['blocks', await blocks(), {}],
    ] as const) {
      const [groth16, ultraGroth] = await errorsOf(model, options);
      assert.ok(Math.abs(groth16) <= 0.01, `${name}: ${groth16}`);
      assert.ok(Math.abs(ultraGroth) <= 0.03, `${name}: ${ultraGroth}`);
    }
  });

  it('prints a line a layer and marks the expensive ones', () => {
    const graph = importModel(fixture('mnist-cnn'), {});
    const estimate = estimateLayers(
      quantizeFor(graph, {}),
      quantizeFor(graph, { proofSystem: 'ultragroth' }),
    );
    assert.equal(
      printNetworkEstimate(estimate, (line, weight) => (weight === 'high' ? `> ${line}` : line)),
      [
        'layer                 operator  activations  products  Groth16  UltraGroth  parameters  non-zeros',
        'pixels                input                              6 272         784                          !',
        'conv_1                conv2d                                                        80     11 661',
        '> conv_1_relu           relu            1 352             22 815       4 056                         !!',
        'conv_2                conv2d                                                     1 168     41 040',
        '> conv_2_relu           relu              576             11 556       2 412                         !!',
        'dense_3               dense                                                      5 770      5 754',
        'linear rows, packed                                        144         152',
        'outputs                                                     10          10',
        'tables 2^9, 2^8, 2^2                                                   775',
        'total                                 1 928             40 797       8 189       7 018     58 455',
        '',
      ].join('\n'),
    );
  });
});
