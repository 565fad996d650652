/** What the importers of both TensorFlow.js formats take: the files of a model, and what its inputs and outputs mean. */
import { BionoirError } from '../errors.ts';
import type { InputDomain, NodeSpec, SoftmaxMode } from '../graph/index.ts';
import type { WeightFiles } from './weights.ts';

/** The files of a TensorFlow.js model, LayersModel or GraphModel. */
export interface TfjsModelFiles {
  /** model.json: its text, or what JSON.parse made of it. */
  readonly model: unknown;
  /** The weight shards by the path that model.json gives them (see {@link tfjsWeightPaths}). */
  readonly weights: WeightFiles;
  /** What to call the graph; a LayersModel has a name of its own, a GraphModel is 'graph-model'. */
  readonly name?: string;
}

export interface TfjsOptions {
  /**
   * What integers the network takes, for every input without an entry in `inputs`. By default bytes [0, 255] that the
   * network sees as [0, 1]. An absent `scale` is 1 / the largest magnitude; for a network that begins by rescaling its
   * input it is 1.
   */
  readonly input?: Partial<InputDomain>;
  /** The same by input name. */
  readonly inputs?: Readonly<Record<string, Partial<InputDomain>>>;
  /** What becomes of a softmax at the end: 'drop' (the default) gives logits, 'argmax' the label, 'keep' keeps it. */
  readonly softmax?: SoftmaxMode;
  /** Shapes of inputs that the model leaves open, by input; with the batch or without. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
  /** Layers or nodes of the model that become the network's outputs, instead of those that it declares. */
  readonly outputs?: readonly string[];
}

/**
 * Refuses options for inputs that the model does not have.
 *
 * @throws USAGE
 */
export function checkInputNames(inputs: readonly string[], options: TfjsOptions): void {
  for (const name of Object.keys(options.inputs ?? {})) {
    if (inputs.includes(name)) continue;
    const known = inputs.map(input => `'${input}'`).join(', ');
    throw new BionoirError(
      'USAGE',
      `The option 'inputs' names '${name}', which is not an input of the model; its inputs are ${known}.`,
      { details: { name, inputs } },
    );
  }
}

const BYTE_MAX = 255;

/**
 * Gives an input node the domain that the caller asked for.
 *
 * @param suggest what the network itself tells of its input, given the raw integers: used where the caller says nothing
 */
export function withDomain(
  node: Required<NodeSpec>,
  options: TfjsOptions,
  suggest: (raw: InputDomain) => Partial<InputDomain>,
): Required<NodeSpec> {
  if (node.op.kind !== 'input') return node;
  const asked = options.inputs?.[node.name] ?? options.input ?? {};
  const bytes: InputDomain = { min: asked.min ?? 0, max: asked.max ?? BYTE_MAX, scale: 1, offset: 0 };
  const { min = bytes.min, max = bytes.max, scale } = { ...suggest(bytes), ...asked };
  const unit = scale ?? 1 / Math.max(Math.abs(min), Math.abs(max));
  return { ...node, op: { ...node.op, domain: { min, max, scale: unit, offset: asked.offset ?? 0 } } };
}
