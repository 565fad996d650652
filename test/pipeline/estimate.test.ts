import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setBackend } from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { seededRandom } from '../../fixtures/data/random.ts';
import { BN254_SCALAR_PRIME } from '../../src/field/index.ts';
import { PIXEL_DOMAIN } from '../../src/graph/index.ts';
import {
  type CompiledNetwork,
  compile,
  estimateLayers,
  evaluateGraph,
  importModel,
  lowerArtifact,
  printNetworkEstimate,
  quantizeFor,
  solve,
  type TfjsModelFiles,
  toRealInput,
} from '../../src/index.ts';
import { edLight2DConv, seHeavyBlock } from '../../src/layers/index.ts';
import { randomiseWeights, saveModel, toFiles } from '../converters/tfjs-to-graph/support/oracle.ts';

/** Of the largest output: eight-bit weights and activations, three layers of activations deep. */
const ERROR_MAX = 0.05;

function fixture(name: string): TfjsModelFiles {
  const folder = new URL(`../../fixtures/models/${name}/`, import.meta.url);
  const weights = new Map([['weights.bin', readFileSync(new URL('weights.bin', folder))]]);
  return { model: readFileSync(new URL('model.json', folder), 'utf8'), weights };
}

/** An encoder-decoder, factors and an encoder-decoder. */
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
async function errorsOf({ quantGraph, artifact, lowered }: CompiledNetwork): Promise<[number, number]> {
  const { groth16, ultraGroth } = estimateLayers({ quantGraph });
  const lookups = (await lowerArtifact(artifact, { proofSystem: 'ultragroth' })).lowered;
  return [
    groth16.total / lowered.system.constraintCount - 1,
    ultraGroth.total / lookups.system.constraintCount - 1,
  ];
}

describe('a network of blocks', () => {
  let network: CompiledNetwork;
  before(async () => {
    network = await compile(await blocks());
  });

  it('is estimated within one per cent of what Groth16 gets, and three of what UltraGroth gets', async () => {
    const [groth16, ultraGroth] = await errorsOf(network);
    assert.ok(Math.abs(groth16) <= 0.01, `${groth16}`);
    assert.ok(Math.abs(ultraGroth) <= 0.03, `${ultraGroth}`);
  });

  it('is solved to what the integers give, and that is near to what the layers give', async () => {
    const random = seededRandom(4);
    const [id] = network.graph.inputs;
    const input = network.graph.nodes[id ?? 0];
    for (let i = 0; i < 3; i++) {
      const picture = Array.from({ length: 64 }, () => random.below(256));
      const { publicSignals, outputs, realOutputs } = await solve(network, [picture]); // checks every constraint
      const integers = Array.from<number | bigint, bigint>(outputs[0]?.data ?? [], BigInt);
      assert.deepEqual(
        publicSignals,
        integers.map(value => (value < 0n ? value + BN254_SCALAR_PRIME : value)),
      );
      const data = toRealInput(input?.op.kind === 'input' ? input.op.domain : PIXEL_DOMAIN, picture);
      const [exact] = evaluateGraph(network.graph, [{ shape: [8, 8, 1], data }]);
      const largest = Math.max(...Array.from(exact?.data ?? [], Math.abs));
      exact?.data.forEach((value, at) => {
        const error = Math.abs((realOutputs[0]?.data[at] ?? Number.NaN) - value) / largest;
        assert.ok(error < ERROR_MAX, `output ${at} is off by ${error}`);
      });
    }
  });
});

describe('estimate', () => {
  it('is within one per cent of what Groth16 gets, and three of what UltraGroth gets', async () => {
    const options = { output: 'label', input: { min: 0, max: 16 } } as const;
    const [groth16, ultraGroth] = await errorsOf(await compile(fixture('digits'), options));
    assert.ok(Math.abs(groth16) <= 0.01, `${groth16}`);
    assert.ok(Math.abs(ultraGroth) <= 0.03, `${ultraGroth}`);
  });

  it('prints a line a layer and marks the expensive ones', () => {
    const graph = importModel(fixture('mnist-cnn'), {});
    const estimate = estimateLayers(
      { quantGraph: quantizeFor(graph, {}) },
      { quantGraph: quantizeFor(graph, { proofSystem: 'ultragroth' }) },
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
