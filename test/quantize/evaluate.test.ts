import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seededRandom } from '../../fixtures/data/random.ts';
import { toNodeId } from '../../src/graph/index.ts';
import { planNode, runNode } from '../../src/quantize/evaluate.ts';
import {
  type Bounds,
  evaluateQuantGraph,
  evaluateQuantNodes,
  planEvaluation,
  type QuantGraph,
  type QuantNode,
  type QuantOp,
  quantize,
  quantizeInput,
  type Shape,
} from '../../src/quantize/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { assertWithinBounds, integersOf, NO_PADDING, tensor } from './support/graphs.ts';
import { randomGraph, randomSample } from './support/random-graphs.ts';

const WIDE: Bounds = { min: [-(1n << 20n)], max: [1n << 20n] };

/** Signed 12-bit inputs of the given shapes, then one operator. */
function oneOp(op: QuantOp, shapes: readonly Shape[], shape: Shape, bounds: Bounds = WIDE): QuantGraph {
  const domain = { min: -2048, max: 2047, scale: 1, offset: 0 };
  const inputs: QuantNode[] = shapes.map((inputShape, i) => ({
    id: toNodeId(i),
    name: `x${i}`,
    op: { kind: 'input', bits: 12, signed: true, domain },
    inputs: [],
    shape: inputShape,
    scaleBits: 0,
    bounds: { min: [-2048n], max: [2047n] },
  }));
  const ids = inputs.map(node => node.id);
  const id = toNodeId(inputs.length);
  const node: QuantNode = { id, name: 'y', op, inputs: ids, shape, scaleBits: 0, bounds };
  return { name: 'one', nodes: [...inputs, node], inputs: ids, outputs: [id] };
}

/** A node whose integers doubles cannot hold. */
function wideNode(shape: Shape): QuantNode {
  const limit = 1n << 62n;
  const op: QuantOp = { kind: 'reshape', shape };
  const bounds = { min: [-limit], max: [limit] };
  return { id: toNodeId(1), name: 'x', op, inputs: [toNodeId(0)], shape, scaleBits: 0, bounds };
}

/** Runs one operator in both arithmetics and demands equal results. */
function run(graph: QuantGraph, ...values: readonly (readonly number[])[]): number[] {
  const inputs = graph.inputs.map((id, i) => tensor(graph.nodes[id]?.shape ?? [], values[i] ?? []));
  const [y] = evaluateQuantGraph(graph, inputs);
  const [reference] = evaluateQuantGraph(planEvaluation(graph, 'bigint'), inputs);
  assert.ok(y && reference);
  assert.deepEqual(y, reference);
  return integersOf(y).map(Number);
}

const sign = (count: number): readonly 'any'[] => new Array<'any'>(count).fill('any');

describe('the integer interpreter', () => {
  it('computes dense layers over the last axis', () => {
    const op: QuantOp = { kind: 'dense', units: 2, weights: Int32Array.of(1, -2, 3, 4), bias: [10n, -1n] };
    assert.deepEqual(run(oneOp(op, [[2]], [2]), [5, 7]), [10 + 5 + 21, -1 - 10 + 28]);
    assert.deepEqual(run(oneOp(op, [[2, 2]], [2, 2]), [5, 7, -1, 0]), [36, 17, 9, 1]);
  });

  it('computes convolutions with stride, dilation, padding and groups', () => {
    const base = { kind: 'conv2d', dilations: [1, 1], strides: [1, 1], padding: NO_PADDING } as const;
    const single: QuantOp = {
      ...base,
      filters: 1,
      kernelSize: [2, 2],
      dilations: [1, 2],
      strides: [2, 1],
      padding: { top: 1, bottom: 0, left: 0, right: 1 },
      groups: 1,
      kernel: Int32Array.of(1, 10, 100, 1000),
      bias: [5n],
    };
    // rows: padding, [1, 2, 3]; windows at rows 0 (padding and row 0); columns 0..1 with taps two apart, one padded
    assert.deepEqual(run(oneOp(single, [[1, 3, 1]], [1, 2, 1]), [1, 2, 3]), [5 + 100 + 3000, 5 + 200]);
    const grouped: QuantOp = {
      ...base,
      filters: 4,
      kernelSize: [1, 1],
      groups: 2,
      kernel: Int32Array.of(1, 2, 3, 4),
      bias: [0n, 0n, 0n, 7n],
    };
    assert.deepEqual(run(oneOp(grouped, [[1, 1, 2]], [1, 1, 4]), [10, 100]), [10, 20, 300, 407]);
  });

  it('applies affine maps per channel', () => {
    const op: QuantOp = { kind: 'affine', scale: [2n, -3n], shift: [1n, 0n] };
    assert.deepEqual(run(oneOp(op, [[2, 2]], [2, 2]), [1, 2, -3, 0]), [3, -6, -5, 0]);
  });

  it('cuts, rectifies and caps', () => {
    const op: QuantOp = { kind: 'relu', shiftBits: 2, quotientBits: [9], sign: sign(1), max: 100n };
    assert.deepEqual(
      run(oneOp(op, [[7, 1]], [7, 1]), [-9, -1, 1, 2, 401, 402, 2000]),
      [0, 0, 0, 1, 100, 100, 100],
    );
    const plain: QuantOp = { kind: 'relu', shiftBits: 0, quotientBits: [11], sign: sign(1) };
    assert.deepEqual(run(oneOp(plain, [[3, 1]], [3, 1]), [-4, 0, 9]), [0, 0, 9]);
  });

  it('bends leaky ReLUs by a binary fraction', () => {
    const op: QuantOp = {
      kind: 'leaky-relu',
      shiftBits: 1,
      numerator: 3,
      slopeBits: 3,
      quotientBits: [11],
      sign: sign(1),
    };
    assert.deepEqual(run(oneOp(op, [[4, 1]], [4, 1]), [-5, -1, 0, 5]), [-6, 0, 0, 24]);
  });

  it('pools maxima over the elements inside the input, negative ones too', () => {
    const op: QuantOp = {
      kind: 'max-pool2d',
      poolSize: [2, 2],
      strides: [1, 2],
      padding: { top: 1, bottom: 0, left: 0, right: 1 },
      differenceBits: [12, 12],
    };
    const image = [-1, 10, -2, 20, -3, 30, -4, 5, -5, 6, -6, 7];
    assert.deepEqual(run(oneOp(op, [[2, 3, 2]], [2, 2, 2]), image), [-1, 20, -3, 30, -1, 20, -3, 30]);
  });

  it('pools averages as sums times the multiplier of the position', () => {
    const op: QuantOp = {
      kind: 'average-pool2d',
      poolSize: [1, 2],
      strides: [1, 1],
      padding: { top: 0, bottom: 0, left: 1, right: 0 },
      multipliers: [2n, 1n, 1n],
    };
    assert.deepEqual(run(oneOp(op, [[1, 3, 1]], [1, 3, 1]), [5, -7, 9]), [10, -2, 2]);
  });

  it('pads, reshapes and transposes', () => {
    const padding = { top: 1, bottom: 0, left: 0, right: 1 };
    assert.deepEqual(
      run(oneOp({ kind: 'pad', padding }, [[1, 2, 1]], [2, 3, 1]), [4, 5]),
      [0, 0, 0, 4, 5, 0],
    );
    const reshape: QuantOp = { kind: 'reshape', shape: [4] };
    assert.deepEqual(run(oneOp(reshape, [[2, 2]], [4]), [1, 2, 3, 4]), [1, 2, 3, 4]);
    const transpose: QuantOp = { kind: 'transpose', permutation: [2, 0, 1] };
    const values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    const expected = [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11];
    assert.deepEqual(run(oneOp(transpose, [[2, 3, 2]], [2, 2, 3]), values), expected);
  });

  it('sums and concatenates under multipliers', () => {
    const sum: QuantOp = { kind: 'sum', multipliers: [4n, -1n] };
    assert.deepEqual(run(oneOp(sum, [[2], [2]], [2]), [1, 2], [10, -20]), [-6, 28]);
    const concat: QuantOp = { kind: 'concat', axis: 1, multipliers: [1n, 2n] };
    const graph = oneOp(
      concat,
      [
        [2, 1],
        [2, 2],
      ],
      [2, 3],
    );
    assert.deepEqual(run(graph, [1, 2], [3, 4, 5, 6]), [1, 6, 8, 2, 10, 12]);
  });

  it('takes the first of equal maxima', () => {
    const op: QuantOp = { kind: 'argmax', differenceBits: 13 };
    const graph = oneOp(op, [[4]], [], { min: [0n], max: [3n] });
    assert.deepEqual(run(graph, [3, 8, 8, 1]), [1]);
    assert.deepEqual(run(graph, [5, 5, 5, 5]), [0]);
    assert.deepEqual(run(graph, [-8, -9, -7, -7]), [2]);
  });

  it('gives the same integers in doubles and in bigints, within the bounds, on random networks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom(3, 8, 22), (seed, bits) => {
        const random = seededRandom(seed);
        const graph = randomGraph(seed);
        const quantised = quantize(graph, { weightBits: bits, activationBits: bits, freeWeightBits: bits });
        const reference = planEvaluation(quantised, 'bigint');
        for (let i = 0; i < 3; i++) {
          const inputs = quantizeInput(quantised, randomSample(graph, random));
          const tensors = evaluateQuantNodes(quantised, inputs);
          assert.deepEqual(tensors, evaluateQuantNodes(reference, inputs));
          for (const node of quantised.nodes) assertWithinBounds(node, tensors[node.id]);
        }
      }),
      { seed: 4, numRuns: 150 },
    );
  });

  it('runs in bigints where sums pass 2^53, with exact results', () => {
    const weights = Int32Array.from([2 ** 30, 2 ** 30 - 1]);
    const dense: QuantOp = { kind: 'dense', units: 1, weights, bias: [1n << 60n] };
    const bounds = { min: [-(1n << 61n)], max: [1n << 61n] };
    const graph = oneOp(dense, [[2]], [1], bounds);
    assert.equal(planEvaluation(graph).steps[1]?.arithmetic, 'bigint');
    const [y] = evaluateQuantGraph(graph, [tensor([2], [2047, -2047])]);
    assert.deepEqual(y?.data, [(1n << 60n) + 2047n]);
  });

  describe('takes wide integers apart, with exact results', () => {
    const conv = { kind: 'conv2d', filters: 2, groups: 1, padding: NO_PADDING } as const;
    const single: [number, number] = [1, 1];
    const bias = [7n, -(1n << 70n)];
    const cases: [QuantOp['kind'], (weights: Int32Array) => QuantOp, Shape][] = [
      ['dense', weights => ({ kind: 'dense', units: 2, weights, bias }), [2]],
      [
        'conv2d',
        kernel => ({ ...conv, kernelSize: [2, 2], strides: single, dilations: single, kernel, bias }),
        [1, 1, 2],
      ],
    ];
    for (const [kind, operatorOf, shape] of cases) {
      it(`in ${kind}`, () => {
        fc.assert(
          fc.property(fc.integer({ min: 1, max: 100_000 }), seed => {
            const random = seededRandom(seed);
            const draw = (limit: number): number => random.below(2 * limit + 1) - limit;
            const op = operatorOf(Int32Array.from({ length: 8 }, () => draw(2 ** 14)));
            const data = Array.from(
              { length: 4 },
              () => (1n << 60n) * BigInt(draw(3)) + BigInt(draw(2 ** 30)),
            );
            const operand = { shape: kind === 'dense' ? [4] : [2, 2, 1], data };
            const plans = (['auto', 'bigint'] as const).map(choice =>
              planNode({ ...wideNode(shape), op }, [wideNode(operand.shape)], choice),
            );
            assert.deepEqual(
              plans.map(plan => plan.arithmetic),
              ['split', 'bigint'],
            );
            const [split, exact] = plans.map(plan => runNode(plan, [operand]));
            assert.deepEqual(split, exact);
          }),
          { seed: 5, numRuns: 100 },
        );
      });
    }
  });

  it('refuses a wrong number of inputs, shapes and values outside the proven range', () => {
    const graph = oneOp({ kind: 'reshape', shape: [2] }, [[2]], [2]);
    const evaluate = (...tensors: Parameters<typeof evaluateQuantGraph>[1]) =>
      evaluateQuantGraph(graph, tensors);
    assertThrowsCode(
      () => evaluate(),
      'INPUT_SHAPE',
      "Network 'one' has 1 inputs, but 0 tensors are given; give one tensor per input.",
    );
    assertThrowsCode(
      () => evaluate(tensor([1, 2], [0, 0])),
      'INPUT_SHAPE',
      "Input 'x0' is given 2 values of shape 1x2; it takes 2, 2 values.",
    );
    const text =
      "Input 'x0' holds 2048 at index 1; the circuit proves whole numbers from -2048 to 2047 (12 bits). Give the integers that the input domain describes.";
    const error = assertThrowsCode(() => evaluate(tensor([2], [0, 2048])), 'INPUT_RANGE', text);
    assert.deepEqual(error.details, { node: 'x0', index: 1, value: 2048, min: -2048n, max: 2047n });
    assertThrowsCode(() => evaluate(tensor([2], [-2049, 0])), 'INPUT_RANGE');
    assertThrowsCode(() => evaluate(tensor([2], [0.5, 0])), 'INPUT_RANGE');
    assertThrowsCode(() => evaluate({ shape: [2], data: [0n, 5000n] }), 'INPUT_RANGE');
    assert.deepEqual(integersOf(evaluate({ shape: [2], data: [7n, -8n] })[0] ?? tensor([], [])), [7n, -8n]);
  });

  it('refuses an activation beyond its proven width, naming node, channel, position, value and bound', () => {
    const op: QuantOp = { kind: 'relu', shiftBits: 1, quotientBits: [10, 4], sign: sign(2) };
    const graph = oneOp(op, [[2, 1, 2]], [2, 1, 2]);
    assert.deepEqual(run(graph, [0, 30, 2040, -31]), [0, 15, 1020, 0]);
    const error = assertThrowsCode(
      () => run(graph, [0, 0, 0, 31]),
      'BOUND_EXCEEDED',
      "Node 'y' (relu) reaches 16 in channel 1 at position [1, 0, 1], but the circuit proves only magnitudes below 16 there. The input lies outside what calibration saw: calibrate with more samples or a larger margin, or use exact widths.",
    );
    assert.deepEqual(error.details, { node: 'y', channel: 1, position: [1, 0, 1], value: 16n, bound: 16n });
    assertThrowsCode(() => run(graph, [0, 0, 0, -33]), 'BOUND_EXCEEDED');
  });

  it('refuses comparisons beyond their proven width', () => {
    const pool: QuantOp = {
      kind: 'max-pool2d',
      poolSize: [1, 2],
      strides: [1, 2],
      padding: NO_PADDING,
      differenceBits: [3],
    };
    const pooled = oneOp(pool, [[1, 2, 1]], [1, 1, 1]);
    assert.deepEqual(run(pooled, [2, 9]), [9]);
    assertThrowsCode(
      () => run(pooled, [9, 1]),
      'BOUND_EXCEEDED',
      /Node 'y' \(max-pool2d\) reaches -8 in channel 0/,
    );
    const best = oneOp({ kind: 'argmax', differenceBits: 3 }, [[3]], [], { min: [0n], max: [2n] });
    assert.deepEqual(run(best, [0, 8, 8]), [1]);
    const text = /Node 'y' \(argmax\) reaches -8 in channel 2 at position \[2\].* below 8 there/;
    assertThrowsCode(() => run(best, [0, 8, 1]), 'BOUND_EXCEEDED', text);
  });
});
