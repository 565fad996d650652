/**
 * The fidelity report: what a search found, and what the network that it chose does layer by layer. One value, which is the
 * JSON form too; report-html.ts draws it.
 */
import type { Graph } from '../../graph/index.ts';
import { balanceChannels } from '../balance.ts';
import type { QuantGraph } from '../types.ts';
import { type LayerDetails, measureLayers, plainCosts } from './details.ts';
import type { DropKind, HeldOutData } from './judge.ts';
import {
  type SearchOptions,
  type SearchPoint,
  type SearchResult,
  type SearchTarget,
  searchBits,
} from './search.ts';

export interface SearchReport {
  readonly network: string;
  readonly sampleCount: number;
  readonly dropKind: DropKind;
  readonly floatAccuracy?: number;
  readonly target: SearchTarget;
  readonly chosen: SearchPoint;
  readonly initial: SearchPoint;
  readonly points: readonly SearchPoint[];
  readonly layers: readonly LayerDetails[];
}

export interface ReportOptions extends SearchOptions {
  /** Constraints of each node by name; counted for plain Groth16 when left out. */
  readonly nodeCosts?: (quantGraph: QuantGraph) => ReadonlyMap<string, number>;
}

/** Choices that a report shows along the path from many bits to few. */
const SURVEY_COUNT = 9;

/**
 * Searches as {@link searchBits} does, judges choices in between as well, and looks at every layer of the one found.
 *
 * @throws as {@link searchBits}
 */
export async function reportSearch(
  graph: Graph,
  data: HeldOutData,
  { nodeCosts = plainCosts, ...options }: ReportOptions,
): Promise<{ readonly report: SearchReport; readonly result: SearchResult }> {
  const result = await searchBits(graph, data, { surveyCount: SURVEY_COUNT, ...options });
  const { quantGraph, initialGraph, sampleCount, dropKind, floatAccuracy, chosen, initial, points } = result;
  const layers = measureLayers(result.quantize.balance ? balanceChannels(graph) : graph, quantGraph, {
    samples: data.samples,
    bits: chosen.bits,
    nodeCosts: nodeCosts(quantGraph),
    ...(chosen === initial ? {} : { initial: { bits: initial.bits, nodeCosts: nodeCosts(initialGraph) } }),
  });
  const report = {
    network: graph.name,
    sampleCount,
    dropKind,
    ...(floatAccuracy === undefined ? {} : { floatAccuracy }),
    target: options.target,
    chosen,
    initial,
    points,
    layers,
  };
  return { report, result };
}
