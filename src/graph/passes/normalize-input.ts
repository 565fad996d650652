/**
 * Normalises 8-bit pixels as the network was trained on them: real = (pixel / 255 - mean) / deviation. With one pair for
 * all channels the input's domain says it, and with one a channel an affine map behind the input, which later passes fold
 * into the first layer where no zero padding is in between. Channels are the last axis, or the first of three where only
 * that has as many: PyTorch's images.
 */
import { BionoirError } from '../../errors.ts';
import { buildGraph, type NodeSpec, nodeOf, toGraphSpec } from '../build.ts';
import { formatShape } from '../shape-text.ts';
import type { Graph, InputDomain } from '../types.ts';

/** One number for all channels, or one for each. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

const PIXEL_MAX = 255;
const NAME = 'normalize';

/**
 * Gives a graph with one input a domain of bytes that are normalised.
 *
 * @throws BionoirError UNSUPPORTED_OPTION for several inputs, or another number of channels; USAGE for a deviation of 0
 */
export function normalizeInput(graph: Graph, { mean, deviation }: Normalization): Graph {
  const [id] = graph.inputs;
  if (id === undefined || graph.inputs.length !== 1)
    throw refusal(
      `the network has ${graph.inputs.length} inputs; normalise pixels before the model, or in it`,
    );
  const input = nodeOf(graph, id);
  if (deviation.some(value => value === 0) || mean.length === 0 || mean.length !== deviation.length) {
    throw new BionoirError(
      'USAGE',
      `Pixels are normalised with ${mean.length} means and the deviations ${deviation.join(', ')}; give as many of both, and no deviation of 0.`,
      { details: { mean, deviation } },
    );
  }
  const [firstMean = 0, firstDeviation = 1] = [mean[0], deviation[0]];
  if (mean.length === 1) {
    const scale = 1 / (PIXEL_MAX * firstDeviation);
    return withDomain(graph, { min: 0, max: PIXEL_MAX, scale, offset: -firstMean / firstDeviation });
  }
  const isLast = input.shape.at(-1) === mean.length;
  if (!isLast && !(input.shape.length === 3 && input.shape[0] === mean.length))
    throw refusal(
      `there are ${mean.length} means, and no channels of that number in input '${input.name}' of shape ${formatShape(input.shape)}`,
    );
  const pixels = withDomain(graph, { min: 0, max: PIXEL_MAX, scale: 1 / PIXEL_MAX, offset: 0 });
  return byChannel(pixels, { mean, deviation }, isLast);
}

function withDomain(graph: Graph, domain: InputDomain): Graph {
  const spec = toGraphSpec(graph);
  const nodes = spec.nodes.map(node =>
    node.op.kind === 'input' ? { ...node, op: { ...node.op, domain } } : node,
  );
  return buildGraph({ ...spec, nodes });
}

function byChannel(graph: Graph, { mean, deviation }: Normalization, isLast: boolean): Graph {
  const spec = toGraphSpec(graph);
  const name = spec.nodes.some(node => node.name === NAME) ? `${NAME}_pixels` : NAME;
  const [input = ''] = spec.inputs;
  const op = {
    kind: 'affine',
    scale: Float32Array.from(deviation, value => 1 / value),
    shift: Float32Array.from(mean, (value, channel) => -value / (deviation[channel] ?? 1)),
  } as const;
  const affine: NodeSpec[] = isLast
    ? [{ name, op, inputs: [input] }]
    : [
        { name: `${name}_last`, op: { kind: 'transpose', permutation: [1, 2, 0] }, inputs: [input] },
        { name: `${name}_channels`, op, inputs: [`${name}_last`] },
        { name, op: { kind: 'transpose', permutation: [2, 0, 1] }, inputs: [`${name}_channels`] },
      ];
  const renamed = (operand: string): string => (operand === input ? name : operand);
  const nodes = spec.nodes.flatMap(node =>
    node.name === input ? [node, ...affine] : [{ ...node, inputs: node.inputs.map(renamed) }],
  );
  return buildGraph({ ...spec, nodes, outputs: spec.outputs.map(renamed) });
}

function refusal(reason: string): BionoirError {
  return new BionoirError('UNSUPPORTED_OPTION', `Pixels cannot be normalised here: ${reason}.`);
}
