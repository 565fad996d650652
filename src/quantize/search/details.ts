/**
 * What a network in integers does layer by layer: its constraints, its errors against the float network, and how much of
 * the widths that it proves its numbers take.
 */
import { evaluateNodes, type Graph } from '../../graph/index.ts';
import { constraintEstimate } from '../estimate.ts';
import { evaluateQuantNodes, planEvaluation } from '../evaluate.ts';
import { quantizeInput } from '../inputs.ts';
import { bitLength } from '../integers.ts';
import type { Sample } from '../options.ts';
import type { IntTensor, QuantGraph, QuantNode } from '../types.ts';
import { realInputs, realScale, valuesOf } from './judge.ts';

/** One node of the float network. */
export interface LayerDetails {
  readonly name: string;
  readonly operator: string;
  /** Of its weights, or what it keeps; absent where there is no choice. */
  readonly bits?: number;
  readonly constraintCount: number;
  /** Without the search; left out where nothing was searched. */
  readonly initial?: { readonly bits?: number; readonly constraintCount: number };
  /** Of all constraints. */
  readonly share: number;
  /** Against the float network, as shares of the spread of its numbers; absent where the two cannot be compared. */
  readonly error?: { readonly rootMeanSquare: number; readonly largest: number; readonly spread: number };
  /** Of an activation or a comparison: the widths of the numbers that reach it. */
  readonly widths?: WidthDetails;
}

export interface WidthDetails {
  /** Numbers by their signed width: `counts[i]` have `from + i` bits, and a negative width is that of a negative number. */
  readonly from: number;
  readonly counts: readonly number[];
  /** Widths of the exact bounds: no input has numbers beyond them. */
  readonly boundMin: number;
  readonly boundMax: number;
  /** What the circuit proves: so many bits to either side. */
  readonly provedBits: number;
}

export interface DetailOptions {
  readonly samples: readonly Sample[];
  readonly bits: Readonly<Record<string, number>>;
  /** Constraints of each node by name. */
  readonly nodeCosts: ReadonlyMap<string, number>;
  /** The same without the search. */
  readonly initial?: Pick<DetailOptions, 'bits' | 'nodeCosts'>;
}

/** Most samples that are looked at. */
const SAMPLE_COUNT = 128;
/** Bits of bounded linear rows that share one constraint. */
const ROW_BITS = 253;

/** Looks at every node of the float network that the integer one has too. */
export function measureLayers(graph: Graph, quantGraph: QuantGraph, options: DetailOptions): LayerDetails[] {
  const { bits, nodeCosts, initial } = options;
  const tallies = tally(graph, quantGraph, options.samples.slice(0, SAMPLE_COUNT));
  const total = Math.max(
    1,
    [...nodeCosts.values()].reduce((sum, count) => sum + count, 0),
  );
  return graph.nodes.map(({ name, op }) => {
    const constraintCount = nodeCosts.get(name) ?? 0;
    return {
      name,
      operator: op.kind,
      ...ownBits(bits, name),
      constraintCount,
      ...(initial === undefined
        ? {}
        : {
            initial: {
              ...ownBits(initial.bits, name),
              constraintCount: initial.nodeCosts.get(name) ?? 0,
            },
          }),
      share: constraintCount / total,
      ...finish(tallies.get(name)),
    };
  });
}

function ownBits(bits: DetailOptions['bits'], name: string): { readonly bits?: number } {
  const own = Object.hasOwn(bits, name) ? bits[name] : undefined;
  return own === undefined ? {} : { bits: own };
}

/** Constraints of each node on plain Groth16. */
export function plainCosts(quantGraph: QuantGraph): Map<string, number> {
  const { nodes } = constraintEstimate(quantGraph);
  return new Map(
    nodes.map(({ name, rowCount, linearBits }) => [name, rowCount + Math.ceil(linearBits / ROW_BITS)]),
  );
}

interface Tally {
  elements: number;
  squares: number;
  largest: number;
  min: number;
  max: number;
  /** By signed width. */
  readonly widths: Map<number, number>;
  readonly node: QuantNode;
  readonly operand: QuantNode | undefined;
}

function tally(graph: Graph, quantGraph: QuantGraph, samples: readonly Sample[]): Map<string, Tally> {
  const plan = planEvaluation(quantGraph);
  const tallies = new Map<string, Tally>();
  for (const node of quantGraph.nodes) {
    const operand = node.inputs[0] === undefined ? undefined : quantGraph.nodes[node.inputs[0]];
    const start = {
      elements: 0,
      squares: 0,
      largest: 0,
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
    };
    tallies.set(node.name, { ...start, widths: new Map(), node, operand });
  }
  for (const sample of samples) {
    const integers = valuesOf(() => evaluateQuantNodes(plan, quantizeInput(quantGraph, sample)));
    if (integers === undefined) continue;
    const reals = evaluateNodes(graph, realInputs(graph, sample));
    for (const { id, name } of graph.nodes) {
      const own = tallies.get(name);
      if (own !== undefined) add(own, integers, reals[id]?.data ?? new Float64Array());
    }
  }
  return tallies;
}

function add(own: Tally, integers: readonly IntTensor[], reals: ArrayLike<number>): void {
  const { node, operand, widths } = own;
  const tensor = integers[node.id];
  if (tensor === undefined || tensor.data.length !== reals.length) return;
  const scale = realScale(node);
  for (let i = 0; i < reals.length; i++) {
    const real = reals[i] ?? 0;
    const error = Math.abs(scale(Number(tensor.data[i])) - real);
    own.elements += 1;
    own.squares += error * error;
    own.largest = Math.max(own.largest, error);
    own.min = Math.min(own.min, real);
    own.max = Math.max(own.max, real);
  }
  if (operand === undefined || provedBitsOf(node) === undefined) return;
  for (const value of integers[operand.id]?.data ?? []) {
    const width = signedWidth(BigInt(value));
    widths.set(width, (widths.get(width) ?? 0) + 1);
  }
}

/** Bits, negative for a negative number. */
function signedWidth(value: bigint): number {
  return value < 0n ? -bitLength(-value) : bitLength(value);
}

/** What the circuit proves of the numbers that reach a node; undefined for nodes that prove nothing of them. */
function provedBitsOf({ op }: QuantNode): number | undefined {
  switch (op.kind) {
    case 'relu':
    case 'leaky-relu': {
      const proved = op.quotientBits.filter((_, channel) => op.sign[channel] === 'any');
      return proved.length === 0 ? undefined : Math.max(...proved) + op.shiftBits;
    }
    default:
      return undefined;
  }
}

function finish(own: Tally | undefined): Pick<LayerDetails, 'error' | 'widths'> {
  if (own === undefined || own.elements === 0 || own.node.op.kind === 'argmax') return {};
  const spread = own.max > own.min ? own.max - own.min : 1;
  const error = {
    rootMeanSquare: Math.sqrt(own.squares / own.elements) / spread,
    largest: own.largest / spread,
    spread,
  };
  const provedBits = provedBitsOf(own.node);
  if (provedBits === undefined || own.operand === undefined || own.widths.size === 0) return { error };
  const [from, to] = [Math.min(...own.widths.keys()), Math.max(...own.widths.keys())];
  const counts = Array.from({ length: to - from + 1 }, (_, index) => own.widths.get(from + index) ?? 0);
  const { min, max } = own.operand.bounds;
  const least = min.reduce((left, right) => (right < left ? right : left));
  const most = max.reduce((left, right) => (right > left ? right : left));
  const widths = { from, counts, boundMin: signedWidth(least), boundMax: signedWidth(most), provedBits };
  return { error, widths };
}
