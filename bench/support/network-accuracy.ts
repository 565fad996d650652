/** How often a network is right on held-out samples, in floating point and in integers. */
import type { Judge } from '../../fixtures/networks/accuracy.ts';
import {
  BionoirError,
  type CompiledNetwork,
  evaluateGraph,
  type Graph,
  type QuantGraph,
  toRealInput,
} from '../../src/index.ts';
import { evaluateQuantGraph, planEvaluation } from '../../src/quantize/index.ts';
import type { Result } from './network-table.ts';

export type Accuracies = Pick<Result, 'floatAccuracy' | 'integerAccuracy' | 'sampleCount' | 'refusedCount'>;

/** Samples as the integers of the input domain, with their labels. */
export interface HeldOut {
  readonly samples: readonly number[][];
  readonly labels: readonly number[];
}

/** Judges the float and the integer network; a sample that the integers refuse counts as wrong. */
export function accuraciesOf(
  { graph, quantGraph }: Pick<CompiledNetwork, 'graph' | 'quantGraph'>,
  { samples: all, labels }: HeldOut,
  { judge, sampleCount }: { judge: Judge; sampleCount: number },
): Accuracies {
  const samples = all.slice(0, sampleCount);
  const integers = samples.map(integerNetwork(quantGraph));
  return {
    floatAccuracy: judge(samples.map(realNetwork(graph)), labels),
    integerAccuracy: judge(integers, labels),
    sampleCount: samples.length,
    refusedCount: integers.filter(output => output.length === 0).length,
  };
}

function realNetwork(graph: Graph): (sample: number[]) => ArrayLike<number> {
  const input = graph.nodes[graph.inputs[0] ?? 0];
  if (input?.op.kind !== 'input') throw new Error('The network has no input.');
  const { domain } = input.op;
  return sample =>
    evaluateGraph(graph, [{ shape: input.shape, data: toRealInput(domain, sample) }])[0]?.data ?? [];
}

function integerNetwork(quantGraph: QuantGraph): (sample: number[]) => ArrayLike<number> {
  const plan = planEvaluation(quantGraph);
  const shape = quantGraph.nodes[quantGraph.inputs[0] ?? 0]?.shape ?? [];
  return sample => {
    try {
      const [output] = evaluateQuantGraph(plan, [{ shape, data: Float64Array.from(sample) }]);
      return Array.from<number | bigint, number>(output?.data ?? [], Number);
    } catch (error) {
      if (error instanceof BionoirError && error.code === 'BOUND_EXCEEDED') return []; // beyond what calibration saw
      throw error;
    }
  };
}
