import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seededRandom } from '../../fixtures/data/random.ts';
import { accumulateRows, accumulateRowsOfFour, toNodeId } from '../../src/graph/index.ts';
import { evaluateSamples } from '../../src/quantize/batch.ts';
import { planNode, runNode } from '../../src/quantize/evaluate.ts';
import {
  evaluateQuantNodes,
  type IntTensor,
  planEvaluation,
  type QuantGraph,
  type QuantNode,
  quantize,
  quantizeInput,
  type Sample,
} from '../../src/quantize/index.ts';
import { createCache } from '../../src/quantize/search/cache.ts';
import { randomGraph, randomSample } from './support/random-graphs.ts';

/** Tensors of each sample alone. */
function oneByOne(graph: QuantGraph, samples: readonly Sample[]): IntTensor[][] {
  const plan = planEvaluation(graph);
  return samples.map(sample => evaluateQuantNodes(plan, quantizeInput(graph, sample)));
}

function states(graph: QuantGraph, samples: readonly Sample[]) {
  return samples.map(sample => ({ inputs: () => quantizeInput(graph, sample), known: [] }));
}

describe('many samples at a time', () => {
  it('give what each gives alone, on random networks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom(8, 22), (seed, bits) => {
        const random = seededRandom(seed);
        const graph = randomGraph(seed);
        const quantised = quantize(graph, { weightBits: bits, activationBits: bits, freeWeightBits: bits });
        const samples = Array.from({ length: 1 + random.below(9) }, () => randomSample(graph, random));
        const tensors = evaluateSamples(planEvaluation(quantised), states(quantised, samples));
        assert.deepEqual(tensors, oneByOne(quantised, samples));
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  it('leave out the nodes from the one on that refuses a sample, of that sample alone', () => {
    const graph = randomGraph(12);
    const random = seededRandom(1);
    const draw = (): Sample => randomSample(graph, random);
    const calm = [draw().map(values => Array.from(values, () => 0))];
    const quantised = quantize(graph, { widths: 'calibrated', marginBits: 0, calibration: calm });
    const samples = [calm[0] ?? [], draw(), calm[0] ?? [], draw(), draw()];
    const [first, second, third] = evaluateSamples(planEvaluation(quantised), states(quantised, samples));
    assert.equal(first?.length, quantised.nodes.length);
    assert.deepEqual(third, first);
    const refusing = quantised.nodes[second?.length ?? 0];
    assert.throws(() => oneByOne(quantised, [samples[1] ?? []]), new RegExp(`'${refusing?.name}'`));
  });

  it('go on from what is known of them', () => {
    const graph = randomGraph(12);
    const random = seededRandom(2);
    const samples = Array.from({ length: 6 }, () => randomSample(graph, random));
    const quantised = quantize(graph);
    const last = quantised.nodes.length - 1;
    const cache = createCache();
    const whole = evaluateSamples(planEvaluation(quantised), states(quantised, samples));
    const kept = cache.turnTo(quantised, toNodeId(last));
    for (const [index, tensors] of whole.entries()) if (index !== 3) kept.keep(index, tensors);
    const changed = { ...quantised, nodes: quantised.nodes.map((node, id) => (id < 4 ? node : { ...node })) };
    const start = cache.turnTo(changed, toNodeId(last));
    assert.deepEqual(
      samples.map((_, index) => start.known(index).length),
      [4, 4, 4, 0, 4, 4],
    );
    const again = evaluateSamples(
      planEvaluation(changed),
      states(changed, samples).map((state, index) => ({ ...state, known: start.known(index) })),
    );
    assert.deepEqual(
      again.map(tensors => tensors[last]),
      whole.map(tensors => tensors[last]),
    );
  });

  it('add up in the order of one, whatever the number of cells', () => {
    const random = seededRandom(3);
    for (const cellCount of [1, 2, 3, 7, 8]) {
      const draw = (length: number) => Float64Array.from({ length }, () => 2 * random.uniform() - 1);
      const vectors = [0, 1, 2, 3].map(() => draw(cellCount));
      const rows = { weights: Float32Array.from(draw(cellCount * 5)), cellCount, step: 5, count: 3 };
      const start = { sum: 1, cell: 0, weight: 2 };
      const alone = vectors.map(cells => {
        const sums = new Float64Array(5).fill(0.5);
        accumulateRows({ ...rows, sums, cells }, { ...start, weight: 1 });
        return sums;
      });
      const [a, b, c, d] = [0, 1, 2, 3].map(() => new Float64Array(5).fill(0.5));
      assert.ok(a && b && c && d);
      const cells = Float64Array.from({ length: 4 * cellCount }, (_, i) => vectors[i % 4]?.[i >> 2] ?? 0);
      accumulateRowsOfFour({ ...rows, sums: [a, b, c, d], cells }, { ...start, weight: 1 });
      assert.deepEqual([a, b, c, d], alone);
    }
  });
});

describe('bilinear layers', () => {
  const node = (op: QuantNode['op'], shape: number[], limit: bigint): QuantNode => {
    const bounds = { min: [-limit], max: [limit] };
    return { id: toNodeId(0), name: 'x', op, inputs: [], shape, scaleBits: 0, bounds };
  };

  it('are the same in doubles, in doubles but for the products, and in bigints', () => {
    const random = seededRandom(4);
    const draw = (limit: number): number => random.below(2 * limit + 1) - limit;
    const kernel = Int32Array.from({ length: 2 * 12 }, () => draw(100));
    const bias = Array.from({ length: 12 }, () => BigInt(draw(1000)));
    const lanes = { count: 1, bits: 0, alone: 0 };
    const op: QuantNode['op'] = { kind: 'bilinear', cells: 2, units: 3, kernel, bias, lanes };
    for (const [most, arithmetic] of [
      [2n ** 12n, 'number'],
      [2n ** 36n, 'split'],
      [2n ** 60n, 'bigint'],
    ] as const) {
      const reshape = { kind: 'reshape', shape: [4] } as const;
      const operands = [node(reshape, [4], most), node(reshape, [4], most)];
      const plan = planNode(node(op, [6], 2n ** 200n), operands);
      assert.equal(planNode(node(op, [6], 2n ** 52n), operands).arithmetic, arithmetic);
      const data = [0, 1].map(() => Array.from({ length: 4 }, () => BigInt(draw(4095)) * (most >> 12n)));
      const tensors = data.map(own => ({ shape: [4], data: own }));
      const reference = planNode(node(op, [6], 2n ** 200n), operands, 'bigint');
      assert.deepEqual(runNode(plan, tensors), runNode(reference, tensors));
    }
  });
});
