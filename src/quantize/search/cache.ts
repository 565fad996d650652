/**
 * The tensors of the network that was evaluated last, by sample, so that another one is evaluated only from the first node on
 * in which it differs. They are kept in as few bytes as their bounds need.
 */
import type { Tensors } from '../batch.ts';
import { magnitude } from '../bounds.ts';
import type { IntTensor, NodeId, QuantGraph, QuantNode } from '../types.ts';

/** Most bytes that an element takes here, but for numbers beyond 2^31. */
export const CACHED_BYTES = Int32Array.BYTES_PER_ELEMENT;

export interface TensorCache {
  /** Turns to another network, of which those tensors are asked for that some node to be evaluated reads, and `wanted`. */
  turnTo(quantGraph: QuantGraph, wanted: NodeId): CachedSamples;
}

export interface CachedSamples {
  /** Tensors of the nodes that both networks have, as far as the sample was not refused. */
  known(index: number): Tensors;
  keep(index: number, tensors: Tensors): void;
}

interface Packed {
  readonly shape: IntTensor['shape'];
  readonly data: Int16Array | Int32Array | IntTensor['data'];
}

/** Makes a cache without tensors. */
export function createCache(): TensorCache {
  let nodes: readonly QuantNode[] = [];
  let stored: (readonly Packed[])[] = [];
  return {
    turnTo(quantGraph, wanted) {
      const firstOther = quantGraph.nodes.findIndex((own, id) => own !== nodes[id]);
      const sharedCount = firstOther === -1 ? quantGraph.nodes.length : firstOther;
      nodes = quantGraph.nodes;
      stored = stored.map(own => own.slice(0, sharedCount));
      return samplesOf(quantGraph, wanted, stored);
    },
  };
}

function samplesOf({ nodes }: QuantGraph, wanted: NodeId, stored: (readonly Packed[])[]): CachedSamples {
  const neededFrom = new Map<number, ReadonlySet<NodeId>>();
  const needed = (first: number): ReadonlySet<NodeId> => {
    const found =
      neededFrom.get(first) ?? new Set([wanted, ...nodes.slice(first).flatMap(node => node.inputs)]);
    neededFrom.set(first, found);
    return found;
  };
  return {
    known(index) {
      const own = stored[index] ?? [];
      const isNeeded = needed(own.length);
      return own.map((packed, id) => (isNeeded.has(id as NodeId) ? unpack(packed) : undefined)); // positions are ids
    },
    keep(index, tensors) {
      const before = stored[index] ?? [];
      stored[index] = tensors.flatMap((tensor, id) => {
        const packed = before[id] ?? (tensor === undefined ? undefined : pack(nodes[id], tensor));
        return packed === undefined ? [] : [packed];
      });
    },
  };
}

function pack(node: QuantNode | undefined, { shape, data }: IntTensor): Packed {
  if (node === undefined || !(data instanceof Float64Array)) return { shape, data };
  const most = magnitude(node.bounds);
  if (most < 1n << 15n) return { shape, data: Int16Array.from(data) };
  return most < 1n << 31n ? { shape, data: Int32Array.from(data) } : { shape, data };
}

function unpack({ shape, data }: Packed): IntTensor {
  return data instanceof Int16Array || data instanceof Int32Array
    ? { shape, data: Float64Array.from(data) }
    : { shape, data };
}
