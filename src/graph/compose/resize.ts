/** Resizing of images by linear interpolation: a constant matrix along each axis, free of constraints. */
import type { Op } from '../types.ts';
import { type ComposedNode, chain, type Site } from './site.ts';

/** How positions of the result meet positions of the source; TensorFlow's names. */
export interface BilinearOptions {
  readonly size: readonly [height: number, width: number];
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/** Resizes [height, width, channels]. */
export function resizeBilinear(site: Site, options: BilinearOptions): ComposedNode[] {
  const [height = 1, width = 1] = site.shape;
  const turn = (...permutation: number[]): Op => ({ kind: 'transpose', permutation });
  return chain(site, [
    ['channels_first', turn(2, 0, 1)],
    ['columns', interpolation(width, options.size[1], options)],
    ['turned', turn(0, 2, 1)],
    ['rows', interpolation(height, options.size[0], options)],
    ['resized', turn(2, 1, 0)],
  ]);
}

/** The weights with which the positions of an axis make those of another. */
function interpolation(from: number, to: number, { alignCorners, halfPixelCenters }: BilinearOptions): Op {
  const corners = alignCorners && to > 1;
  const ratio = corners ? (from - 1) / (to - 1) : from / to;
  const weights = new Float32Array(from * to);
  for (let at = 0; at < to; at++) {
    const source = Math.max(0, halfPixelCenters ? ratio * (at + 0.5) - 0.5 : ratio * at);
    const low = Math.min(from - 1, Math.floor(source));
    const high = Math.min(from - 1, low + 1);
    const part = source - low;
    const add = (index: number, weight: number): void => {
      weights[index * to + at] = (weights[index * to + at] ?? 0) + weight;
    };
    add(low, 1 - part);
    add(high, part);
  }
  return { kind: 'dense', units: to, weights, bias: new Float32Array(to) };
}
