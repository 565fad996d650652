/**
 * Writes a scale by element as an affine map by channel, where all elements of a channel share their constants: dense
 * layers and convolutions take up affine maps (see fold-affine.ts).
 *
 *     h: 4x8 = scale(d) by 0.2, plus 0.5      ->      h: 4x8 = affine(d)
 */
import type { AffineOp, Graph, Node } from '../types.ts';
import { operandNames, rewrite } from './rewrite.ts';

/** Turns scales into affine maps. */
export function scaleToAffine(graph: Graph): Graph {
  return rewrite(graph, (node, view) => {
    const op = affineOf(node);
    return op === undefined
      ? undefined
      : { replace: [{ name: node.name, op, inputs: operandNames(node, view) }] };
  });
}

function affineOf({ op, shape }: Node): AffineOp | undefined {
  const channels = shape.at(-1);
  if (op.kind !== 'scale' || channels === undefined) return undefined;
  const scale = byChannel(op.factor, channels);
  const shift = byChannel(op.shift, channels);
  return scale === undefined || shift === undefined ? undefined : { kind: 'affine', scale, shift };
}

/** One constant a channel; undefined when elements of a channel differ. */
function byChannel(value: number | Float32Array, channels: number): Float32Array | undefined {
  if (typeof value === 'number') return new Float32Array(channels).fill(value);
  return value.every((element, i) => element === value[i % channels]) ? value.slice(0, channels) : undefined;
}
