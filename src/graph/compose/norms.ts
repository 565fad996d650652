/** Normalisations made of `layer-norm` and `l2-normalize` over the last axis. */
import { InternalError } from '../../errors.ts';
import { rearrangeBy } from './rearrange.ts';
import { type ComposedNode, chain, type Site } from './site.ts';

export interface GroupNorm {
  readonly groups: number;
  readonly epsilon: number;
  /** By channel. */
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/**
 * Normalises each group of channels over all positions, for tensors with channels last: group normalisation; with as many
 * groups as channels instance normalisation, with one group layer normalisation over everything.
 */
export function groupNorm(site: Site, { groups, epsilon, scale, shift }: GroupNorm): ComposedNode[] {
  const { shape } = site;
  const channels = shape.at(-1) ?? 1;
  if (channels % groups !== 0) {
    throw new InternalError(`Norm '${site.name}' splits ${channels} channels into ${groups} groups.`);
  }
  const positions = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  const size = channels / groups;
  const flat = [positions, channels];
  const grouped = [groups, positions * size];
  const units = new Float32Array(positions * size);
  const toGroups = rearrangeBy(flat, grouped, `by ${groups} groups`, ([group = 0, i = 0]) => [
    Math.floor(i / size),
    group * size + (i % size),
  ]);
  const back = rearrangeBy(grouped, shape, 'by position', position => {
    const channel = position.at(-1) ?? 0;
    const place = position.slice(0, -1).reduce((index, at, axis) => index * (shape[axis] ?? 1) + at, 0);
    return [Math.floor(channel / size), place * size + (channel % size)];
  });
  return chain(site, [
    ['groups', toGroups],
    ['unit', { kind: 'layer-norm', epsilon, scale: units.slice().fill(1), shift: units }],
    ['back', back],
    ['affine', { kind: 'affine', scale, shift }],
  ]);
}

/** x / sqrt(mean of x^2 over the last axis + epsilon) * scale: sqrt(n) times the L2 normalisation with n * epsilon. */
export function rmsNorm(site: Site, epsilon: number, scale: Float32Array): ComposedNode[] {
  const count = site.shape.at(-1) ?? 1;
  const gain = scale.map(value => value * Math.sqrt(count));
  return chain(site, [
    ['unit', { kind: 'l2-normalize', epsilon: epsilon * count }],
    ['gain', { kind: 'affine', scale: gain, shift: new Float32Array(gain.length) }],
  ]);
}
