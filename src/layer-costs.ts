/**
 * Where a network's constraints go, layer by layer: estimated from its integers before anything is compiled, and counted
 * from the rows after.
 */
import { planRanges } from '../converters/acir-to-r1cs/index.ts';
import { type Application, type StatementCost, statementCosts } from './applications/index.ts';
import { BN254_SCALAR_PRIME } from './field/index.ts';
import { constraintEstimate, type NodeEstimate, type QuantGraph, type QuantNode } from './quantize/index.ts';
import { costTable, printTable } from './r1cs/index.ts';
import type { ConstraintSystem } from './r1cs/types.ts';

export interface LayerCost {
  /** The generated Noir module. */
  readonly layer: string;
  /** Activations, comparisons or range-checked inputs; 0 for linear layers. */
  readonly activationCount: number;
  /** Narrowest and widest signed width B that the layer decomposes; absent where it decomposes nothing. */
  readonly bits?: readonly [min: number, max: number];
  readonly constraintCount: number;
  /** Of all constraints, 0 to 1. */
  readonly share: number;
}

/** Counts constraints by layer, in the order in which the layers first appear. */
export function layerCosts(quantGraph: QuantGraph, system: ConstraintSystem): LayerCost[] {
  const counts = new Map<string, number>();
  for (const { layer, constraintCount } of costTable(system)) {
    counts.set(layer, (counts.get(layer) ?? 0) + constraintCount);
  }
  const gadgets = gadgetsByLayer(quantGraph, [...counts.keys()]);
  return [...counts].map(([layer, constraintCount]) => {
    const { activationCount, widths } = gadgets.get(layer) ?? { activationCount: 0, widths: [] };
    const share = constraintCount / Math.max(1, system.constraintCount);
    const cost = { layer, activationCount, constraintCount, share };
    return widths.length === 0
      ? cost
      : { ...cost, bits: [Math.min(...widths), Math.max(...widths)] as const };
  });
}

/** Prints the table with its total, for people. */
export function printLayerCosts(costs: readonly LayerCost[]): string {
  const total = costs.reduce((sum, cost) => sum + cost.constraintCount, 0);
  const rows = costs.map(cost => [
    cost.layer,
    cost.activationCount === 0 ? '' : `${cost.activationCount}`,
    cost.bits === undefined
      ? ''
      : cost.bits[0] === cost.bits[1]
        ? `${cost.bits[0]}`
        : `${cost.bits[0]}–${cost.bits[1]}`,
    `${cost.constraintCount}`,
    `${(cost.share * 100).toFixed(1)} %`,
  ]);
  const head = ['layer', 'activations', 'bits', 'constraints', 'share'];
  return printTable([head, ...rows, ['total', '', '', `${total}`, '']]);
}

interface Gadgets {
  readonly activationCount: number;
  readonly widths: readonly number[];
}

function gadgetsByLayer(quantGraph: QuantGraph, layers: readonly string[]): Map<string, Gadgets> {
  const gadgets = new Map<string, Gadgets>();
  constraintEstimate(quantGraph).nodes.forEach(({ name, gadgetCount }, index) => {
    const node = quantGraph.nodes[index];
    if (gadgetCount === 0 || node === undefined) return;
    const layer = node.op.kind === 'input' ? 'main' : layerOf(name, layers);
    const known = gadgets.get(layer) ?? { activationCount: 0, widths: [] };
    const widths = [...known.widths, ...widthsOf(node)];
    gadgets.set(layer, { activationCount: known.activationCount + gadgetCount, widths });
  });
  return gadgets;
}

/** The module that holds a node: an activation stands in the module of the layer that it belongs to, whose name it extends. */
function layerOf(nodeName: string, layers: readonly string[]): string {
  const name = nodeName.toLowerCase().replace(/\W+/g, '_');
  const fitting = layers.filter(layer => name.startsWith(layer));
  return fitting.sort((left, right) => right.length - left.length)[0] ?? name;
}

/** Signed widths that a node decomposes, one a channel; for an input the bits of its range. */
function widthsOf({ op }: QuantNode): readonly number[] {
  switch (op.kind) {
    case 'input':
      return [op.bits];
    case 'relu':
    case 'leaky-relu':
      return op.quotientBits
        .filter((_, channel) => op.sign[channel] === 'any')
        .map(bits => bits + op.shiftBits + 1);
    case 'max-pool2d':
      return op.differenceBits.map(bits => bits + 1);
    case 'argmax':
      return [op.differenceBits + 1];
    default:
      return [];
  }
}

/** What one node of a network is going to cost. */
export interface LayerEstimate {
  readonly name: string;
  readonly operator: string;
  /** Activations and comparisons. */
  readonly activationCount: number;
  /** Products of two variables. */
  readonly productCount: number;
  readonly groth16Count: number;
  readonly ultraGrothCount: number;
  /** Weights and biases. */
  readonly parameterCount: number;
  /** Coefficients other than zero in the linear forms that the weights make. */
  readonly nonZeroCount: number;
  /** Whether more than a quarter, or a tenth, of all constraints are here: of Groth16 or UltraGroth. */
  readonly weight: 'high' | 'middle' | 'low';
}

/** What a network is going to cost. */
export interface NetworkEstimate {
  /** Nodes that cost anything or have weights, in order. */
  readonly layers: readonly LayerEstimate[];
  readonly groth16: EstimateTotals;
  readonly ultraGroth: EstimateTotals;
}

export interface EstimateTotals {
  readonly total: number;
  /** Linear rows, of which several share one. */
  readonly packedLinearCount: number;
  readonly outputCount: number;
  /** Rows of range tables, and the bits of each. */
  readonly tableCount: number;
  readonly tableBits: readonly number[];
}

/** A network's integers, and what its proofs state besides making outputs public. */
export interface Estimated {
  readonly quantGraph: QuantGraph;
  readonly application?: Application;
}

/**
 * Estimates a network from its integers, without compiling anything. The parts of an application's statement stand behind
 * the layers.
 *
 * @param plain the network quantised for Groth16.
 * @param forLookups the same network quantised for UltraGroth.
 */
export function estimateLayers(plain: Estimated, forLookups: Estimated = plain): NetworkEstimate {
  const bits = estimateRows(plain, width => width);
  const plan = planTables(forLookups);
  const lookups = estimateRows(forLookups, rangePriceOf(plan));
  const tableCount = plan.tableBits.reduce((sum, width) => sum + 2 ** width + 1, 0);
  const totals: BothSystems = [bits.total, lookups.total];
  const layers = plain.quantGraph.nodes.flatMap((node, index) =>
    layerEstimate(node, [bits.nodes[index], lookups.nodes.find(({ name }) => name === node.name)], totals),
  );
  const statement = bits.statement.map(({ name, rowCount }, index) =>
    statementEstimate(name, [rowCount, lookups.statement[index]?.rowCount ?? 0], totals),
  );
  return {
    layers: [...layers, ...statement],
    groth16: { ...totalsOf(bits), tableCount: 0, tableBits: [] },
    ultraGroth: {
      ...totalsOf(lookups),
      tableCount,
      tableBits: plan.tableBits,
      total: lookups.total + tableCount,
    },
  };
}

/** The constraints of {@link estimateLayers} alone, for one proof system: what a search asks for many times. */
export function estimateTotal(estimated: Estimated, proofSystem: 'groth16' | 'ultragroth'): number {
  if (proofSystem === 'groth16') return estimateRows(estimated, width => width).total;
  return estimateLayers(estimated).ultraGroth.total;
}

/** Rows of a network and of what is stated about it. */
interface RowEstimate {
  readonly nodes: readonly NodeEstimate[];
  readonly statement: readonly { readonly name: string; readonly rowCount: number }[];
  readonly packedLinearCount: number;
  readonly outputCount: number;
  /** Without tables. */
  readonly total: number;
}

function estimateRows(
  { quantGraph, application }: Estimated,
  rangePrice: (bits: number) => number,
): RowEstimate {
  const { nodes, packedLinearCount, ...network } = constraintEstimate(quantGraph, { rangePrice });
  const costs = application === undefined ? [] : statementCosts(application);
  const statement = costs.map(cost => ({ name: cost.name, rowCount: statementRows(cost, rangePrice) }));
  const outputCount =
    application === undefined
      ? network.outputCount
      : costs.reduce((sum, { resultCount }) => sum + resultCount, 0);
  const stated = statement.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const total = network.total - network.outputCount + outputCount + stated;
  return { nodes, statement, packedLinearCount, outputCount, total };
}

function statementRows({ rowCount, ranges }: StatementCost, rangePrice: (bits: number) => number): number {
  return ranges.reduce((sum, { bits, count }) => sum + (bits === 0 ? 0 : count * rangePrice(bits)), rowCount);
}

function totalsOf({
  total,
  packedLinearCount,
  outputCount,
}: RowEstimate): Omit<EstimateTotals, 'tableCount' | 'tableBits'> {
  return { total, packedLinearCount, outputCount };
}

type TablePlan = ReturnType<typeof planRanges>;

/** Plans tables for the ranges of a network and its statement. */
function planTables(estimated: Estimated): TablePlan {
  const widths = new Set<number>();
  const rest = estimateRows(estimated, bits => {
    widths.add(bits);
    return 0;
  }).total;
  const histogram = new Map(
    [...widths].map(
      width => [width, estimateRows(estimated, bits => (bits === width ? 1 : 0)).total - rest] as const,
    ),
  );
  return planRanges(BN254_SCALAR_PRIME, histogram);
}

function rangePriceOf(plan: TablePlan): (bits: number) => number {
  return bits =>
    plan.piecesOf(bits).reduce((rows, piece) => rows + (piece.width < piece.tableBits ? 2 : 1), 0);
}

/** Operators whose rows are products of two variables. */
const PRODUCTS: ReadonlySet<string> = new Set([
  'multiply',
  'matmul',
  'bilinear',
  'scale-rows',
  'sum-of-squares',
]);
const HIGH_SHARE = 0.25;
const MIDDLE_SHARE = 0.1;

function layerEstimate(
  node: QuantNode,
  [bits, lookups]: readonly [NodeEstimate | undefined, NodeEstimate | undefined],
  [bitsTotal, lookupsTotal]: BothSystems,
): LayerEstimate[] {
  const { parameterCount, nonZeroCount } = weightsOf(node);
  const groth16Count = bits?.rowCount ?? 0;
  const ultraGrothCount = lookups?.rowCount ?? 0;
  if (groth16Count + ultraGrothCount + parameterCount === 0) return [];
  const isProduct = PRODUCTS.has(node.op.kind);
  const isRange = node.op.kind === 'input' || node.op.kind === 'rescale';
  const gadgetCount = isRange ? 0 : (bits?.gadgetCount ?? 0);
  return [
    {
      name: node.name,
      operator: node.op.kind,
      activationCount: isProduct ? 0 : gadgetCount,
      productCount: isProduct ? gadgetCount : 0,
      groth16Count,
      ultraGrothCount,
      parameterCount,
      nonZeroCount,
      weight: weightOf([groth16Count, ultraGrothCount], [bitsTotal, lookupsTotal]),
    },
  ];
}

type BothSystems = readonly [groth16: number, ultraGroth: number];

function weightOf(counts: BothSystems, totals: BothSystems): LayerEstimate['weight'] {
  const share = Math.max(counts[0] / totals[0], counts[1] / totals[1]);
  return share > HIGH_SHARE ? 'high' : share > MIDDLE_SHARE ? 'middle' : 'low';
}

function statementEstimate(name: string, counts: BothSystems, totals: BothSystems): LayerEstimate {
  const [groth16Count, ultraGrothCount] = counts;
  return {
    name,
    operator: 'statement',
    activationCount: 0,
    productCount: 0,
    groth16Count,
    ultraGrothCount,
    parameterCount: 0,
    nonZeroCount: 0,
    weight: weightOf(counts, totals),
  };
}

function weightsOf(node: QuantNode): { parameterCount: number; nonZeroCount: number } {
  const { op, shape } = node;
  const elements = shape.reduce((product, size) => product * size, 1);
  const nonZero = (weights: Int32Array): number => {
    let count = 0;
    for (let i = 0; i < weights.length; i++) if (weights[i] !== 0) count++;
    return count;
  };
  switch (op.kind) {
    case 'dense':
      return {
        parameterCount: op.weights.length + op.bias.length,
        nonZeroCount: nonZero(op.weights) * (elements / op.units),
      };
    case 'conv2d':
      return {
        parameterCount: op.kernel.length + op.bias.length,
        nonZeroCount: nonZero(op.kernel) * (elements / op.filters),
      };
    case 'bilinear':
      return { parameterCount: op.kernel.length + op.bias.length, nonZeroCount: nonZero(op.kernel) };
    case 'affine':
      return { parameterCount: op.scale.length + op.shift.length, nonZeroCount: elements };
    default:
      return { parameterCount: 0, nonZeroCount: 0 };
  }
}

/** Draws attention to a line of a table: a terminal may colour it. */
export type Highlight = (line: string, weight: LayerEstimate['weight']) => string;

/** Prints the table with its totals; expensive layers are marked with `!!`, less expensive ones with `!`. */
export function printNetworkEstimate(
  { layers, groth16, ultraGroth }: NetworkEstimate,
  highlight: Highlight = line => line,
): string {
  const count = (value: number): string => (value === 0 ? '' : groupDigits(value));
  const sum = (of: (layer: LayerEstimate) => number): string =>
    count(layers.reduce((all, layer) => all + of(layer), 0));
  const marks = { high: '!!', middle: '!', low: '' };
  const rows = layers.map(layer => [
    layer.name,
    layer.operator,
    count(layer.activationCount),
    count(layer.productCount),
    count(layer.groth16Count),
    count(layer.ultraGrothCount),
    count(layer.parameterCount),
    count(layer.nonZeroCount),
    marks[layer.weight],
  ]);
  const rest = (name: string, of: (totals: EstimateTotals) => number): string[] => [
    name,
    '',
    '',
    '',
    count(of(groth16)),
    count(of(ultraGroth)),
    '',
    '',
    '',
  ];
  const tables = ultraGroth.tableBits.map(bits => `2^${bits}`).join(', ');
  const lines = printTable(
    [
      [
        'layer',
        'operator',
        'activations',
        'products',
        'Groth16',
        'UltraGroth',
        'parameters',
        'non-zeros',
        '',
      ],
      ...rows,
      rest('linear rows, packed', totals => totals.packedLinearCount),
      rest('outputs', totals => totals.outputCount),
      ...(tables === '' ? [] : [rest(`tables ${tables}`, totals => totals.tableCount)]),
      [
        'total',
        '',
        sum(layer => layer.activationCount),
        sum(layer => layer.productCount),
        count(groth16.total),
        count(ultraGroth.total),
        sum(layer => layer.parameterCount),
        sum(layer => layer.nonZeroCount),
        '',
      ],
    ],
    2,
  ).split('\n');
  return lines.map((line, index) => highlight(line, layers[index - 1]?.weight ?? 'low')).join('\n');
}

function groupDigits(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}
