/**
 * Takes what a mask rules out away from softmax: a large negative constant that is added to an element means that it has
 * no part, and must not stretch the range of the others.
 *
 *     s: 4x4 = scale(x)   by 0.5, plus -10000 above the diagonal          s: 4x4 = scale(x)   by 0.5
 *     w: 4x4 = softmax(s)                                          ->     w: 4x4 = softmax of 1, 2, 3 and 4 elements of s
 *
 * A constant counts as a mask where it lies 100 or more below the largest of its row: e^-100 is nothing beside a float32.
 * It has to stand for scores of one scale, as a normalisation by channel may well shift by hundreds what is as large: where
 * factors of a row differ, but for zeros, or are above 1 and make up for it, nothing is masked.
 */
import { buildGraph, type NodeSpec, toGraphSpec } from '../build.ts';
import { maskedSoftmax } from '../compose/masked-softmax.ts';
import { elementCount } from '../shape-text.ts';
import type { Graph, Node, Op } from '../types.ts';

/** Swin's masks are -100, BERT's -10000; others go to -3.4e38. */
const MASK_DEPTH = 100;

/** Separates masked elements from softmax. */
export function maskSoftmax(graph: Graph): Graph {
  const masks = new Map(graph.nodes.flatMap(node => findMask(graph, node) ?? []));
  if (masks.size === 0) return graph;
  const spec = toGraphSpec(graph);
  const nodes = spec.nodes.flatMap((node, i): NodeSpec[] => {
    const mask = masks.get(node.name);
    const shape = graph.nodes[i]?.shape ?? [];
    return mask === undefined ? [node] : writeMasked(node.name, shape, mask);
  });
  return buildGraph({ ...spec, nodes });
}

/** What stands between the scores and a softmax. */
interface Mask {
  /** The node with the scores, before constants. */
  readonly source: string;
  /** By element: 0 where it is masked. */
  readonly keep: Uint8Array;
  readonly line: Line;
}

/** y[i] = x[i] * factor[i] + shift[i]. */
interface Line {
  readonly factor: Float64Array;
  readonly shift: Float64Array;
}

function writeMasked(name: string, shape: readonly number[], { source, keep, line }: Mask): NodeSpec[] {
  const [shaped, scores] = [`${name}_in_rows`, `${name}_unmasked`];
  const op: Op = { kind: 'scale', factor: kept(line.factor, keep), shift: kept(line.shift, keep) };
  return [
    { name: shaped, op: { kind: 'reshape', shape }, inputs: [source] },
    { name: scores, op, inputs: [shaped] },
    ...maskedSoftmax({ name, input: scores, shape }, keep),
  ];
}

/** One number where all that is kept agrees; else zeros where nothing is kept. */
function kept(values: Float64Array, keep: Uint8Array): number | Float32Array {
  const first = values[keep.indexOf(1)] ?? 0;
  const isUniform = values.every((value, i) => keep[i] === 0 || value === first);
  return isUniform ? first : Float32Array.from(values, (value, i) => (keep[i] === 0 ? 0 : value));
}

function findMask(graph: Graph, softmax: Node): [name: string, mask: Mask][] | undefined {
  if (softmax.op.kind !== 'softmax') return undefined;
  const count = elementCount(softmax.shape);
  const line = { factor: new Float64Array(count).fill(1), shift: new Float64Array(count) };
  let node = producerOf(graph, softmax);
  while (node !== undefined && addStep(line, node)) node = producerOf(graph, node);
  if (node === undefined) return undefined;
  const keep = keptElements(line, softmax.shape.at(-1) ?? 1);
  return keep.includes(0) ? [[softmax.name, { source: node.name, keep, line }]] : undefined;
}

/** Puts what a node does to its elements in front of a line; says whether it does no more than that. */
function addStep({ factor, shift }: Line, { op, shape }: Node): boolean {
  if (op.kind === 'reshape') return true;
  if (op.kind !== 'scale' && op.kind !== 'affine') return false;
  const channels = shape.at(-1) ?? 1;
  const [times, plus] = op.kind === 'scale' ? [op.factor, op.shift] : [op.scale, op.shift];
  for (let i = 0; i < factor.length; i++) {
    shift[i] = (shift[i] ?? 0) + (factor[i] ?? 0) * constantAt(plus, i, channels);
    factor[i] = (factor[i] ?? 0) * constantAt(times, i, channels);
  }
  return true;
}

function producerOf(graph: Graph, node: Node): Node | undefined {
  const [operand] = node.inputs;
  return operand === undefined ? undefined : graph.nodes[operand];
}

function constantAt(values: number | Float32Array, index: number, channels: number): number {
  if (typeof values === 'number') return values;
  return values[values.length === channels ? index % channels : index] ?? 0;
}

/**
 * What is masked lies far below the largest constant of its row. A row that is masked as a whole is not masked, and loses
 * its constant, which does nothing to a softmax but stretch the range of all rows.
 */
function keptElements({ factor, shift }: Line, length: number): Uint8Array {
  const keep = new Uint8Array(shift.length);
  for (let start = 0; start < shift.length; start += length) {
    const row = shift.subarray(start, start + length);
    const top = row.reduce((best, value, i) => (value > (row[best] ?? 0) ? i : best), 0);
    const scale = factor[start + top] ?? 1;
    const highest = row[top] ?? 0;
    const depth = MASK_DEPTH * Math.max(1, Math.abs(scale));
    for (const [i, value] of row.entries()) {
      const own = factor[start + i] ?? 1;
      // a difference: less 100, a float32's least would be the same
      keep[start + i] = Number(highest - value < depth || (own !== scale && own !== 0));
    }
    if (highest <= -MASK_DEPTH) for (const [i, value] of row.entries()) row[i] = value - highest;
  }
  return keep;
}
