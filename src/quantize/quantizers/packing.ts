/**
 * Products that share constraints: results side by side in one number (see zkml::product).
 *
 * That is sound for results whose range is proved by whoever reads them, which is known only when the reader is quantised.
 * So the reader says so, and the product's node, made before, is given its lanes.
 */
import { magnitude } from '../bounds.ts';
import type { Builder, Value } from '../builder.ts';
import { bitLength, maximum } from '../integers.ts';
import { hasLanes, holdsBefore, lanesOf, restOfSum } from '../operators/lanes.ts';
import type { NodeId } from '../types.ts';

/** What is known of all elements of a node. */
interface Knowledge {
  /** What a reader proves their magnitude to be at most. */
  readonly proved: bigint;
  /** First elements of each row of which it proves nothing. */
  readonly alone: number;
  /** Nodes on whose bounds that rests. */
  readonly given: readonly NodeId[];
}

/**
 * Packs the products of a node, if it is one of products, or a sum with some: its reader proves every element to be at most
 * `proved` in magnitude, but for the first `alone` of each row.
 */
export function packProducts(builder: Builder, { node }: Value, proved: bigint, alone = 0): void {
  packNode(builder, node.id, { proved, alone, given: [] });
}

function packNode(builder: Builder, id: NodeId, knowledge: Knowledge): void {
  const { nodes } = builder;
  const node = nodes[id];
  if (node === undefined) return;
  if (hasLanes(node)) packLanes(builder, node.id, knowledge);
  if (knowledge.alone > 0) return;
  if (node.op.kind === 'reshape') for (const input of node.inputs) packNode(builder, input, knowledge);
  if (node.op.kind !== 'sum') return;
  for (const input of node.inputs) {
    const rest = restOfSum(nodes, node, input);
    if (rest === undefined) continue;
    const { proved, given } = knowledge;
    packNode(builder, input, { alone: 0, proved: proved + rest.most, given: [...given, ...rest.ids] });
  }
}

function packLanes({ nodes }: Builder, id: NodeId, { proved, alone, given }: Knowledge): void {
  const node = nodes[id];
  if (node === undefined || !hasLanes(node) || !holdsBefore(nodes, given, id)) return;
  const { op } = node;
  if (op.kind === 'scale-rows' && alone > 0) return; // all of its results would be packed, the first ones too
  const bits = bitLength(maximum(proved, magnitude(node.bounds)));
  const columns = op.kind === 'bilinear' ? op.units : (node.shape.at(-1) ?? 1);
  nodes[id] = { ...node, op: { ...op, lanes: lanesOf(bits, columns, alone) } };
}
