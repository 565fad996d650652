/**
 * Layers of cells: rows of a matrix that read the same elements, gathered side by side, as one grouped convolution over a
 * single position. What the passes that multiply layers out are made of.
 */
import { buildGraph, type NodeSpec, nodeOf, toGraphSpec } from '../build.ts';
import type { LinearMap, SparseColumn } from '../linear-map.ts';
import { elementCount } from '../shape-text.ts';
import type { Conv2dOp, Graph, Node, NodeId, Op } from '../types.ts';
import { removeDeadNodes } from './rewrite.ts';

/** Rows that read the same elements, side by side: cell i holds rows i * units to (i + 1) * units - 1. */
export interface Cells {
  readonly units: number;
  /** The most elements that a cell reads. */
  readonly inputCount: number;
  /** For each cell, the columns that it reads, counted over all sources. */
  readonly supports: readonly (readonly number[])[];
}

/** Finds the cells of a matrix; undefined when they are not of one size, side by side. */
export function toCells(map: LinearMap, rowCount: number): Cells | undefined {
  const supports: number[][] = Array.from({ length: rowCount }, () => []);
  columnsOf(map).forEach(({ indices }, column) => {
    for (const row of indices) supports[row]?.push(column);
  });
  const starts = supports.flatMap((support, row) =>
    row > 0 && isEqual(support, supports[row - 1]) ? [] : [row],
  );
  const units = rowCount / starts.length;
  if (!starts.every((row, cell) => row === cell * units)) return undefined;
  return { units, ...supportsOf(starts.map(row => supports[row] ?? [])) };
}

/** Supports with the size of the largest. */
export function supportsOf(supports: readonly (readonly number[])[]): Omit<Cells, 'units'> {
  return { supports, inputCount: Math.max(1, ...supports.map(support => support.length)) };
}

function isEqual(a: readonly number[], b: readonly number[] | undefined): boolean {
  return a.length === b?.length && a.every((value, i) => value === b[i]);
}

/** The columns of all sources, one after the other. */
export function columnsOf(map: LinearMap): readonly SparseColumn[] {
  return map.columns.flat();
}

/** The elements of all sources in one vector: nodes to add, and the name of the last. */
export function joinedSources(
  graph: Graph,
  base: string,
  sources: readonly NodeId[],
): { readonly nodes: Required<NodeSpec>[]; readonly name: string; readonly size: number } {
  const sizes = sources.map(id => elementCount(nodeOf(graph, id).shape));
  const flat = sources.map((id, i): Required<NodeSpec> => {
    const part = sources.length === 1 ? 'flat' : `flat_${i + 1}`;
    const op: Op = { kind: 'reshape', shape: [sizes[i] ?? 0] };
    return { name: freshName(graph, `${base}_${part}`), op, inputs: [nodeOf(graph, id).name] };
  });
  const size = sizes.reduce((total, value) => total + value, 0);
  const [first] = flat;
  if (first !== undefined && flat.length === 1) return { nodes: flat, name: first.name, size };
  const name = freshName(graph, `${base}_joined`);
  const joined: Required<NodeSpec> = {
    name,
    op: { kind: 'concat', axis: 0 },
    inputs: flat.map(node => node.name),
  };
  return { nodes: [...flat, joined], name, size };
}

/** The elements that each cell reads, cell by cell; zeros fill up the smaller ones. */
export function gatherIndices({ supports, inputCount }: Omit<Cells, 'units'>): Int32Array {
  const indices = new Int32Array(supports.length * inputCount).fill(-1);
  supports.forEach((support, cell) => {
    indices.set(support, cell * inputCount);
  });
  return indices;
}

/** Where each column stands among the inputs of each cell. */
export function placesOf({ supports }: Pick<Cells, 'supports'>): ReadonlyMap<number, number>[] {
  return supports.map(support => new Map(support.map((column, place) => [column, place])));
}

/** Dense layers of cells. kernel: [input, cell * units + unit]; bias: [cell * units + unit]. */
export function cellLayer(cellCount: number, kernel: Float32Array, bias: Float32Array): Conv2dOp {
  return {
    kind: 'conv2d',
    filters: bias.length,
    kernelSize: [1, 1],
    strides: [1, 1],
    dilations: [1, 1],
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
    groups: cellCount,
    kernel,
    bias,
  };
}

/** The name, or the next free variant of it. */
export function freshName(graph: Graph, base: string): string {
  let name = base;
  for (let i = 2; graph.nodes.some(node => node.name === name); i++) name = `${base}_${i}`;
  return name;
}

/** Puts nodes in the place of one, the last of them under its name. */
export function replaceNode(graph: Graph, old: Node, nodes: readonly Required<NodeSpec>[]): Graph {
  const spec = toGraphSpec(graph);
  const at = spec.nodes.findIndex(({ name }) => name === old.name);
  const replaced = [...spec.nodes.slice(0, at), ...nodes, ...spec.nodes.slice(at + 1)];
  return removeDeadNodes(buildGraph({ ...spec, nodes: replaced }));
}
