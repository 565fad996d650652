import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seededRandom } from '../../fixtures/data/random.ts';
import { buildGraph, type NodeSpec, type Op, PIXEL_DOMAIN } from '../../src/graph/index.ts';
import {
  evaluateQuantGraph,
  evaluateQuantNodes,
  measureFidelity,
  type QuantGraph,
  type QuantizeOptions,
  quantize,
  quantizeInput,
} from '../../src/quantize/index.ts';
import { bitLength, maximum } from '../../src/quantize/integers.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { chain, denseOf, findNode, integersOf, NO_PADDING, plainDomain, tensor } from './support/graphs.ts';
import { denseOp, randomGraph, randomSample } from './support/random-graphs.ts';

const FINE: QuantizeOptions = {
  weightBits: 20,
  activationBits: 24,
  freeWeightBits: 20,
  freeActivationBits: 24,
};

function bitsOf(bits: number): QuantizeOptions {
  return { weightBits: bits, activationBits: bits, freeWeightBits: bits, freeActivationBits: bits };
}

/** The largest error of a random network's logits, relative to their range. */
function relativeError(seed: number, options: QuantizeOptions): number {
  const random = seededRandom(seed);
  const graph = randomGraph(seed);
  const samples = Array.from({ length: 4 }, () => randomSample(graph, random));
  const [output] = measureFidelity(graph, quantize(graph, options), samples).outputs;
  assert.ok(output);
  return output.maxError / (output.range + 1);
}

/** Every input of eight elements that are 0 or 15. */
const CORNERS = Array.from({ length: 256 }, (_, corner) => [
  Array.from({ length: 8 }, (__, i) => ((corner >> i) & 1) * 15),
]);

/** The largest output of a node over those. */
function largestAtCorners(network: QuantGraph, name: string): bigint {
  const { id } = findNode(network, name, 'relu');
  const values = CORNERS.flatMap(sample => {
    const value = evaluateQuantNodes(network, quantizeInput(network, sample))[id];
    return value === undefined ? [] : integersOf(value);
  });
  return maximum(0n, ...values);
}

describe('quantize', () => {
  it('reproduces random networks of every operator when it is given many bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), seed => {
        const error = relativeError(seed, FINE);
        assert.ok(error < 1e-5, `error ${error}`);
      }),
      { seed: 6, numRuns: 120 },
    );
  });

  it('errs less with every few bits more', () => {
    const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
    const mean = (bits: number): number =>
      seeds.reduce((sum, seed) => sum + relativeError(seed, bitsOf(bits)), 0) / seeds.length;
    const errors = [5, 8, 11, 14].map(mean);
    for (let i = 1; i < errors.length; i++) {
      assert.ok((errors[i] ?? 1) < (errors[i - 1] ?? 0) / 4, `mean errors ${errors.join(', ')}`);
    }
    assert.ok((errors[1] ?? 1) < 0.05);
  });

  it('gives a layer the finest binary scale under which its weights keep within weightBits', () => {
    const graph = chain([2], plainDomain(0, 3), denseOf([[0.9], [-0.25]], [0.1]), { kind: 'relu' });
    const quantised = quantize(graph, { weightBits: 5 });
    const dense = findNode(quantised, 'dense_1', 'dense');
    assert.deepEqual(Array.from(dense.op.weights), [29, -8]);
    assert.equal(dense.scaleBits, 5);
    assert.deepEqual(dense.op.bias, [3n]);
    assert.deepEqual(dense.bounds, { min: [3n - 24n], max: [3n + 87n] });
  });

  it('folds a pixel scale into the next weights before they are rounded, through moves and pools', () => {
    const graph = chain(
      [4, 4, 1],
      PIXEL_DOMAIN,
      { kind: 'pad', padding: { ...NO_PADDING, top: 2 } },
      { kind: 'max-pool2d', poolSize: [2, 2], strides: [2, 2], padding: NO_PADDING },
      { kind: 'transpose', permutation: [1, 0, 2] },
      { kind: 'reshape', shape: [6] },
      denseOf([[1], [1], [0.5], [1], [1], [1]], [0]),
    );
    const quantised = quantize(graph, { freeWeightBits: 8 });
    const flat = findNode(quantised, 'reshape_4', 'reshape');
    assert.deepEqual([flat.scaleBits, flat.frame], [0, { factor: 1 / 255, offset: 0 }]);
    const dense = findNode(quantised, 'dense_5', 'dense');
    assert.equal(dense.scaleBits, 15); // the largest 2^k / 255 below 2^8
    assert.deepEqual(Array.from(dense.op.weights), [129, 129, 64, 129, 129, 129]);
    assert.equal(dense.frame, undefined);
    assert.equal(quantised.nodes.length, graph.nodes.length);
  });

  it('folds an offset into the bias only where no zero padding lies between', () => {
    const domain = { min: 0, max: 255, scale: 2 / 255, offset: -1 };
    const conv = {
      kind: 'conv2d',
      filters: 1,
      kernelSize: [1, 2],
      strides: [1, 1],
      dilations: [1, 1],
      padding: NO_PADDING,
      groups: 1,
      kernel: Float32Array.of(0.5, 0.25),
      bias: Float32Array.of(0.125),
    } as const;
    const plain = quantize(chain([1, 3, 1], domain, conv), FINE);
    assert.equal(plain.nodes.length, 2);
    const folded = findNode(plain, 'conv2d_1', 'conv2d');
    assert.equal(Number(folded.op.bias[0]) * 2 ** -folded.scaleBits, 0.125 - 0.75);

    const padded = quantize(chain([1, 3, 1], domain, { ...conv, padding: { ...NO_PADDING, left: 1 } }), FINE);
    const rescale = findNode(padded, 'x_rescale', 'affine');
    assert.deepEqual(rescale.op, { kind: 'affine', scale: [2n], shift: [-255n] }); // (2 q - 255) / 255, exactly
    assert.equal(rescale.scaleBits, 1);
    const [y] = evaluateQuantGraph(padded, [tensor([1, 3, 1], [255, 0, 255])]);
    const step = 2 ** -findNode(padded, 'conv2d_1', 'conv2d').scaleBits;
    const reals = integersOf(y ?? tensor([], [])).map(value => Number(value) * step);
    for (const [i, expected] of [0.375, 0.375, -0.125].entries()) {
      assert.ok(Math.abs((reals[i] ?? 9) - expected) < 1e-5, `${reals}`);
    }
  });

  it('rounds an offset that no small step divides, to a five-hundredth of a step', () => {
    const domain = { min: 0, max: 255, scale: 0.017, offset: -2.1179 };
    const graph = chain([3], domain, { kind: 'relu' });
    const report = measureFidelity(graph, quantize(graph), [[[0, 100, 255]], [[124, 125, 126]]]);
    assert.ok((report.outputs[0]?.maxError ?? 1) < 0.017 / 2 ** 9 + 0.001);
  });

  it('makes a negative scale explicit before an activation and an argmax', () => {
    const domain = { min: 0, max: 10, scale: -0.3, offset: 0.9 };
    const relu = chain([3], domain, { kind: 'relu' });
    const report = measureFidelity(relu, quantize(relu, FINE), [[[0, 3, 4]], [[10, 1, 2]]]);
    assert.ok((report.outputs[0]?.maxError ?? 1) < 1e-4);
    const argmax = quantize(chain([3], domain, { kind: 'argmax' }));
    assert.deepEqual(evaluateQuantGraph(argmax, [tensor([3], [4, 2, 3])]).flatMap(integersOf), [1n]);
  });

  it('divides averages exactly: in the scale, in the frame, or by common multiples at borders', () => {
    const pool = (size: number, padding: number) =>
      ({
        kind: 'average-pool2d',
        poolSize: [size, size],
        strides: [1, 1],
        padding: { top: padding, bottom: padding, left: padding, right: padding },
      }) as const;
    const even = findNode(
      quantize(chain([4, 4, 1], plainDomain(0, 255), pool(2, 0), { kind: 'relu' })),
      'average-pool2d_1',
      'average-pool2d',
    );
    assert.deepEqual([even.op.multipliers[0], even.scaleBits, even.frame], [1n, 2, undefined]);
    assert.deepEqual(even.bounds, { min: [0n], max: [1020n] });
    const odd = findNode(
      quantize(chain([4, 4, 1], plainDomain(0, 255), pool(3, 0), { kind: 'relu' })),
      'average-pool2d_1',
      'average-pool2d',
    );
    assert.deepEqual(
      [odd.op.multipliers[0], odd.scaleBits, odd.frame],
      [1n, 0, { factor: 1 / 9, offset: 0 }],
    );
    const border = findNode(
      quantize(chain([3, 3, 1], plainDomain(0, 255), pool(3, 1), { kind: 'relu' })),
      'average-pool2d_1',
      'average-pool2d',
    );
    assert.deepEqual(border.op.multipliers, [9n, 6n, 9n, 6n, 4n, 6n, 9n, 6n, 9n]);
    assert.deepEqual([border.scaleBits, border.frame], [2, { factor: 1 / 9, offset: 0 }]);
    assert.deepEqual(border.bounds, { min: [0n], max: [36n * 255n] });
  });

  it('rounds the reciprocals of windows whose counts have a large common multiple', () => {
    const pool = {
      kind: 'average-pool2d',
      poolSize: [1, 13],
      strides: [1, 1],
      padding: { top: 0, bottom: 0, left: 12, right: 0 },
    } as const;
    const graph = chain([1, 13, 1], plainDomain(0, 255), pool);
    const quantised = quantize(graph);
    const node = findNode(quantised, 'average-pool2d_1', 'average-pool2d');
    assert.equal(node.scaleBits, 14);
    assert.deepEqual([node.op.multipliers[0], node.op.multipliers[2]], [1n << 14n, 5461n]);
    const report = measureFidelity(graph, quantised, [
      [new Array<number>(13).fill(255)],
      [[9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 2, 3]],
    ]);
    assert.ok((report.outputs[0]?.maxError ?? 1) < 255 * 2 ** -10);
  });

  it('brings the operands of sums and concatenations to the finest of their scales', () => {
    const random = seededRandom(8);
    const graph = buildGraph({
      name: 'residual',
      nodes: [
        {
          name: 'x',
          op: { kind: 'input', shape: [3], domain: { min: -8, max: 7, scale: 1 / 8, offset: 0 } },
        },
        { name: 'a', op: denseOp(3, 3, random), inputs: ['x'] },
        { name: 'difference', op: { kind: 'subtract' }, inputs: ['x', 'a'] },
        { name: 'joined', op: { kind: 'concat', axis: 0 }, inputs: ['a', 'x'] },
        { name: 'total', op: { kind: 'add' }, inputs: ['difference', 'a', 'a'] },
      ],
      outputs: ['total', 'joined'],
    });
    const quantised = quantize(graph, { freeWeightBits: 6 });
    const scale = findNode(quantised, 'a', 'dense').scaleBits;
    const gap = 1n << BigInt(scale - 3);
    assert.deepEqual(findNode(quantised, 'difference', 'sum').op.multipliers, [gap, -1n]);
    assert.deepEqual(findNode(quantised, 'joined', 'concat').op.multipliers, [1n, gap]);
    assert.deepEqual(findNode(quantised, 'total', 'sum').op.multipliers, [1n, 1n, 1n]);
    assert.equal(quantised.outputs.length, 2);
    const report = measureFidelity(graph, quantised, [[[-8, 7, 3]], [[1, 2, -3]]]);
    for (const output of report.outputs) assert.ok(output.maxError < 0.05);
  });

  it('makes different frames explicit before they are joined, and at the outputs', () => {
    const other = { min: 0, max: 9, scale: 1 / 9, offset: 0.5 };
    const graph = buildGraph({
      name: 'two_inputs',
      nodes: [
        { name: 'x', op: { kind: 'input', shape: [2], domain: PIXEL_DOMAIN } },
        { name: 'y', op: { kind: 'input', shape: [2], domain: other } },
        { name: 'sum', op: { kind: 'add' }, inputs: ['x', 'y'] },
        { name: 'joined', op: { kind: 'concat', axis: 0 }, inputs: ['x', 'y'] },
      ],
      inputs: ['y', 'x'],
      outputs: ['joined', 'sum', 'y'],
    });
    const quantised = quantize(graph, { freeWeightBits: 16 });
    assert.equal(findNode(quantised, 'sum', 'sum').frame, undefined);
    const names = quantised.nodes.map(node => node.name);
    assert.equal(new Set(names).size, names.length);
    for (const id of quantised.outputs) assert.equal(quantised.nodes[id]?.frame, undefined);
    const report = measureFidelity(graph, quantised, [
      [
        [0, 9],
        [255, 0],
      ],
      [
        [4, 5],
        [17, 200],
      ],
    ]);
    for (const output of report.outputs) assert.ok(output.maxError < 1e-4, output.name);
  });

  it('keeps one frame through a sum of operands that share it, offsets added up', () => {
    const domain = { min: 0, max: 255, scale: 1 / 255, offset: 0.25 };
    const graph = buildGraph({
      name: 'shared',
      nodes: [
        { name: 'x', op: { kind: 'input', shape: [2], domain } },
        { name: 'twice', op: { kind: 'add' }, inputs: ['x', 'x'] },
        {
          name: 'logits',
          op: denseOf(
            [
              [1, 0],
              [0, 1],
            ],
            [0, 0],
          ),
        },
      ],
    });
    const quantised = quantize(graph, { freeWeightBits: 20 });
    assert.deepEqual(findNode(quantised, 'twice', 'sum').frame, { factor: 1 / 255, offset: 0.5 });
    const report = measureFidelity(graph, quantised, [[[0, 255]]]);
    assert.ok((report.outputs[0]?.maxError ?? 1) < 1e-4);
  });

  it('leaves all-zero weights and biases alone', () => {
    const quantised = quantize(chain([2], PIXEL_DOMAIN, denseOf([[0], [0]], [0]), { kind: 'relu' }));
    const { bounds, scaleBits } = findNode(quantised, 'dense_1', 'dense');
    assert.deepEqual({ bounds, scaleBits }, { bounds: { min: [0n], max: [0n] }, scaleBits: 0 });
  });

  it('keeps the bits of biases where all weights are 0', () => {
    const graph = chain(
      [2],
      PIXEL_DOMAIN,
      denseOf(
        [
          [0, 0],
          [0, 0],
        ],
        [0.4, -0.03],
      ),
    );
    const { outputs } = measureFidelity(graph, quantize(graph), [[[0, 255]]]);
    assert.ok((outputs[0]?.maxError ?? 1) < 1e-4);
  });

  it('spends more bits the fewer activations pay for them, up to where they are free', () => {
    const random = seededRandom(9);
    const hidden = [denseOp(8, 40, random), { kind: 'relu' } as const, denseOp(40, 10, random)];
    const options = { weightBits: 6, activationBits: 5, freeWeightBits: 14, freeActivationBits: 40 };
    const bitsOfWeights = (network: QuantGraph, name: string): number =>
      findNode(network, name, 'dense').op.weights.reduce(
        (best, weight) => Math.max(best, Math.ceil(Math.log2(Math.abs(weight)))),
        0,
      );
    const label = quantize(chain([8], plainDomain(0, 15), ...hidden, { kind: 'argmax' }), {
      ...options,
      calibration: CORNERS,
    });
    assert.equal(bitsOfWeights(label, 'dense_1'), 6);
    assert.equal(bitsOfWeights(label, 'dense_3'), 7); // 9 comparisons of 49 gadgets pay: half of log2(49 / 9)
    assert.equal(bitLength(largestAtCorners(label, 'relu_2')), 6);
    const logits = quantize(chain([8], plainDomain(0, 15), ...hidden), options);
    assert.equal(bitsOfWeights(logits, 'dense_1'), 6);
    assert.equal(bitsOfWeights(logits, 'dense_3'), 14);
    assert.equal(findNode(logits, 'relu_2', 'relu').op.shiftBits, 0);
  });

  it('cuts the scale of linear layers that come near the field', () => {
    const layers = Array.from({ length: 30 }, () => denseOf([[1]], [0]));
    const quantised = quantize(chain([1], plainDomain(0, 255), ...layers), { freeWeightBits: 24 });
    const widest = quantised.nodes.map(node => bitLength(node.bounds.max[0] ?? 0n));
    assert.ok(Math.max(...widest) < 200, `${widest}`);
    assert.equal(quantised.nodes.filter(node => node.op.kind === 'rescale').length, 5);
    const [output] = evaluateQuantGraph(quantised, [tensor([1], [200])]);
    const scaleBits = quantised.nodes.at(-1)?.scaleBits ?? 0;
    assert.ok(Math.abs(Number(output?.data[0]) / 2 ** scaleBits - 200) < 0.1);
  });

  /** x^5 of 50 bits, of which calibration has seen only small ones, so that no cut helps; then more. */
  function fifthPower(...ops: readonly Op[]): QuantGraph {
    const multiply = (name: string, ...inputs: string[]): NodeSpec => ({
      name,
      op: { kind: 'multiply' },
      inputs,
    });
    const graph = buildGraph({
      name: 'fifth power',
      nodes: [
        { name: 'x', op: { kind: 'input', shape: [1], domain: plainDomain(0, 2 ** 50 - 1) } },
        multiply('square', 'x', 'x'),
        multiply('fourth', 'square', 'square'),
        multiply('fifth', 'fourth', 'x'),
        ...ops.map((op, i): NodeSpec => ({ name: `${op.kind}_${i}`, op })),
      ],
    });
    return quantize(graph, { weightBits: 1, freeWeightBits: 1, calibration: [[[1]]] });
  }

  it('refuses forms that come near the field, and says what helps', () => {
    const error = assertThrowsCode(
      () => fifthPower(denseOf([[1.5]], [0])),
      'BOUND_TOO_WIDE',
      "Node 'dense_0' (dense) may need 251 bits; the field has room for 250. Lower weightBits or activationBits, calibrate with widths 'calibrated', or put an activation before it, where the scale is cut.",
    );
    assert.deepEqual(error.details, { node: 'dense_0', bits: 251, limit: 250 });
  });

  it('refuses comparisons and cuts that come near the field', () => {
    const build = (...ops: readonly Op[]): QuantGraph => fifthPower(denseOf([[1, -1]], [0, 0]), ...ops);
    assert.ok(build());
    const text = (kind: string): RegExp =>
      new RegExp(`\\(${kind}\\) may need 251 bits; the field has room for 250\\.`);
    assertThrowsCode(() => build({ kind: 'argmax' }), 'BOUND_TOO_WIDE', text('argmax'));
    const pool = { kind: 'max-pool2d', poolSize: [1, 2], strides: [1, 1], padding: NO_PADDING } as const;
    const image = { kind: 'reshape', shape: [1, 2, 1] } as const;
    assertThrowsCode(() => build(image, pool), 'BOUND_TOO_WIDE', text('max-pool2d'));
    const rank = { kind: 'reduce', reduction: 'max', axes: [0] } as const;
    assertThrowsCode(() => build(rank), 'BOUND_TOO_WIDE', text('reduce'));
  });

  it('refuses options out of range', () => {
    const graph = chain([1], plainDomain(0, 3), { kind: 'relu' });
    assertThrowsCode(
      () => quantize(graph, { weightBits: 25 }),
      'USAGE',
      "The quantiser's option 'weightBits' is 25; it must be a whole number from 1 to 24.",
    );
    for (const options of [
      { weightBits: 0 },
      { activationBits: 2.5 },
      { freeWeightBits: -1 },
      { freeActivationBits: 100 },
      { marginBits: 33 },
    ]) {
      assertThrowsCode(() => quantize(graph, options), 'USAGE');
    }
    assertThrowsCode(
      () => quantize(graph, { widths: 'calibrated' }),
      'CALIBRATION',
      "Calibrated widths are asked for, but the option 'calibration' holds no samples; give some, or use widths: 'exact'.",
    );
    assertThrowsCode(() => quantize(graph, { calibration: [[[1, 2]]] }), 'INPUT_SHAPE');
    assertThrowsCode(() => quantize(graph, { calibration: [[[4]]] }), 'INPUT_RANGE');
  });
});
