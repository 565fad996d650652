/**
 * Products that share constraints: results side by side in one number (see zkml::product).
 *
 * That is sound for results whose range is proved by whoever reads them, which is known only when the reader is quantised.
 * So the reader says so, and the product's node, made before, is given its lanes.
 */
import { magnitude } from '../bounds.ts';
import type { Builder, Value } from '../builder.ts';
import { bitLength, maximum } from '../integers.ts';
import { lanesOf } from '../operators/lanes.ts';

/**
 * Packs the products of a node, if it is one of products: its reader proves every element to be at most `proved` in
 * magnitude, but for the first `alone` of each row.
 */
export function packProducts(builder: Builder, { node }: Value, proved: bigint, alone = 0): void {
  const { op } = node;
  if (op.kind !== 'matmul' && op.kind !== 'scale-rows') return;
  if (op.kind === 'scale-rows' && alone > 0) return; // all of its results would be packed, the first ones too
  const bits = bitLength(maximum(proved, magnitude(node.bounds)));
  const lanes = lanesOf(bits, node.shape.at(-1) ?? 1, alone);
  builder.nodes[node.id] = { ...node, op: { ...op, lanes } };
}
