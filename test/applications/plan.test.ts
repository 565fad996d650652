import assert from 'node:assert/strict';
import { type ApplicationOptions, planApplication, signalNames } from '../../src/applications/index.ts';
import { buildGraph, type NodeSpec } from '../../src/graph/index.ts';
import { generatePackage } from '../../src/noir/index.ts';
import { type QuantGraph, quantize } from '../../src/quantize/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { smallQuantGraph } from './support/small-network.ts';

const numbers = smallQuantGraph(4);
const label = smallQuantGraph(4, 'label');

/** The output is the input: bounds are those that the domain says. */
function identity(min: number, max: number, shape: readonly number[]): QuantGraph {
  const domain = { min, max, scale: 1, offset: 0 };
  const nodes: NodeSpec[] = [
    { name: 'x', op: { kind: 'input', shape, domain } },
    { name: 'y', op: { kind: 'reshape', shape } },
  ];
  return quantize(buildGraph({ name: 'identity', nodes }));
}

describe('planning an application', () => {
  it('takes the widths from the bounds that the circuit proves', () => {
    const score = planApplication(identity(0, 255, [1]), { kind: 'liveness' });
    assert.ok(score.kind === 'liveness');
    assert.deepEqual([score.scoreMin, score.scoreMax, score.excessBits], [0n, 255n, 8]);
    const unsigned = planApplication(identity(0, 255, [5]), { kind: 'proximity', commitInput: true });
    assert.ok(unsigned.kind === 'proximity');
    assert.deepEqual(
      [unsigned.features, unsigned.extraBits, unsigned.stepBits],
      [{ low: 0n, bits: 8 }, 3, 0],
    );
    assert.deepEqual(unsigned.input, { low: 0n, bits: 8, names: ['x'], valueCount: 5 });
    const signed = planApplication(identity(-128, 127, [4]), { kind: 'proximity', commitInput: true });
    assert.ok(signed.kind === 'proximity');
    assert.deepEqual(
      [signed.features, signed.input],
      [
        { low: -128n, bits: 8 },
        { low: -128n, bits: 8, names: ['x'], valueCount: 4 },
      ],
    );
  });

  it('keeps at most 16 bits of a feature, and every output inside their range', () => {
    const application = planApplication(numbers, { kind: 'proximity' });
    assert.ok(application.kind === 'proximity');
    const { features, stepBits } = application;
    assert.ok(stepBits > 0);
    assert.equal(features.bits, 16);
    const output = numbers.nodes[numbers.outputs[0] ?? -1];
    assert.ok(output);
    const step = 1n << BigInt(stepBits);
    for (const bound of output.bounds.min) assert.ok(bound >= features.low * step);
    for (const bound of output.bounds.max) assert.ok(bound < (features.low + (1n << 16n)) * step);
  });

  it('names the public signals in order', () => {
    const names = (graph: QuantGraph, options: ApplicationOptions): string =>
      signalNames(planApplication(graph, options)).join(' ');
    assert.equal(names(label, { kind: 'classification' }), 'address nonce label');
    assert.equal(
      names(label, { kind: 'classification', bound: false, commitInput: true }),
      'label input_commitment',
    );
    assert.equal(
      names(numbers, { kind: 'liveness', scoreIndex: 2, commitInput: true }),
      'address nonce threshold input_commitment',
    );
    assert.equal(
      names(numbers, { kind: 'proximity' }),
      'address nonce threshold features[0] features[1] features[2] features[3]',
    );
    assert.equal(
      names(numbers, { kind: 'proximity', commitFeatures: true, commitInput: true }),
      'address nonce threshold features_commitment input_commitment',
    );
  });

  const refusals: readonly [string, QuantGraph, ApplicationOptions, string][] = [
    [
      'a classification of a network without a label',
      numbers,
      { kind: 'classification' },
      "The application 'classification' does not fit: the output 'features' is no label; it takes the network's label (output: 'label').",
    ],
    [
      'proximity to a label',
      label,
      { kind: 'proximity' },
      "The application 'proximity' does not fit: the output 'label' is a label; it takes the network's numbers (output: 'logits').",
    ],
    [
      'liveness of several numbers without a choice',
      numbers,
      { kind: 'liveness' },
      "The application 'liveness' does not fit: the network gives 4 numbers; it takes one score; say which with scoreIndex.",
    ],
    [
      'a score that is not there',
      numbers,
      { kind: 'liveness', scoreIndex: 4 },
      "The application 'liveness' does not fit: the score's index is 4; it takes an index from 0 to 3.",
    ],
    [
      'liveness for nobody',
      numbers,
      { kind: 'liveness', scoreIndex: 0, bound: false },
      "The application 'liveness' does not fit: it is asked to go without address and nonce; it takes address and nonce.",
    ],
    [
      'a commitment to features where there are none',
      label,
      { kind: 'classification', commitFeatures: true },
      "The application 'classification' does not fit: it is asked to commit to features; it takes no features.",
    ],
    [
      'a score where there is none',
      numbers,
      { kind: 'proximity', scoreIndex: 1 },
      "The application 'proximity' does not fit: it is asked for a score; it takes no score.",
    ],
  ];
  for (const [title, graph, options, text] of refusals) {
    it(`refuses ${title}`, () => {
      assertThrowsCode(() => planApplication(graph, options), 'UNSUPPORTED_OPTION', text);
    });
  }

  describe('of a network with several inputs', () => {
    const input = (min: number, max: number, shape: readonly number[]): NodeSpec['op'] => ({
      kind: 'input',
      shape,
      domain: { min, max, scale: 1, offset: 0 },
    });
    const nodes: NodeSpec[] = [
      { name: 'a', op: input(0, 3, [2]) },
      { name: 'b', op: input(-8, 7, [2]) },
      { name: 'sum', op: { kind: 'add' }, inputs: ['a', 'b'] },
    ];
    const pair = quantize(buildGraph({ name: 'pair', nodes }));

    it('commits to all of them, or to those that are named', () => {
      const committed = (commitInput: true | string[]) =>
        planApplication(pair, { kind: 'proximity', commitInput }).input;
      assert.deepEqual(committed(true), { low: -8n, bits: 4, names: ['a', 'b'], valueCount: 4 });
      assert.deepEqual(committed(['a']), { low: 0n, bits: 2, names: ['a'], valueCount: 2 });
      const text = generatePackage(pair, { application: { kind: 'proximity', commitInput: true } }).files;
      assert.match(
        text.get('src/main.nr') ?? '',
        /\/\/ A commitment to a, b: about 264 constraints\n {4}let input_commitment = zkml::commitment::commit::<4, _>\(a\.concat\(b\), -8, input_salt\);/,
      );
    });

    it('refuses a commitment to an input that is not there, naming those that are', () => {
      const refuse = (commitInput: string[], text: string): void => {
        const plan = () => planApplication(pair, { kind: 'proximity', commitInput });
        assertThrowsCode(plan, 'UNSUPPORTED_OPTION', text);
      };
      refuse(
        ['c'],
        "The application 'proximity' does not fit: a commitment to the input 'c' is asked for; it takes names of the network's inputs: 'a', 'b'.",
      );
      refuse(
        [],
        "The application 'proximity' does not fit: a commitment to no input is asked for; it takes names of the network's inputs: 'a', 'b'.",
      );
    });

    it('refuses several outputs, naming them', () => {
      const twoOutputs = quantize(buildGraph({ name: 'pair', nodes, outputs: ['sum', 'b'] }));
      assertThrowsCode(
        () => planApplication(twoOutputs, { kind: 'proximity' }),
        'UNSUPPORTED_OPTION',
        "The application 'proximity' does not fit: the network has 2 outputs ('sum', 'b'); it takes one; choose it with outputs: ['name'], or --output name.",
      );
    });
  });

  it('refuses numbers too wide for a sum of squares', () => {
    const [input] = identity(0, 255, [2]).nodes;
    assert.ok(input);
    const refuse = (max: bigint, kind: 'proximity' | 'liveness', text: string): void => {
      const wide = { ...input, bounds: { min: [0n], max: [max] } };
      const graph = { name: 'wide', nodes: [wide], inputs: [wide.id], outputs: [wide.id] };
      assertThrowsCode(
        () => planApplication(graph, kind === 'liveness' ? { kind, scoreIndex: 0 } : { kind }),
        'BOUND_TOO_WIDE',
        text,
      );
    };
    const advice = 'Calibrate the network, or give its activations fewer bits.';
    refuse(
      1n << 126n,
      'proximity',
      `The comparison of output 'x' would need 255 bits; 252 fit the field. ${advice}`,
    );
    refuse(
      1n << 251n,
      'liveness',
      `The comparison of output 'x' would need 252 bits; 251 fit the field. ${advice}`,
    );
  });

  it('writes the program that people read', () => {
    const text = generatePackage(numbers, { application: { kind: 'liveness', scoreIndex: 2 } }).files.get(
      'src/main.nr',
    );
    assert.match(text ?? '', /threshold: pub Field,?\s*\) \{/);
    assert.match(text ?? '', /\n {4}zkml::application::bind\(address, nonce\);\n/);
    assert.match(
      text ?? '',
      /\n {4}zkml::application::assert_at_least::<\d+>\(layer_features\[2\], threshold\);\n\}/,
    );
    for (const line of text?.split('\n') ?? []) assert.ok(line.length <= 100, line);
  });
});
