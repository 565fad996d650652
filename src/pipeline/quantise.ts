/** The second stage: integers for the proof system that was asked for, by default bits or by the search. */

import { planApplication } from '../applications/index.ts';
import type { Graph } from '../graph/index.ts';
import type { Progress } from '../kernel/index.ts';
import { type Estimated, estimateLayers, estimateTotal } from '../layer-costs.ts';
import {
  constraintEstimate,
  type HeldOutData,
  type QuantGraph,
  quantize,
  reportSearch,
  type SearchReport,
  type SearchTarget,
} from '../quantize/index.ts';
import type { CompiledNetwork, CompileOptions } from './network.ts';

/** Lookups make a bit more of every weight nearly free, and MNIST's limbs then fill their tables. */
const ULTRAGROTH_WEIGHT_BITS = 8;
/** With 'auto', a network with more constraints than this will get lookups; see chooseProofSystem. */
const AUTO_CONSTRAINTS = 2 ** 11;

/**
 * Quantises for the proof system: 'auto' looks at what bits would cost.
 *
 * @throws BionoirError as {@link quantize}
 */
export function quantizeFor(graph: Graph, { proofSystem, quantize: own }: CompileOptions): QuantGraph {
  const forLookups = { weightBits: ULTRAGROTH_WEIGHT_BITS, ...own };
  if (proofSystem === 'ultragroth') return quantize(graph, forLookups);
  const plain = quantize(graph, own);
  const isSmall = proofSystem !== 'auto' || constraintEstimate(plain).total < AUTO_CONSTRAINTS;
  return isSmall ? plain : quantize(graph, forLookups);
}

/** Quantises, with the search that was asked for, if one was. */
export async function quantiseOrSearch(
  graph: Graph,
  options: CompileOptions,
  onProgress: Progress,
): Promise<Pick<CompiledNetwork, 'quantGraph' | 'fidelity'>> {
  const { fidelity: asked } = options;
  return asked === undefined
    ? { quantGraph: quantizeFor(graph, options) }
    : searchFidelity(graph, asked, { ...options, onProgress });
}

/** Widths of tables that the search tries, with lookups. */
const SEARCHED_WIDTHS = [4, 5, 6, 7, 8, 9, 10];

/**
 * Searches the bits of every layer of a float network (see {@link importNetwork}) for a target, and reports what they do; without a
 * target it only reports. Constraints are those of the proof system, 'auto' counting as Groth16, with the application's statement.
 *
 * @throws BionoirError CALIBRATION when no bits meet the target; USAGE, MALFORMED_INPUT, INPUT_SHAPE, INPUT_RANGE; ABORTED
 */
export async function searchFidelity(
  graph: Graph,
  { maxDrop, maxConstraints, ...data }: HeldOutData & SearchTarget,
  options: CompileOptions & { readonly onProgress?: Progress } = {},
): Promise<{ readonly quantGraph: QuantGraph; readonly fidelity: SearchReport }> {
  const { proofSystem, quantize: own, application, onProgress, signal } = options;
  const target = {
    ...(maxDrop === undefined ? {} : { maxDrop }),
    ...(maxConstraints === undefined ? {} : { maxConstraints }),
  };
  const stated = (quantGraph: QuantGraph): Estimated =>
    application === undefined
      ? { quantGraph }
      : { quantGraph, application: planApplication(quantGraph, application) };
  const bits = { cost: (quantGraph: QuantGraph) => estimateTotal(stated(quantGraph), 'groth16') };
  const lookups = {
    quantize: { weightBits: ULTRAGROTH_WEIGHT_BITS, ...own },
    cost: (quantGraph: QuantGraph) => estimateTotal(stated(quantGraph), 'ultragroth'),
    nodeCosts: (quantGraph: QuantGraph) =>
      new Map(
        estimateLayers({ quantGraph }).layers.map(({ name, ultraGrothCount }) => [name, ultraGrothCount]),
      ),
    lookupWidths: SEARCHED_WIDTHS,
  };
  const { report, result } = await reportSearch(graph, data, {
    target,
    ...(own === undefined ? {} : { quantize: own }),
    ...(proofSystem === 'ultragroth' ? lookups : bits),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { quantGraph: result.quantGraph, fidelity: report };
}
