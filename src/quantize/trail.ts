/**
 * A quantisation's states node by node, so that another one, of other bits from some node on, starts where they part. What
 * they share, down to the objects, is the same; the search for bits tries hundreds that differ in one node.
 */
import { elementCount, type Graph, type NodeId } from '../graph/index.ts';
import type { Builder, Value } from './builder.ts';
import type { ResolvedOptions } from './options.ts';

/** All that there is before a node is quantised. */
export interface State {
  readonly builder: Builder;
  readonly values: Map<NodeId, Value>;
}

export interface Trail {
  readonly graph: Graph;
  readonly options: ResolvedOptions;
  /** Before each node of the float graph; none where they would take too much memory. */
  readonly states: State[];
}

/** Bytes of samples' numbers that a trail may keep. */
const TRAIL_BYTES = 2 ** 28;

/** Whether the numbers of all nodes on so many samples are few enough to be kept. */
export function isKept(
  graph: Graph,
  sampleCount: number,
  bytes: number = Float64Array.BYTES_PER_ELEMENT,
): boolean {
  const elements = graph.nodes.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return elements * sampleCount * bytes <= TRAIL_BYTES;
}

/** A state that stays as it is while the quantisation goes on. */
export function copyState({ builder, values }: State): State {
  const fields = Object.entries(builder).map(([key, value]) => [
    key,
    value instanceof Map ? new Map(value) : value,
  ]);
  const copy = Object.fromEntries(fields) as Builder; // the same keys, and values of the same types
  return { builder: { ...copy, nodes: [...builder.nodes] }, values: new Map(values) };
}

/** Where in the float graph a quantisation has to begin, if it follows another one as far as both agree. */
export function firstDifference(
  trail: Trail | undefined,
  { graph, options }: Pick<Trail, 'graph' | 'options'>,
): number {
  if (trail === undefined || trail.graph !== graph || trail.states.length === 0) return 0;
  const { nodeBits: earlier, ...others } = trail.options;
  const isOther = Object.entries(others).some(
    ([key, value]) => options[key as keyof typeof others] !== value,
  );
  if (isOther) return 0;
  const index = graph.nodes.findIndex(({ name }) => earlier[name] !== options.nodeBits[name]);
  return index === -1 ? graph.nodes.length - 1 : index;
}
