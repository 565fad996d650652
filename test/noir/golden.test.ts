/** Generated Noir, pinned as people read it. UPDATE_GOLDEN=1 rewrites the files; the difference is reviewed as code. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tfjsToGraph } from '../../converters/tfjs-to-graph/index.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import { buildGraph, type Graph, simplifyGraph } from '../../src/graph/index.ts';
import { generatePackage, proverInputs, proverToml } from '../../src/noir/index.ts';
import { type QuantGraph, quantize, quantizeInput } from '../../src/quantize/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

const GOLDEN = 'fixtures/golden/noir';

function readFixture(name: string): Graph {
  const folder = `fixtures/models/${name}`;
  const weights = new Map([['weights.bin', new Uint8Array(readFileSync(`${folder}/weights.bin`))]]);
  return simplifyGraph(
    tfjsToGraph({ model: readFileSync(`${folder}/model.json`, 'utf8'), weights }, { input: { max: 16 } }),
  );
}

function smallImageNetwork(): Graph {
  const random = seededRandom(5);
  const weights = (count: number) => Float32Array.from({ length: count }, () => random.normal() / 2);
  return buildGraph({
    name: 'small image',
    nodes: [
      {
        name: 'image',
        op: { kind: 'input', shape: [6, 5, 2], domain: { min: 0, max: 255, scale: 1 / 255, offset: 0 } },
      },
      {
        name: 'Conv A',
        op: {
          kind: 'conv2d',
          filters: 3,
          kernelSize: [3, 3],
          strides: [1, 1],
          dilations: [1, 1],
          padding: { top: 1, bottom: 1, left: 1, right: 1 },
          groups: 1,
          kernel: weights(54),
          bias: weights(3),
        },
      },
      {
        name: 'pool',
        op: {
          kind: 'max-pool2d',
          poolSize: [2, 2],
          strides: [2, 2],
          padding: { top: 0, bottom: 0, left: 0, right: 0 },
        },
      },
      { name: 'leaky', op: { kind: 'leaky-relu', slope: 0.25 } },
      { name: 'flatten', op: { kind: 'reshape', shape: [18] } },
      { name: 'dense', op: { kind: 'dense', units: 4, weights: weights(72), bias: weights(4) } },
      { name: 'label', op: { kind: 'argmax' } },
    ],
  });
}

function checkGolden(name: string, quantGraph: QuantGraph): void {
  const { files } = generatePackage(quantGraph);
  for (const [path, text] of files) {
    if (path.startsWith('zkml/')) continue;
    const file = join(GOLDEN, name, path);
    if (process.env.UPDATE_GOLDEN === '1') {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    assert.equal(text, readFileSync(file, 'utf8'), file);
  }
}

describe('generated Noir', () => {
  const digits = quantize(readFixture('digits'));

  it('reads as it did, for the digits network', () => checkGolden('digits', digits));
  it('reads as it did, for convolution, pooling, leaky ReLU and argmax', () =>
    checkGolden('small-image', quantize(smallImageNetwork())));

  it('is the same text whenever it is generated', () => {
    assert.deepEqual([...generatePackage(digits).files], [...generatePackage(digits).files]);
  });

  it('carries the library as it stands in noir-templates', () => {
    for (const [path, text] of generatePackage(digits).files) {
      if (!path.startsWith('zkml/src/')) continue;
      const source = readFileSync(join('noir-templates', path), 'utf8');
      // The tests of the library may stay behind; what is carried must stand in the source as it is.
      assert.ok(source.startsWith(text.trimEnd()) || source === text, path);
    }
  });

  it('comes with a Prover.toml for an input', () => {
    const inputs = quantizeInput(digits, [Array.from({ length: 64 }, (_, i) => i % 17)]);
    const [[name, tree] = ['', []]] = Object.entries(proverInputs(digits, inputs));
    assert.equal(name, 'pixels');
    assert.deepEqual((tree as number[]).slice(0, 3), [0, 1, 2]);
    assert.match(proverToml(digits, inputs), /^pixels = \[/m);
    assertThrowsCode(() => proverInputs(digits, []), 'INPUT_SHAPE', /has 1 inputs, but 0 tensors are given/);
  });

  it('refuses a package name that Noir does not take', () => {
    assertThrowsCode(
      () => generatePackage(digits, { name: '8x8' }),
      'INVALID_NAME',
      "'8x8' cannot name a Noir package. Use letters, digits and underscores, not beginning with a digit, and no word of the language.",
    );
  });
});
