/**
 * Inputs on which implementations are compared: the corners of the proven range, inputs that drive single values of the
 * network to their largest and smallest, and seeded random ones.
 */
import { type SeededRandom, seededRandom } from '../../../fixtures/data/random.ts';
import {
  evaluateQuantNodes,
  type IntTensor,
  type QuantGraph,
  quantNodeOf,
} from '../../../src/quantize/index.ts';

/** One tensor for each input of the graph. */
export type Inputs = readonly IntTensor[];

/** Inclusive range that the circuit proves of an input's elements. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** Draws `count` inputs, edges first; equal seeds give equal inputs. */
export function drawInputs(graph: QuantGraph, count: number, seed: number): Inputs[] {
  const random = seededRandom(seed);
  const edges = [...cornerInputs(graph), ...extremeInputs(graph, random)].slice(0, Math.ceil(count / 2));
  const drawn = Array.from({ length: count - edges.length }, (_, i) =>
    fillInputs(graph, range => drawElement(range, random, i % 2 === 0)),
  );
  return [...edges, ...drawn];
}

/** Inputs with one element just outside the range that the circuit proves. */
export function outOfRangeInputs(graph: QuantGraph): Inputs[] {
  return [
    fillInputs(graph, ({ min, max }, i) => (i === 0 ? max + 1 : min)),
    fillInputs(graph, ({ min, max }, i) => (i === 0 ? min - 1 : max)),
  ];
}

function drawElement({ min, max }: Range, random: SeededRandom, anywhere: boolean): number {
  if (anywhere) return min + random.below(max - min + 1);
  return random.below(2) === 0 ? min : max;
}

function cornerInputs(graph: QuantGraph): Inputs[] {
  const nearest = (value: number, { min, max }: Range): number => Math.min(max, Math.max(min, value));
  return [
    fillInputs(graph, range => nearest(0, range)),
    fillInputs(graph, range => range.min),
    fillInputs(graph, range => range.max),
    fillInputs(graph, (range, i) => (i % 2 === 0 ? range.min : range.max)),
    fillInputs(graph, (range, i) => (i % 2 === 0 ? range.max : range.min)),
    fillInputs(graph, (range, i) => nearest(i % 2 === 0 ? -1 : 1, range)),
  ];
}

/** More elements than this are not probed one by one. */
const PROBE_LIMIT = 100;
const EXTREME_COUNT = 8;

/**
 * Drives a few elements of the first computed node (linear in the input, in most cases) to both ends: the sign of its
 * answer to a change of each input element says where that element must stand.
 */
function extremeInputs(graph: QuantGraph, random: SeededRandom): Inputs[] {
  const base = fillInputs(graph, range => range.min);
  const elementCount = base.reduce((sum, tensor) => sum + tensor.data.length, 0);
  const target = graph.nodes.find(node => node.op.kind !== 'input' && node.op.kind !== 'reshape');
  if (target === undefined || elementCount > PROBE_LIMIT) return [];
  const observe = (inputs: Inputs): readonly number[] =>
    Array.from<number | bigint, number>(evaluateQuantNodes(graph, inputs)[target.id]?.data ?? [], Number);
  const start = observe(base);
  const answers = Array.from({ length: elementCount }, (_, i) =>
    observe(fillInputs(graph, (range, j) => (i === j ? range.max : range.min))),
  );
  return Array.from({ length: EXTREME_COUNT }, (_, i) => {
    const element = random.below(start.length);
    const rises = answers.map(answer => (answer[element] as number) > (start[element] as number));
    return fillInputs(graph, (range, j) => (rises[j] === (i % 2 === 0) ? range.max : range.min));
  });
}

/** Fills all inputs of a graph; `index` counts on from one input to the next. */
function fillInputs(graph: QuantGraph, value: (range: Range, index: number) => number): Inputs {
  let index = 0;
  return graph.inputs.map(id => {
    const { shape, bounds } = quantNodeOf(graph, id);
    const range = { min: Number(bounds.min[0]), max: Number(bounds.max[0]) };
    const length = shape.reduce((product, side) => product * side, 1);
    return { shape, data: Float64Array.from({ length }, () => value(range, index++)) };
  });
}
