/**
 * Softmax over some elements of each row, known beforehand: causal attention, sequences that are padded. What is left out
 * is 0 in the result and costs nothing: rows that keep equally many elements become the rows of one softmax.
 */
import { InternalError } from '../../errors.ts';
import { elementCount } from '../shape-text.ts';
import type { Op, Shape } from '../types.ts';
import { type ComposedNode, nodeSpec, type Site } from './site.ts';

/**
 * Softmax over the last axis.
 *
 * @param keep by element of the site's shape, row-major: 0 where an element is left out. Each row keeps at least one.
 */
export function maskedSoftmax(site: Site, keep: Uint8Array): ComposedNode[] {
  const { name, input, shape } = site;
  if (keep.length !== elementCount(shape)) {
    throw new InternalError(`Softmax '${name}' has a mask of ${keep.length} elements for shape ${shape}.`);
  }
  if (keep.every(kept => kept !== 0)) return [nodeSpec(name, { kind: 'softmax' }, input)];
  const groups = groupRows(keep, shape.at(-1) ?? 1);
  const nodes: ComposedNode[] = [];
  const parts = groups.map(({ count, positions }) => {
    const part = groups.length === 1 ? name : `${name}_of_${count}`;
    const gather = rearrange([positions.length / count, count], positions, `keep ${count} a row`);
    nodes.push(
      nodeSpec(`${part}_kept`, gather, input),
      nodeSpec(`${part}_soft`, { kind: 'softmax' }, `${part}_kept`),
      nodeSpec(`${part}_flat`, { kind: 'reshape', shape: [positions.length] }, `${part}_soft`),
    );
    return `${part}_flat`;
  });
  const [first = ''] = parts;
  if (parts.length > 1) nodes.push(nodeSpec(`${name}_kept`, { kind: 'concat', axis: 0 }, ...parts));
  const back = new Int32Array(keep.length).fill(-1);
  for (const [at, position] of groups.flatMap(group => group.positions).entries()) back[position] = at;
  const scatter = rearrange(shape, back, 'zeros where masked');
  return [...nodes, nodeSpec(name, scatter, parts.length > 1 ? `${name}_kept` : first)];
}

/** A mask of attention in which query i sees the keys up to i + offset: no position sees a later one. */
export function causalMask(queries: number, keys: number, offset = 0): Uint8Array {
  return Uint8Array.from({ length: queries * keys }, (_, i) =>
    Number((i % keys) - Math.floor(i / keys) <= offset),
  );
}

interface RowGroup {
  readonly count: number;
  /** Of the elements kept, row by row. */
  readonly positions: readonly number[];
}

function groupRows(keep: Uint8Array, length: number): RowGroup[] {
  const groups = new Map<number, number[]>();
  for (let start = 0; start < keep.length; start += length) {
    const row = Array.from({ length }, (_, i) => start + i).filter(at => keep[at] !== 0);
    if (row.length === 0) throw new InternalError('A masked softmax has a row of which nothing is kept.');
    const group = groups.get(row.length) ?? [];
    group.push(...row);
    groups.set(row.length, group);
  }
  return [...groups].map(([count, positions]) => ({ count, positions })).sort((a, b) => a.count - b.count);
}

function rearrange(shape: Shape, indices: ArrayLike<number>, label: string): Op {
  return { kind: 'rearrange', shape, indices: Int32Array.from(indices), label };
}
