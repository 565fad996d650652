import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { loadMnist } from '../../fixtures/data/mnist.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import { buildGraph, type Graph } from '../../src/graph/index.ts';
import {
  type CompiledNetwork,
  type CompileOptions,
  chooseProofSystem,
  compile,
  generatePackage,
  lowerArtifact,
  noirWasm,
  quantize,
  solve,
} from '../../src/index.ts';
import { layerCosts } from '../../src/layer-costs.ts';
import { assertRoundsSound } from '../../src/ultragroth/index.ts';
import { pinCosts } from '../support/ledger.ts';

function compileFixture(name: string, options: CompileOptions): Promise<CompiledNetwork> {
  const folder = `fixtures/models/${name}`;
  const weights = new Map([['weights.bin', new Uint8Array(readFileSync(`${folder}/weights.bin`))]]);
  return compile({ model: JSON.parse(readFileSync(`${folder}/model.json`, 'utf8')), weights }, options);
}

/** Convolution, max-pooling, leaky ReLU, ReLU6, argmax. */
function everyActivation(): Graph {
  const random = seededRandom(5);
  const weights = (count: number) => Float32Array.from({ length: count }, () => random.normal() / 2);
  const none = { top: 0, bottom: 0, left: 0, right: 0 };
  const kernel = { kernelSize: [3, 3], strides: [1, 1], dilations: [1, 1], groups: 1 } as const;
  const domain = { min: 0, max: 255, scale: 1 / 255, offset: 0 };
  const dense = (inputs: number, units: number) =>
    ({ kind: 'dense', units, weights: weights(inputs * units), bias: weights(units) }) as const;
  return buildGraph({
    name: 'every activation',
    nodes: [
      { name: 'image', op: { kind: 'input', shape: [6, 5, 2], domain } },
      {
        name: 'conv',
        op: { kind: 'conv2d', filters: 3, ...kernel, padding: none, kernel: weights(54), bias: weights(3) },
      },
      { name: 'pool', op: { kind: 'max-pool2d', poolSize: [2, 2], strides: [1, 1], padding: none } },
      { name: 'leaky', op: { kind: 'leaky-relu', slope: 0.25 } },
      { name: 'flatten', op: { kind: 'reshape', shape: [18] } },
      { name: 'dense', op: dense(18, 12) },
      { name: 'relu6', op: { kind: 'relu', max: 6 } },
      { name: 'last', op: dense(12, 4) },
      { name: 'label', op: { kind: 'argmax' } },
    ],
  });
}

/** The trained networks with lookups: what they cost, and that their witnesses are solved in two rounds. */
describe('networks for UltraGroth', () => {
  let mnist: CompiledNetwork;
  let digits: CompiledNetwork;

  before(async () => {
    mnist = await compileFixture('mnist-cnn', { proofSystem: 'ultragroth' });
    digits = await compileFixture('digits', {
      input: { max: 16 },
      output: 'label',
      proofSystem: 'ultragroth',
    });
  });

  it('cost a fifth of what bits cost', () => {
    pinCosts('fixtures with lookups', {
      'mnist-cnn logits': mnist.lowered.system,
      'digits label': digits.lowered.system,
    });
    const { constraintCount, publicCount } = mnist.lowered.system;
    assert.ok(constraintCount + publicCount < 8192, 'the domain is 2^13');
  });

  it('are chosen by cost: a small network stays with Groth16, and says why', async () => {
    const { lowered, proofSystemChoice } = await compileFixture('digits', {
      input: { max: 16 },
      output: 'label',
      proofSystem: 'auto',
    });
    assert.equal(lowered.system.rounds, undefined);
    assert.equal(proofSystemChoice?.system, 'groth16');
    assert.match(proofSystemChoice?.reason ?? '', /small enough for the shorter proof of Groth16\.$/);
    const choice = chooseProofSystem(mnist.program);
    assert.equal(choice.system, 'ultragroth');
    assert.match(choice.reason, /transforms and keys shrink 8 times\.$/);
  });

  it('name the tables in the cost table of layers', () => {
    const costs = layerCosts(mnist.quantGraph, mnist.lowered.system);
    const tables = costs.find(({ layer }) => layer === 'lookups');
    assert.equal(tables?.constraintCount, mnist.lowered.lookups?.tableRowCount);
    assert.equal(
      costs.reduce((sum, { constraintCount }) => sum + constraintCount, 0),
      mnist.lowered.system.constraintCount,
    );
  });

  it('may have every kind of activation and comparison, and answer as their integers do', async () => {
    const quantGraph = quantize(everyActivation(), { weightBits: 8 });
    const artifact = await noirWasm().compile(generatePackage(quantGraph));
    const circuit = { quantGraph, ...(await lowerArtifact(artifact, { proofSystem: 'ultragroth' })) };
    const plain = (await lowerArtifact(artifact)).lowered.system.constraintCount;
    assert.ok(circuit.lowered.system.constraintCount < plain / 2.5);
    assertRoundsSound(circuit.lowered.system);
    const random = seededRandom(4);
    for (let sample = 0; sample < 3; sample++) {
      const pixels = Array.from({ length: 60 }, () => random.below(256));
      const { publicSignals, outputs } = await solve(circuit, [pixels]);
      assert.equal(publicSignals[0], BigInt(outputs[0]?.data[0] ?? -1));
    }
  });

  it('pass the static check of rounds, with soundness to spare', () => {
    for (const { lowered } of [mnist, digits]) {
      const report = assertRoundsSound(lowered.system);
      const lookups = report.arguments.reduce((sum, { lookupCount }) => sum + lookupCount, 0);
      assert.equal(lookups, lowered.lookups?.lookupCount);
      assert.ok(report.soundnessBits > 230);
    }
  });

  it('answer as the integer network does, checked for a challenge', async () => {
    const { heldOut } = loadDigits();
    const pixels = Array.from(heldOut.images[3] ?? []);
    const { publicSignals, finish, outputs } = await solve(digits, [pixels]);
    assert.equal(publicSignals[0], BigInt(outputs[0]?.data[0] ?? -1));
    assert.equal(publicSignals[0], BigInt(heldOut.labels[3] ?? -1));
    assert.equal(finish?.([5n])[2], 5n, 'the challenge stands after the public signal');
    const digit = await solve(mnist, [Array.from(loadMnist().heldOut.images[0] ?? [])]);
    assert.equal(digit.publicSignals.length, 10);
  });
});
