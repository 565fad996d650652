/** Unconstrained functions of constants, whose results are pinned. */
import assert from 'node:assert/strict';
import { lowerProgram } from '../../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../../converters/nargo-to-acir/index.ts';
import { probeFunctions } from '../../../src/acvm/index.ts';
import { buildGraph } from '../../../src/graph/index.ts';
import { generatePackage } from '../../../src/noir/index.ts';
import { quantize } from '../../../src/quantize/index.ts';
import { checkWitness } from '../../../src/r1cs/index.ts';
import { noirWasm } from '../../../src/toolchain/index.ts';
import { program } from '../../support/program-text.ts';
import { acceptedEdits, assertProves, proveNetwork, randomInputs } from '../../support/proved-network.ts';

describe('results of unconstrained functions on constants', () => {
  const lower = (text: string, results?: readonly bigint[]) =>
    lowerProgram(program(`fn main\n${text}`), results === undefined ? {} : { probe: () => results });
  const freeNames = (text: string, results?: readonly bigint[]): string[] =>
    lower(text, results).unconstrained.freeValues.map(({ name }) => name);

  it('are pinned, and free the gadget around them of its rows', () => {
    const text = 'public w0\nreturn w3\nbrillig w1 w2\nrange w0 8\nrange w1 4\nw1*w2\nw0 + w1 + w2 - w3';
    assert.deepEqual(freeNames(text), ['main.w1']);
    assert.deepEqual(freeNames(text, [5n, 0n]), []);
    const pinned = lower(text.replace('brillig w1 w2', 'w1 - 5\nw2'));
    assert.equal(lower(text, [5n, 0n]).system.constraintCount, pinned.system.constraintCount);
  });

  it('stay free where the function does not say, or says something else than they take', () => {
    const text = 'private w0\nreturn w3\nbrillig w1 w2\nrange w1 4\nw0 + w1 + w2 - w3';
    assert.deepEqual(freeNames(text, [5n]), freeNames(text));
    const silent = lowerProgram(program(`fn main\n${text}`), { probe: () => undefined });
    assert.deepEqual(
      silent.unconstrained.freeValues.map(({ name }) => name),
      freeNames(text),
    );
  });

  it('stay constraints where they are public', () => {
    const { system } = lower('private w0\nreturn w1\nbrillig w1', [7n]);
    const withReturn = (value: bigint): bigint[] =>
      Array.from({ length: system.wireCount }, (_, wire) => (wire === 0 ? 1n : value));
    assert.equal(checkWitness(system, withReturn(7n)), undefined);
    assert.notEqual(checkWitness(system, withReturn(8n)), undefined);
  });

  it('are an error where they contradict the constraints', () => {
    const text = 'private w0\nreturn w2\nbrillig w1\nrange w1 4\nw0 + w1 - w2';
    assert.throws(() => lower(text, [16n]), { code: 'UNSATISFIABLE_PROGRAM' });
  });
});

describe('a convolution whose only weight meets padding', () => {
  /** 3x3 windows over 3x3 pixels, padded; a filter's only weight is in the last corner, which the last row and column lack. */
  const quantised = quantize(
    buildGraph({
      name: 'corner',
      nodes: [
        {
          name: 'x',
          op: { kind: 'input', shape: [3, 3, 1], domain: { min: -8, max: 7, scale: 1 / 8, offset: 0 } },
        },
        {
          name: 'c',
          op: {
            kind: 'conv2d',
            filters: 2,
            kernelSize: [3, 3],
            strides: [1, 1],
            dilations: [1, 1],
            padding: { top: 1, bottom: 1, left: 1, right: 1 },
            groups: 1,
            kernel: Float32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0.75, 0),
            bias: Float32Array.of(-0.25, -0.5),
          },
        },
        { name: 'r', op: { kind: 'leaky-relu', slope: 0.5 } },
        { name: 'f', op: { kind: 'reshape', shape: [18] } },
        {
          name: 'y',
          op: {
            kind: 'dense',
            units: 1,
            weights: Float32Array.from({ length: 18 }, (_, i) => (i - 8.5) / 9),
            bias: Float32Array.of(0),
          },
        },
      ],
    }),
  );

  it('costs nothing for the five activations of padding', async () => {
    const { program: compiled } = decodeArtifact(await noirWasm().compile(generatePackage(quantised)));
    const probe = probeFunctions(compiled);
    const rows = [{}, { lookups: {} }].map(options =>
      [options, { ...options, probe }].map(each => lowerProgram(compiled, each).system.constraintCount),
    );
    assert.deepEqual(rows, [
      [235, 180],
      [104, 84],
    ]);
  });

  it('computes what the integer interpreter says, and refuses edits', async () => {
    const network = await proveNetwork(quantised);
    const wires = await assertProves(network, randomInputs(quantised, 3));
    for (const edit of acceptedEdits(network, wires)) assert.match(edit, / instead of 0$/);
  });
});
