/**
 * Holds networks to what every stage promises: simplification keeps the function; every tensor of integers lies in its
 * node's bounds, at whatever input the circuit admits; doubles and bigints agree; the integers stay near the floats.
 */
import assert from 'node:assert/strict';
import { type SeededRandom, seededRandom } from '../../fixtures/data/random.ts';
import {
  elementCount,
  evaluateGraph,
  type FloatTensor,
  type Graph,
  type InputOp,
  nodeOf,
  simplifyGraph,
  toRealInput,
} from '../../src/graph/index.ts';
import {
  checkLanes,
  dequantizeOutput,
  evaluateQuantNodes,
  type IntTensor,
  planEvaluation,
  type QuantGraph,
  type QuantizeOptions,
  quantize,
} from '../../src/quantize/index.ts';
import { randomNetwork } from './random-networks.ts';

/** Of the largest float of an output; half of it is the worst that ten thousand networks have shown. */
const TOLERANCE = 0.35;
/** Folded weights are rounded to float32 once more. */
const FOLDING = 2e-4;
const ROUNDS = 8;

/** Checks the networks of so many seeds; returns how many of them multiply in lanes. */
export function checkRandomNetworks(first: number, count: number): number {
  let laned = 0;
  for (let seed = first; seed < first + count; seed++) {
    const before = randomNetwork(seed);
    const graph = simplifyGraph(before);
    const random = seededRandom(seed + 7);
    assertSameFunction(before, graph, random, seed);
    const quantised = quantizeOrRefuse(graph, optionsOf(graph, random, seed));
    if (quantised === undefined) continue;
    checkLanes(quantised);
    if (quantised.nodes.some(({ op }) => 'lanes' in op && op.lanes.count > 1)) laned++;
    for (let round = 0; round < ROUNDS; round++) assertHolds(graph, quantised, random, { seed, round });
  }
  return laned;
}

/** Undefined where even probes meet what no circuit proves: a normalisation of numbers that are all the same. */
function quantizeOrRefuse(graph: Graph, options: QuantizeOptions): QuantGraph | undefined {
  try {
    return quantize(graph, options);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'BOUND_EXCEEDED', String(error));
    return undefined;
  }
}

function optionsOf(graph: Graph, random: SeededRandom, seed: number): QuantizeOptions {
  if (seed % 3 === 0) return {};
  if (seed % 3 === 1) return { lookupWidth: 8, weightBits: 8 };
  const calibration = Array.from({ length: 6 }, () =>
    domainInputs(graph, random).map(({ data }) => Array.from(data)),
  );
  return { calibration };
}

/** Whole numbers of the domain; half of the tensors at its corners. */
function domainInputs(
  graph: Graph,
  random: SeededRandom,
): { shape: readonly number[]; data: Float64Array }[] {
  return graph.inputs.map(id => {
    const { shape, op } = nodeOf(graph, id);
    const { min, max } = (op as InputOp).domain;
    const span = random.below(2) === 0 ? 1 : max - min;
    const data = Float64Array.from(
      { length: elementCount(shape) },
      () => min + (random.below(span + 1) * (max - min)) / span,
    );
    return { shape, data };
  });
}

function toReals(
  graph: Graph,
  inputs: readonly { shape: readonly number[]; data: Float64Array }[],
): FloatTensor[] {
  return inputs.map(({ shape, data }, i) => {
    const { op } = nodeOf(graph, graph.inputs[i] as never);
    return { shape, data: toRealInput((op as InputOp).domain, data) };
  });
}

function largestOf({ data }: FloatTensor, least: number): number {
  return Math.max(least, ...Array.from(data, Math.abs));
}

function assertSameFunction(before: Graph, after: Graph, random: SeededRandom, seed: number): void {
  for (let round = 0; round < 3; round++) {
    const inputs = toReals(before, domainInputs(before, random));
    const expected = evaluateGraph(before, inputs);
    for (const [i, { data }] of evaluateGraph(after, inputs).entries()) {
      const limit = FOLDING * largestOf(expected[i] as FloatTensor, 1);
      const far = data.findIndex(
        (value, k) => !(Math.abs(value - (expected[i]?.data[k] ?? Number.NaN)) <= limit),
      );
      assert.equal(far, -1, `seed ${seed}: output ${i} differs at ${far} after simplification`);
    }
  }
}

interface Place {
  readonly seed: number;
  readonly round: number;
}

/** Rounds alternate between inputs of the domain and all that the circuit admits. */
function assertHolds(graph: Graph, quantised: QuantGraph, random: SeededRandom, place: Place): void {
  const isLegal = place.round % 2 === 0;
  const inputs = isLegal ? domainInputs(graph, random) : provenInputs(quantised, random);
  const [doubles, bigints] = (['auto', 'bigint'] as const).map(choice =>
    evaluateOrRefuse(planEvaluation(quantised, choice), inputs),
  );
  if (typeof doubles === 'string' || typeof bigints === 'string' || doubles === undefined) {
    assert.equal(doubles, bigints, `seed ${place.seed}`);
    return;
  }
  for (const [id, node] of quantised.nodes.entries()) {
    const values = toBigints(doubles[id] as IntTensor);
    assert.deepEqual(values, toBigints(bigints?.[id] as IntTensor), `seed ${place.seed}: '${node.name}'`);
    const { min, max } = node.bounds;
    const outside = values.find((value, k) => {
      const channel = k % min.length;
      return value < (min[channel] as bigint) || value > (max[channel] as bigint);
    });
    assert.equal(outside, undefined, `seed ${place.seed}: '${node.name}' leaves its bounds`);
  }
  if (isLegal) assertNear(graph, quantised, { inputs, tensors: doubles, seed: place.seed });
}

function provenInputs(quantised: QuantGraph, random: SeededRandom): ReturnType<typeof domainInputs> {
  return quantised.inputs.map(id => {
    const { shape, bounds } = quantised.nodes[id] as QuantGraph['nodes'][number];
    const [low, high] = [Number(bounds.min[0]), Number(bounds.max[0])];
    return {
      shape,
      data: Float64Array.from({ length: elementCount(shape) }, () => (random.below(2) ? low : high)),
    };
  });
}

/** All tensors, or the reason why the circuit proves none: a normalisation of zeros, say. */
function evaluateOrRefuse(
  plan: ReturnType<typeof planEvaluation>,
  inputs: readonly IntTensor[],
): readonly IntTensor[] | string {
  try {
    return evaluateQuantNodes(plan, inputs);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'BOUND_EXCEEDED', String(error));
    return (error as Error).message;
  }
}

function toBigints({ data }: IntTensor): bigint[] {
  return Array.from<number | bigint, bigint>(data, BigInt);
}

interface Run {
  readonly inputs: ReturnType<typeof domainInputs>;
  readonly tensors: readonly IntTensor[];
  readonly seed: number;
}

function assertNear(graph: Graph, quantised: QuantGraph, { inputs, tensors, seed }: Run): void {
  const outputs = quantised.outputs.map(id => tensors[id] as IntTensor);
  const found = dequantizeOutput(quantised, outputs);
  for (const [i, real] of evaluateGraph(graph, toReals(graph, inputs)).entries()) {
    const limit = TOLERANCE * largestOf(real, 0.5);
    const far = real.data.findIndex(
      (value, k) => !(Math.abs(value - (found[i]?.data[k] ?? Number.NaN)) <= limit),
    );
    assert.equal(far, -1, `seed ${seed}: output ${i} is ${found[i]?.data[far]} instead of ${real.data[far]}`);
  }
}
