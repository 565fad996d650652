/**
 * Takes products apart where few activations stand behind many of them.
 *
 *     p = f * x                  f: factors, linear in u      x: values, linear in h      p: 6144, in one cell
 *     e = dense(p)               32 sums
 *   ->
 *     e[j] = sum over a of h[a] * (dense of u)[j, a]  +  (dense of u)[j]      12 products for each of the 32 sums
 *
 * What a layer makes of products of two linear forms is bilinear in the few activations behind these forms, and a bilinear
 * form takes as many products as it has variables on its shorter side. Squeeze-and-excite on the decoder of a block of 12
 * hidden units multiplies thousands of values, and the encoder behind needs 12 products for each of its hidden units.
 * Its weights are also one layer's instead of four, so that the activations behind are narrower.
 */
import type { NodeSpec } from '../build.ts';
import { nodeOf } from '../build.ts';
import { isLinear, type LinearMap, linearMapOf, linearRegion } from '../linear-map.ts';
import { elementCount } from '../shape-text.ts';
import type { Graph, Node, NodeId, Op } from '../types.ts';
import {
  type Cells,
  cellLayer,
  columnsOf,
  freshName,
  gatherIndices,
  joinedSources,
  placesOf,
  replaceNode,
  supportsOf,
  toCells,
} from './cells.ts';
import { WEIGHTS_PER_CONSTRAINT } from './merge-linear.ts';

/** Terms of a matrix beyond which nothing is gained. */
const TERMS_MAX = 2 ** 21;
/** The share of the products that must go. */
const SAVED_SHARE_MIN = 0.25;

/** Takes apart what can be; the very same graph when nothing can. */
export function mergeProducts(graph: Graph): Graph {
  let current = graph;
  for (const { name } of graph.nodes.filter(({ op }) => op.kind === 'multiply')) {
    const node = current.nodes.find(candidate => candidate.name === name);
    if (node !== undefined) current = takeApart(current, node) ?? current;
  }
  return current;
}

function takeApart(graph: Graph, product: Node): Graph | undefined {
  const sink = findSink(graph, product);
  const [left, right] = product.inputs.map(id => factorMap(graph, id));
  if (sink === undefined || left === undefined || right === undefined) return undefined;
  const reading = linearMapOf(graph, linearRegion(graph, sink.id), TERMS_MAX);
  const cells = reading === undefined ? undefined : toCells(reading, elementCount(sink.shape));
  if (reading === undefined || cells === undefined) return undefined;
  const plan = planOf({ graph, sink, reading, cells }, left, right);
  const before = elementCount(product.shape);
  const saved = before - plan.productCount;
  if (saved < SAVED_SHARE_MIN * before || plan.weightCount > WEIGHTS_PER_CONSTRAINT * saved) return undefined;
  return replaceNode(graph, sink, nodesOf(plan));
}

/** The layer over a single position that reads the product, and nothing else, through linear operators; all read it there. */
function findSink(graph: Graph, product: Node): Node | undefined {
  for (const node of graph.nodes.slice(product.id + 1)) {
    if (node.op.kind !== 'conv2d' || node.shape[0] !== 1 || node.shape[1] !== 1) continue;
    const { nodes, sources } = linearRegion(graph, node.id);
    if (sources.length !== 1 || sources[0] !== product.id) continue;
    const inside = new Set<NodeId>([product.id, ...nodes.map(({ id }) => id)]);
    const isRead = (id: NodeId): boolean =>
      graph.outputs.includes(id) ||
      graph.nodes.some(user => user.inputs.includes(id) && !inside.has(user.id));
    if ([...inside].every(id => id === node.id || !isRead(id))) return node;
  }
  return undefined;
}

/** A factor as a map of the activations behind it, row by row. */
interface Factor {
  readonly map: LinearMap;
  readonly rows: readonly (readonly (readonly [column: number, value: number])[])[];
}

function factorMap(graph: Graph, id: NodeId): Factor | undefined {
  if (!isLinear(nodeOf(graph, id))) return undefined;
  const map = linearMapOf(graph, linearRegion(graph, id), TERMS_MAX);
  if (map === undefined) return undefined;
  const rows = Array.from(map.constant, (): [number, number][] => []);
  columnsOf(map).forEach(({ indices, values }, column) => {
    indices.forEach((row, i) => {
      rows[row]?.push([column, values[i] as number]);
    });
  });
  return { map, rows };
}

interface Subject {
  readonly graph: Graph;
  readonly sink: Node;
  /** From products to the sink. */
  readonly reading: LinearMap;
  readonly cells: Cells;
}

/** Each sum of the sink as products of each hub with a form of the others, and a form of the others. */
interface Plan extends Subject {
  readonly hub: Factor;
  readonly other: Factor;
  readonly hubs: Omit<Cells, 'units'>;
  readonly others: Omit<Cells, 'units'>;
  readonly productCount: number;
  readonly weightCount: number;
}

function planOf(subject: Subject, left: Factor, right: Factor): Plan {
  const { supports, units } = subject.cells;
  const readBy = (factor: Factor): Omit<Cells, 'units'> =>
    supportsOf(
      supports.map(support => {
        const columns = new Set(
          support.flatMap(element => factor.rows[element]?.map(([column]) => column) ?? []),
        );
        return [...columns].sort((a, b) => a - b);
      }),
    );
  const [ofLeft, ofRight] = [readBy(left), readBy(right)];
  const isLeftHub = ofLeft.inputCount <= ofRight.inputCount;
  const [hub, other] = isLeftHub ? [left, right] : [right, left];
  const [hubs, others] = isLeftHub ? [ofLeft, ofRight] : [ofRight, ofLeft];
  const sums = supports.length * units;
  const productCount = sums * hubs.inputCount;
  return {
    ...subject,
    hub,
    other,
    hubs,
    others,
    productCount,
    weightCount: (productCount + sums) * others.inputCount,
  };
}

/** Weights of the forms, both laid out as {@link cellLayer} takes them. */
interface Forms {
  /** Form of product (j, h) of a cell at unit j * hubs + h. */
  readonly forms: Float32Array;
  readonly formBiases: Float32Array;
  readonly rest: Float32Array;
  readonly restBiases: Float32Array;
}

function formsOf(plan: Plan): Forms {
  const { reading, cells, hubs, others } = plan;
  const sums = cells.supports.length * cells.units;
  const forms = new Float64Array(others.inputCount * sums * hubs.inputCount);
  const formBiases = new Float64Array(sums * hubs.inputCount);
  const rest = new Float64Array(others.inputCount * sums);
  const restBiases = Float64Array.from(reading.constant);
  const [columns] = reading.columns;
  const hubPlaces = placesOf(hubs);
  const otherPlaces = placesOf(others);
  columns?.forEach(({ indices, values }, element) => {
    let cell = -1;
    let [hubTerms, otherTerms]: [Term[], Term[]] = [[], []];
    for (let i = 0; i < indices.length; i++) {
      const row = indices[i] as number;
      if (Math.floor(row / cells.units) !== cell) {
        cell = Math.floor(row / cells.units);
        hubTerms = termsAt(plan.hub, element, hubPlaces[cell]);
        otherTerms = termsAt(plan.other, element, otherPlaces[cell]);
      }
      const weight = values[i] as number;
      for (const { place: h, value: hubValue } of hubTerms) {
        const form = h < 0 ? row : row * hubs.inputCount + h;
        const list = h < 0 ? rest : forms;
        const constants = h < 0 ? restBiases : formBiases;
        const stride = h < 0 ? sums : sums * hubs.inputCount;
        for (const { place: o, value: otherValue } of otherTerms) {
          const target = o < 0 ? constants : list;
          const at = o < 0 ? form : o * stride + form;
          target[at] = (target[at] as number) + weight * hubValue * otherValue;
        }
      }
    }
  });
  return {
    forms: Float32Array.from(forms),
    formBiases: Float32Array.from(formBiases),
    rest: Float32Array.from(rest),
    restBiases: Float32Array.from(restBiases),
  };
}

/** A term of a factor: a place among what its cell reads, or -1 for its constant. */
interface Term {
  readonly place: number;
  readonly value: number;
}

function termsAt(factor: Factor, element: number, places: ReadonlyMap<number, number> | undefined): Term[] {
  const terms = (factor.rows[element] ?? []).map(([column, value]) => ({
    place: places?.get(column) ?? 0,
    value,
  }));
  return [...terms, { place: -1, value: factor.map.constant[element] ?? 0 }];
}

function nodesOf(plan: Plan): Required<NodeSpec>[] {
  const { graph, sink, cells, hubs, others } = plan;
  const { forms, formBiases, rest, restBiases } = formsOf(plan);
  const cellCount = cells.supports.length;
  const name = (part: string): string => freshName(graph, `${sink.name}_${part}`);
  const hub = joinedSources(graph, name('hubs'), plan.hub.map.sources);
  const other = joinedSources(graph, name('values'), plan.other.map.sources);
  const step = (part: string, op: Op, ...inputs: string[]): Required<NodeSpec> => ({
    name: name(part),
    op,
    inputs,
  });
  const read = step('read', gather(gatherIndices(others), `gather for ${cellCount} cells`), other.name);
  const hubIndices = repeatForUnits(hubs, cells.units);
  const spread = step('spread', gather(hubIndices, `hubs for ${hubIndices.length} products`), hub.name);
  const form = step('forms', cellLayer(cellCount, forms, formBiases), read.name);
  const product = step('products', { kind: 'multiply' }, form.name, spread.name);
  const grid = step(
    'grid',
    { kind: 'reshape', shape: [cellCount * cells.units, hubs.inputCount] },
    product.name,
  );
  const sums = step('sums', { kind: 'reduce', reduction: 'sum', axes: [1] }, grid.name);
  const row = step('row', { kind: 'reshape', shape: sink.shape }, sums.name);
  const linear = step('rest', cellLayer(cellCount, rest, restBiases), read.name);
  const total = { name: sink.name, op: { kind: 'add' } as const, inputs: [row.name, linear.name] };
  return [...hub.nodes, ...other.nodes, read, spread, form, product, grid, sums, row, linear, total];
}

function gather(indices: Int32Array, label: string): Op {
  return { kind: 'rearrange', shape: [1, 1, indices.length], indices, label };
}

/** The hubs of each cell, once for each of its units. */
function repeatForUnits(hubs: Omit<Cells, 'units'>, units: number): Int32Array {
  const once = gatherIndices(hubs);
  const { inputCount } = hubs;
  return Int32Array.from({ length: once.length * units }, (_, i) => {
    const cell = Math.floor(i / (inputCount * units));
    return once[cell * inputCount + (i % inputCount)] ?? -1;
  });
}
